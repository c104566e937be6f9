"""``POST /api/generate`` and ``GET /api/ps``: what the ``ollama`` program needs to ``run`` a model.

It loads a model with an empty prompt, asks with ``/api/generate`` or, in a conversation, with
``/api/chat``, and unloads with a ``keep_alive`` of 0. Citations follow the text as they do there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import access
from api.citations import CitedText, ProvingCitation
from api.errors import OLLAMA_ERRORS, UnsupportedError
from api.few_values import FewValues
from api.ollama import OllamaModel, collection_of, model_of
from api.ollama_lines import OllamaLine, line, replied
from api.streams import JSON_LINES
from api.types import Opened, Text
from rag.types import Status

router = APIRouter(
    prefix="/api",
    tags=["Ollama-compatible"],
    responses=OLLAMA_ERRORS,
    route_class=FewValues,
)

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


class OllamaGenerateResponse(OllamaLine):
    """``status``, ``uncertainty``, ``citations`` and ``closest`` are not of Ollama."""

    response: str
    status: Status | None = None
    uncertainty: str | None = None
    citations: list[ProvingCitation] | None = None
    closest: list[CitedText] | None = None


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
        return JSONResponse(line(body.model, _placed("", {}), done=True, done_reason=reason))
    stream = body.stream is not False
    return replied(assistant, body.model, body.prompt, (), stream=stream, placed=_placed)


@router.get("/ps", summary="The collections that are open", response_model=OllamaProcesses)
@access("read", turn=None)
def ps(assistants: Opened) -> dict[str, Any]:
    running = {"expires_at": datetime.now(UTC) + _STAYS, "size_vram": 0, "context_length": 0}
    names = sorted(assistants.opened())
    return {"models": [{**model_of(name, assistants.settings), **running} for name in names]}


def _placed(text: str, beside: dict[str, Any]) -> dict[str, Any]:
    return {"response": text, **beside}
