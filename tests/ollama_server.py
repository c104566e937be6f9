"""A server that speaks Ollama's protocol, for tests; what the models say is injected.

Written from Ollama's public API documentation (list, show, chat). It has not been compared with a
running Ollama: what the documentation leaves open may differ there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tests.loopback import Reply, Request, json_reply

Chat = Callable[[dict[str, Any]], Iterable[str]]

CREATED_AT = "2025-06-04T12:00:00.000000Z"


class ModelFailedError(Exception):
    """Raised by the injected chat: the server reports it in the middle of the stream."""


class OllamaServer:
    """``models`` maps pulled names to their capabilities, None where an old server tells none.

    ``chat`` is given the request and yields pieces of the reply; ``requests`` keeps what was asked.
    ``count_tokens`` counts the prompt, which is cut, without a word, at the request's ``num_ctx``.
    """

    def __init__(
        self,
        models: Mapping[str, list[str] | None],
        chat: Chat = lambda _: ["Hello."],
        count_tokens: Callable[[str], int] = lambda text: len(text.split()),
    ) -> None:
        self._models = models
        self._chat = chat
        self._count_tokens = count_tokens
        self.requests: list[Request] = []

    def chats(self) -> list[dict[str, Any]]:
        """The bodies of the chat requests so far."""
        return [each.body for each in self.requests if each.path == "/api/chat"]

    def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        if (request.method, request.path) == ("GET", "/api/tags"):
            return json_reply({"models": [_listed(name) for name in self._models]})
        model = (request.body or {}).get("model", "")
        found = next((name for name in (model, f"{model}:latest") if name in self._models), None)
        if found is None:
            return json_reply({"error": f"model '{model}' not found"}, 404)
        if request.path == "/api/show":
            return json_reply(_shown(self._models[found]))
        lines = self._replied(found, request.body)
        return Reply(lines, content_type="application/x-ndjson")

    def _replied(self, model: str, body: dict[str, Any]) -> Iterator[bytes]:
        head = {"model": model, "created_at": CREATED_AT}
        written = []
        try:
            for content in self._chat(body):
                written.append(content)
                yield _line({**head, "message": _said(content), "done": False})
        except ModelFailedError as failure:
            yield _line({"error": str(failure)})
            return
        prompt = sum(self._count_tokens(each["content"]) for each in body["messages"])
        counts = {
            "total_duration": 1_000_000,
            "load_duration": 1_000,
            "prompt_eval_count": min(prompt, body["options"]["num_ctx"]),
            "prompt_eval_duration": 1_000,
            "eval_count": self._count_tokens("".join(written)),
            "eval_duration": 1_000,
        }
        yield _line({**head, "message": _said(""), "done": True, "done_reason": "stop", **counts})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _said(content: str) -> dict[str, str]:
    return {"role": "assistant", "content": content}


def _listed(name: str) -> dict[str, Any]:
    details = {"format": "gguf", "family": "qwen2", "parameter_size": "1.5B"}
    return {
        "name": name,
        "model": name,
        "modified_at": CREATED_AT,
        "size": 986_061_892,
        "digest": "0" * 64,
        "details": details,
    }


def _shown(capabilities: list[str] | None) -> dict[str, Any]:
    shown = {"modelfile": "", "template": "", "details": {"format": "gguf"}, "model_info": {}}
    return shown if capabilities is None else {**shown, "capabilities": capabilities}
