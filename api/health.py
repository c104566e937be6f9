"""``GET /health`` and ``GET /ready``, for monitoring. Knows no documents."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import access
from api.principal import OWNER, acting_as, current_principal
from api.types import Opened
from index.errors import NoIndexError

router = APIRouter(tags=["Operation"])


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


@router.get(
    "/health",
    summary="Whether the server answers, and from what",
    response_model_exclude_none=True,
)
@access("public", turn=None)
def health(assistants: Opened) -> Health:
    """A server without a collection is healthy: the first upload makes it."""
    collection = assistants.settings.collection
    if not current_principal().sees(collection):
        return Health(status="ok")
    try:
        index = assistants.get().index
        documents, commit = index.count_documents(), index.commit
    except NoIndexError:
        documents = commit = 0
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
def ready(assistants: Opened) -> Readiness:
    """An error when the server's collection is missing or cannot be searched. Without its language
    model the server is still ready: answers are then quoted from the documents."""
    collection = assistants.settings.collection
    with acting_as(OWNER):  # a probe has no key, and is told nothing of what is found
        assistants.get().index.search("ready", limit=1)
    if not current_principal().sees(collection):
        return Readiness(status="ready")
    return Readiness(status="ready", collection=collection, llm=assistants.llm_name)
