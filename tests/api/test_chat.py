"""The OpenAI-compatible endpoints, asked by the official client over a real connection."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from rag.assistant import ABSTENTION
from rag.errors import LLMError
from rag.llm import LLM
from rag.settings import Settings
from tests.api.workers import ANSWER, CITED, FOOTNOTED, QUESTION, TASS, TEXT, TWO, Serve
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

Connect = Callable[[LLM | None], openai.OpenAI]


@pytest.fixture
def connect(serve: Serve) -> Iterator[Connect]:
    """Starts a server with a language model and gives the official client of it."""
    with ExitStack() as stack:

        def connected(llm: LLM | None) -> openai.OpenAI:
            address = f"{serve(llm)}v1"
            client = openai.OpenAI(base_url=address, api_key="none", max_retries=0)
            return stack.enter_context(client)

        yield connected


def _ask(client: openai.OpenAI, question: str = QUESTION, **options: Any) -> Any:
    """The completion, or the stream of its chunks."""
    messages: Any = options.pop("messages", [{"role": "user", "content": question}])
    return client.chat.completions.create(model="default", messages=messages, **options)


def test_an_answer_has_annotations_that_mark_its_sentences(connect: Connect) -> None:
    completion = _ask(connect(ScriptedLLM(TWO)))
    assert completion.object == "chat.completion"
    assert completion.model == "default"
    (choice,) = completion.choices
    message = choice.message
    assert (choice.finish_reason, message.role, message.refusal) == ("stop", "assistant", None)
    assert message.content == f"{ANSWER} {TASS}"
    marked = [
        message.content[each.url_citation.start_index : each.url_citation.end_index]
        for each in message.annotations
    ]
    assert marked == [ANSWER, TASS]
    assert {each.url_citation.title for each in message.annotations} == {"Workers"}
    assert {each.url_citation.url for each in message.annotations} == {"workers.txt"}


def test_an_answer_has_citations_with_exact_characters(connect: Connect) -> None:
    message = _ask(connect(ScriptedLLM(TWO))).choices[0].message
    first, second = message.citations
    assert (first["id"], second["id"]) == (1, 2)
    for citation, text in (
        (first, CITED),
        (second, TASS),
    ):
        assert citation["cited_text"] == text
        assert TEXT[citation["start_char_index"] : citation["end_char_index"]] == text
        assert citation["verdict"] == "supported"
        assert 0.5 <= citation["support"] <= 1
        assert citation["document_title"] == "Workers"
        assert citation["page_number"] is None


def test_usage_is_what_the_language_model_counted(connect: Connect) -> None:
    llm = ScriptedLLM(TWO)
    usage = _ask(connect(llm)).usage
    prompt = sum(llm.count_tokens(each.content) for each in llm.calls[0].messages)
    assert (usage.prompt_tokens, usage.completion_tokens) == (prompt, llm.count_tokens(TWO))
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_an_abstention_is_a_refusal_with_the_closest_text(connect: Connect) -> None:
    client = connect(ScriptedLLM(ScriptedLLM.reply("")))
    message = _ask(client, "What is the population of Pyongyang?").choices[0].message
    assert message.content == ABSTENTION
    assert message.refusal == "The closest sentences mention Pyongyang, but not: population."
    assert (message.annotations, message.citations) == ([], [])
    assert message.closest[0]["cited_text"] in TEXT


def test_an_answer_that_is_quoted_says_so(connect: Connect) -> None:
    message = _ask(connect(ScriptedLLM(LLMError("it broke")))).choices[0].message
    assert message.content == CITED
    assert message.extractive is True
    assert message.notice.startswith("it broke.")


def test_the_messages_before_the_last_are_the_history(connect: Connect) -> None:
    llm = ScriptedLLM(f'{{"question": "{QUESTION}"}}', TWO)
    completion = _ask(
        connect(llm),
        messages=[
            {"role": "system", "content": "Talk like a pirate about parrots."},
            {"role": "user", "content": "Does the north send construction workers?"},
            {"role": "assistant", "content": [{"type": "text", "text": "Yes."}]},
            {"role": "user", "content": [{"type": "text", "text": "And how many of them?"}]},
        ],
    )
    assert completion.choices[0].message.content.startswith(ANSWER)
    asked = llm.calls[0].messages[1].content
    assert "Does the north send construction workers?" in asked
    assert "assistant: Yes." in asked
    assert not any("pirate" in each.content for call in llm.calls for each in call.messages)


def test_the_collections_are_the_models(connect: Connect, workers: Settings) -> None:
    assert [model.id for model in connect(None).models.list()] == ["default"]


# streaming


def test_a_stream_begins_with_the_role_and_ends_with_the_proof(connect: Connect) -> None:
    first, *sentences, last = list(_ask(connect(ScriptedLLM(TWO)), stream=True))
    assert {each.object for each in (first, *sentences, last)} == {"chat.completion.chunk"}
    assert len({each.id for each in (first, *sentences, last)}) == 1
    assert first.choices[0].delta.role == "assistant"
    assert [each.choices[0].delta.content for each in sentences] == [
        ANSWER,
        f" {TASS}",
    ]
    assert all(each.choices[0].finish_reason is None for each in (first, *sentences))
    assert last.choices[0].finish_reason == "stop"
    assert [each["cited_text"] for each in last.choices[0].delta.citations] == [
        CITED,
        TASS,
    ]


@pytest.mark.parametrize(
    "says", [TWO, ScriptedLLM.reply(""), ScriptedLLM.reply("Putin paid."), LLMError("it broke")]
)
def test_a_stream_is_the_answer_in_parts(connect: Connect, says: str | LLMError) -> None:
    client = connect(ScriptedLLM(says, says))
    whole = _ask(client).choices[0].message.model_dump()
    chunks = [each.choices[0].delta.model_dump() for each in _ask(client, stream=True)]
    assert "".join(each.get("content") or "" for each in chunks) == whole["content"]
    for name in ("annotations", "citations", "closest", "refusal", "extractive", "notice"):
        assert chunks[-1][name] == whole[name]


def test_a_stream_tells_the_usage_when_asked(connect: Connect) -> None:
    client = connect(ScriptedLLM(TWO, TWO))
    whole = _ask(client).usage
    *chunks, last = list(_ask(client, stream=True, stream_options={"include_usage": True}))
    assert last.choices == []
    assert last.usage == whole
    assert all(each.usage is None for each in chunks)


def test_a_sentence_is_sent_before_the_next_one_is_written(connect: Connect) -> None:
    received = threading.Event()
    client = connect(_Waiting(received, TWO))
    stream = iter(_ask(client, stream=True))
    next(stream)
    assert next(stream).choices[0].delta.content == ANSWER
    received.set()  # only now does the model write the rest
    assert next(stream).choices[0].delta.content == f" {TASS}"
    assert next(stream).choices[0].finish_reason == "stop"


class _Waiting(ScriptedLLM):
    """Writes the last sentence only when it is told to."""

    def __init__(self, told: threading.Event, reply: str) -> None:
        super().__init__(reply)
        self._told = told

    def _parts(self, reply: str, prompt_tokens: int) -> Iterator[Any]:
        written = ""
        for part in super()._parts(reply, prompt_tokens):
            if isinstance(part, str) and "TASS" in written:
                assert self._told.wait(timeout=10)
            written += part if isinstance(part, str) else ""
            yield part


def test_the_language_model_stops_when_the_client_goes(connect: Connect) -> None:
    stopped = threading.Event()
    stream = _ask(connect(_Endless(stopped)), stream=True)
    assert next(stream).choices[0].delta.role == "assistant"
    assert next(stream).choices[0].delta.content == ANSWER
    stream.close()
    assert stopped.wait(timeout=10)


class _Endless(ScriptedLLM):
    """Writes the same sentence for ever, and says when it was stopped."""

    def __init__(self, stopped: threading.Event) -> None:
        super().__init__("")
        self._stopped = stopped

    def _parts(self, reply: str, prompt_tokens: int) -> Iterator[Any]:
        yield '{"evidence": ["S2"], "answer": "'
        try:
            while True:
                yield f"{ANSWER} "
        finally:
            self._stopped.set()


@pytest.mark.usefixtures("broken_index")
def test_an_error_after_the_first_byte_is_told_in_the_stream(connect: Connect) -> None:
    stream = _ask(connect(ScriptedLLM(TWO)), stream=True)
    with pytest.raises(openai.APIError, match="the catalogue cannot be read"):
        list(stream)


def test_a_stream_is_server_sent_events(workers: Settings) -> None:
    app = create_app(workers, Assistants(workers, HashingEmbedder(), ScriptedLLM(TWO)))
    body = {"model": "default", "stream": True, "messages": [_user(QUESTION)]}
    response = TestClient(app).post("/v1/chat/completions", json=body)
    assert response.headers["Content-Type"].startswith("text/event-stream")
    *events, end = response.text.strip().split("\n\n")
    assert end == "data: [DONE]"
    assert all(json.loads(each.removeprefix("data: "))["id"] for each in events)


# errors


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


IMAGE = {"type": "image_url", "image_url": {"url": "http://localhost/a.png"}}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"messages": [_user(" ")]}, 400, "the question is empty"),
        ({"messages": [_user("a"), {"role": "assistant", "content": "b"}]}, 400, "last message"),
        ({"messages": [_user([IMAGE])]}, 400, "leave the 'image_url' part out"),
        ({"messages": [_user([IMAGE]), _user("What is it?")]}, 400, "'image_url'"),
        ({"messages": [_user("Why?")], "n": 2}, 400, "send n=1"),
        ({"messages": [_user("Why?")], "model": "gpt-4o"}, 404, "rag index PATH"),
        ({"messages": []}, 400, "messages: "),
        ({"messages": [_user("\ud800")]}, 400, "messages.0.content"),
        ({"messages": [{"role": "tool", "content": "x"}]}, 400, "messages.0.role"),
    ],
)
def test_a_refused_request_has_a_status_and_says_why(
    workers: Settings, body: dict[str, Any], status: int, told: str, stream: bool
) -> None:
    app = create_app(workers, Assistants(workers, HashingEmbedder(), None))
    asked = json.dumps({"model": "default", "stream": stream, **body})
    response = TestClient(app).post(
        "/v1/chat/completions", content=asked, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == status
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert told in error["message"]


def test_the_official_client_reads_the_errors(connect: Connect) -> None:
    client = connect(None)
    with pytest.raises(openai.BadRequestError, match="the question is empty") as caught:
        _ask(client, " ")
    assert caught.value.code == "QuestionError"
    with pytest.raises(openai.NotFoundError, match="rag index PATH") as unknown:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "?"}])
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError, match="gpt-4o"):
        client.models.retrieve("gpt-4o")


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"messages": None}, "messages", "invalid_type"),
        ({"model": None}, "model", "invalid_type"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"content": "Why?"}]}, "messages[0].role", "missing_required_parameter"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"temperature": 3}, "temperature", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
    ],
)
def test_an_invalid_parameter_is_named_as_openai_names_it(
    workers: Settings, body: dict[str, Any], param: str, code: str
) -> None:
    app = create_app(workers, Assistants(workers, HashingEmbedder(), None))
    asked = {"model": "default", "messages": [_user("Why?")], **body}
    response = TestClient(app).post("/v1/chat/completions", json=asked)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["param"], error["code"]) == (param, code)


TOOL = {"type": "function", "function": {"name": "count", "parameters": {}}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("tools", [TOOL]),
        ("tool_choice", "required"),
        ("functions", [{"name": "count"}]),
        ("function_call", {"name": "count"}),
        ("response_format", {"type": "json_object"}),
        ("response_format", {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}),
        ("logprobs", True),
        ("top_logprobs", 2),
        ("logit_bias", {"50256": -100}),
        ("modalities", ["text", "audio"]),
        ("audio", {"voice": "alloy", "format": "wav"}),
        ("web_search_options", {}),
        ("store", True),
        ("stream_options", {"include_usage": True}),
    ],
)
def test_a_parameter_that_cannot_apply_is_refused_and_named(
    connect: Connect, name: str, value: Any
) -> None:
    with pytest.raises(openai.BadRequestError, match=f"{name}") as caught:
        _ask(connect(ScriptedLLM()), extra_body={name: value})
    assert (caught.value.param, caught.value.code) == (name, "unsupported_parameter")


def test_parameters_of_sampling_and_those_that_ask_for_nothing_are_accepted(
    connect: Connect,
) -> None:
    sampling: dict[str, Any] = {
        "temperature": 0.9,
        "top_p": 0.5,
        "max_tokens": 9,
        "seed": 1,
        "stop": ["\n"],
    }
    nothing = {
        "n": 1,
        "tools": [],
        "tool_choice": "auto",
        "response_format": {"type": "text"},
        "logprobs": False,
        "logit_bias": {},
        "modalities": ["text"],
        "store": False,
        "metadata": {"chat": "1"},
        "parallel_tool_calls": False,
        "stream_options": None,
    }
    completion = _ask(connect(ScriptedLLM(TWO)), **sampling, extra_body=nothing)
    assert completion.choices[0].message.content.startswith(ANSWER)


# footnotes and history


def test_footnotes_put_the_citations_into_the_text(connect: Connect) -> None:
    client = connect(ScriptedLLM(TWO, TWO))
    message = _ask(client, extra_body={"footnotes": True}).choices[0].message
    assert message.content == FOOTNOTED
    marked = [
        message.content[each.url_citation.start_index : each.url_citation.end_index]
        for each in message.annotations
    ]
    assert marked == [ANSWER, TASS]
    stream = _ask(client, stream=True, extra_body={"footnotes": True})
    content = [each.choices[0].delta.content for each in stream]
    assert content[1] == f"{ANSWER} [1]"
    assert "".join(part or "" for part in content) == message.content


@pytest.mark.parametrize("footnotes", [False, True])
def test_an_answer_can_be_sent_back_as_it_was_received(connect: Connect, footnotes: bool) -> None:
    llm = ScriptedLLM(TWO, f'{{"question": "{QUESTION}"}}', TWO)
    client = connect(llm)
    first = _ask(client, extra_body={"footnotes": footnotes}).choices[0].message
    messages = [
        {"role": "user", "content": QUESTION},
        first.model_dump(),
        {"role": "user", "content": "How many of them?"},
    ]
    assert messages[1]["citations"]
    answer = _ask(client, messages=messages).choices[0].message
    assert [each["cited_text"] for each in answer.citations] == [CITED, TASS]
    said = llm.calls[1].messages[1].content
    assert f"assistant: {ANSWER} {TASS}\n" in said  # without marks, sources and quotes


def test_an_abstention_can_be_sent_back(connect: Connect) -> None:
    client = connect(ScriptedLLM(ScriptedLLM.reply(""), TWO))
    refused = _ask(client, "What is the population of Pyongyang?").choices[0].message
    messages = [
        {"role": "user", "content": "What is the population of Pyongyang?"},
        {"role": "assistant", "content": None, "refusal": refused.refusal},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": refused.refusal}]},
        {"role": "user", "content": QUESTION},
    ]
    assert _ask(client, messages=messages).choices[0].message.content.startswith(ANSWER)


# the client's own helper for streams, and models


def test_the_stream_helper_of_the_client_puts_the_answer_together(connect: Connect) -> None:
    client = connect(ScriptedLLM(TWO, TWO))
    whole = _ask(client).choices[0].message
    messages: Any = [{"role": "user", "content": QUESTION}]
    with client.chat.completions.stream(model="default", messages=messages) as stream:
        stream.until_done()
        message = stream.get_final_completion().choices[0].message
    assert message.content == whole.content
    assert [each.model_dump() for each in message.annotations or []] == [
        each.model_dump() for each in whole.annotations
    ]
    assert message.model_dump()["citations"] == whole.citations


def test_a_collection_is_a_model(connect: Connect) -> None:
    client = connect(None)
    model = client.models.retrieve("default")
    assert (model.id, model.object, model.owned_by) == ("default", "model", "footnote-rag")
    assert 0 <= time.time() - model.created < 3600
    assert client.models.list().data == [model]
