"""The Ollama back end: the official client and our adapter against a server of the same protocol.

The server (tests/ollama_server.py) was written from Ollama's public API documentation; these tests
have not been run against the real one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import LLMError, LLMTimeoutError, LLMUnavailableError, SettingsError
from rag.llm import Generation, open_llm
from rag.llm import ollama as adapter
from rag.llm.llamacpp import LlamaCppLLM
from rag.llm.ollama import CONTEXT_STEP_TOKENS, OllamaLLM
from rag.models import ModelStore
from rag.types import Message, Usage
from tests.loopback import BrokenOffError, Reply, Request, json_reply, served, unused_address
from tests.ollama_server import ModelFailedError, OllamaServer

MODEL = "qwen2.5:1.5b"
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
ASKED = [Message("system", "Be brief."), Message("user", "How many sappers?")]


def _chatting(**options: Any) -> OllamaServer:
    return OllamaServer({MODEL: ["completion"]}, **options)


def test_streams_what_the_model_writes_and_counts_its_tokens() -> None:
    server = _chatting(chat=lambda _: ["One ", "thousand ", "sappers."])
    with served(server) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream(ASKED)
        assert list(generation) == ["One ", "thousand ", "sappers."]
    assert generation.usage == Usage(prompt_tokens=5, completion_tokens=3)


def test_sends_the_conversation_the_schema_and_greedy_decoding() -> None:
    server = _chatting()
    with served(server) as host:
        list(OllamaLLM.connect(MODEL, host=host).stream(ASKED, schema=SCHEMA, max_tokens=50))
    (sent,) = server.chats()
    assert sent["model"] == MODEL
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How many sappers?"},
    ]
    assert sent["format"] == SCHEMA
    assert sent["think"] is False
    assert sent["keep_alive"] == adapter.KEEP_ALIVE
    assert sent["options"] == {
        "temperature": 0,
        "seed": 0,
        "num_predict": 50,
        "num_ctx": CONTEXT_STEP_TOKENS,
    }


def test_sends_no_format_without_a_schema() -> None:
    server = _chatting()
    with served(server) as host:
        list(OllamaLLM.connect(MODEL, host=host).stream(ASKED))
    assert server.chats()[0].get("format") is None


@pytest.mark.parametrize(
    ("characters", "max_tokens", "steps"),
    [
        # A token is counted for every 3 bytes, and one for the rest.
        (3 * 3895, 200, 1),  # 3895 + 1 + 200 = 4096
        (3 * 3896, 200, 2),  # 4097
        (3 * 8000, 191, 2),  # 8192
        (3 * 8000, 192, 3),  # 8193
    ],
)
def test_the_context_grows_in_steps_with_the_prompt(
    characters: int, max_tokens: int, steps: int
) -> None:
    server = _chatting()
    with served(server) as host:
        prompt = [Message("user", "x" * characters)]
        list(OllamaLLM.connect(MODEL, host=host).stream(prompt, max_tokens=max_tokens))
    assert server.chats()[0]["options"]["num_ctx"] == steps * CONTEXT_STEP_TOKENS


def test_a_prompt_that_the_server_cut_is_an_error() -> None:
    # A tokenizer so bad that it makes a token of every character.
    server = _chatting(count_tokens=len)
    with served(server) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream([Message("user", "x" * 5000)])
        with pytest.raises(LLMError, match=r"filled the context of 4096 tokens"):
            list(generation)


def test_an_error_in_the_middle_of_the_stream_ends_it() -> None:
    def fails(_: dict[str, Any]) -> Iterator[str]:
        yield "One "
        raise ModelFailedError("the runner has stopped")

    with served(_chatting(chat=fails)) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream(ASKED)
        assert next(generation) == "One "
        with pytest.raises(LLMError, match="Ollama refused: the runner has stopped"):
            next(generation)


def _breaks_off(_: dict[str, Any]) -> Iterator[str]:
    yield "One "
    raise BrokenOffError


def test_a_connection_that_breaks_off_is_told_from_the_end_of_a_reply() -> None:
    with served(_chatting(chat=_breaks_off)) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream(ASKED)
        assert next(generation) == "One "
        with pytest.raises(LLMUnavailableError, match="stopped answering"):
            next(generation)


class _Strange:
    """Lists the model as Ollama does, then answers the chat with something else."""

    def __init__(self, chat: Reply) -> None:
        self._chat = chat

    def handle(self, request: Request) -> Reply:
        return self._chat if request.path == "/api/chat" else _chatting().handle(request)


@pytest.mark.parametrize(
    ("chat", "message"),
    [
        (Reply([b"<html>proxy</html>\n"]), "what answers is not Ollama"),
        (Reply([]), "broke its reply off"),
        (
            Reply([b'{"model": "m", "message": {"role": "assistant", "content": "One "}}\n']),
            "broke its reply off",
        ),
        (json_reply({"error": "out of memory"}, 500), "Ollama refused: out of memory"),
    ],
)
def test_a_reply_that_is_none_is_an_error(chat: Reply, message: str) -> None:
    with served(_Strange(chat)) as host, pytest.raises(LLMError, match=message):
        list(OllamaLLM.connect(MODEL, host=host).stream(ASKED))


def test_a_server_that_says_nothing_for_long_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: dict[str, Any]) -> Iterator[str]:
        waited.wait()
        return iter(["too late"])

    waited = threading.Event()
    monkeypatch.setattr(adapter, "REPLY_SECONDS", 0.1)
    with served(_chatting(chat=silent)) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream(ASKED)
        try:
            with pytest.raises(LLMTimeoutError, match="smaller model"):
                list(generation)
        finally:
            waited.set()


def test_closing_a_generation_closes_the_connection() -> None:
    closed = threading.Event()

    def endless(_: dict[str, Any]) -> Iterator[str]:
        try:
            while True:
                yield "and so on "
        finally:
            closed.set()

    with served(_chatting(chat=endless)) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream(ASKED)
        assert next(generation) == "and so on "
        generation.close()
        assert closed.wait(timeout=10)  # the server noticed that nobody reads any more


def test_connect_accepts_a_name_without_its_tag() -> None:
    with served(OllamaServer({"llama3.2:latest": None})) as host:
        assert OllamaLLM.connect("llama3.2", host=host).name == "ollama:llama3.2"


def test_connect_says_how_to_pull_a_model_that_is_not_there() -> None:
    with served(_chatting()) as host, pytest.raises(LLMUnavailableError) as caught:
        OllamaLLM.connect("llama3.2", host=host)
    assert "it has: qwen2.5:1.5b" in str(caught.value)
    assert "ollama pull llama3.2" in str(caught.value)
    assert caught.value.retriable


def test_connect_says_what_to_do_when_no_server_answers() -> None:
    with pytest.raises(LLMUnavailableError, match=r"ollama serve.*OLLAMA_HOST.*--llm llamacpp:"):
        OllamaLLM.connect(MODEL, host=unused_address())


class _NotOllama:
    def handle(self, request: Request) -> Reply:
        return Reply([b"<html>It works!</html>"], content_type="text/html")


def test_connect_refuses_a_server_that_is_something_else() -> None:
    with served(_NotOllama()) as host, pytest.raises(LLMUnavailableError, match="no Ollama server"):
        OllamaLLM.connect(MODEL, host=host)


@pytest.mark.parametrize("host", ["localhost:port", "http://[::1", "http://127.0.0.1:99999"])
def test_a_malformed_address_is_an_error_of_the_settings(host: str) -> None:
    with pytest.raises(SettingsError, match="OLLAMA_HOST"):
        OllamaLLM.connect(MODEL, host=host)


# auto: an Ollama that can chat, else the embedded model


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """A store in which every declared model seems to be present."""
    monkeypatch.setattr(ModelStore, "path", lambda _, name: tmp_path / name)
    return ModelStore(tmp_path, offline=True)


def _auto(store: ModelStore, host: str) -> Any:
    return open_llm("auto", store, ollama_host=host)


def test_auto_takes_the_first_model_that_can_chat_on_this_machine(store: ModelStore) -> None:
    models = {
        "bge-m3:latest": ["embedding"],
        "nomic-embed-text:latest": None,
        "gpt-oss:120b-cloud": ["completion"],  # the documents would leave the machine
        "qwen3:4b": ["completion", "tools"],
        MODEL: ["completion"],
    }
    with served(OllamaServer(models)) as host:
        chosen = _auto(store, host)
    assert chosen.name == "ollama:qwen3:4b"


def test_auto_takes_a_model_of_a_server_that_tells_no_capabilities(store: ModelStore) -> None:
    with served(OllamaServer({"nomic-embed-text:latest": None, MODEL: None})) as host:
        assert _auto(store, host).name == f"ollama:{MODEL}"


@pytest.mark.parametrize(
    "models", [{}, {"bge-m3:latest": ["embedding"]}, {"glm-4.6:cloud": ["completion"]}]
)
def test_auto_falls_back_where_no_model_can_chat(
    store: ModelStore, models: dict[str, list[str] | None]
) -> None:
    with served(OllamaServer(models)) as host:
        chosen = _auto(store, host)
    assert isinstance(chosen, LlamaCppLLM)
    assert chosen.name == "llamacpp:qwen2.5-coder-1.5b"


def test_auto_falls_back_where_no_server_answers(store: ModelStore) -> None:
    assert isinstance(_auto(store, unused_address()), LlamaCppLLM)


def test_auto_falls_back_where_something_else_answers(store: ModelStore) -> None:
    with served(_NotOllama()) as host:
        assert isinstance(_auto(store, host), LlamaCppLLM)


# names


def test_none_is_no_language_model(store: ModelStore) -> None:
    assert open_llm("none", store) is None


@pytest.mark.parametrize("name", ["", "ollama", "ollama:", "llamacpp", "gpt-4", "vllm:qwen"])
def test_other_names_are_refused_with_what_can_be_written(store: ModelStore, name: str) -> None:
    with pytest.raises(SettingsError, match=r"llamacpp.*ollama.*openai"):
        open_llm(name, store)


def test_a_generation_hands_on_the_usage_wherever_it_comes() -> None:
    generation = Generation(iter(["a", Usage(3, 1), "b"]))
    assert list(generation) == ["a", "b"]
    assert generation.usage == Usage(3, 1)
