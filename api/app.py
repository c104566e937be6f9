"""The HTTP application: one language model and embedder, and the collections opened as asked for.

Parses, calls and renders; decides nothing about answers. Start it with ``rag serve``.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from api.ask import router as asking
from api.chat import router as chat
from api.documents import router as documents
from api.errors import handle_errors
from api.origin import SameOrigin
from api.page import router as page
from api.types import AskRequest, Assistants, Opened, messages
from index.errors import NoIndexError
from rag.settings import Settings

__all__ = ["Assistants", "create_app"]


def create_app(settings: Settings | None = None, assistants: Assistants | None = None) -> FastAPI:
    """The application; ``settings`` come from the environment when they are not given.

    Raises what opening the models raises, before the server accepts a request.
    """
    settings = settings or Settings.from_environment()
    if assistants is None:
        store = settings.store()
        assistants = Assistants(settings, settings.open_embedder(store), settings.open_llm(store))
        with suppress(NoIndexError):  # a new user uploads the first documents on the page
            assistants.get().warm()
    app = FastAPI(
        title="footnote-rag",
        description="Answers questions from your own documents and proves every sentence it says.",
    )
    app.state.assistants = assistants
    for router in (chat, asking, documents, page):
        app.include_router(router)
    app.add_middleware(SameOrigin)
    handle_errors(app)
    app.post("/ask", summary="Answer a question with citations")(ask)
    app.get("/health", summary="Whether the server answers, and from what")(health)
    return app


def ask(body: AskRequest, assistants: Opened) -> JSONResponse:
    """The answer as ``rag ask --json`` prints it."""
    answer = assistants.get(body.collection).ask(body.question, messages(body.history))
    return JSONResponse(answer.as_dict())


def health(assistants: Opened) -> dict[str, Any]:
    index = assistants.get().index
    return {
        "status": "ok",
        "collection": assistants.settings.collection,
        "documents": len(index.documents()),
        "commit": index.commit,
        "llm": assistants.llm_name,
    }
