"""What back ends say over the wire alike: the form of a chat request. Knows no server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.errors import LLMError
from rag.llm.manners import THOUGHT_TOKENS, Manner
from rag.llm.tokens import least_tokens
from rag.llm.types import Schema
from rag.types import Message, Usage

_CONTEXTS = 2048  # the contexts that servers are given are multiples of it


def in_manner(messages: Sequence[Message], schema: Schema | None, manner: Manner) -> list[Message]:
    """Return ``messages`` with the form of the reply in words, where no schema enforces it.

    The words come last, so that a server which holds the beginning of a prompt need not read it
    again when the form changes.
    """
    if schema is None or manner.form == "schema":
        return list(messages)
    *before, last = messages
    words = schema.in_words if manner.form == "words" else schema.as_text
    return [*before, Message(last.role, f"{last.content}\n\n{words}")]


def enforced(schema: Schema | None, manner: Manner) -> Schema | None:
    """Return the schema that the server is to enforce."""
    return schema if manner.form == "schema" else None


def reply_tokens(max_tokens: int, manner: Manner) -> int:
    """Return the tokens that the server may write, thoughts included."""
    return max_tokens + (THOUGHT_TOKENS if manner.thinks else 0)


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
            "json_schema": {"name": "reply", "schema": dict(schema.json_schema), "strict": True},
        }
    return request


def require_whole(messages: Sequence[Message], usage: Usage) -> None:
    """Raise LLMError when the server read less of the prompt than was sent.

    Servers cut what exceeds their context without a word; the count that comes back tells: it is
    less than the prompt has at least, or to the token the size of a context. A server that counts
    nothing reports 0, of which nothing follows.
    """
    sent = sum(least_tokens(each.content) for each in messages)
    fills = usage.prompt_tokens % _CONTEXTS == 0
    if usage.prompt_tokens > 0 and (usage.prompt_tokens < sent or fills):
        raise LLMError(
            f"the server cut the prompt: it read {usage.prompt_tokens:,} tokens of at least "
            f"{sent:,}. Ask with a model of a larger context, or give the server more "
            "(OLLAMA_CONTEXT_LENGTH for Ollama)"
        )
