"""The files that documents were read from, as far as they are still those; and pictures of pages.

A path may come to name another file after it was indexed, such as a link to a secret, so that the
bytes that are opened are compared with those that were indexed. Knows no HTTP.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from index.errors import UnknownDocumentError, UnreadableError
from index.index import Index
from index.load.loading import MAX_FILE_BYTES
from index.load.regular import open_regular
from index.types import Document, Span

_READ_BYTES = 2**20
_KEPT_PICTURES = 48  # of pages: who reads an answer goes back and forth between a few
_LARGEST_KEPT = 2 * 2**20  # bytes


def open_original(index: Index, document: Document) -> tuple[BinaryIO, int]:
    """Return the file that ``document`` was read from, open at its beginning, and its bytes.

    Raises UnknownDocumentError where it is gone, within another file, or another one by now.
    """
    digest = index.file_sha256(document.key)
    if digest is None:
        raise _not_shown(document, "is within another file, or was never one")
    try:
        file = open_regular(Path(document.key))
    except (OSError, UnreadableError) as error:
        raise _not_shown(document, "is gone") from error
    try:
        size = _size_if(file, digest)
        if size is None:
            raise _not_shown(document, "has changed since it was indexed: index it again")
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, size


def _size_if(file: BinaryIO, digest: str) -> int | None:
    """The size of a file in bytes if it has this SHA-256, else None."""
    found, size = hashlib.sha256(), 0
    for block in blocks(file):
        found.update(block)
        size += len(block)
        if size > MAX_FILE_BYTES:  # larger than anything that was indexed
            return None
    return size if found.hexdigest() == digest else None


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield what is in a file, piece by piece."""
    while block := file.read(_READ_BYTES):
        yield block


def _not_shown(document: Document, why: str) -> UnknownDocumentError:
    return UnknownDocumentError(f"the file of document {document.id} cannot be shown: it {why}")


class _Pictures:
    """The last pictures that were drawn, by all that they are made from."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, made_from: tuple[object, ...]) -> bytes | None:
        with self._lock:
            if made_from in self._kept:
                self._kept.move_to_end(made_from)
            return self._kept.get(made_from)

    def put(self, made_from: tuple[object, ...], picture: bytes) -> None:
        if len(picture) <= _LARGEST_KEPT:
            with self._lock:
                self._kept[made_from] = picture
                if len(self._kept) > _KEPT_PICTURES:
                    self._kept.popitem(last=False)


_pictures = _Pictures()


def picture_of_page(index: Index, document: Document, number: int, spans: Sequence[Span]) -> bytes:
    """Return a page of a PDF as PNG, with ``spans`` of the document highlighted. Drawn once while
    it is kept. Raises UnknownDocumentError as ``open_original``, and UnreadableError."""
    from index.load.pdf_picture import page_image

    page = document.page_span(number)
    text = page.of(document.text)
    made_from = (index.file_sha256(document.key), number, text, page.start, tuple(spans))
    if (picture := _pictures.get(made_from)) is None:
        file, _ = open_original(index, document)
        with file:
            data = file.read()
        name = Path(document.key).name
        shown = [
            Span(max(span.start, page.start), min(span.end, page.end)).shift(-page.start)
            for span in spans
            if span.overlap(page)
        ]
        picture = page_image(data, name, number, text, shown)
        _pictures.put(made_from, picture)
    return picture
