"""The HTTP application: one language model and embedder, and the collections opened as asked for.

Parses, calls and renders; decides nothing about answers. Start it with ``rag serve``.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from api.ask import router as asking
from api.asker import asker
from api.chat import router as chat
from api.documents import router as documents
from api.errors import handle_errors
from api.layers import add_layers
from api.metrics import router as metrics
from api.page import router as page
from api.tracing import Stages, telemetry
from api.types import AskRequest, Assistants, Opened, messages
from index.errors import NoIndexError
from rag.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

__all__ = ["Assistants", "create_app"]


def create_app(
    settings: Settings | None = None,
    assistants: Assistants | None = None,
    tracer_provider: TracerProvider | None = None,
) -> FastAPI:
    """The application; ``settings`` come from the environment when they are not given, and where
    traces go as well.

    Raises what opening the models raises, before the server accepts a request.
    """
    settings = settings or Settings.from_environment()
    if assistants is None:
        store = settings.store()
        assistants = Assistants(
            settings, settings.open_embedder(store), settings.open_llm(store, settings.parallel)
        )
        with suppress(NoIndexError):  # a new user uploads the first documents on the page
            assistants.get().warm()
    app = FastAPI(
        title="footnote-rag",
        description="Answers questions from your own documents and proves every sentence it says.",
        telemetry=telemetry(tracer_provider),
    )
    app.state.assistants = assistants
    for router in (chat, asking, documents, metrics, page):
        app.include_router(router)
    assistants.watches.append(Stages(tracer_provider).watch)
    add_layers(app, assistants)
    handle_errors(app)
    app.post("/ask", summary="Answer a question with citations")(ask)
    app.get("/health", summary="Whether the server answers, and from what")(health)
    return app


def ask(body: AskRequest, assistants: Opened) -> JSONResponse:
    """The answer as ``rag ask --json`` prints it."""
    answer = assistants.get(body.collection).ask(body.question, messages(body.history))
    return JSONResponse(answer.as_dict())


def health(assistants: Opened) -> dict[str, Any]:
    if not asker().sees(assistants.settings.collection):
        return {"status": "ok"}  # more is said to those who have a key
    index = assistants.get().index
    return {
        "status": "ok",
        "collection": assistants.settings.collection,
        "documents": len(index.documents()),
        "commit": index.commit,
        "llm": assistants.llm_name,
    }
