"""Has the assistant answer tentatively, whatever its gate would say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.types import Event, Finished, Message, Verified

REASON = "the line may be about another flight"


def answer_tentatively(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every answer is tentative for ``REASON``: its sentences come at the end alone."""
    real = Assistant.stream

    def stream(
        self: Assistant, question: str, history: Sequence[Message] = (), **options: Any
    ) -> Iterator[Event]:
        for event in real(self, question, history, **options):
            if isinstance(event, Finished):
                assert event.answer.status == "answered"
                yield Finished(replace(event.answer, status="tentative", uncertainty=REASON))
            elif not isinstance(event, Verified):
                yield event

    monkeypatch.setattr(Assistant, "stream", stream)
