"""The Ollama back end: our adapter against a server of the same protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import LLMError, LLMTimeoutError, LLMUnavailableError, SettingsError
from rag.llm import Generation, Schema, ollama_server, open_llm
from rag.llm import ollama as adapter
from rag.llm.llamacpp import LlamaCppLLM
from rag.llm.ollama import CONTEXT_STEP_TOKENS, OllamaLLM
from rag.models import ModelStore
from rag.types import Message, Usage
from tests.loopback import BrokenOffError, Reply, Request, json_reply, served, unused_address
from tests.ollama_server import Cutting, Model, ModelFailedError, OllamaServer

MODEL = "qwen2.5:1.5b"
SCHEMA = Schema(
    {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]},
    in_words="As JSON, please.",
    as_text="As text, please.",
)
JSON_REPLY = '{"answer": "One thousand."}'
ASKED = [Message("system", "Be brief."), Message("user", "How many sappers?")]


def _chatting(**options: Any) -> OllamaServer:
    return OllamaServer({MODEL: ["completion"]}, **options)


def test_streams_what_the_model_writes_and_counts_its_tokens() -> None:
    server = _chatting(chat=lambda _: ["One ", "thousand ", "sappers."])
    with served(server) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream(ASKED)
        assert list(generation) == ["One ", "thousand ", "sappers."]
    # Words, signs and the marks of the template around two messages.
    assert generation.usage == Usage(prompt_tokens=3 + 4 + 2 * 3, completion_tokens=3)
    assert not generation.cut


def test_sends_the_conversation_the_schema_and_greedy_decoding() -> None:
    server = _chatting(chat=lambda _: [JSON_REPLY])
    with served(server) as host:
        list(OllamaLLM.connect(MODEL, host=host).stream(ASKED, schema=SCHEMA, max_tokens=50))
    (sent,) = server.chats()
    assert sent["model"] == MODEL
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How many sappers?"},
    ]
    assert sent["format"] == SCHEMA.json_schema
    assert sent["think"] is False
    assert (sent["truncate"], sent["shift"]) == (False, False)
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
    ("digits", "max_tokens", "steps"),
    [
        (1000, 200, 1),  # a token is counted for every digit,
        (4096 - 200 - 12, 200, 1),  # and 12 for the marks around a message
        (4096 - 200 - 11, 200, 2),
        (8000, 200, 3),
    ],
)
def test_the_context_grows_in_steps_with_the_prompt(
    digits: int, max_tokens: int, steps: int
) -> None:
    server = _chatting()
    with served(server) as host:
        prompt = [Message("user", "7" * digits)]
        list(OllamaLLM.connect(MODEL, host=host).stream(prompt, max_tokens=max_tokens))
    assert server.chats()[0]["options"]["num_ctx"] == steps * CONTEXT_STEP_TOKENS


def test_the_context_does_not_shrink_again_which_would_load_the_model_anew() -> None:
    server = _chatting()
    with served(server) as host:
        llm = OllamaLLM.connect(MODEL, host=host)
        for digits in (5000, 10):
            list(llm.stream([Message("user", "7" * digits)]))
    contexts = [each["options"]["num_ctx"] for each in server.chats()]
    assert contexts == [2 * CONTEXT_STEP_TOKENS] * 2


def test_no_larger_context_is_asked_for_than_the_model_was_made_for() -> None:
    server = OllamaServer({MODEL: Model(context_length=2048)})
    with served(server) as host:
        llm = OllamaLLM.connect(MODEL, host=host)
        list(llm.stream(ASKED))
        assert llm.context_length == 2048
    assert server.chats()[0]["options"]["num_ctx"] == 2048


# a prompt that does not fit: 6,000 digits are 6,000 tokens, and the model was made for 4,096

FIGURES = Message("user", " ".join(f"{7919 * n}." for n in range(1, 900)))
HISTORY = [Message("system", "Be brief."), FIGURES, Message("assistant", "ok"), ASKED[1]]
SMALL = Model(context_length=4096)


@pytest.mark.parametrize("messages", [[FIGURES], HISTORY])
@pytest.mark.parametrize("cutting", ["refuses", "cuts", "halves"])
def test_a_prompt_that_the_server_cut_is_an_error(
    messages: list[Message], cutting: Cutting
) -> None:
    with served(OllamaServer({MODEL: SMALL}, cutting=cutting)) as host:
        generation = OllamaLLM.connect(MODEL, host=host).stream(messages)
        with pytest.raises(LLMError, match="larger context"):
            list(generation)


def test_a_server_that_counts_only_what_it_had_not_read_before_cut_nothing() -> None:
    line = {"message": {"role": "assistant", "content": "One."}, "done": True}
    reply = json.dumps({**line, "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 1})
    for version, told in (("0.3.9", True), ("0.24.0", False)):
        service = _Strange(Reply([reply.encode() + b"\n"]), version=version)
        with served(service) as host:
            generation = OllamaLLM.connect(MODEL, host=host).stream([Message("user", "one " * 20)])
            if told:
                assert list(generation) == ["One."]
            else:
                with pytest.raises(LLMError, match="cut the prompt"):
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

    def __init__(self, chat: Reply, **options: Any) -> None:
        self._chat = chat
        self._ollama = _chatting(**options)

    def handle(self, request: Request) -> Reply:
        return self._chat if request.path == "/api/chat" else self._ollama.handle(request)


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
    monkeypatch.setattr(ollama_server, "REPLY_SECONDS", 0.1)
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
    assert "rag models pull ollama:llama3.2" in str(caught.value)
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


# auto: the embedded model, whatever a server has


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """A store in which every declared model seems to be present."""
    monkeypatch.setattr(ModelStore, "path", lambda _, name: tmp_path / name)
    return ModelStore(tmp_path, offline=True)


@pytest.mark.parametrize(
    "models",
    [
        {},
        {MODEL: ["completion"]},
        {"llama3:70b": ["completion"], "bge-m3:latest": ["embedding"], "gpt-oss:120b-cloud": None},
    ],
)
def test_auto_is_the_embedded_model_whatever_is_pulled(
    store: ModelStore, models: dict[str, list[str] | None]
) -> None:
    server = OllamaServer(models)
    with served(server) as host:
        chosen = open_llm("auto", store, ollama_host=host)
    assert isinstance(chosen, LlamaCppLLM)
    assert chosen.name == "llamacpp:qwen2.5-coder-1.5b"
    assert server.requests == []  # not even looked at: a slow server must not slow an answer


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
