"""The layers that every request passes before an endpoint sees it, from the outside in.

Each is a file of its own; this one says in which order they stand and why.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.access import DeclaredRoutes, TurnKind
from api.admission import (
    CHANGES_AT_ONCE,
    PICTURES_AT_ONCE,
    QUICK_AT_ONCE,
    UPLOADS_AT_ONCE,
    Admission,
    FullError,
    Turns,
    turned_away,
)
from api.limits import BodyLimit, RateLimit
from api.metrics import Measured, Metrics
from api.origin import SameOrigin
from api.refusal import BodyError, body_refused
from api.room import Room
from api.security import Guard, SecurityHeaders
from api.types import Assistants
from rag.keys.store import KeyStore


def add_layers(app: FastAPI, assistants: Assistants, routes: DeclaredRoutes) -> None:
    """Have every request of ``app`` guarded, limited, counted and given its turn, as the route that
    serves it declares."""
    settings = assistants.settings
    questions = Turns(settings.parallel, settings.queue)
    quick = Turns(QUICK_AT_ONCE, settings.queue)
    turns: dict[TurnKind, Turns] = {
        "question": questions,
        "quick": quick,
        "upload": Turns(UPLOADS_AT_ONCE, settings.queue),
        "change": Turns(CHANGES_AT_ONCE, settings.queue, full=503),
        "picture": Turns(PICTURES_AT_ONCE, settings.queue, full=503),
    }
    metrics = Metrics(assistants, (questions, quick))
    assistants.watches.append(metrics.watch)
    app.state.metrics, app.state.questions = metrics, questions
    # The one added last is the outermost.
    app.add_middleware(
        Admission,
        routes=routes,
        turns=turns,
        time_budget_s=settings.time_budget_s,
        mode=settings.answer,
    )
    # Outside of Admission, which reads a question's body before it waits.
    app.add_middleware(BodyLimit, routes=routes, room=Room((settings.collections_folder,)))
    app.add_middleware(
        Guard,
        routes=routes,
        keys=KeyStore(settings.keys_file),
        rate=RateLimit(settings.rate_per_minute),
    )
    app.add_middleware(SameOrigin, allowed=settings.origins)
    if settings.origins:  # a browser asks beforehand, without a key
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
        )
    app.add_middleware(Measured, metrics=metrics)  # refusals are counted, too
    app.add_middleware(SecurityHeaders)  # and bear the headers
    app.add_exception_handler(FullError, turned_away)
    app.add_exception_handler(BodyError, body_refused)
