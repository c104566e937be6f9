"""``/ask/stream`` and ``/search``: each stage as it is done, and errors that can still be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from index.index import Index
from index.types import Hit
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

TEXT = (
    "The north sends 1,000 sappers to Kursk. It also sends 5,000 construction workers. "
    "Shoigu met Kim in Pyongyang. The news agency TASS reported it."
)
QUESTION = "How many construction workers does the north send?"
REPLY = ScriptedLLM.reply("The north sends 5,000 construction workers.", "S2")


@pytest.fixture
def client(home: Path, embedder: HashingEmbedder) -> Iterator[TestClient]:
    settings = Settings.from_environment()
    with Wiring(settings).open_index(embedder, create=True) as index:
        index.add_text("/texts/north.txt", "The north", TEXT)
    app = create_app(settings, Assistants(settings, embedder, ScriptedLLM(REPLY, REPLY)))
    with TestClient(app) as opened:
        yield opened


def _events(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in filter(None, text.split("\n\n")):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_each_stage_is_told_and_the_answer_comes_last(client: TestClient) -> None:
    reply = client.post("/ask/stream", json={"question": QUESTION})
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = _events(reply.text)
    assert [name for name, _ in events] == ["rewrite", "hits", "sentence", "answer"]
    assert events[0][1] == {"question": QUESTION}
    assert events[2][1]["text"] == "The north sends 5,000 construction workers."
    assert events[2][1]["citations"][0]["cited_text"] == "It also sends 5,000 construction workers."


def test_the_streamed_answer_is_the_one_of_ask(client: TestClient) -> None:
    streamed = _events(client.post("/ask/stream", json={"question": QUESTION}).text)[-1][1]
    asked = client.post("/ask", json={"question": QUESTION}).json()
    assert streamed | {"timings": {}} == asked | {"timings": {}}


def test_a_request_may_ask_for_a_quick_answer(client: TestClient) -> None:
    line = "It also sends 5,000 construction workers."
    for answer in ("quick", "auto"):
        body = {"question": QUESTION, "answer": answer}
        events = _events(client.post("/ask/stream", json=body).text)
        assert [name for name, _ in events] == ["rewrite", "hits", "sentence", "answer"]
        assert events[2][1]["text"] == events[3][1]["text"] == line
        asked = client.post("/ask", json=body).json()
        assert (asked["text"], asked["llm"], asked["extractive"]) == (line, "none", True)
    written = client.post("/ask", json={"question": QUESTION, "answer": "written"}).json()
    assert (written["llm"], written["extractive"]) == ("scripted", False)
    refused = client.post("/ask", json={"question": QUESTION, "answer": "slowly"})
    assert refused.status_code == 422


def test_the_hits_are_exact(client: TestClient) -> None:
    hits = client.post("/search", json={"question": "sappers", "limit": 1}).json()["hits"]
    assert len(hits) == 1
    assert TEXT[hits[0]["start_char_index"] : hits[0]["end_char_index"]] == hits[0]["text"]
    assert hits[0]["document_title"] == "The north"


@pytest.mark.parametrize("path", ["/ask/stream", "/search"])
def test_what_cannot_be_asked_has_a_status_and_says_what_to_do(
    client: TestClient, path: str
) -> None:
    missing = client.post(path, json={"question": "who?", "collection": "nowhere"})
    assert missing.status_code == 404
    assert "rag index" in missing.json()["error"]["message"]
    named = client.post(path, json={"question": "who?", "collection": "../up"})
    assert named.status_code == 404
    assert client.post(path, json={}).status_code == 422


def test_an_empty_question_is_refused_before_the_stream_begins(client: TestClient) -> None:
    assert client.post("/ask/stream", json={"question": " "}).status_code == 400


def test_a_hit_that_is_removed_meanwhile_is_not_shown(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Index.search

    def searched_and_removed(index: Index, question: str, *, limit: int) -> list[Hit]:
        hits = search(index, question, limit=limit)
        index.remove("/texts/north.txt")
        return hits

    monkeypatch.setattr(Index, "search", searched_and_removed)
    found = client.post("/search", json={"question": QUESTION})
    assert (found.status_code, found.json()["hits"]) == (200, [])
