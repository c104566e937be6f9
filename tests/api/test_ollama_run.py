"""What the ``ollama`` program and its libraries do against us, beside the chat."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import ollama
import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from rag.settings import Settings
from tests.api.workers import CITED, FOOTNOTED, QUESTION, TASS, TEXT, TWO, Serve
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

Post = Callable[..., Any]


@pytest.fixture
def client(workers: Settings) -> TestClient:
    return TestClient(create_app(workers, Assistants(workers, HashingEmbedder(), ScriptedLLM(TWO))))


def test_the_python_library_generates_an_answer_with_footnotes(serve: Serve) -> None:
    library = ollama.Client(serve(ScriptedLLM(TWO)))
    with closing(library._client):
        reply = library.generate(model="default", prompt=QUESTION)
    assert reply.response == FOOTNOTED
    assert (reply.model, reply.done, reply.done_reason) == ("default", True, "stop")
    assert reply.eval_count


def test_the_python_library_streams_the_answer_in_parts(serve: Serve) -> None:
    library = ollama.Client(serve(ScriptedLLM(TWO)))
    with closing(library._client):
        *parts, last = library.generate(model="default:latest", prompt=QUESTION, stream=True)
    assert len(parts) > 1
    assert "".join(each.response or "" for each in parts) == FOOTNOTED
    assert not any(each.done for each in parts)
    assert (last.done, last.done_reason, last.response) == (True, "stop", "")


def test_what_the_program_says_to_run_a_question_is_answered(client: TestClient) -> None:
    # In its order: is a server there, what is the model, load it, ask.
    assert client.head("/").status_code == 200
    shown = client.post("/api/show", json={"model": "default", "name": "default"})
    assert shown.json()["capabilities"] == ["completion"]
    loaded = client.post("/api/generate", json={"model": "default", "options": {}}).json()
    assert (loaded["done"], loaded["done_reason"], loaded["response"]) == (True, "load", "")
    asked = {"model": "default", "prompt": QUESTION, "format": "", "system": "", "images": []}
    lines = [
        json.loads(each) for each in client.post("/api/generate", json=asked).text.splitlines()
    ]
    assert "".join(each["response"] for each in lines) == FOOTNOTED
    assert [each["cited_text"] for each in lines[-1]["citations"]] == [CITED, TASS]


def test_a_whole_answer_has_its_citations_beside_its_text(client: TestClient) -> None:
    body = {"model": "default", "prompt": QUESTION, "stream": False}
    reply = client.post("/api/generate", json=body).json()
    for citation in reply["citations"]:
        span = slice(citation["start_char_index"], citation["end_char_index"])
        assert TEXT[span] == citation["cited_text"]


def test_an_older_program_shows_a_model_by_its_name(client: TestClient) -> None:
    assert client.post("/api/show", json={"name": "default"}).status_code == 200


def test_the_program_lists_what_is_running(serve: Serve) -> None:
    library = ollama.Client(serve(ScriptedLLM(TWO)))
    with closing(library._client):
        assert library.ps().models == []
        library.generate(model="default")
        (running,) = library.ps().models
    assert running.model == "default:latest"
    assert running.expires_at is not None
    assert running.expires_at - datetime.now(UTC) > timedelta(days=365 * 100)
    assert running.size


@pytest.mark.parametrize("keep_alive", [0, "0s"])
def test_the_program_may_stop_a_model(client: TestClient, keep_alive: int | str) -> None:
    reply = client.post("/api/generate", json={"model": "default", "keep_alive": keep_alive})
    assert reply.json()["done_reason"] == "unload"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "json"),
        ("suffix", "}"),
        ("images", ["aGk="]),
        ("context", [1, 2]),
        ("think", True),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_apply_is_refused_by_name(
    client: TestClient, name: str, value: object, stream: bool
) -> None:
    body = {"model": "default", "prompt": QUESTION, "stream": stream, name: value}
    reply = client.post("/api/generate", json=body)
    assert reply.status_code == 400
    assert f"'{name}'" in reply.json()["error"]


def test_a_collection_that_is_not_there_is_not_found(client: TestClient) -> None:
    for path in ("/api/generate", "/api/show"):
        reply = client.post(path, json={"model": "llama3"})
        assert reply.status_code == 404
        assert "rag index PATH" in reply.json()["error"]


@pytest.mark.usefixtures("broken_index")
def test_an_error_after_the_first_byte_is_told_in_the_stream(serve: Serve) -> None:
    library = ollama.Client(serve(ScriptedLLM(TWO)))
    with closing(library._client):
        stream = library.generate(model="default", prompt=QUESTION, stream=True)
        with pytest.raises(ollama.ResponseError, match="the catalogue cannot be read"):
            list(stream)
