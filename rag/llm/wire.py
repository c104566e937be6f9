"""What back ends say over the wire alike: the form of a chat request. Knows no server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from rag.llm import Schema
from rag.types import Message

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 # as Ollama is told to listen
_BYTES_PER_TOKEN = 3  # an estimate from above: English averages more than four bytes a token


def all_loopback(addresses: str) -> bool:
    """Whether each of ``addresses``, URLs or ``HOST:PORT`` between commas, is of this machine. An
    empty one is."""
    parts = (urlsplit(each if "//" in each else f"//{each}") for each in addresses.split(","))
    return all(part.hostname is None or part.hostname in _LOOPBACK for part in parts)


def estimated_tokens(text: str) -> int:
    """Tokens of ``text``, rather too many than too few, for servers that do not count for us."""
    return len(text.encode()) // _BYTES_PER_TOKEN + 1


def roles_and_contents(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": each.role, "content": each.content} for each in messages]


def chat_request(
    messages: Sequence[Message], schema: Schema | None, max_tokens: int
) -> dict[str, Any]:
    """A streamed chat completion in OpenAI's form at temperature 0, with ``schema`` if given."""
    request: dict[str, Any] = {
        "messages": roles_and_contents(messages),
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if schema is not None:
        request["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": dict(schema), "strict": True},
        }
    return request
