"""``GET /health`` and ``GET /ready``, for monitoring. Knows no documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from api.access import access
from api.look import Look
from api.principal import OWNER, acting_as, current_principal
from api.types import Assistants, Opened
from index.errors import IndexingError, NoIndexError
from rag.errors import RagError, outcome

router = APIRouter(tags=["Operation"])

_PATIENCE_S = 0.05  # whoever asks whether a server is alive takes a slow answer for none
_FIRST_S = 2.0  # to open the collection
_READY_S = 10.0
_READY_FRESH_S = 1.0  # anybody may ask, and each look is a search
_NOT_TOLD = "the server is not ready: whoever runs it learns why from 'rag doctor'"


class Health(BaseModel):
    """Everything but the status is for principals who may see the server's collection."""

    status: Literal["ok"]
    collection: str | None = None
    documents: int | None = None
    commit: int | None = None
    llm: str | None = None


class Readiness(BaseModel):
    """Everything but the status is for principals who may see the server's collection."""

    status: Literal["ready"]
    collection: str | None = None
    llm: str | None = None


@dataclass(frozen=True, slots=True)
class Looks:
    """How a server is, without waiting for those who keep it busy."""

    health: Look[tuple[int, int]]  # documents and commit of the server's collection
    ready: Look[bool]

    @classmethod
    def of(cls, assistants: Assistants) -> Looks:
        return cls(
            Look(lambda: _documents_and_commit(assistants)),
            Look(lambda: _can_search(assistants), fresh_s=_READY_FRESH_S),
        )


def _documents_and_commit(assistants: Assistants) -> tuple[int, int]:
    """0 and 0 without a collection: a server without one is healthy, the first upload makes it."""
    with acting_as(OWNER):
        try:
            index = assistants.get().index
            return index.count_documents(), index.commit
        except NoIndexError:
            return 0, 0


def _can_search(assistants: Assistants) -> bool:
    with acting_as(OWNER):  # a probe has no key, and is told nothing of what is found
        assistants.get().index.search("ready", limit=1)
    return True


async def _looks(request: Request) -> Looks:  # a function would wait for a thread
    looks: Looks = request.app.state.looks
    return looks


Looking = Annotated[Looks, Depends(_looks)]


@router.get(
    "/health",
    summary="Whether the server answers, and from what",
    response_model_exclude_none=True,
)
@access("public", turn=None)
async def health(assistants: Opened, looks: Looking) -> Health:
    """What is in the collection is told as it was seen last where looking takes long."""
    collection = assistants.settings.collection
    if not current_principal().sees(collection):
        return Health(status="ok")
    seen = await looks.health.seen(_PATIENCE_S, _FIRST_S)
    documents, commit = seen or (None, None)
    return Health(
        status="ok",
        collection=collection,
        documents=documents,
        commit=commit,
        llm=assistants.llm_name,
    )


@router.get(
    "/ready",
    summary="Whether a question would be answered now",
    response_model_exclude_none=True,
)
@access("public", turn=None)
async def ready(assistants: Opened, looks: Looking) -> Readiness:
    """An error when the server's collection is missing or cannot be searched. Without its language
    model the server is still ready: answers are then quoted from the documents."""
    collection = assistants.settings.collection
    sees = current_principal().sees(collection)
    try:
        if not await looks.ready.seen(_READY_S, _READY_S):
            raise HTTPException(503, f"a search takes more than {_READY_S:g} s: try again later")
    except (IndexingError, RagError) as error:
        if sees:
            raise
        raise HTTPException(outcome(error)[1], _NOT_TOLD) from error  # errors name paths
    if not sees:
        return Readiness(status="ready")
    return Readiness(status="ready", collection=collection, llm=assistants.llm_name)
