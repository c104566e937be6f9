"""A server of OpenAI's chat completions, streamed, for tests; what the model says is injected.

Written from OpenAI's public API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.loopback import Reply, Request, json_reply
from tests.ollama_server import count_tokens

Chat = Callable[[dict[str, Any]], Iterable[str]]


class ModelFailedError(Exception):
    """Raised by the injected chat: the server reports it in the middle of the stream."""


class OpenAIServer:
    """``chat`` is given the request and yields pieces, a token each, of which ``max_tokens`` are
    sent; ``requests`` keeps what was asked. ``thoughts`` come before, in a field of their own."""

    def __init__(
        self,
        chat: Chat = lambda _: ["Hello."],
        model: str = "tiny",
        *,
        refuses_schemas: bool = False,
        thoughts: tuple[str, ...] = (),
        thoughts_field: str = "reasoning_content",
    ) -> None:
        self._chat = chat
        self._model = model
        self._refuses_schemas = refuses_schemas
        self._thoughts = [(thoughts_field, each) for each in thoughts]
        self.requests: list[Request] = []

    def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        if (request.method, request.path) == ("GET", "/v1/models"):
            return json_reply({"object": "list", "data": [{"id": self._model, "object": "model"}]})
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            return error_reply("Not Found", 404)
        if request.body["model"] != self._model:
            return error_reply(f"The model `{request.body['model']}` does not exist.", 404)
        if self._refuses_schemas and "response_format" in request.body:
            return error_reply("'response_format.type' must be 'text'", 400)
        return Reply(self._events(request.body), content_type="text/event-stream")

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        written: list[str] = []
        reason = "stop"
        yield _event({**head, "choices": [_choice({"role": "assistant", "content": ""})]})
        try:
            for field, text in self._tokens(body):
                if len(written) == body.get("max_tokens"):
                    reason = "length"
                    break
                written.append(text)
                yield _event({**head, "choices": [_choice({field: text})]})
        except ModelFailedError as failure:
            yield _event({"error": {"message": str(failure), "type": "server_error"}})
            return
        yield _event({**head, "choices": [_choice({}, reason)]})
        if (body.get("stream_options") or {}).get("include_usage"):
            yield _event({**head, "choices": [], "usage": _usage(body, written)})
        yield b"data: [DONE]\n\n"

    def _tokens(self, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
        yield from self._thoughts
        yield from (("content", each) for each in self._chat(body))


def error_reply(message: str, status: int) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return json_reply({"error": error}, status)


def _event(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def _usage(body: dict[str, Any], written: list[str]) -> dict[str, int]:
    prompt = sum(count_tokens(each["content"]) for each in body["messages"])
    completion = len(written)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
