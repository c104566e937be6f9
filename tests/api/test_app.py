"""The endpoints of this project's own: answers, health, and errors in one shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from index.errors import DamagedIndexError
from rag.answering.prompts import STANDALONE_SCHEMA
from rag.assistant import MAX_QUESTION_CHARACTERS, Assistant
from rag.errors import LLMUnavailableError
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder, wired
from tests.scripted_llm import ScriptedLLM

TEXT = """\
Workers for the south

The north sends engineers to the south. It also sends 5,000 construction workers.

Shoigu met Kim in Pyongyang. TASS reported it.
"""
QUESTION = "How many construction workers does the north send?"
ANSWER = "The north sends 5,000 construction workers."


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    """Settings of a home with two collections."""
    for name, text in (("default", TEXT), ("museums", "The museum opens in May.\n")):
        chosen = Settings.from_environment(collection=name)
        with Wiring(chosen).open_index(embedder, create=True) as index:
            index.add_text(f"{name}.txt", name, text)
    return Settings.from_environment()


def _client(settings: Settings, *replies: str) -> TestClient:
    assistants = Assistants(settings, HashingEmbedder(), ScriptedLLM(*replies))
    return TestClient(create_app(settings, assistants), raise_server_exceptions=False)


def _error(client: TestClient, status: int, body: Any, path: str = "/ask") -> dict[str, Any]:
    response = client.post(path, json=body)
    assert response.status_code == status
    error: dict[str, Any] = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    return error


def test_ask_answers_with_citations(settings: Settings) -> None:
    client = _client(settings, ScriptedLLM.reply(ANSWER, "S2"))
    answer = client.post("/ask", json={"question": QUESTION}).json()
    assert answer["text"] == ANSWER
    (citation,) = answer["citations"]
    span = slice(citation["start_char_index"], citation["end_char_index"])
    assert TEXT[span] == citation["cited_text"] == "It also sends 5,000 construction workers."


def test_ask_declines_with_status_200(settings: Settings) -> None:
    response = _client(settings, ScriptedLLM.reply("")).post("/ask", json={"question": "Why?"})
    assert response.status_code == 200
    assert response.json()["status"] == "unanswered"


def test_ask_searches_the_collection_that_is_named(settings: Settings) -> None:
    client = _client(settings, ScriptedLLM.reply("The museum opens in May.", "S1"))
    asked = {"question": "When does the museum open?", "collection": "museums"}
    assert client.post("/ask", json=asked).json()["citations"][0]["document_title"] == "museums"


def test_ask_uses_the_history(settings: Settings) -> None:
    rewritten = "How many construction workers does the north send?"
    llm = ScriptedLLM(f'{{"question": "{rewritten}"}}', ScriptedLLM.reply(ANSWER, "S2"))
    client = TestClient(create_app(settings, Assistants(settings, HashingEmbedder(), llm)))
    history = [
        {"role": "user", "content": "Does the north send construction workers?"},
        {"role": "assistant", "content": "Yes."},
    ]
    asked = {"question": "And how many of them does the north send?", "history": history}
    answer = client.post("/ask", json=asked).json()
    assert answer["question"] == asked["question"]
    assert answer["standalone_question"] == rewritten
    assert llm.calls[0].schema == STANDALONE_SCHEMA
    assert "Does the north send construction workers?" in llm.calls[0].messages[1].content


def test_health_tells_what_it_answers_from(settings: Settings) -> None:
    assert _client(settings).get("/health").json() == {
        "status": "ok",
        "collection": "default",
        "documents": 1,
        "commit": 1,
        "llm": "scripted",
    }


def test_a_document_added_meanwhile_is_found_by_the_next_question(settings: Settings) -> None:
    client = _client(settings, ScriptedLLM.reply("The bridge is 80 m long.", "S1"))
    assert client.get("/health").json()["documents"] == 1
    with Wiring(settings).open_index(HashingEmbedder()) as index:
        index.add_text("bridge.txt", "Bridge", "The bridge is 80 m long.\n")
    assert client.get("/health").json()["documents"] == 2
    answer = client.post("/ask", json={"question": "How long is the bridge?"}).json()
    assert answer["text"] == "The bridge is 80 m long."


# errors


@pytest.mark.parametrize("question", ["", " \n", "why " * MAX_QUESTION_CHARACTERS])
def test_a_question_that_is_none_is_a_bad_request(settings: Settings, question: str) -> None:
    error = _error(_client(settings), 400, {"question": question})
    assert (error["type"], error["code"]) == ("invalid_request_error", "QuestionError")


@pytest.mark.parametrize("question", ["", " \n", "a" + "\u0301\u0323" * MAX_QUESTION_CHARACTERS])
def test_what_is_searched_for_is_a_question_too(settings: Settings, question: str) -> None:
    reply = _client(settings).post("/search", json={"question": question})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "QuestionError"


@pytest.mark.parametrize("name", ["nowhere", "../default", "default/..", "*", "muse*"])
def test_an_unknown_collection_is_not_found(settings: Settings, name: str) -> None:
    error = _error(_client(settings), 404, {"question": QUESTION, "collection": name})
    assert error["code"] == "NoIndexError"
    assert f"'rag index PATH --collection {name}'" in error["message"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "question: Field required"),
        ({"question": 5}, "question: "),
        ({"question": "Why?", "questoin": "Why?"}, "questoin: Extra inputs are not permitted"),
        ({"question": "Why?", "history": [{"role": "robot", "content": ""}]}, "history.0.role: "),
        ([], "body: "),
    ],
)
def test_a_request_of_another_form_says_what_is_wrong(
    settings: Settings, body: Any, told: str
) -> None:
    assert told in _error(_client(settings), 422, body)["message"]


@pytest.mark.parametrize("content", [b"{", b"", b"\xff", b'{"question": "\\ud800"}'])
def test_a_body_that_is_no_json_is_told(settings: Settings, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = _client(settings).post("/ask", content=content, headers=headers)
    assert response.status_code in (400, 422)
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_an_unknown_path_and_method_have_the_same_shape(settings: Settings) -> None:
    client = _client(settings)
    assert "/docs" in _error(client, 404, {}, "/nowhere")["message"]
    wrong_method = client.get("/ask")
    assert wrong_method.status_code == 405
    assert wrong_method.headers["Allow"] == "POST"
    assert wrong_method.json()["error"]["message"].startswith("Method Not Allowed")


@pytest.mark.parametrize(
    ("error", "status"), [(LLMUnavailableError("down"), 503), (DamagedIndexError("damaged"), 500)]
)
def test_what_fails_on_this_side_has_the_status_of_the_table(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Assistant, "ask", fail)
    told = _error(_client(settings), status, {"question": QUESTION})
    assert (told["type"], told["message"]) == ("server_error", str(error))


def test_an_application_without_an_index_starts_and_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.Wiring", wired())
    monkeypatch.setenv("RAG_LLM", "none")
    with TestClient(create_app()) as client:
        reply = client.post("/ask", json={"question": "who?"})
    assert reply.status_code == 404
    assert "rag index" in reply.json()["error"]["message"]


def test_an_application_reads_its_settings_from_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.Wiring", wired())
    monkeypatch.setenv("RAG_LLM", "none")
    monkeypatch.setenv("RAG_COLLECTION", "museums")
    health = TestClient(create_app()).get("/health").json()
    assert (health["collection"], health["llm"]) == ("museums", "none")
