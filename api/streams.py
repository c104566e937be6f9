"""Answers that are sent while they are made. Knows no protocol."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from rag.types import Event, Selected

SERVER_SENT_EVENTS = "text/event-stream"
JSON_LINES = "application/x-ndjson"

_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",  # proxies such as nginx would hold sentences back
}


def selected(events: Iterator[Event]) -> None:
    """Go on until the evidence is chosen: what can be refused is refused by then, so that errors
    still have their status."""
    while not isinstance(next(events), Selected):
        pass


def streamed(
    lines: Iterator[str], events: Generator[Event, None, None], media_type: str
) -> StreamingResponse:
    """``lines``, which are made of ``events``; when the client has gone, the model stops."""
    return StreamingResponse(
        lines, media_type=media_type, headers=_HEADERS, background=BackgroundTask(events.close)
    )
