"""``POST /api/generate`` and ``GET /api/ps``: what the ``ollama`` program needs to ``run`` a model.

It loads a model with an empty prompt, asks with ``/api/generate`` or, in a conversation, with
``/api/chat``, and unloads with a ``keep_alive`` of 0. Citations follow the text as they do there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import access
from api.citations import CitedText, ProvingCitation, citations_payload
from api.errors import OLLAMA, OLLAMA_ERRORS, UnsupportedError, error_body
from api.footnotes import pieces, text_of
from api.ollama import OllamaModel, collection_of, finish, model_of
from api.streams import JSON_LINES, selected, streamed
from api.types import Opened, Text
from index.errors import IndexingError
from rag.errors import RagError
from rag.types import Answer, Event, Status

router = APIRouter(prefix="/api", tags=["Ollama-compatible"], responses=OLLAMA_ERRORS)

_STAYS = timedelta(days=365 * 200)  # a collection is never unloaded: clients show "Forever"
_UNLOADING = (0, "0", "0s", "0m", "0h")

# Parameters that ask for another kind of answer. Refused, since whoever sends them relies on them.
_REFUSED = {
    "format": "answers are sentences with citations: leave 'format' out",
    "suffix": "answers are not insertions: leave 'suffix' out",
    "images": "only text can be answered: leave 'images' out",
    "context": "a conversation goes through /api/chat: leave 'context' out",
    "think": "documents are read, nothing is thought: leave 'think' out",
}


class OllamaGenerateRequest(BaseModel):
    """Ollama's parameters. ``system``, ``template``, ``raw``, ``options`` and ``keep_alive`` have
    no effect: what is said is what the documents say."""

    model_config = ConfigDict(extra="ignore")

    model: Text = Field(description="a collection")
    prompt: Text = Field(default="", description="the question; empty to load the model")
    stream: bool | None = True
    keep_alive: Any = Field(default=None, description="has no effect")
    format: Any = Field(default=None, description="refused")
    suffix: Text | None = Field(default=None, description="refused")
    images: list[Any] | None = Field(default=None, description="refused")
    context: list[Any] | None = Field(default=None, description="refused")
    think: bool | Text | None = Field(default=None, description="refused")

    def require_possible(self) -> None:
        """Raise UnsupportedError for the first parameter that cannot apply."""
        for name, why in _REFUSED.items():
            if getattr(self, name):
                raise UnsupportedError(why)


class OllamaGenerateResponse(BaseModel):
    """``status``, ``uncertainty``, ``citations`` and ``closest`` are not of Ollama; durations in
    nanoseconds."""

    model: str
    created_at: datetime
    response: str
    done: bool
    done_reason: str | None = None
    status: Status | None = None
    uncertainty: str | None = None
    citations: list[ProvingCitation] | None = None
    closest: list[CitedText] | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None


class OllamaRunning(OllamaModel):
    expires_at: datetime
    size_vram: int
    context_length: int


class OllamaProcesses(BaseModel):
    models: list[OllamaRunning]


_EXAMPLE = {"model": "default", "prompt": "how many construction workers?", "stream": False}
_LINES = (
    '{"response": "5,000 military construction workers. [1]", "done": false, …}\n'
    '{"response": "", "citations": […], "done": true, …}\n'
)


@router.post(
    "/generate",
    summary="Answer a prompt",
    response_model=OllamaGenerateResponse,
    responses={200: {"content": {JSON_LINES: {"example": _LINES}}}},
)
@access("read", turn="question")
def generate(
    body: Annotated[OllamaGenerateRequest, Body(examples=[_EXAMPLE])], assistants: Opened
) -> Response:
    """A stream of lines of JSON, unless ``stream`` is false. Each prompt stands alone."""
    body.require_possible()
    assistant = assistants.get(collection_of(body.model))
    if not body.prompt:
        unloads = body.keep_alive in _UNLOADING
        if not unloads:
            assistant.warm()
        reason = "unload" if unloads else "load"
        return JSONResponse(_line(body.model, "", done=True, done_reason=reason))
    if body.stream is False:
        return JSONResponse(_whole(assistant.ask(body.prompt), body.model))
    events = assistant.stream(body.prompt)
    selected(events)
    return streamed(_lines(events, body.model), events, JSON_LINES)


@router.get("/ps", summary="The collections that are open", response_model=OllamaProcesses)
@access("read", turn=None)
def ps(assistants: Opened) -> dict[str, Any]:
    running = {"expires_at": datetime.now(UTC) + _STAYS, "size_vram": 0, "context_length": 0}
    names = sorted(assistants.opened())
    return {"models": [{**model_of(name, assistants.settings), **running} for name in names]}


def _whole(answer: Answer, model: str) -> dict[str, Any]:
    text = text_of(answer, footnotes=True)
    payload = citations_payload(answer, footnotes=True)
    return _line(model, text, **payload, done=True, **finish(answer))


def _lines(events: Iterator[Event], model: str) -> Iterator[str]:
    try:
        for piece in pieces(events, footnotes=True):
            if isinstance(piece, str):
                line = _line(model, piece, done=False)
            else:
                payload = citations_payload(piece, footnotes=True)
                line = _line(model, "", **payload, done=True, **finish(piece))
            yield json.dumps(line) + "\n"
    except (RagError, IndexingError) as error:  # too late for a status: clients read it here
        yield json.dumps(error_body(error, OLLAMA)) + "\n"


def _line(model: str, response: str, **rest: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"model": model, "created_at": now, "response": response, **rest}
