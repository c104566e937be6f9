"""A moment of the soak, and that it sees what is lost and what grows; all of it is
``python -m tests.attacks.soak``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import Assistants, create_app
from rag.keys.store import KeyStore
from rag.settings import Settings
from rag.wiring import Wiring
from tests.attacks.health import answered
from tests.attacks.server_process import PROC, Served, Usage
from tests.attacks.soak import Client, Seen, growths, soaked, text
from tests.doubles import HashingEmbedder
from tests.serving import serving

_REQUESTS = 250


@pytest.fixture
def served(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("RAG_RATE", "1000000")
    settings = Settings.from_environment()
    Wiring(settings).open_index(HashingEmbedder(), create=True).close()
    key, _ = KeyStore(settings.keys_file).create("attacker", "admin")
    app = create_app(settings, Assistants(settings, HashingEmbedder(), None))
    with serving(app) as address:
        yield Served(address, key, os.getpid(), home)


@pytest.mark.skipif(not PROC.exists(), reason="what processes hold is read as Linux tells it")
def test_a_moment_of_everything_loses_nothing(served: Served) -> None:
    seen, _ = soaked(served, _REQUESTS, clients=4)
    assert seen.wrong == []
    assert seen.total >= _REQUESTS
    assert {"search", "upload", "delete", "health"} <= seen.requests.keys()


def test_what_is_lost_or_not_gone_is_seen(served: Served) -> None:
    seen = Seen()
    client = Client(0, served, seen)
    client.upload()
    client.upload()
    assert (seen.wrong, len(client.standing)) == ([], 2)
    lost, kept = client.standing
    word, _ = client.standing[kept]
    client._request("delete", "DELETE", f"/documents/{client.standing[lost][1]}")
    client.look_for_all()
    client.standing.clear()
    client._is_gone(word)
    client.look_for_all()
    assert len(seen.wrong) == 2
    assert "was acknowledged and is not found" in seen.wrong[0]
    assert f"{word} was deleted and is found" in seen.wrong[1]
    client._http.close()


def test_what_grows_is_told_from_what_comes_and_goes() -> None:
    grows = [Usage(400 + number, 40 + number // 10, 20) for number in range(200)]
    flat = [Usage(400 + 9 * (number % 2), 40 + number % 5, 20) for number in range(200)]
    assert [each.is_flat for each in growths(grows)] == [False, False, True]
    assert all(each.is_flat for each in growths(flat))
    memory, *_ = growths(grows)
    assert (memory.first, memory.most, round(memory.grew)) == (404, 599, 99)
    assert "| memory, MB | 404.0 | 549.5 | 599.0 | +99.0 | 16 |" in text(growths(grows))


def test_health_is_asked_under_an_attack(served: Served) -> None:
    told = answered("nothing", None, served, 0.3)
    assert told.unanswered == 0
    assert 1 <= len(told.seconds) <= 15
    gone = Served("http://127.0.0.1:1/", served.key, served.process_id, served.home)
    assert not answered("nothing", None, gone, 0.1).holds
