"""``POST /api/chat`` and the lists around it, as Ollama's clients and front ends expect them.

A model is a collection. The citations stand in the text as footnotes, because most front ends show
nothing else, and beside it in ``message.citations``.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from api.access import access
from api.citations import CitedText, ProvingCitation
from api.collections import changed_at, size_bytes
from api.errors import OLLAMA_ERRORS, UnsupportedError
from api.few_values import FewValues
from api.footnotes import as_history
from api.ollama_lines import OllamaLine, line, replied
from api.streams import JSON_LINES
from api.types import Opened, Text
from rag.errors import QuestionError
from rag.settings import Settings
from rag.types import Message, Status

router = APIRouter(
    prefix="/api",
    tags=["Ollama-compatible"],
    responses=OLLAMA_ERRORS,
    route_class=FewValues,
)

VERSION = "0.13.0"  # of Ollama's interface: front ends refuse what says it is older than they know
LATEST = ":latest"  # the tag of every model here, and of those that are asked for without one
FAMILY = "footnote"
_DETAILS = {
    "parent_model": "",
    "format": FAMILY,
    "family": FAMILY,
    "families": [FAMILY],
    "parameter_size": "",
    "quantization_level": "",
}


class OllamaMessage(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: Text = ""
    images: list[Any] | None = Field(default=None, description="refused")
    status: Any = Field(
        default=None,
        description="not of Ollama: an answer of the history whose status is 'tentative' is not "
        "taken for a fact",
    )


class OllamaChatRequest(BaseModel):
    """Ollama's parameters. ``options`` and ``keep_alive`` have no effect, nor have messages of the
    role ``system``: what is said is what the documents say."""

    model_config = ConfigDict(extra="ignore")

    model: Text = Field(description="a collection")
    messages: list[OllamaMessage] = []
    stream: bool | None = True
    options: dict[str, Any] | None = Field(default=None, description="has no effect")
    keep_alive: Any = Field(default=None, description="has no effect")
    format: Any = Field(default=None, description="refused: answers are sentences with citations")
    tools: list[Any] | None = Field(default=None, description="refused")
    think: bool | Text | None = Field(default=None, description="refused")

    def require_possible(self) -> None:
        """Raises UnsupportedError for the first parameter that cannot apply."""
        if self.format:
            raise UnsupportedError("answers are sentences with citations: leave 'format' out")
        if self.tools:
            raise UnsupportedError(f"{self.model} does not support tools")
        if self.think:
            raise UnsupportedError(f"{self.model} does not support thinking")
        if any(each.images for each in self.messages):
            raise UnsupportedError("only text can be answered: leave 'images' out")

    def asked(self) -> tuple[str, list[Message]]:
        """Return the question and the history. Raises QuestionError."""
        *before, last = self.messages
        if last.role != "user":
            raise QuestionError("the last message must be the user's question")
        said = (
            (Message(each.role, each.content), each.status)
            for each in before
            if each.role != "system"
        )
        return last.content, as_history(said)


class OllamaReply(BaseModel):
    role: Literal["assistant"]
    content: str
    status: Status | None = None
    uncertainty: str | None = None
    citations: list[ProvingCitation] | None = None
    closest: list[CitedText] | None = None


class OllamaChatResponse(OllamaLine):
    """``status``, ``uncertainty``, ``citations`` and ``closest`` of the message are not of
    Ollama."""

    message: OllamaReply


class OllamaDetails(BaseModel):
    parent_model: str
    format: str
    family: str
    families: list[str]
    parameter_size: str
    quantization_level: str


class OllamaModel(BaseModel):
    name: str
    model: str
    modified_at: datetime
    size: int
    digest: str
    details: OllamaDetails


class OllamaModels(BaseModel):
    models: list[OllamaModel]


class OllamaShowRequest(BaseModel):
    model_config = ConfigDict(extra="ignore")

    model: Text = Field(validation_alias=AliasChoices("model", "name"))  # older clients: name


class OllamaShown(BaseModel):
    modelfile: str
    parameters: str
    template: str
    details: OllamaDetails
    model_info: dict[str, str | int]
    capabilities: list[str]
    modified_at: datetime


class OllamaVersion(BaseModel):
    version: str


_EXAMPLE = {
    "model": "default",
    "messages": [{"role": "user", "content": "how many construction workers?"}],
    "stream": False,
}
_LINES = (
    '{"message": {"role": "assistant", "content": "5,000 military construction workers. [1]"}, '
    '"done": false, …}\n{"message": {"content": "", "citations": […], …}, "done": true, …}\n'
)


@router.post(
    "/chat",
    summary="Answer the last message",
    response_model=OllamaChatResponse,
    responses={200: {"content": {JSON_LINES: {"example": _LINES}}}},
)
@access("read", turn="question")
def chat(
    body: Annotated[OllamaChatRequest, Body(examples=[_EXAMPLE])], assistants: Opened
) -> Response:
    """A stream of lines of JSON, unless ``stream`` is false."""
    body.require_possible()
    assistant = assistants.get(collection_of(body.model))
    if not body.messages:  # how front ends have a model loaded beforehand
        assistant.warm()
        return JSONResponse(line(body.model, _placed("", {}), done=True, done_reason="load"))
    question, history = body.asked()
    stream = body.stream is not False
    return replied(assistant, body.model, question, history, stream=stream, placed=_placed)


@router.get("/tags", summary="The collections, as models", response_model=OllamaModels)
@access("read", turn=None)
def tags(assistants: Opened) -> dict[str, Any]:
    return {"models": [model_of(name, assistants.settings) for name in assistants.collections()]}


@router.post("/show", summary="A collection, as a model", response_model=OllamaShown)
@access("read", turn=None)
def show(
    body: Annotated[OllamaShowRequest, Body(examples=[{"model": "default"}])], assistants: Opened
) -> dict[str, Any]:
    name = collection_of(body.model)
    return {
        "modelfile": "",
        "parameters": "",
        "template": "",
        "details": _DETAILS,
        "model_info": {
            "general.architecture": FAMILY,
            "general.basename": name,
            f"{FAMILY}.documents": assistants.get(name).index.count_documents(),
        },
        "capabilities": ["completion"],
        "modified_at": changed_at(assistants.settings, name),
    }


@router.get("/version", summary="The version of the interface", response_model=OllamaVersion)
@access("read", turn=None)
def version() -> dict[str, str]:
    return {"version": VERSION}


def collection_of(model: str) -> str:
    """Return the collection that a client names ``model``."""
    return model.removesuffix(LATEST)


def model_of(name: str, settings: Settings) -> dict[str, Any]:
    """Return the collection ``name`` as Ollama lists a model."""
    changed = changed_at(settings, name)
    return {
        "name": name + LATEST,
        "model": name + LATEST,
        "modified_at": changed,
        "size": size_bytes(settings, name),
        "digest": hashlib.sha256(f"{name} {changed.isoformat()}".encode()).hexdigest(),
        "details": _DETAILS,
    }


def _placed(text: str, beside: dict[str, Any]) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text, **beside}}
