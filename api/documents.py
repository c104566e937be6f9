"""``/documents``: lists, shows, uploads and removes the documents of a collection.

Uploaded files are kept in the collection's folder, and the index decides what it takes from them.
Knows no answers.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from api.access import access
from api.originals import blocks, open_original, picture_of_page
from api.principal import current_principal
from api.streams import JSON_LINES
from api.types import Opened, Text
from api.uploads import GoneError, Outcome, Uploads, remove_uploaded
from index.errors import UnknownDocumentError
from index.index import Index
from index.types import Document, DocumentSummary, Span
from rag.answering.unfamiliar import unread_languages

router = APIRouter(tags=["Documents"])

MAX_WINDOW = 200_000  # characters of a text in one reply
PDF = "application/pdf"
PNG = "image/png"
CORNER = ("X-Highlight-Left", "X-Highlight-Top")
_ANY_FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
SHOWN_INLINE = (PDF, "text/plain")  # anything else could run as a page of ours

Offset = Annotated[int, Query(ge=0, lt=2**31)]


class ListedDocument(BaseModel):
    id: int
    title: str
    source: str = Field(description="path or address")
    media_type: str
    characters: int
    chunks: int
    pages: int | None = Field(description="null where the format has no pages")
    left_out: list[str] = Field(description="what of the file is not in the text: 3 comments")
    language: str = Field(description="its code, as en; empty where it is not known")
    recognised: list[int] = Field(description="pages that were read by text recognition")
    words_alone: bool = Field(
        description="whether the embedder does not know its language, so that it is found by its "
        "words and not by its meaning"
    )


class DocumentList(BaseModel):
    documents: list[ListedDocument]
    total: int = Field(description="how many there are with ``contains``, on all pages of the list")


class DocumentHeading(BaseModel):
    title: str
    level: int
    start_char_index: int


class DocumentDetail(ListedDocument):
    headings: list[DocumentHeading]
    page_starts: list[int] = Field(description="the first character of each page")


class TextWindow(BaseModel):
    text: str
    start_char_index: int
    end_char_index: int
    characters: int = Field(description="of the whole document")


_UPLOADED = (
    '{"file": "lease.pdf", "status": "added", "document_id": 7, "reason": null}\n'
    '{"file": "empty.txt", "status": "failed", "document_id": null, "reason": "…"}\n'
    '{"done": 1, "failed": 1}\n'
)


@router.get("/documents", summary="What is indexed", response_model=DocumentList)
@access("read", turn=None)
def list_documents(
    assistants: Opened,
    collection: Text | None = None,
    contains: Annotated[Text, Query(description="of the title or the source")] = "",
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    index = assistants.get(collection).index
    found = index.documents(contains, offset=offset, limit=limit)
    return {
        "documents": _summaries(found, index),
        "total": index.count_documents(contains),
    }


@router.post(
    "/documents",
    summary="Upload files into a collection, which is made if need be",
    response_class=StreamingResponse,
    responses={200: {"content": {JSON_LINES: {"example": _UPLOADED}}}},
)
@access("write", turn="upload")
def upload(
    files: list[UploadFile],
    assistants: Opened,
    collection: Text | None = None,
    password: Annotated[Text, Form(description="of encrypted PDFs; it is kept nowhere")] = "",
) -> StreamingResponse:
    """Answer with a line of JSON for each file as soon as it is done. A file that fails does not
    stop the others, and nothing of it is kept.

    A file name may have folders (`notes/2026/a.txt`). The same name again replaces the document;
    two files of one name in one request are both kept, and `stored_as` tells the other name.
    """
    index = assistants.get(collection, create=True).index
    deadline = current_principal().deadline
    uploads = Uploads(
        index,
        left=lambda: deadline is not None and deadline.gone,
        current=lambda: assistants.is_current(index),
        passwords=[password] if password else [],
    )
    lines = _ingested(files, uploads, index.folder.name)
    return StreamingResponse(lines, media_type=JSON_LINES)


@router.get("/documents/{id}", summary="A document without its text", response_model=DocumentDetail)
@access("read", turn=None)
def get_document(id: int, assistants: Opened, collection: Text | None = None) -> dict[str, Any]:
    index = assistants.get(collection).index
    document = _document(index, id)
    headings = [
        {
            "title": heading.span.of(document.text).strip(),
            "level": heading.level,
            "start_char_index": heading.span.start,
        }
        for heading in document.headings
    ]
    [summary] = _summaries([index.summary(id)], index)
    return summary | {
        "headings": headings,
        "page_starts": document.page_starts,
    }


@router.get("/documents/{id}/text", summary="Characters of a document", response_model=TextWindow)
@access("read", turn=None)
def get_text(
    id: int,
    assistants: Opened,
    start: Offset = 0,
    end: Offset | None = None,
    collection: Text | None = None,
) -> dict[str, Any]:
    text = _document(assistants.get(collection).index, id).text
    begin = min(start, len(text))
    stop = max(begin, min(len(text) if end is None else end, len(text), begin + MAX_WINDOW))
    return {
        "text": text[begin:stop],
        "start_char_index": begin,
        "end_char_index": stop,
        "characters": len(text),
    }


@router.get(
    "/documents/{id}/original",
    summary="The file as it lies on disk",
    response_class=StreamingResponse,
    responses={200: {"content": _ANY_FILE}},
)
@access("read", turn=None)
def get_original(id: int, assistants: Opened, collection: Text | None = None) -> StreamingResponse:
    """Only while it is the very file that was indexed."""
    index = assistants.get(collection).index
    document = _document(index, id)
    file, size = open_original(index, document)
    inline = document.media_type in SHOWN_INLINE
    sent = _sent(file)
    return StreamingResponse(
        sent,
        background=BackgroundTask(sent.close),  # also where the client takes no more
        media_type=document.media_type,
        headers={
            "Content-Disposition": _disposition(Path(document.key).name, inline=inline),
            "Content-Length": str(size),
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get(
    "/documents/{id}/pages/{number}.png",
    summary="A page of a PDF, with characters of the document highlighted",
    response_class=Response,
    responses={
        200: {
            "content": {PNG: {"schema": {"type": "string", "format": "binary"}}},
            "headers": {
                name: {
                    "description": "where the highlight begins, as a share of the page; missing "
                    "where nothing of this page is highlighted",
                    "schema": {"type": "number"},
                }
                for name in CORNER
            },
        }
    },
)
@access("read", turn="picture")
def get_page(
    id: int,
    number: int,
    assistants: Opened,
    start: Offset = 0,
    end: Offset = 0,
    collection: Text | None = None,
) -> Response:
    from index.load.pdf_picture import highlight_corner

    index = assistants.get(collection).index
    document = _document(index, id)
    if document.media_type != PDF or not 1 <= number <= len(document.page_starts):
        raise UnknownDocumentError(f"document {id} has no page {number} that can be shown")
    spans = [Span(start, end)] if end > start else []
    image = picture_of_page(index, document, number, spans)
    corner = highlight_corner(image)
    headers = dict(zip(CORNER, map(str, corner), strict=True)) if corner else {}
    return Response(image, media_type=PNG, headers=headers)


@router.delete("/documents/{id}", status_code=204, summary="Take a document out of the index")
@access("write", turn="change")
def delete_document(id: int, assistants: Opened, collection: Text | None = None) -> Response:
    index = assistants.get(collection).index
    document = _document(index, id)
    index.remove(document.key)
    remove_uploaded(index, document.key)  # what was uploaded here goes with its document
    return Response(status_code=204)


def _document(index: Index, id: int) -> Document:
    if not 0 <= id < 2**63:  # what SQLite can count to
        raise _unknown(id)
    return index.document(id)


def _unknown(id: int) -> UnknownDocumentError:
    return UnknownDocumentError(f"there is no document {id}; GET /documents lists what there is")


def _sent(file: BinaryIO) -> Generator[bytes, None, None]:
    with file:
        yield from blocks(file)


def _disposition(name: str, *, inline: bool) -> str:
    """``Content-Disposition`` for a file of any name, as RFC 6266 has it."""
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"


def _summaries(found: Sequence[DocumentSummary], index: Index) -> list[dict[str, Any]]:
    unread = unread_languages(index, found)
    return [_summary(each) | {"words_alone": each.language in unread} for each in found]


def _summary(each: DocumentSummary) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title,
        "source": each.source,
        "media_type": each.media_type,
        "characters": each.characters,
        "chunks": each.chunks,
        "pages": each.pages or None,
        "left_out": each.left_out,
        "language": each.language,
        "recognised": each.recognised,
    }


def _ingested(files: Sequence[UploadFile], uploads: Uploads, collection: str) -> Iterator[str]:
    """A line for each file, and one for all. Ends where the client has left."""
    failed = 0
    for file in files:
        name = file.filename or ""
        try:
            outcome = uploads.add(name, file.file)
        except GoneError:
            if uploads.left():
                return
            outcome = Outcome("failed", reason=f"the collection '{collection}' was deleted")
        failed += outcome.status == "failed"
        yield json.dumps({"file": name, **outcome.as_dict()}) + "\n"
    yield json.dumps({"done": len(files) - failed, "failed": failed}) + "\n"
