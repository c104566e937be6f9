"""The HTTP application: one language model and embedder, and the collections opened as asked for.

Parses, calls and renders; decides nothing about answers. Start it with ``rag serve``.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.chat import router as chat
from api.errors import handle_errors
from api.types import Text
from index.embed import Embedder
from rag.assistant import Assistant
from rag.llm import LLM
from rag.settings import Settings
from rag.types import Message


class Assistants:
    """One assistant per collection, sharing the embedder and the language model."""

    def __init__(self, settings: Settings, embedder: Embedder, llm: LLM | None) -> None:
        self.settings = settings
        self._embedder = embedder
        self._llm = llm
        self._opened: dict[str, Assistant] = {}
        self._lock = threading.Lock()

    def get(self, collection: str | None = None) -> Assistant:
        """The assistant of ``collection`` (default: the one of the settings); NoIndexError."""
        name = collection or self.settings.collection
        with self._lock:
            if name not in self._opened:
                index = replace(self.settings, collection=name).open_index(self._embedder)
                self._opened[name] = self.settings.open_assistant(index, self._llm)
            return self._opened[name]

    @property
    def llm_name(self) -> str:
        return self._llm.name if self._llm else "none"


class Turn(BaseModel):
    """One message of the conversation before the question."""

    role: Literal["user", "assistant", "system"]
    content: Text


class AskRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: Text = Field(examples=["how many construction workers?"])
    history: list[Turn] = []
    collection: Text | None = Field(default=None, description="default: the server's collection")


def create_app(settings: Settings | None = None, assistants: Assistants | None = None) -> FastAPI:
    """The application; ``settings`` come from the environment when they are not given.

    Raises what opening the models raises, before the server accepts a request.
    """
    settings = settings or Settings.from_environment()
    if assistants is None:
        store = settings.store()
        assistants = Assistants(settings, settings.open_embedder(store), settings.open_llm(store))
        assistants.get().warm()
    app = FastAPI(
        title="footnote-rag",
        description="Answers questions from your own documents and proves every sentence it says.",
    )
    app.state.assistants = assistants
    app.include_router(chat)
    handle_errors(app)
    app.post("/ask", summary="Answer a question with citations")(ask)
    app.get("/health", summary="Whether the server answers, and from what")(health)
    return app


def ask(body: AskRequest, request: Request) -> JSONResponse:
    """The answer as ``rag ask --json`` prints it."""
    answer = _assistants(request).get(body.collection).ask(body.question, messages(body.history))
    return JSONResponse(answer.as_dict())


def health(request: Request) -> dict[str, Any]:
    assistants = _assistants(request)
    index = assistants.get().index
    return {
        "status": "ok",
        "collection": assistants.settings.collection,
        "documents": len(index.documents()),
        "commit": index.commit,
        "llm": assistants.llm_name,
    }


def messages(turns: Sequence[Turn]) -> list[Message]:
    return [Message(turn.role, turn.content) for turn in turns]


def _assistants(request: Request) -> Assistants:
    assistants: Assistants = request.app.state.assistants
    return assistants
