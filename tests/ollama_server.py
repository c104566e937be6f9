"""A server that behaves as Ollama does, for tests; what the models say is injected.

Written after what servers of 0.24.0 answered, their source and public reports. It is nowhere more
obliging than the real one: it drops the schema for the models of a parser, lets thoughts use up the
reply, and cuts prompts without a word where it does not know ``truncate``.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.loopback import Reply, Request, json_reply

Chat = Callable[[dict[str, Any]], Iterable[str]]
Cutting = Literal["refuses", "cuts", "halves"]

CREATED_AT = "2025-06-04T12:00:00.000000Z"
NDJSON = "application/x-ndjson"
_TOKEN = re.compile(r"\d|[^\W\d]+|[^\w\s]")
_TEMPLATE_TOKENS = 3  # around each message
_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")


class ModelFailedError(Exception):
    """Raised by the injected chat: the server reports it in the middle of the stream."""


def count_tokens(text: str) -> int:
    """Words, single digits and signs, as the tokenizers of Qwen count nearly."""
    return len(_TOKEN.findall(text))


@dataclass(frozen=True)
class Model:
    """A pulled model. ``capabilities`` are None where an old server tells none.

    ``parser`` is that of a built-in family. ``thoughts`` are what it thinks before every reply,
    whatever one says, as gpt-oss does.
    """

    capabilities: list[str] | None = field(default_factory=lambda: ["completion"])
    parser: str = ""
    thoughts: tuple[str, ...] = ()
    family: str = "qwen2"
    parameters: str = "1.8B"
    context_length: int = 32768
    digest: str = "0" * 64

    def can(self, capability: str) -> bool:
        return capability in (self.capabilities or ())


class OllamaServer:
    """``models`` maps pulled names to what they are, or only to their capabilities.

    ``chat`` is given the request and yields the tokens of the reply; where the server would not
    hold the model to ``format``, it is taken out of the request. ``requests`` keeps what was asked.
    """

    def __init__(
        self,
        models: Mapping[str, Model | list[str] | None],
        chat: Chat = lambda _: ["Hello."],
        *,
        version: str = "0.24.0",
        cutting: Cutting = "refuses",
        key: str | None = None,
        library: Sequence[str] = (),
    ) -> None:
        self.models = {
            name: each if isinstance(each, Model) else Model(each) for name, each in models.items()
        }
        self._chat = chat
        self._version = version
        self._cutting = cutting
        self._key = key
        self._library = library
        self.requests: list[Request] = []
        self.loaded: dict[str, int] = {}

    def chats(self) -> list[dict[str, Any]]:
        """The bodies of the chat requests so far, without those that only load a model."""
        bodies = [each.body for each in self.requests if each.path == "/api/chat"]
        return [each for each in bodies if each["messages"]]

    def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        if self._key and request.headers.get("authorization") != f"Bearer {self._key}":
            return json_reply({"error": "unauthorized"}, 401)
        if request.method == "GET":
            return self._got(request.path)
        if request.path == "/api/pull":
            return Reply(self._pulled(request.body["model"]), content_type=NDJSON)
        asked = request.body.get("model", "")
        found = next((name for name in (asked, f"{asked}:latest") if name in self.models), None)
        if found is None:
            return json_reply({"error": f"model '{asked}' not found"}, 404)
        return self._posted(request, found)

    def _got(self, path: str) -> Reply:
        if path == "/api/tags":
            return json_reply({"models": [_listed(*each) for each in self.models.items()]})
        if path == "/api/version":
            return json_reply({"version": self._version})
        if path == "/api/ps":
            return json_reply({"models": [self._running(*each) for each in self.loaded.items()]})
        return json_reply({"error": "404 page not found"}, 404)

    def _posted(self, request: Request, name: str) -> Reply:
        model = self.models[name]
        if request.path == "/api/show":
            return json_reply(_shown(model))
        if request.path == "/api/embed":
            return json_reply(_embedded(name, request.body))
        if request.path == "/api/chat":
            return self._chatted(name, model, request.body)
        return json_reply({"error": "404 page not found"}, 404)

    def _running(self, name: str, context: int) -> dict[str, Any]:
        details = _listed(name, self.models[name])["details"]
        return {"name": name, "model": name, "context_length": context, "details": details}

    def _chatted(self, name: str, model: Model, body: dict[str, Any]) -> Reply:
        options = body.get("options") or {}
        context = min(options.get("num_ctx", 4096), model.context_length)
        if body.get("think") and not model.can("thinking"):
            return json_reply({"error": f'"{name}" does not support thinking'}, 400)
        if body.get("format") and body["format"].get("type") not in _TYPES:
            return json_reply({"error": "invalid JSON schema in format"}, 500)
        self.loaded[name] = context
        if not body["messages"]:
            done = {"message": _said(""), "done": True, "done_reason": "load"}
            return json_reply({"model": name, "created_at": CREATED_AT, **done})
        read = self._fitting(body, context)
        if read is None:
            return json_reply({"error": "the input length exceeds the context length"}, 400)
        most = options.get("num_predict", -1)
        return Reply(self._lines(name, model, body, read, most), content_type=NDJSON)

    def _fitting(self, body: dict[str, Any], context: int) -> int | None:
        """The tokens of the prompt that are read; None where one that is too long is refused."""
        counts = [count_tokens(each["content"]) + _TEMPLATE_TOKENS for each in body["messages"]]
        if sum(counts) <= context:
            return sum(counts)
        if self._cutting == "refuses" and body.get("truncate") is False:
            return None
        while len(counts) > 2 and sum(counts) > context:  # whole earlier messages are dropped
            del counts[1 if body["messages"][0]["role"] == "system" else 0]
        if self._cutting == "halves" and sum(counts) > context:
            return context // 2 + 2
        return min(sum(counts), context)

    def _lines(
        self, name: str, model: Model, body: dict[str, Any], read: int, most: int
    ) -> Iterator[bytes]:
        head = {"model": name, "created_at": CREATED_AT}
        written = 0
        reason = "stop"
        try:
            for message in self._tokens(model, body):
                if written == most:
                    reason = "length"
                    break
                written += 1
                yield _line({**head, "message": message, "done": False})
        except ModelFailedError as failure:
            yield _line({"error": str(failure)})
            return
        counts = {"prompt_eval_count": read, "eval_count": written}
        durations = {"total_duration": 1_000_000, "load_duration": 1_000}
        done = {"message": _said(""), "done": True, "done_reason": reason}
        yield _line({**head, **done, **durations, **counts})

    def _tokens(self, model: Model, body: dict[str, Any]) -> Iterator[dict[str, str]]:
        """The messages of the stream, a token each."""
        for thought in model.thoughts:
            yield {**_said(""), "thinking": thought}
        asked = dict(body)
        if not _enforces(model, body, self._version):
            asked.pop("format", None)
        only_thinks = bool(model.parser) and body.get("think") is not False and not model.thoughts
        for token in self._chat(asked):
            yield {**_said(""), "thinking": token} if only_thinks else _said(token)

    def _pulled(self, name: str) -> Iterator[bytes]:
        yield _line({"status": "pulling manifest"})
        if name not in self._library:
            yield _line({"error": "pull model manifest: file does not exist"})
            return
        for done in (0, 600, 1000):
            step = {"status": "pulling aabbcc", "digest": "sha256:aabbcc", "total": 1000}
            yield _line({**step, "completed": done} if done else step)
        self.models[name] = Model()
        yield _line({"status": "verifying sha256 digest"})
        yield _line({"status": "success"})


def _enforces(model: Model, body: Mapping[str, Any], version: str) -> bool:
    """Whether the model is held to the schema.

    Not with ``think: false`` for a parser that knows thoughts, before 0.31.2; and a model that may
    think is not held to it until it has thought.
    """
    if not model.can("thinking"):
        return True
    if body.get("think") is False:
        numbers = tuple(map(int, version.split(".")))
        return not model.parser or numbers >= (0, 31, 2)
    return bool(model.thoughts)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _said(content: str) -> dict[str, str]:
    return {"role": "assistant", "content": content}


def _listed(name: str, model: Model) -> dict[str, Any]:
    return {
        "name": name,
        "model": name,
        "modified_at": CREATED_AT,
        "size": 986_061_892,
        "digest": model.digest,
        "details": {
            "format": "gguf",
            "family": model.family,
            "families": [model.family],
            "parameter_size": model.parameters,
        },
    }


def _shown(model: Model) -> dict[str, Any]:
    modelfile = "FROM /models/blob\n" + (f"PARSER {model.parser}\n" if model.parser else "")
    shown = {
        "modelfile": modelfile,
        "template": "{{ .Prompt }}",
        "details": {"format": "gguf", "family": model.family},
        "model_info": {
            "general.architecture": model.family,
            f"{model.family}.context_length": model.context_length,
            f"{model.family}.embedding_length": 64,
        },
    }
    known = model.capabilities
    return shown if known is None else {**shown, "capabilities": known}


def _embedded(name: str, body: dict[str, Any]) -> dict[str, Any]:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    return {"model": name, "embeddings": [_vector(each) for each in texts], "prompt_eval_count": 1}


def _vector(text: str) -> list[float]:
    vector = [0.0] * 64
    for token in _TOKEN.findall(text.lower()) or [""]:
        vector[zlib.crc32(token.encode()) % 64] += 1.0
    return vector  # not of length 1: the client must see to that
