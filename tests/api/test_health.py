"""``/health`` and ``/ready``: alive is not yet able to answer."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from rag.keys.store import KeyStore
from rag.settings import Settings
from tests.doubles import HashingEmbedder


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
