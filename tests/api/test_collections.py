"""``/collections``: a new one, one less, and one that cannot be opened."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from api.principal import OWNER, acting_as
from index.collections import Collections
from index.index import Index
from index.ingest import IngestReport
from rag.keys.store import KeyStore
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder, SlowEmbedder
from tests.serving import serving


def _upload(client: TestClient, collection: str) -> None:
    files = [("files", ("lease.txt", b"The lease has 37 clauses."))]
    assert client.post("/documents", params={"collection": collection}, files=files).is_success


def test_a_collection_is_begun_filled_and_deleted(client: TestClient, settings: Settings) -> None:
    begun = client.post("/collections", json={"name": "law"})
    assert begun.status_code == 201
    assert begun.json() == {"name": "law", "documents": 0, "default": False, "problem": None}
    _upload(client, "law")
    assert client.get("/collections").json()["collections"] == [begun.json() | {"documents": 1}]
    assert client.delete("/collections/law").status_code == 204
    assert client.get("/collections").json() == {"collections": []}
    assert list(settings.collections_folder.iterdir()) == []
    asked = client.post("/ask", json={"question": "How many clauses?", "collection": "law"})
    assert asked.status_code == 404


def test_a_collection_can_be_begun_again_after_it_was_deleted(client: TestClient) -> None:
    for _ in range(2):
        _upload(client, "law")
        asked = client.post("/ask", json={"question": "How many clauses?", "collection": "law"})
        assert "37" in asked.json()["text"]
        assert client.delete("/collections/law").status_code == 204


def test_a_file_that_was_indexed_where_it_lies_stays_there(
    client: TestClient, settings: Settings, embedder: HashingEmbedder, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("A lease.", encoding="utf-8")
    with Wiring(settings).open_index(embedder, create=True) as index:
        index.ingest([mine])
    assert client.delete("/collections/default").status_code == 204
    assert mine.exists()


def test_a_name_is_given_once(client: TestClient) -> None:
    client.post("/collections", json={"name": "law"})
    again = client.post("/collections", json={"name": "law"})
    assert again.status_code == 409
    assert "choose another name" in again.json()["error"]["message"]


@pytest.mark.parametrize("name", ["../up", "a b", "-", ".hidden", "x" * 65])
def test_a_name_that_no_collection_can_have_is_refused(
    client: TestClient, settings: Settings, name: str
) -> None:
    reply = client.post("/collections", json={"name": name})
    assert reply.status_code == 400
    assert "use letters, digits" in reply.json()["error"]["message"]
    assert client.post("/collections", json={"name": ""}).status_code == 422
    assert not settings.collections_folder.exists()


@pytest.mark.parametrize("name", ["nowhere", "..", "%2e%2e", "..%2fother", "*"])
def test_what_is_no_collection_cannot_be_deleted(client: TestClient, name: str) -> None:
    _upload(client, "law")
    assert client.delete(f"/collections/{name}").status_code in (404, 405)
    assert client.get("/collections").json()["collections"][0]["documents"] == 1


def test_one_that_cannot_be_opened_says_why_and_hides_no_other(
    client: TestClient, settings: Settings
) -> None:
    _upload(client, "law")
    other = Settings.from_environment(collection="other")
    with Wiring(other).open_index(HashingEmbedder("another"), create=True) as index:
        index.add_text("a.txt", "A", "A lease.")
    law, foreign = client.get("/collections").json()["collections"]
    assert (law["documents"], law["problem"]) == (1, None)
    assert (foreign["name"], foreign["documents"]) == ("other", None)
    assert "was made with" in foreign["problem"]
    assert client.delete("/collections/other").status_code == 204


def test_a_key_deletes_its_own_collections_and_no_other(
    client: TestClient, settings: Settings
) -> None:
    for name in ("law", "tax"):
        client.post("/collections", json={"name": name})
    secret, _ = KeyStore(settings.keys_file).create("Ann", "admin", ["tax"])
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.delete("/collections/law", headers=headers).status_code == 403
    assert client.get("/v1/models/law", headers=headers).status_code == 403
    assert client.post("/collections", json={"name": "law"}, headers=headers).status_code == 403
    listed = client.get("/collections", headers=headers).json()["collections"]
    assert [each["name"] for each in listed] == ["tax"]
    assert client.delete("/collections/tax", headers=headers).status_code == 204
    assert Wiring(settings).collections.names() == ["law"]


def test_files_on_their_way_into_a_deleted_collection_are_told_as_failed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _upload(client, "law")
    assistants = client.app.state.assistants  # type: ignore[attr-defined]  # ours has one
    with acting_as(OWNER):
        index = assistants.get("law").index
    real = type(index).ingest

    def deleted_meanwhile(self: object, *arguments: Any, **options: Any) -> object:
        with acting_as(OWNER):
            assistants.delete("law")
        monkeypatch.setattr(type(index), "ingest", real)
        return real(index, *arguments, **options)

    monkeypatch.setattr(type(index), "ingest", deleted_meanwhile)
    files = [("files", ("b.txt", b"Another lease."))]
    reply = client.post("/documents", params={"collection": "law"}, files=files)
    first, last = [json.loads(line) for line in reply.text.splitlines()]
    assert first["status"] == "failed"
    assert last == {"done": 0, "failed": 1}


# Other processes, and requests that take long


def _elsewhere(settings: Settings) -> Collections:
    """The collections as another process sees them."""
    return Wiring(settings).collections


def test_a_collection_that_another_process_deleted_is_gone(
    client: TestClient, settings: Settings
) -> None:
    _upload(client, "law")
    _elsewhere(settings).delete("law")
    asked = {"question": "How many clauses?", "collection": "law"}
    assert client.post("/ask", json=asked).status_code == 404
    assert client.post("/search", json=asked).status_code == 404
    assert client.get("/documents", params={"collection": "law"}).status_code == 404
    assert client.delete("/collections/law").status_code == 404
    assert not (settings.collections_folder / "law").exists()


def test_a_collection_that_another_process_made_anew_is_the_new_one(
    client: TestClient, settings: Settings, embedder: HashingEmbedder
) -> None:
    _upload(client, "law")
    _elsewhere(settings).delete("law")
    with _elsewhere(settings).open("law", embedder, create=True) as index:
        index.add_text("new", "New", "The new lease has 51 clauses.")
    asked = {"question": "How many clauses does the lease have?", "collection": "law"}
    assert "51" in client.post("/ask", json=asked).json()["text"]
    _upload(client, "law")
    listed = client.get("/documents", params={"collection": "law"}).json()
    assert listed["total"] == 2
    with _elsewhere(settings).open("law", embedder) as index:
        assert index.count_documents() == 2  # the upload went into it


def test_what_goes_into_a_collection_that_is_deleted_meanwhile_is_told_as_failed(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _upload(client, "law")
    real = Index.ingest

    def deleted_meanwhile(self: Index, *arguments: Any, **options: Any) -> IngestReport:
        report = real(self, *arguments, **options)
        _elsewhere(settings).delete("law")
        return report

    monkeypatch.setattr(Index, "ingest", deleted_meanwhile)
    files = [("files", ("b.txt", b"Another lease."))]
    reply = client.post("/documents", params={"collection": "law"}, files=files)
    line = json.loads(reply.text.splitlines()[0])
    assert line["status"] == "failed"
    assert "was deleted" in line["reason"]
    assert not (settings.collections_folder / "law").exists()


def test_deleting_during_an_ingest_holds_nobody(settings: Settings) -> None:
    embedder = SlowEmbedder()
    assistants = Assistants(settings, embedder, None)
    with (
        serving(create_app(settings, assistants)) as address,
        ThreadPoolExecutor(8) as pool,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as base,
    ):
        base.post("/collections", json={"name": "law"})
        files = [("files", ("a.txt", b"A lease. " * 20_000))]
        sent = pool.submit(base.post, "/documents", params={"collection": "law"}, files=files)
        assert embedder.began.wait(30)
        deleted = [pool.submit(base.delete, "/collections/law") for _ in range(4)]
        for _ in range(20):
            assert httpx.get(f"{address}health", timeout=2, trust_env=False).status_code == 200
            assert base.get("/documents", timeout=2).status_code in (200, 404)
        statuses = sorted(each.result(10).status_code for each in deleted)
        assert statuses == [204, 404, 404, 404]
        embedder.go.set()
        line = json.loads(sent.result(30).text.splitlines()[0])
        assert line["status"] == "failed"
        assert embedder.batches < 20  # of hundreds, until the thread beside is told to stop
    assert _elsewhere(settings).names() == []


def test_what_an_interrupted_deletion_left_goes_with_the_next(
    client: TestClient, settings: Settings
) -> None:
    _upload(client, "law")
    (settings.collections_folder / ".deleted-0011").mkdir()
    (settings.collections_folder / ".deleted-0011" / "catalogue.sqlite").touch()
    assert _elsewhere(settings).names() == ["law"]
    client.delete("/collections/law")
    assert list(settings.collections_folder.iterdir()) == []
