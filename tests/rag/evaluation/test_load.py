"""The load test itself: a small one, and that it tells what was refused and what was lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.app import Assistants, create_app
from rag.cli.main import main
from rag.errors import EvaluationError
from rag.evaluation.load import OUTCOMES, Clients
from rag.keys.store import KeyStore
from rag.llm import LLM
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.loopback import Reply, Request, json_reply, served, unused_address
from tests.patient_llms import HeldLLM
from tests.scripted_llm import ScriptedLLM
from tests.serving import serving

TEXT = "The north sends engineers to the south. It also sends 5,000 construction workers.\n"
QUESTION = "How many construction workers does the north send?"
REPLY = ScriptedLLM.reply("The north sends 5,000 construction workers.", "S2")


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    chosen = Settings.from_environment()
    with Wiring(chosen).open_index(embedder, create=True) as index:
        index.add_text("workers.txt", "Workers", TEXT)
    return chosen


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(json.dumps({"id": "a", "title": "A", "text": TEXT}) + "\n")
    rows = [{"id": "1", "question": QUESTION}, {"id": "2", "question": "Who is Putin?"}]
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@contextmanager
def _server(settings: Settings, llm: LLM | None) -> Iterator[str]:
    with serving(create_app(settings, Assistants(settings, HashingEmbedder(), llm))) as address:
        yield address


def _free(llm: HeldLLM) -> HeldLLM:
    llm.go.set()
    return llm


def test_many_clients_get_an_answer_each_and_nothing_is_lost(settings: Settings) -> None:
    settings = replace(settings, parallel=4, queue=64)
    with _server(settings, _free(HeldLLM(REPLY))) as address:
        load = Clients(address, None, None).ask([QUESTION], clients=12, requests=36, seconds=60)
    assert load.requests == load.outcomes["answered"] == 36
    assert 1 <= load.held <= 12
    assert load.p50_s is not None
    assert load.p95_s is not None
    assert 0 < load.p50_s <= load.p95_s


def test_beyond_the_queue_what_is_refused_is_told_and_nothing_is_lost(settings: Settings) -> None:
    llm = HeldLLM(REPLY)
    settings = replace(settings, parallel=1, queue=2)
    with _server(settings, llm) as address:
        load = Clients(address, None, None).ask(
            [QUESTION],
            clients=6,
            requests=20,
            seconds=60,
            # The model is let go when all but those in the queue have been refused.
            on_asked=lambda asked: llm.go.set() if asked.outcome == "refused" else None,
        )
    assert load.requests == 20
    assert load.outcomes["refused"] >= 1
    assert load.outcomes["answered"] + load.outcomes["refused"] == 20
    assert load.why == {"busy": load.outcomes["refused"]}


def test_the_command_compares_with_one_client(settings: Settings, suite: Path) -> None:
    arguments = ["eval", "load", str(suite), "--clients", "4", "--requests", "8", "--baseline", "2"]
    with _server(settings, None) as address:
        told = CliRunner().invoke(main, [*arguments, "--url", address, "--json"])
        shown = CliRunner().invoke(main, [*arguments, "--url", address])
    assert told.exit_code == shown.exit_code == 0, told.output
    one, many = json.loads(told.stdout)
    assert (one["clients"], one["requests"], one["held"]) == (1, 2, 1)
    assert (many["clients"], many["requests"]) == (4, 8)
    assert many["outcomes"].keys() == set(OUTCOMES)
    assert many["outcomes"]["quoted"] == many["outcomes"]["unanswered"] == 4
    assert "| 4 | 8 | " in shown.stdout


def test_with_a_key_it_asks_where_keys_are_required(settings: Settings) -> None:
    secret, _ = KeyStore(settings.keys_file).create("Load", "read")
    with _server(settings, None) as address:
        loads = [
            Clients(address, None, key).ask([QUESTION], clients=2, requests=2, seconds=60)
            for key in (secret, None)
        ]
    assert [load.outcomes["quoted"] for load in loads] == [2, 0]
    assert loads[1].why == {"status 401": 2}


class _Failing:
    """Answers with an error, and then with something that is no JSON."""

    def __init__(self) -> None:
        self._replies = [json_reply({}, 500), Reply([b"<html>"])]

    def handle(self, request: Request) -> Reply:
        return self._replies.pop(0)


def test_what_is_neither_answered_nor_refused_is_lost(suite: Path) -> None:
    with served(_Failing()) as address:
        load = Clients(address, None, None).ask([QUESTION], clients=1, requests=2, seconds=60)
    assert load.lost == 2
    assert load.why == {"status 500": 1, "JSONDecodeError": 1}
    assert (load.p50_s, load.p95_s) == (None, None)
    lost = CliRunner().invoke(
        main, ["eval", "load", str(suite), "--url", unused_address(), "--requests", "2"]
    )
    assert lost.exit_code == 1
    assert "requests were lost" in lost.stderr


@pytest.mark.parametrize("url", ["http://example.org", "http://192.168.1.5:8000", "nonsense"])
def test_only_a_server_of_this_machine_is_asked(url: str) -> None:
    with pytest.raises(EvaluationError, match="not on this machine"):
        Clients(url, None, None)


def test_when_the_time_is_over_nothing_more_is_asked(settings: Settings) -> None:
    with _server(settings, None) as address:
        load = Clients(address, None, None).ask([QUESTION], clients=2, requests=9, seconds=0)
    assert load.requests == 0
