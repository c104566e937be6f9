"""``/documents``: lists, shows, uploads and removes the documents of a collection.

Uploaded files are kept in the collection's folder, and the index decides what it takes from them.
Knows no answers.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, UploadFile
from fastapi.responses import FileResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from api.access import access
from api.streams import JSON_LINES
from api.types import Opened, Text
from index.errors import IndexingError, UnknownDocumentError
from index.index import Index
from index.types import Document, DocumentSummary, Span
from rag.errors import QuestionError

router = APIRouter(tags=["Documents"])

UPLOADS = "uploads"  # the folder of a collection that holds what was uploaded
MAX_BYTES = 200 * 2**20  # of one file: a thick book of scans
MAX_NAME = 120  # characters: file systems allow 255 bytes
MAX_WINDOW = 200_000  # characters of a text in one reply
PDF = "application/pdf"
PNG = "image/png"
CORNER = ("X-Highlight-Left", "X-Highlight-Top")
_ANY_FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
SHOWN_INLINE = (PDF, "text/plain")  # anything else could run as a page of ours
COPIED = 2**20  # bytes at a time

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
        "documents": [_summary(each) for each in found],
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
    files: list[UploadFile], assistants: Opened, collection: Text | None = None
) -> StreamingResponse:
    """Answer with a line of JSON for each file as soon as it is done. A file that fails does not
    stop the others."""
    index = assistants.get(collection, create=True).index
    folder = index.folder / UPLOADS
    kept = [(each.filename or "", _kept(each, folder)) for each in files]
    return StreamingResponse(_ingested(kept, index), media_type=JSON_LINES)


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
    return _summary(index.summary(id)) | {
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
    response_class=FileResponse,
    responses={200: {"content": _ANY_FILE}},
)
@access("read", turn=None)
def get_original(id: int, assistants: Opened, collection: Text | None = None) -> FileResponse:
    document = _document(assistants.get(collection).index, id)
    path = _file(document)
    inline = document.media_type in SHOWN_INLINE
    return FileResponse(
        path,
        media_type=document.media_type,
        filename=path.name,
        content_disposition_type="inline" if inline else "attachment",
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"},
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
@access("read", turn=None)
def get_page(
    id: int,
    number: int,
    assistants: Opened,
    start: Offset = 0,
    end: Offset = 0,
    collection: Text | None = None,
) -> Response:
    from index.load import read
    from index.load.pdf import highlight_corner, page_image

    document = _document(assistants.get(collection).index, id)
    if document.media_type != PDF or not 1 <= number <= len(document.page_starts):
        raise UnknownDocumentError(f"document {id} has no page {number} that can be shown")
    spans = [Span(start, end)] if end > start else []
    page_start = document.page_starts[number - 1]
    path = _file(document)
    image = page_image(read(path), path.name, number, spans, page_start=page_start)
    corner = highlight_corner(image)
    headers = dict(zip(CORNER, map(str, corner), strict=True)) if corner else {}
    return Response(image, media_type=PNG, headers=headers)


@router.delete("/documents/{id}", status_code=204, summary="Take a document out of the index")
@access("write", turn=None)
def delete_document(id: int, assistants: Opened, collection: Text | None = None) -> Response:
    index = assistants.get(collection).index
    document = _document(index, id)
    index.remove(document.key)
    path = Path(document.key)
    if path.parent == index.folder / UPLOADS:  # what was uploaded here goes with its document
        path.unlink(missing_ok=True)
    return Response(status_code=204)


def _document(index: Index, id: int) -> Document:
    if not 0 <= id < 2**63:  # what SQLite can count to
        raise _unknown(id)
    return index.document(id)


def _unknown(id: int) -> UnknownDocumentError:
    return UnknownDocumentError(f"there is no document {id}; GET /documents lists what there is")


def _file(document: Document) -> Path:
    path = Path(document.key)
    if not path.is_file():
        raise UnknownDocumentError(
            f"the file of document {document.id} cannot be shown: it is gone or within another file"
        )
    return path


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


def _kept(file: UploadFile, folder: Path) -> Path | str:
    """Write the file; return its path, or as a string the reason why it was not written."""
    name = safe_name(file.filename or "")
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{name}.part"
    size = 0
    try:
        with aside.open("wb") as written:
            while block := file.file.read(COPIED):
                size += len(block)
                if size > MAX_BYTES:
                    return f"it is larger than {MAX_BYTES // 2**20} MB: split it, or index its path"
                written.write(block)
        return aside.replace(folder / name)
    except OSError as error:
        return f"it cannot be stored ({error.strerror}): make room, then upload it again"
    finally:
        aside.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """Return a file's name without its path, leading dots and characters that file systems reserve.

    Raises QuestionError when nothing is left of it.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(each for each in last if each.isprintable() and each not in '<>:"|?*')
    stem, dot, suffix = visible.strip(" .").rpartition(".")
    kept = f"{stem[: MAX_NAME - len(suffix)]}{dot}{suffix}" if len(suffix) < MAX_NAME // 2 else ""
    if not kept.strip(" ."):
        raise QuestionError(f"'{name[:MAX_NAME]}' is no file name: rename the file")
    return kept


def _ingested(kept: Sequence[tuple[str, Path | str]], index: Index) -> Iterator[str]:
    failed = 0
    for name, path in kept:
        line = _one_ingested(path, index)
        failed += line["status"] == "failed"
        yield json.dumps({"file": name, **line}) + "\n"
    yield json.dumps({"done": len(kept) - failed, "failed": failed}) + "\n"


def _one_ingested(path: Path | str, index: Index) -> dict[str, Any]:
    if isinstance(path, str):
        return _line("failed", reason=path)
    try:
        report = index.ingest([path])
    except IndexingError as error:
        return _line("failed", reason=str(error))
    if report.failed:
        return _line("failed", reason=report.failed[0][1])
    if report.skipped:
        return _line("failed", reason="files of this format cannot be read")
    status = "added" if report.added else "replaced" if report.updated else "unchanged"
    found = index.documents_of_file(str(path))
    return _line(status, document_id=found[0].id if found else None)


def _line(status: str, document_id: int | None = None, reason: str | None = None) -> dict[str, Any]:
    return {"status": status, "document_id": document_id, "reason": reason}
