"""Responses that are sent while the answer is made. Knows no protocol."""

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
    """Advance ``events`` until the evidence is chosen. Errors in a question are raised by then, and
    so can still have an HTTP status."""
    while not isinstance(next(events), Selected):
        pass


def streamed(
    lines: Iterator[str], events: Generator[Event, None, None], media_type: str
) -> StreamingResponse:
    """Return a response that sends ``lines``, which are made from ``events``. When the client
    disconnects, ``events`` is closed, which stops the model."""
    return StreamingResponse(
        lines, media_type=media_type, headers=_HEADERS, background=BackgroundTask(events.close)
    )
