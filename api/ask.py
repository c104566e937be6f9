"""``/ask``, ``/ask/stream`` and ``/search``: an answer, its events while it is made, and hits.

Parses, calls and renders; decides nothing about answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.access import access
from api.errors import error_body
from api.few_values import FewValues
from api.streams import SERVER_SENT_EVENTS, streamed
from api.types import AskRequest, Opened, Text, messages, mode_of
from index.errors import IndexingError, UnknownDocumentError
from index.index import Index
from index.types import Hit
from rag.errors import RagError
from rag.question import checked
from rag.types import Answer, Event, Finished, Retrieved, Rewritten, Selected, Verified

router = APIRouter(tags=["Answers"], route_class=FewValues)

MAX_HITS = 100  # of one search: more are not read


class SearchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: Text = Field(examples=["construction workers"])
    collection: Text | None = None
    limit: int = Field(default=10, ge=1, le=MAX_HITS)


class FoundChunk(BaseModel):
    """A hit: exact characters of a document, with the score of the search."""

    document_id: int
    document_title: str
    source: str
    text: str
    start_char_index: int
    end_char_index: int
    page_number: int | None
    headings: list[str]
    score: float


class Found(BaseModel):
    hits: list[FoundChunk]
    words_alone: bool = Field(
        description="whether the embedder does not know the language of the question, so that its "
        "words were searched and not its meaning"
    )


_EVENTS = (
    'event: rewrite\ndata: {"question": "how many construction workers?"}\n\n'
    'event: hits\ndata: {"hits": […]}\n\n'
    'event: sentence\ndata: {"text": "5,000 military construction workers.", '
    '"claim": {…}, "citations": […]}\n\n'
    'event: answer\ndata: {"status": "answered", …}\n\n'
)


@router.post("/ask", summary="Answer a question with citations", response_model=Answer)
@access("read", turn="question", reads_mode=mode_of)
def ask(body: AskRequest, assistants: Opened) -> JSONResponse:
    """The answer as ``rag ask --json`` prints it. Show a ``tentative`` one with its
    ``uncertainty``: it may not answer the question."""
    assistant = assistants.get(body.collection)
    answer = assistant.ask(body.question, messages(body.history), mode=body.answer)
    return JSONResponse(answer.as_dict())


@router.post(
    "/ask/stream",
    summary="Answer a question, each sentence as soon as it is proved",
    response_class=StreamingResponse,
    responses={200: {"content": {SERVER_SENT_EVENTS: {"example": _EVENTS}}}},
)
@access("read", turn="question", reads_mode=mode_of)
def stream(body: AskRequest, assistants: Opened) -> StreamingResponse:
    """Server-sent events: ``rewrite``, ``hits``, ``sentence``, ``answer`` (the last), ``error``.

    A ``sentence`` is never taken back: with ``"answer": "auto"`` the first may be a line that was
    proved at once, and what the language model writes comes behind it where it says more.

    The sentences of a ``tentative`` answer come with ``answer`` alone, which says why it is
    uncertain."""
    assistant = assistants.get(body.collection)
    events = assistant.stream(body.question, messages(body.history), mode=body.answer)
    first = next(events)  # what can be refused is refused by now, so errors still have their status
    return streamed(_server_sent(first, events, assistant.index), events, SERVER_SENT_EVENTS)


@router.post("/search", summary="The chunks closest to a question", response_model=Found)
@access("read", turn=None)
def search(body: SearchRequest, assistants: Opened) -> dict[str, Any]:
    asked = checked(body.question)
    index = assistants.get(body.collection).index
    hits = list(_hits(index.search(asked, limit=body.limit), index))
    return {"hits": hits, "words_alone": not index.reads(asked)}


def _server_sent(first: Event, rest: Iterator[Event], index: Index) -> Iterator[str]:
    yield from _told(first, index)
    try:
        for event in rest:
            yield from _told(event, index)
    except (RagError, IndexingError) as error:  # too late for a status: the page reads it here
        yield _line("error", error_body(error))


def _told(event: Event, index: Index) -> Iterator[str]:
    match event:
        case Rewritten():
            yield _line("rewrite", {"question": event.question})
        case Retrieved():
            yield _line("hits", {"hits": list(_hits(event.hits, index))})
        case Verified():
            yield _line("sentence", asdict(event))
        case Finished():
            yield _line("answer", event.answer.as_dict())
        case Selected():
            pass  # the sentences shown to the model concern nobody else


def _line(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _hits(hits: Sequence[Hit], index: Index) -> Iterator[dict[str, Any]]:
    """Those whose documents were not removed meanwhile."""
    for each in hits:
        with suppress(UnknownDocumentError):
            yield _hit(each, index)


def _hit(hit: Hit, index: Index) -> dict[str, Any]:
    document = index.document(hit.chunk.document_id)
    return {
        "document_id": document.id,
        "document_title": document.title,
        "source": document.source,
        "text": hit.chunk.text,
        "start_char_index": hit.chunk.span.start,
        "end_char_index": hit.chunk.span.end,
        "page_number": document.page_number(hit.chunk.span.start),
        "headings": document.heading_path(hit.chunk.span.start),
        "score": hit.score,
    }
