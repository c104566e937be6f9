"""``/health`` and ``/ready``: alive is not yet able to answer."""

from __future__ import annotations

import io
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from reportlab.pdfgen.canvas import Canvas

from api.app import Assistants, create_app
from api.principal import OWNER, acting_as
from index.load.base import LoadedDocument
from index.load.pdf_picture import page_image
from rag.keys.store import KeyStore
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.serving import serving


def test_a_server_without_a_collection_is_alive_and_not_ready(
    home: Path, embedder: HashingEmbedder
) -> None:
    settings = Settings.from_environment()
    client = TestClient(create_app(settings, Assistants(settings, embedder, None)))
    health = client.get("/health")
    assert (health.status_code, health.json()["documents"]) == (200, 0)
    unready = client.get("/ready")
    assert unready.status_code == 404
    assert "rag index" in unready.json()["error"]["message"]


def test_a_server_is_ready_when_its_collection_can_be_searched(workers: Settings) -> None:
    app = create_app(workers, Assistants(workers, HashingEmbedder(), None))
    ready = TestClient(app).get("/ready")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "collection": "default", "llm": "none"}


def test_a_server_whose_collection_is_of_another_embedder_is_not_ready(workers: Settings) -> None:
    app = create_app(workers, Assistants(workers, HashingEmbedder("another"), None))
    assert TestClient(app).get("/ready").status_code == 409


def test_a_probe_without_a_key_is_told_the_status_alone(workers: Settings) -> None:
    KeyStore(workers.keys_file).create("Ann", "read")
    app = create_app(workers, Assistants(workers, HashingEmbedder(), None))
    assert TestClient(app).get("/ready").json() == {"status": "ready"}


def test_a_probe_without_a_key_is_told_no_path(workers: Settings) -> None:
    secret, _ = KeyStore(workers.keys_file).create("Ann", "read")
    app = create_app(workers, Assistants(workers, HashingEmbedder("another"), None))
    unready = TestClient(app).get("/ready")
    assert unready.status_code == 409
    assert str(workers.home) not in unready.text
    assert "rag doctor" in unready.json()["error"]["message"]
    told = TestClient(app).get("/ready", headers={"Authorization": f"Bearer {secret}"})
    assert str(workers.home) in told.text


def _slowest_health_s(address: str, times: int = 20) -> float:
    """The longest of several answers; any is of the status that counts."""
    slowest = 0.0
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        for _ in range(times):
            began = time.monotonic()
            assert client.get("health").json()["status"] == "ok"
            slowest = max(slowest, time.monotonic() - began)
    return slowest


LIMIT_S = 5.0  # a fiftieth of it alone; tests share their machine, and it hung for 15 s


def test_health_waits_for_no_index_that_is_held(workers: Settings) -> None:
    assistants = Assistants(workers, HashingEmbedder(), None)
    with serving(create_app(workers, assistants)) as address:
        _slowest_health_s(address, 1)
        with acting_as(OWNER):
            index = assistants.get().index
        with index._read(), index._written():
            assert _slowest_health_s(address) < LIMIT_S


def test_health_waits_for_no_thread_of_others(workers: Settings) -> None:
    assistants = Assistants(workers, HashingEmbedder(), None)
    with serving(create_app(workers, assistants)) as address, ThreadPoolExecutor(60) as pool:
        _slowest_health_s(address, 1)
        with acting_as(OWNER):
            index = assistants.get().index
        with index._read():  # all threads of the server wait for it
            others = [pool.submit(httpx.get, f"{address}documents", timeout=60) for _ in range(60)]
            time.sleep(0.5)
            assert _slowest_health_s(address) < LIMIT_S
        assert {each.result().status_code for each in others} == {200}


def test_pictures_hold_nobody_and_are_turned_away_when_too_many_wait(
    workers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, go = [], threading.Event()

    def slow(*arguments: object) -> bytes:
        drawn.append(arguments)
        assert go.wait(30)
        return b"PNG"

    monkeypatch.setattr("api.documents.picture_of_page", slow)
    monkeypatch.setattr("index.load.pdf_picture.highlight_corner", lambda _: None)
    workers = replace(workers, queue=8)
    assistants = Assistants(workers, HashingEmbedder(), None)
    with Wiring(workers).open_index(HashingEmbedder()) as index:
        page = LoadedDocument("Page", "application/pdf", "A page.", page_starts=(0,))
        index.add([("page.pdf", page)])
    with serving(create_app(workers, assistants)) as address, ThreadPoolExecutor(60) as pool:
        listed = httpx.get(f"{address}documents", params={"contains": "page.pdf"}).json()
        url = f"{address}documents/{listed['documents'][0]['id']}/pages/1.png"
        asked = [pool.submit(httpx.get, url, timeout=60) for _ in range(60)]
        time.sleep(0.5)
        assert _slowest_health_s(address) < LIMIT_S
        began = time.monotonic()
        assert httpx.get(f"{address}documents").status_code == 200
        assert time.monotonic() - began < LIMIT_S
        assert len(drawn) == 2  # at the same time
        go.set()
        statuses = Counter(each.result().status_code for each in asked)
    assert set(statuses) == {200, 503}
    assert statuses[503] >= 40
    busy = next(each.result() for each in asked if each.result().status_code == 503)
    assert int(busy.headers["Retry-After"]) > 0


def _one_page() -> bytes:
    written = io.BytesIO()
    canvas = Canvas(written)
    canvas.drawString(72, 700, "The lease has 37 clauses.")
    canvas.save()
    return written.getvalue()


def test_a_page_is_drawn_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def counted(*arguments: Any, **options: Any) -> bytes:
        drawn.append(arguments)
        return page_image(*arguments, **options)

    monkeypatch.setattr("index.load.pdf_picture.page_image", counted)
    files = [("files", ("a.pdf", _one_page()))]
    line = json.loads(client.post("/documents", files=files).text.splitlines()[0])
    page = f"/documents/{line['document_id']}/pages/1.png"
    first, second = (client.get(page, params={"start": 0, "end": 9}) for _ in range(2))
    assert first.status_code == 200
    assert first.content == second.content
    assert len(drawn) == 1
    assert client.get(page, params={"start": 10, "end": 15}).status_code == 200
    assert len(drawn) == 2
