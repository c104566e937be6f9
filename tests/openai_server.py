"""A server of OpenAI's chat completions, streamed, for tests; what the model says is injected.

Written from OpenAI's public API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.loopback import Reply, Request, json_reply

Chat = Callable[[dict[str, Any]], Iterable[str]]


class ModelFailedError(Exception):
    """Raised by the injected chat: the server reports it in the middle of the stream."""


class OpenAIServer:
    """``chat`` is given the request and yields pieces; ``requests`` keeps what was asked."""

    def __init__(self, chat: Chat = lambda _: ["Hello."], model: str = "tiny") -> None:
        self._chat = chat
        self._model = model
        self.requests: list[Request] = []

    def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        if (request.method, request.path) == ("GET", "/v1/models"):
            return json_reply({"object": "list", "data": [{"id": self._model, "object": "model"}]})
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            return error_reply("Not Found", 404)
        if request.body["model"] != self._model:
            return error_reply(f"The model `{request.body['model']}` does not exist.", 404)
        return Reply(self._events(request.body), content_type="text/event-stream")

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        written = []
        yield _event({**head, "choices": [_choice({"role": "assistant", "content": ""})]})
        try:
            for content in self._chat(body):
                written.append(content)
                yield _event({**head, "choices": [_choice({"content": content})]})
        except ModelFailedError as failure:
            yield _event({"error": {"message": str(failure), "type": "server_error"}})
            return
        yield _event({**head, "choices": [_choice({}, "stop")]})
        if (body.get("stream_options") or {}).get("include_usage"):
            yield _event({**head, "choices": [], "usage": _usage(body, written)})
        yield b"data: [DONE]\n\n"


def error_reply(message: str, status: int) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return json_reply({"error": error}, status)


def _event(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def _usage(body: dict[str, Any], written: list[str]) -> dict[str, int]:
    prompt = sum(len(each["content"].split()) for each in body["messages"])
    completion = len("".join(written).split())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
