"""Recognises the text of those pages of a document that are only pictures.

Each page is a call of its own, because one takes some seconds: the limit on time is one of a page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError
from index.load import ocr
from index.load.base import LoadedDocument
from index.load.image import SUFFIXES, load_image, recognise_image
from index.load.isolated import Runner
from index.load.pdf import load_pdf
from index.load.pdf_recognition import recognise_page

# How pages of a kind are loaded and recognised.
_PAGED = {".pdf": (load_pdf, recognise_page)} | dict.fromkeys(
    SUFFIXES, (load_image, recognise_image)
)


def is_paged(kind: str) -> bool:
    """Whether files of a kind have pages that may be only pictures."""
    return kind in _PAGED


def load_paged(
    kind: str, data: bytes, name: str, passwords: Sequence[str], run: Runner
) -> LoadedDocument:
    """A document whose pages may be pictures, the text of these recognised where that is possible.

    Raises UnreadableError as the loader, and where nothing but pictures is there and the extra
    that recognises them is missing; for a picture without text UnsupportedFormatError, because
    photographs are not meant to be read.
    """
    loader, recogniser = _PAGED[kind]
    document = run.document(loader, data, name, list(passwords), {})
    if not document.pictures:
        return document
    if not ocr.is_available():
        if not document.text:
            raise _without_text(kind, f"{name} holds no text, only pictures; {ocr.HOW_TO_GET_IT}")
        number = len(document.pictures)
        pages = f"{number} page{'s' * (number > 1)} with only pictures"
        return replace(document, left_out=(*document.left_out, pages))
    lines = {
        str(page): json.loads(run.data(recogniser, data, name, page, list(passwords)))
        for page in document.pictures
    }
    document = run.document(loader, data, name, list(passwords), lines)
    if not document.text:
        raise _without_text(kind, f"{name} holds no text; none was recognised on its pictures")
    return document


def _without_text(kind: str, reason: str) -> DocumentError:
    return UnsupportedFormatError(reason) if kind in SUFFIXES else UnreadableError(reason)
