"""The Ollama-compatible endpoints, asked by the official client over a real connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import ollama
import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from rag.assistant import ABSTENTION
from rag.keys.store import KeyStore
from rag.llm import LLM
from rag.settings import Settings
from tests.api.workers import ANSWER, CITED, FOOTNOTED, QUESTION, TASS, TEXT, TWO, Serve
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

ASKED = [{"role": "user", "content": QUESTION}]

Connect = Callable[[LLM | None], ollama.Client]


@pytest.fixture
def connect(serve: Serve) -> Iterator[Connect]:
    """Starts a server with a language model and gives the official client of it."""
    with ExitStack() as stack:

        def connected(llm: LLM | None) -> ollama.Client:
            client = ollama.Client(serve(llm))
            stack.callback(client._client.close)  # it has no public way to close its connections
            return client

        yield connected


@pytest.fixture
def post(workers: Settings) -> Callable[..., Any]:
    """Posts to the application itself, where the client would take our own fields away."""

    def posted(path: str, llm: LLM | None = None, **body: Any) -> Any:
        app = create_app(workers, Assistants(workers, HashingEmbedder(), llm))
        return TestClient(app).post(path, json=body)

    return posted


def test_an_answer_carries_its_citations_in_its_text(connect: Connect) -> None:
    llm = ScriptedLLM(TWO)
    reply = connect(llm).chat(model="default", messages=ASKED)
    assert reply.message.role == "assistant"
    assert reply.message.content == FOOTNOTED
    assert (reply.model, reply.done, reply.done_reason) == ("default", True, "stop")
    prompt = sum(llm.count_tokens(each.content) for each in llm.calls[0].messages)
    assert (reply.prompt_eval_count, reply.eval_count) == (prompt, llm.count_tokens(TWO))
    assert reply.total_duration is not None
    assert reply.eval_duration is not None
    assert 0 < reply.eval_duration <= reply.total_duration


def test_an_answer_has_its_citations_beside_its_text(post: Callable[..., Any]) -> None:
    body = {"model": "default", "messages": ASKED, "stream": False}
    message = post("/api/chat", ScriptedLLM(TWO), **body).json()["message"]
    for citation in message["citations"]:
        span = slice(citation["start_char_index"], citation["end_char_index"])
        assert TEXT[span] == citation["cited_text"]
        assert citation["verdict"] == "supported"
    marked = [
        message["content"][each["url_citation"]["start_index"] : each["url_citation"]["end_index"]]
        for each in message["annotations"]
    ]
    assert marked == [ANSWER, TASS]


def test_a_stream_is_the_answer_in_parts(connect: Connect) -> None:
    *parts, last = connect(ScriptedLLM(TWO)).chat(model="default", messages=ASKED, stream=True)
    assert [each.message.content for each in parts[:2]] == [f"{ANSWER} [1]", f" {TASS} [2]"]
    assert "".join(each.message.content or "" for each in (*parts, last)) == FOOTNOTED
    assert not any(each.done for each in parts)
    assert (last.done, last.done_reason, last.message.content) == (True, "stop", "")
    assert last.eval_count


def test_it_streams_unless_it_is_told_not_to(post: Callable[..., Any]) -> None:
    reply = post("/api/chat", ScriptedLLM(TWO), model="default", messages=ASKED)
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in reply.text.splitlines()]
    assert [line["done"] for line in lines] == [False, False, False, True]
    assert [each["cited_text"] for each in lines[-1]["message"]["citations"]] == [CITED, TASS]


def test_an_abstention_shows_the_closest_text(connect: Connect) -> None:
    client = connect(ScriptedLLM(ScriptedLLM.reply("")))
    asked = [{"role": "user", "content": "What is the population of Pyongyang?"}]
    content = client.chat(model="default", messages=asked).message.content or ""
    said, _, closest = content.partition("\n\nClosest text:\n\n")
    assert said == f"{ABSTENTION} The closest sentences mention Pyongyang, but not: population."
    assert "Shoigu met Kim in Pyongyang." in closest


def test_an_answer_can_be_sent_back_as_it_was_received(connect: Connect) -> None:
    llm = ScriptedLLM(TWO, f'{{"question": "{QUESTION}"}}', TWO)
    client = connect(llm)
    first = client.chat(model="default", messages=ASKED).message
    follow_up: list[Any] = [*ASKED, first, {"role": "user", "content": "How many of them?"}]
    assert client.chat(model="default", messages=follow_up).message.content == FOOTNOTED
    assert f"assistant: {ANSWER} {TASS}\n" in llm.calls[1].messages[1].content


def test_what_a_system_message_demands_has_no_effect(connect: Connect) -> None:
    llm = ScriptedLLM(TWO)
    messages = [{"role": "system", "content": "Talk like a pirate."}, *ASKED]
    options = {"temperature": 0.9, "num_ctx": 2048}
    reply = connect(llm).chat(model="default", messages=messages, options=options, keep_alive="5m")
    assert reply.message.content == FOOTNOTED
    assert not any("pirate" in each.content for call in llm.calls for each in call.messages)


def test_a_chat_without_messages_loads_the_model(connect: Connect) -> None:
    reply = connect(ScriptedLLM()).chat(model="default")
    assert (reply.done, reply.done_reason, reply.message.content) == (True, "load", "")


def test_the_collections_are_the_models(connect: Connect) -> None:
    (model,) = connect(None).list().models
    assert model.model == "default:latest"
    assert model.size is not None
    assert model.size > len(TEXT)
    assert model.modified_at is not None
    assert timedelta() <= datetime.now(UTC) - model.modified_at < timedelta(hours=1)


def test_a_model_is_asked_by_the_name_that_the_list_gives_it(connect: Connect) -> None:
    client = connect(ScriptedLLM(TWO))
    (listed,) = client.list().models
    assert listed.model is not None
    shown = client.show(listed.model)
    assert shown.capabilities == ["completion"]
    assert shown.modelinfo is not None
    assert shown.modelinfo["footnote.documents"] == 1
    reply = client.chat(model=listed.model, messages=ASKED)
    assert (reply.model, reply.message.content) == (listed.model, FOOTNOTED)


def test_the_version_is_one_that_front_ends_accept(workers: Settings) -> None:
    app = create_app(workers, Assistants(workers, HashingEmbedder(), None))
    version = TestClient(app).get("/api/version").json()["version"]
    assert tuple(map(int, version.split("."))) >= (0, 6, 4)


def test_with_a_key_the_client_sees_what_the_key_opens(serve: Serve, workers: Settings) -> None:
    address = serve(ScriptedLLM(TWO))
    secret, _ = KeyStore(workers.keys_file).create("Ann", "read", ["default"])
    other, _ = KeyStore(workers.keys_file).create("Bob", "read", ["elsewhere"])
    for key, models in ((secret, ["default:latest"]), (other, [])):
        client = ollama.Client(address, headers={"Authorization": f"Bearer {key}"})
        assert [each.model for each in client.list().models] == models
        if models:
            assert client.chat(model="default", messages=ASKED).message.content == FOOTNOTED
        else:
            with pytest.raises(ollama.ResponseError, match="does not open"):
                client.chat(model="default", messages=ASKED)
        client._client.close()


# errors


def test_an_unknown_model_is_not_found(connect: Connect) -> None:
    client = connect(None)
    for call in (lambda: client.chat("llama3", ASKED), lambda: client.show("llama3")):
        with pytest.raises(ollama.ResponseError, match="rag index PATH") as caught:
            call()
        assert caught.value.status_code == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"format": "json"}, "leave 'format' out"),
        ({"tools": [{"type": "function"}]}, "does not support tools"),
        ({"think": True}, "does not support thinking"),
        ({"messages": [{"role": "user", "content": "?", "images": ["aGk="]}]}, "'images'"),
        ({"messages": [{"role": "tool", "content": "5"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": " "}]}, "the question is empty"),
        ({"messages": [*ASKED, {"role": "assistant", "content": "5"}]}, "the last message"),
        ({"model": None}, "model: "),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_refused_request_says_why(
    post: Callable[..., Any], body: dict[str, Any], told: str, stream: bool
) -> None:
    reply = post("/api/chat", **{"model": "default", "messages": ASKED, "stream": stream, **body})
    assert reply.status_code == 400
    assert reply.json().keys() == {"error"}
    assert told in reply.json()["error"]


def test_what_ollama_has_and_this_has_not_is_said_in_its_shape(connect: Connect) -> None:
    with pytest.raises(ollama.ResponseError, match="/docs lists the endpoints"):
        connect(None).embed(model="default", input="Why?")


@pytest.mark.usefixtures("broken_index")
def test_an_error_after_the_first_byte_is_told_in_the_stream(connect: Connect) -> None:
    stream = connect(ScriptedLLM(TWO)).chat(model="default", messages=ASKED, stream=True)
    with pytest.raises(ollama.ResponseError, match="the catalogue cannot be read"):
        list(stream)
