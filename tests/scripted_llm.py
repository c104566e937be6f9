"""A language model for tests: replies from a queue, and a history of what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.errors import LLMError
from rag.llm import Generation, Schema
from rag.types import Message, Usage


@dataclass(frozen=True)
class Call:
    """What one call was given."""

    messages: tuple[Message, ...]
    schema: Schema | None
    max_tokens: int


class ScriptedLLM:
    """Yields each queued reply in small pieces; an LLMError in the queue is raised instead.

    A call without a queued reply fails the test: no model call may be accidental.
    """

    name = "scripted"
    PIECE = 7  # characters: splits words, escapes and JSON keys across pieces

    def __init__(self, *replies: str | LLMError) -> None:
        self.replies = list(replies)
        self.calls: list[Call] = []

    @staticmethod
    def reply(answer: str, *evidence: str) -> str:
        """A reply of the answer schema."""
        return json.dumps({"evidence": list(evidence), "answer": answer})

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        self.calls.append(Call(tuple(messages), schema, max_tokens))
        assert self.replies, "the language model was called once more than the test expects"
        reply = self.replies.pop(0)
        if isinstance(reply, LLMError):
            raise reply
        prompt = sum(self.count_tokens(each.content) for each in messages)
        return Generation(self._parts(reply, prompt))

    def _parts(self, reply: str, prompt_tokens: int) -> Iterator[str | Usage]:
        for start in range(0, len(reply), self.PIECE):
            yield reply[start : start + self.PIECE]
        yield Usage(prompt_tokens, self.count_tokens(reply))
