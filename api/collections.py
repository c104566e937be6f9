"""``/collections``: lists, creates and deletes collections. Knows no documents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import access
from api.errors import Error
from api.few_values import FewValues
from api.types import Assistants, Opened, Text
from index.errors import IndexingError
from rag.settings import Settings
from rag.wiring import Wiring

router = APIRouter(tags=["Collections"], route_class=FewValues)


class Collection(BaseModel):
    name: str
    documents: int | None = Field(description="null where the collection cannot be opened")
    default: bool = Field(description="whether it is the one that is asked when none is named")
    problem: str | None = Field(description="why it cannot be opened, and what to do")


class CollectionList(BaseModel):
    collections: list[Collection]


class NewCollection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Text = Field(min_length=1, description="at most 64 letters, digits, '.', '_' and '-'")


@router.get("/collections", summary="The collections", response_model=CollectionList)
@access("read", turn=None)
def list_collections(assistants: Opened) -> dict[str, Any]:
    return {"collections": [_collection(name, assistants) for name in assistants.collections()]}


@router.post(
    "/collections",
    status_code=201,
    summary="Begin a collection",
    response_model=Collection,
    responses={409: {"model": Error, "description": "There is one of this name already."}},
)
@access("admin", turn="change")
def create_collection(
    body: Annotated[NewCollection, Body(examples=[{"name": "law"}])], assistants: Opened
) -> dict[str, Any]:
    if body.name in assistants.collections():
        raise HTTPException(
            409, f"there is a collection '{body.name}' already: choose another name"
        )
    assistants.get(body.name, create=True)
    return _collection(body.name, assistants)


@router.delete(
    "/collections/{name}",
    status_code=204,
    summary="Delete a collection with its index and what was uploaded into it",
)
@access("admin", turn="change")
def delete_collection(name: str, assistants: Opened) -> Response:
    """Uploaded files are deleted too; files that were indexed in their own folders stay."""
    assistants.delete(name)
    return Response(status_code=204)


def changed_at(settings: Settings, name: str) -> datetime:
    """When the collection last changed."""
    return Wiring(settings).collections.changed_at(name)


def size_bytes(settings: Settings, name: str) -> int:
    """What the collection takes on disk."""
    return Wiring(settings).collections.disk_bytes(name)


def _collection(name: str, assistants: Assistants) -> dict[str, Any]:
    told = {"name": name, "default": name == assistants.settings.collection}
    try:
        documents = assistants.get(name).index.count_documents()
    except IndexingError as error:  # one that cannot be opened must not hide the others
        return {**told, "documents": None, "problem": str(error)}
    return {**told, "documents": documents, "problem": None}
