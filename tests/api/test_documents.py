"""``/documents``: what is listed is indexed, what is read is exact, what is sent stays inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.uploads import UPLOADS
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder

NOTE = "# Rivers\n\nThe Amber rises in the hills.\n\n## Floods\n\nIt floods in spring. 😀 Often."


def _upload(client: TestClient, *files: tuple[str, bytes], **params: str) -> list[dict[str, Any]]:
    reply = client.post("/documents", params=params, files=[("files", file) for file in files])
    assert reply.status_code == 200, reply.text
    return [json.loads(line) for line in reply.text.splitlines()]


def test_uploaded_files_answer_and_a_bad_one_stops_nothing(client: TestClient) -> None:
    lines = _upload(
        client,
        ("rivers.md", NOTE.encode()),
        ("broken.pdf", b"%PDF-1.7 nothing"),
        ("tune.mp3", b"\x00\x01\x02" * 50),
    )
    assert [line.get("status") for line in lines] == ["added", "failed", "failed", None]
    assert all(line["reason"] for line in lines[1:3])
    assert lines[-1] == {"done": 1, "failed": 2}
    listed = client.get("/documents").json()
    assert [each["left_out"] for each in listed["documents"]] == [[]]
    assert [each["words_alone"] for each in listed["documents"]] == [False]
    assert [each["id"] for each in listed["documents"]] == [lines[0]["document_id"]]
    hits = client.post("/search", json={"question": "floods spring"}).json()["hits"]
    assert hits[0]["document_id"] == lines[0]["document_id"]


def test_a_document_whose_words_the_embedder_does_not_know_says_so(client: TestClient) -> None:
    [line, _] = _upload(client, ("zh.txt", "停车场位于地下二层的最里面晚上十点关闭。".encode()))
    [listed] = client.get("/documents").json()["documents"]
    detail = client.get(f"/documents/{line['document_id']}").json()
    for each in (listed, detail):
        assert (each["language"], each["words_alone"]) == ("zh", True)
    asked = {"question": "停车场几点关闭停车场几点关闭"}
    answer = client.post("/ask", json=asked).json()
    assert answer["unfamiliar"] == ["judging", "meaning"]
    assert "multilingual-e5-small-q4" in answer["notice"]
    assert client.post("/search", json=asked).json()["words_alone"]
    assert not client.post("/search", json={"question": "parking"}).json()["words_alone"]


def test_the_same_name_replaces_and_the_same_file_costs_nothing(client: TestClient) -> None:
    for content, status in (
        ("One text.", "added"),
        ("One text.", "unchanged"),
        ("Two.", "replaced"),
    ):
        assert _upload(client, ("a.txt", content.encode()))[0]["status"] == status
    listed = client.get("/documents").json()["documents"]
    assert len(listed) == 1
    text = client.get(f"/documents/{listed[0]['id']}/text").json()
    assert text["text"] == "Two."


def test_a_new_collection_is_made_by_the_first_upload(client: TestClient) -> None:
    assert client.get("/documents", params={"collection": "law"}).status_code == 404
    _upload(client, ("a.txt", b"A lease."), collection="law")
    assert client.get("/collections").json() == {
        "collections": [{"name": "law", "documents": 1, "default": False, "problem": None}]
    }


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden"])
def test_a_name_that_no_collection_can_have_makes_nothing(
    client: TestClient, settings: Settings, name: str
) -> None:
    files = [("files", ("a.txt", b"text"))]
    reply = client.post("/documents", params={"collection": name}, files=files)
    assert reply.status_code == 400
    assert "is not a collection name" in reply.json()["error"]["message"]
    assert Wiring(settings).collections.names() == []


def test_an_empty_name_means_the_collection_of_the_server(
    client: TestClient, settings: Settings
) -> None:
    _upload(client, ("a.txt", b"text"), collection="")
    assert Wiring(settings).collections.names() == [settings.collection]


def test_the_text_is_given_in_windows_of_characters(client: TestClient) -> None:
    id = _upload(client, ("rivers.md", NOTE.encode()))[0]["document_id"]
    whole = client.get(f"/documents/{id}/text").json()
    start = whole["text"].index("😀")
    window = client.get(f"/documents/{id}/text", params={"start": start, "end": start + 2}).json()
    assert window["text"] == "😀 "
    assert window["characters"] == len(whole["text"])
    beyond = client.get(f"/documents/{id}/text", params={"start": 10**6}).json()
    assert beyond["text"] == ""


def test_a_document_says_what_it_is(client: TestClient) -> None:
    id = _upload(client, ("rivers.md", NOTE.encode()))[0]["document_id"]
    found = client.get(f"/documents/{id}").json()
    assert [each["title"].lstrip("# ") for each in found["headings"]] == ["Rivers", "Floods"]
    assert found["pages"] is None
    assert found["chunks"] > 0


def test_the_list_is_filtered_and_paged(client: TestClient) -> None:
    _upload(client, *((f"note-{n}.txt", f"Note {n}.".encode()) for n in range(5)))
    found = client.get("/documents", params={"contains": "NOTE-3"}).json()
    assert found["total"] == 1
    page = client.get("/documents", params={"offset": 3, "limit": 3}).json()
    assert (len(page["documents"]), page["total"]) == (2, 5)


def test_the_original_is_given_as_it_was_sent_and_never_runs_here(client: TestClient) -> None:
    html = b"<html><body><p>A lease for ten years is signed.</p><script>x()</script></body></html>"
    id = _upload(client, ("page.html", html))[0]["document_id"]
    reply = client.get(f"/documents/{id}/original")
    assert reply.content == html
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.headers["content-security-policy"] == "sandbox"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_what_is_deleted_is_gone_with_its_file(client: TestClient, settings: Settings) -> None:
    id = _upload(client, ("a.txt", b"A lease."))[0]["document_id"]
    stored = settings.index_folder / UPLOADS / "a.txt"
    assert stored.exists()
    assert client.delete(f"/documents/{id}").status_code == 204
    assert not stored.exists()
    assert client.delete(f"/documents/{id}").status_code == 404
    assert client.get("/documents").json()["total"] == 0


def test_a_file_that_was_indexed_by_its_path_stays_where_it_is(
    client: TestClient, settings: Settings, embedder: HashingEmbedder, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("A lease.", encoding="utf-8")
    with Wiring(settings).open_index(embedder, create=True) as index:
        index.ingest([mine])
    id = client.get("/documents").json()["documents"][0]["id"]
    client.delete(f"/documents/{id}")
    assert mine.exists()


@pytest.mark.parametrize("path", ["", "/text", "/original", "/pages/1.png"])
@pytest.mark.parametrize("id", [999, 2**70, -1])
def test_an_unknown_document_is_said(client: TestClient, path: str, id: int) -> None:
    _upload(client, ("a.txt", b"A lease."))
    reply = client.get(f"/documents/{id}{path}")
    assert reply.status_code == 404
    assert reply.json()["error"]["message"]


def test_a_page_that_is_not_there_is_said(client: TestClient) -> None:
    id = _upload(client, ("a.txt", b"A lease."))[0]["document_id"]
    assert client.get(f"/documents/{id}/pages/1.png").status_code == 404
