"""The HTTP application: one language model, one embedder, and collections opened on demand.

Parses, calls and renders; decides nothing about answers. Start it with ``rag serve``.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.access import PUBLIC, DeclaredRoutes
from api.ask import router as asking
from api.chat import router as chat
from api.collections import router as collections
from api.documents import router as documents
from api.errors import ERRORS, handle_errors
from api.health import Looks
from api.health import router as health
from api.layers import add_layers
from api.metrics import router as metrics
from api.ollama import router as ollama
from api.ollama_run import router as ollama_run
from api.own_commands import open_to_own_commands
from api.own_commands import router as own_commands
from api.page import router as page
from api.principal import OWNER, acting_as
from api.security import DOCS
from api.tracing import Stages, telemetry
from api.types import Assistants
from index.errors import NoIndexError
from rag.settings import Settings
from rag.wiring import Wiring

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

__all__ = ["Assistants", "create_app"]

_DOCS_FILES = "/static/docs"  # scripts and styles of the page that describes the API
# The description of the API needs no key: it stands in the source code as well.
_DOCUMENTATION = dict.fromkeys(
    (DOCS, f"{DOCS}/oauth2-redirect", _DOCS_FILES, "/openapi.json"), PUBLIC
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Serve the commands of this user too; close the indexes when the server stops."""
    assistants = app.state.assistants
    async with open_to_own_commands(app, assistants):
        with _kept_from_collection() if app.state.owns_process else nullcontext():
            yield
    assistants.close()


@contextmanager
def _kept_from_collection() -> Iterator[None]:
    """Python's search for garbage looks through nothing that is loaded by now: it would stop every
    answer for 0.1 s, again and again."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def create_app(
    settings: Settings | None = None,
    assistants: Assistants | None = None,
    tracer_provider: TracerProvider | None = None,
) -> FastAPI:
    """Return the application.

    ``settings`` are read from the environment when they are not given, and traces go where the
    environment says unless there is a ``tracer_provider``.

    Raises what opening the models raises, and UndeclaredRouteError, before the server accepts a
    request.
    """
    settings = settings or Settings.from_environment()
    owns_process = assistants is None  # nobody else has made anything for it
    if assistants is None:
        wiring = Wiring(settings)
        assistants = Assistants(
            settings, wiring.open_embedder(), wiring.open_llm(settings.parallel)
        )
        with acting_as(OWNER), suppress(NoIndexError):  # the first documents may be still to come
            assistants.get().warm()
    app = FastAPIOffline(
        static_url=_DOCS_FILES,
        redoc_url=None,  # one page of the API is enough
        title="footnote-rag",
        description="Answers questions from your own documents and proves every sentence it says.",
        version=version("footnote-rag"),
        responses=ERRORS,
        telemetry=telemetry(tracer_provider),
        lifespan=_lifespan,
    )
    app.state.assistants = assistants
    app.state.owns_process = owns_process
    app.state.looks = Looks.of(assistants)
    routers = (asking, documents, collections, chat, ollama, ollama_run, health, metrics, page)
    for router in (*routers, own_commands):
        app.include_router(router)
    assistants.watches.append(Stages(tracer_provider).watch)
    add_layers(app, assistants, DeclaredRoutes(app.routes, _DOCUMENTATION))
    handle_errors(app)
    return app
