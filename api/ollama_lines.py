"""An answer as the lines of JSON that Ollama's clients read: pieces of text, then its citations.

``/api/chat`` and ``/api/generate`` differ only in where a line has its text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from api.citations import citations_payload
from api.errors import OLLAMA, error_body
from api.footnotes import pieces, text_of
from api.streams import JSON_LINES, selected, streamed
from index.errors import IndexingError
from rag.assistant import Assistant
from rag.errors import RagError
from rag.types import Answer, Event, Message

_NANOSECONDS = 1_000_000  # in a millisecond


class OllamaLine(BaseModel):
    """What every line has; the last one how the answer ended, with durations in nanoseconds."""

    model: str
    created_at: datetime
    done: bool
    done_reason: str | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None


# The part of a line that holds a text and what stands beside it.
Placed = Callable[[str, dict[str, Any]], dict[str, Any]]


def replied(
    assistant: Assistant,
    model: str,
    question: str,
    history: Sequence[Message],
    *,
    stream: bool,
    placed: Placed,
) -> Response:
    """Answer ``question`` as one JSON object or, with ``stream``, as lines of JSON."""
    if not stream:
        answer = assistant.ask(question, history)
        return JSONResponse(_last_line(answer, model, text_of(answer, footnotes=True), placed))
    events = assistant.stream(question, history)
    selected(events)
    return streamed(_lines(events, model, placed), events, JSON_LINES)


def line(model: str, content: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """Return one line: whose it is, when it was written, and what it says."""
    return {"model": model, "created_at": datetime.now(UTC).isoformat(), **content, **rest}


def _lines(events: Iterator[Event], model: str, placed: Placed) -> Iterator[str]:
    try:
        for piece in pieces(events, footnotes=True):
            if isinstance(piece, str):
                written = line(model, placed(piece, {}), done=False)
            else:
                written = _last_line(piece, model, "", placed)
            yield json.dumps(written) + "\n"
    except (RagError, IndexingError) as error:  # too late for a status: clients read it here
        yield json.dumps(error_body(error, OLLAMA)) + "\n"


def _last_line(answer: Answer, model: str, text: str, placed: Placed) -> dict[str, Any]:
    content = placed(text, citations_payload(answer, footnotes=True))
    return line(model, content, done=True, **_finish(answer))


def _finish(answer: Answer) -> dict[str, Any]:
    """Return how an answer ended, its tokens and its durations."""
    durations = {stage: round(ms * _NANOSECONDS) for stage, ms in answer.timings.items()}
    return {
        "done_reason": "stop",
        "total_duration": sum(durations.values()),
        "load_duration": 0,
        "prompt_eval_count": answer.usage.prompt_tokens,
        "prompt_eval_duration": durations.get("rewrite", 0),
        "eval_count": answer.usage.completion_tokens,
        "eval_duration": durations.get("answer", 0),
    }
