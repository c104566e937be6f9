"""The back end for OpenAI-compatible servers: against a test server, and one real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import LLMError, LLMTimeoutError, LLMUnavailableError, SettingsError
from rag.llm import Schema, open_llm
from rag.llm import openai as adapter
from rag.llm.openai import OpenAILLM
from rag.models import ModelStore
from rag.types import Message, Usage
from tests.loopback import BrokenOffError, Reply, Request, json_reply, served, unused_address
from tests.openai_server import ModelFailedError, OpenAIServer, error_reply

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
ASKED = [Message("system", "Be brief."), Message("user", "How many sappers?")]


def _connect(host: str, model: str = "tiny") -> OpenAILLM:
    return OpenAILLM.connect(model, f"{host}/v1")


def test_streams_what_the_model_writes_and_counts_its_tokens() -> None:
    server = OpenAIServer(chat=lambda _: ["One ", "thousand ", "sappers."])
    with served(server) as host:
        generation = _connect(host).stream(ASKED)
        assert list(generation) == ["One ", "thousand ", "sappers."]
    assert generation.usage == Usage(prompt_tokens=7, completion_tokens=3)


def test_sends_the_conversation_the_schema_and_greedy_decoding() -> None:
    server = OpenAIServer(chat=lambda _: ['{"answer": "yes"}'])
    with served(server) as host:
        list(_connect(host).stream(ASKED, schema=Schema(SCHEMA), max_tokens=50))
    assert server.requests[-1].body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "How many sappers?"},
        ],
        "max_tokens": 50,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
        },
    }


def test_sends_no_response_format_without_a_schema() -> None:
    server = OpenAIServer()
    with served(server) as host:
        list(_connect(host).stream(ASKED))
    assert "response_format" not in server.requests[-1].body


def test_its_name_is_what_the_user_writes_to_get_it_again(tmp_path: Path) -> None:
    with served(OpenAIServer()) as host:
        llm = open_llm(f"openai:tiny@{host}/v1", ModelStore(tmp_path))
    assert llm is not None
    assert llm.name == f"openai:tiny@{host}/v1"


def test_a_model_name_may_have_an_at_sign() -> None:
    with served(OpenAIServer(model="org/tiny@fp8")) as host:
        assert list(_connect(host, "org/tiny@fp8").stream(ASKED)) == ["Hello."]


def test_a_server_that_is_down_is_told_at_once() -> None:
    with pytest.raises(LLMUnavailableError, match=r"start the server or use --llm llamacpp:"):
        _connect(unused_address())


def test_an_unknown_model_is_told_in_the_words_of_the_server() -> None:
    with served(OpenAIServer()) as host:
        generation = _connect(host, "huge").stream(ASKED)
        with pytest.raises(LLMError, match=r"refused: .*The model `huge` does not exist"):
            list(generation)


class _Replies:
    """Gives ``models`` to whoever lists the models, and ``chat`` to everything else."""

    def __init__(self, models: Reply, chat: Reply | None = None) -> None:
        self._models = models
        self._chat = chat or error_reply("Not Found", 404)
        self.asked = 0

    def handle(self, request: Request) -> Reply:
        self.asked += 1
        return self._models if request.path == "/v1/models" else self._chat


def test_a_server_that_wants_a_key_is_told_when_connecting() -> None:
    service = _Replies(error_reply("Incorrect API key", 401))
    with served(service) as host, pytest.raises(LLMError, match=r"refused: .*Incorrect API key"):
        _connect(host)


def test_a_server_without_a_list_of_models_can_be_used() -> None:
    with served(_Replies(error_reply("Not Found", 404))) as host:
        assert _connect(host).name == f"openai:tiny@{host}/v1"


def test_a_busy_server_is_not_asked_again() -> None:
    service = _Replies(json_reply({"data": []}), error_reply("Overloaded", 503))
    with served(service) as host, pytest.raises(LLMError, match="Overloaded"):
        list(_connect(host).stream(ASKED))
    assert service.asked == 2  # the list of models, and the chat once


def test_an_error_in_the_middle_of_the_stream_ends_it() -> None:
    def fails(_: dict[str, Any]) -> Iterator[str]:
        yield "One "
        raise ModelFailedError("out of memory")

    with served(OpenAIServer(chat=fails)) as host:
        generation = _connect(host).stream(ASKED)
        assert next(generation) == "One "
        with pytest.raises(LLMError, match="out of memory"):
            next(generation)


def test_a_connection_that_breaks_off_is_told_from_the_end_of_a_reply() -> None:
    def breaks_off(_: dict[str, Any]) -> Iterator[str]:
        yield "One "
        raise BrokenOffError

    with served(OpenAIServer(chat=breaks_off)) as host:
        generation = _connect(host).stream(ASKED)
        assert next(generation) == "One "
        with pytest.raises(LLMUnavailableError, match="does not answer"):
            next(generation)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>It works!</html>", "broke its reply off"),
        (b"data: {not json\n\n", "is no OpenAI-compatible server"),
        (b'data: {"choices": [{"index": 0, "delta": {"content": "One"}}]}\n\n', "broke its reply"),
    ],
)
def test_a_reply_that_is_none_is_an_error(body: bytes, message: str) -> None:
    chat = Reply([body], content_type="text/event-stream")
    service = _Replies(json_reply({"data": []}), chat)
    with served(service) as host, pytest.raises(LLMError, match=message):
        list(_connect(host).stream(ASKED))


def test_a_server_that_says_nothing_for_long_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = threading.Event()

    def silent(_: dict[str, Any]) -> Iterator[str]:
        waited.wait()
        return iter(["too late"])

    monkeypatch.setattr(adapter, "REPLY_SECONDS", 0.1)
    with served(OpenAIServer(chat=silent)) as host:
        try:
            with pytest.raises(LLMTimeoutError, match="smaller model"):
                list(_connect(host).stream(ASKED))
        finally:
            waited.set()


@pytest.mark.parametrize(
    "address",
    [
        "tiny",
        "@http://localhost:8000/v1",
        "tiny@",
        "tiny@localhost:8000",
        "tiny@ftp://localhost/v1",
        "tiny@http://",
        "tiny@http://localhost:port/v1",
        "tiny@http://[::1/v1",
    ],
)
def test_a_malformed_address_is_an_error_of_the_settings(address: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="such as openai:"):
        open_llm(f"openai:{address}", ModelStore(tmp_path))


@pytest.mark.real
def test_a_real_server_keeps_to_the_schema(smollm_server: str) -> None:
    generation = _connect(smollm_server, "smollm2").stream(
        [Message("user", "Is the sky blue? Answer yes or no.")],
        schema=Schema(SCHEMA),
        max_tokens=30,
    )
    assert json.loads("".join(generation)).keys() == {"answer"}
    assert generation.usage.prompt_tokens > 0
    assert generation.usage.completion_tokens > 0


@pytest.mark.parametrize(("counted", "cut"), [(0, False), (9, False), (3, True), (2048, True)])
def test_a_prompt_that_was_cut_is_told_by_its_count(counted: int, cut: bool) -> None:
    usage = {"prompt_tokens": counted, "completion_tokens": 1, "total_tokens": counted + 1}
    said = {"index": 0, "delta": {"content": "One."}, "finish_reason": "stop"}
    event = json.dumps({"choices": [said], "usage": usage})
    chat = Reply([f"data: {event}\n\n".encode()], content_type="text/event-stream")
    with served(_Replies(json_reply({"data": []}), chat)) as host:
        generation = _connect(host).stream(ASKED)
        if cut:
            with pytest.raises(LLMError, match="cut the prompt"):
                list(generation)
        else:
            assert list(generation) == ["One."]
