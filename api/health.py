"""``GET /health`` and ``GET /ready``, for whoever watches the server. Knows no documents."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.types import Opened
from index.errors import NoIndexError

router = APIRouter(tags=["Operation"])


class Health(BaseModel):
    status: Literal["ok"]
    collection: str
    documents: int
    commit: int
    llm: str


class Readiness(BaseModel):
    status: Literal["ready"]
    collection: str
    llm: str


@router.get("/health", summary="Whether the server answers, and from what")
def health(assistants: Opened) -> Health:
    """A server whose collection is still to come is healthy: the first upload makes it."""
    collection = assistants.settings.collection
    try:
        index = assistants.get().index
        documents, commit = len(index.documents()), index.commit
    except NoIndexError:
        documents = commit = 0
    return Health(
        status="ok",
        collection=collection,
        documents=documents,
        commit=commit,
        llm=assistants.llm_name,
    )


@router.get("/ready", summary="Whether a question would be answered now")
def ready(assistants: Opened) -> Readiness:
    """An error where the server's collection is missing or cannot be searched. A language model
    that is away makes nothing unready: answers are then quoted from the documents."""
    assistants.get().index.search("ready", limit=1)
    return Readiness(
        status="ready", collection=assistants.settings.collection, llm=assistants.llm_name
    )
