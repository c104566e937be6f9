"""The assistant of one request: with the deadline of its principal, and watched.

Knows no endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from rag.assistant import Assistant
from rag.llm.deadline import Deadline
from rag.llm.time_limited import TimeLimitedLLM
from rag.types import AnswerMode, Event, Message

Events = Generator[Event, None, None]
Watch = Callable[[Events], Events]  # passes all events on


class ServedAssistant(Assistant):
    """``base``, but its language model stops at ``deadline``, and each of ``watches`` receives the
    events of its answers."""

    def __init__(
        self, base: Assistant, deadline: Deadline | None, watches: Sequence[Watch]
    ) -> None:
        llm = TimeLimitedLLM(base.llm, deadline) if base.llm and deadline else base.llm
        super().__init__(base.index, llm, gate=base.gate, mode=base.mode)
        self._watches = watches

    def stream(
        self, question: str, history: Sequence[Message] = (), *, mode: AnswerMode | None = None
    ) -> Events:
        events = super().stream(question, history, mode=mode)
        for watch in self._watches:
            events = watch(events)
        return events
