"""What a real server answered once, given to the adapters again.

RAG_OLLAMA_RECORDINGS names a folder of recorded exchanges, JSON files with the request, the status
and the lines of each; without it these tests are skipped. The cases that they are about are also
those of the double (tests/ollama_server.py), which every run of the tests asks.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rag.answering.reply import ReplySentences
from rag.errors import LLMError, LLMUnavailableError
from rag.llm import Generation, Schema
from rag.llm.ollama import OllamaLLM
from rag.llm.ollama_server import Server
from rag.llm.openai import OpenAILLM
from rag.types import Message
from tests.loopback import Reply, Request, served
from tests.ollama_server import Model, OllamaServer

FOLDER = os.environ.get("RAG_OLLAMA_RECORDINGS", "")
FIGURES = " ".join(f"{7919 * n}." for n in range(1, 1200))  # what long messages were shortened from
LEFT_OUT = "<<"  # begins a line that stands for several, of an event stream also for its finish
FINISH = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}'
SCHEMA = Schema({"type": "object"}, in_words="As JSON, please.", as_text="As text, please.")

pytestmark = pytest.mark.skipif(not FOLDER, reason="RAG_OLLAMA_RECORDINGS names no folder")

# What a user is told, by the name of the recording.
NOTES = {
    "chat-bad-schema": "invalid JSON schema",
    "chat-long-history": "larger context",
    "chat-long-history-truncate-false": "larger context",
    "chat-long-single": "larger context",
    "chat-long-truncate-false": "larger context",
    "chat-missing": "rag models pull",
    "chat-parser-model-format": "no reply beside its thoughts",
    "chat-parser-model-thinking-cut": "all of its tokens for thoughts",
    "chat-runner-killed": "Ask again",
    "chat-think-unsupported": "does not support thinking",
    "openai-missing": "not found",
    "openai-parser-model-schema": "no reply beside its thoughts",
}
# What the reply has in it, where there is one.
SAID = {
    "chat-parser-model-think-false-format": "Paris is a city",
    "chat-template-model-format": "Paris is a city located in France.",
}
WHOLE_JSON = ("chat-schema", "chat-template-model-think-false-format", "openai-chat-schema")
CUT = ("chat-plain", "chat-parser-model-thinking-cut")
SERVED = ("tags", "show", "show-parser-model", "ps", "version", "embed-of-chat-model")
OTHERS = ("chat-empty-messages", "generate", "generate-load", "openai-models", "show-missing")


def _recording(name: str) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads(Path(FOLDER, f"{name}.json").read_text())
    return recorded


class _Recorded:
    """Answers the path of a recording with its lines, and else as the double does."""

    def __init__(self, name: str) -> None:
        recorded = _recording(name)
        self.request = recorded["request"]
        self._status = recorded["status"]
        of_events = self.request["path"].startswith("/v1/")
        lines = [
            f"{FINISH}\n" if of_events and each.startswith(LEFT_OUT) else each
            for each in recorded["lines"]
        ]
        self._lines = [each for each in lines if not each.startswith(LEFT_OUT)]
        self._type = recorded["headers"]["content-type"]
        model = (self.request["body"] or {}).get("model", "")
        self._ollama = OllamaServer({model: Model()})

    def handle(self, request: Request) -> Reply:
        if request.path != self.request["path"]:
            return self._ollama.handle(request)
        lines = (f"{each}\n".encode() for each in self._lines)
        return Reply(lines, status=self._status, content_type=self._type)

    def messages(self) -> list[Message]:
        """Those of the request, at their full length."""
        return [
            Message(each["role"], FIGURES[:6000] if "…" in each["content"] else each["content"])
            for each in self.request["body"]["messages"]
        ]


def _asked(service: _Recorded, host: str) -> Generation:
    body = service.request["body"]
    llm = (
        OllamaLLM.connect(body["model"], host=host)
        if service.request["path"].startswith("/api/")
        else OpenAILLM.connect(body["model"], f"{host}/v1")
    )
    has_form = bool(body.get("format") or body.get("response_format"))
    tokens = (body.get("options") or {}).get("num_predict") or body.get("max_tokens") or 60
    schema = SCHEMA if has_form else None
    return llm.stream(service.messages(), schema=schema, max_tokens=tokens)


def test_every_recording_is_looked_at() -> None:
    names = {path.stem for path in Path(FOLDER).glob("*.json")}
    assert names == {*NOTES, *SAID, *WHOLE_JSON, *CUT, *SERVED, *OTHERS}


@pytest.mark.parametrize("name", NOTES)
def test_what_cannot_be_answered_is_told_with_the_next_step(name: str) -> None:
    service = _Recorded(name)
    with served(service) as host:
        generation = _asked(service, host)
        with pytest.raises(LLMError, match=NOTES[name]):
            list(generation)


@pytest.mark.parametrize("name", SAID)
def test_prose_where_json_was_asked_for_is_read(name: str) -> None:
    service = _Recorded(name)
    with served(service) as host:
        assert SAID[name] in " ".join(ReplySentences(_asked(service, host)))


@pytest.mark.parametrize("name", WHOLE_JSON)
def test_json_is_handed_on_as_it_came(name: str) -> None:
    service = _Recorded(name)
    with served(service) as host:
        assert "".join(_asked(service, host)).startswith("{")


def test_a_reply_that_reached_its_length_says_so() -> None:
    service = _Recorded("chat-plain")
    with served(service) as host:
        generation = _asked(service, host)
        assert "".join(generation).startswith("```json")
        assert generation.cut


def test_what_the_server_says_of_itself_is_understood() -> None:
    for name in SERVED:
        service = _Recorded(name)
        with served(service) as host:
            told = _told(name, Server(host))
        assert told, name


def _told(name: str, server: Server) -> object:
    if name == "tags":  # the recording is cut in the middle: it cannot be read, which is told
        with pytest.raises(LLMUnavailableError):
            server.pulled()
        return True
    if name == "version":
        return server.version == ()  # 0.0.0 is built from source
    if name == "ps":
        return server.loaded() == {"qwen2.5-coder:1.5b": 4096}
    if name == "embed-of-chat-model":
        return _cannot_be_read(server)
    described = server.described("any")
    assert described.context_length == 32768
    return described.can("thinking") is (name == "show-parser-model")


def _cannot_be_read(server: Server) -> bool:
    """Whether the vectors, of which most were left out, are handed on as they came."""
    (vector,) = server.embed("any", ["a"])
    return vector[0] == pytest.approx(-0.0060081584)


def test_the_model_is_loaded_without_a_question() -> None:
    service = _Recorded("chat-empty-messages")
    with served(service) as host:
        OllamaLLM.connect(service.request["body"]["model"], host=host).load()


def test_our_lines_of_generate_have_what_a_servers_have() -> None:
    from api.ollama_run import OllamaGenerateResponse

    for name in ("generate", "generate-load"):
        for line in _recording(name)["lines"]:
            fields = json.loads(line).keys() - {"context"}  # no conversation goes through it here
            assert fields <= OllamaGenerateResponse.model_fields.keys()


def test_a_list_of_other_servers_is_understood() -> None:
    with served(_Recorded("openai-models")) as host:
        assert OpenAILLM.connect("any", f"{host}/v1").name


def test_a_model_that_is_not_known_is_described_as_unknown() -> None:
    with served(_Recorded("show-missing")) as host, pytest.raises(LLMUnavailableError):
        Server(host).described("nope")
