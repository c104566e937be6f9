"""Opens a PDF and reads one page of it: its words, what is filled in, what is struck out.

PDFium must not meet an untrusted file outside of the worker, and is not safe in several threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from index.errors import UnreadableError
from index.load.pdf_annotations import (
    Annotations,
    Box,
    annotations_of,
    remove_all_but_stamps,
)
from index.load.pdf_layers import HiddenLayers
from index.load.pdf_placing import Page
from index.load.pdf_rules import drawn_on
from index.load.pdf_struck import with_struck
from index.load.pdf_text import PageText, page_text
from index.load.pdf_words import Places, characters_of, words_of

if TYPE_CHECKING:
    import pypdfium2

_GARBLED = 0.3  # of the characters: such fonts were embedded without their letters' names


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as it was read.

    The character at ``own + i`` of its text's origins is no character of the page: it stands in
    ``boxes[i]``. ``hidden`` is how many characters its hidden layers hold; ``has_pictures`` says
    that something is drawn on it that may be text, letters without names among it.
    """

    text: PageText = field(default_factory=PageText)
    own: int = 0
    boxes: Sequence[Box] = ()
    annotations: Annotations = field(default_factory=Annotations)
    hidden: int = 0
    has_pictures: bool = False


@contextmanager
def opened(
    data: bytes, name: str, passwords: Sequence[str] = ()
) -> Iterator[pypdfium2.PdfDocument]:
    """The document in ``data``, its form open. Raises UnreadableError."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    for password in (None, *passwords):
        try:
            pdf = pypdfium2.PdfDocument(data, password=password)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pdfium.FPDF_ERR_PASSWORD:
                continue
            raise UnreadableError(f"{name} is no PDF or a damaged one; mend or print it") from error
        with closing(pdf):
            pdf.init_forms()
            yield pdf
        return
    if passwords:
        raise UnreadableError(f"{name} is encrypted with another password than those given")
    raise UnreadableError(
        f"{name} is encrypted; give its password in a file: rag index --password-file FILE"
    )


@contextmanager
def _opened_page(pdf: pypdfium2.PdfDocument, number: int) -> Iterator[tuple[Any, Annotations]]:
    """A page and what its annotations say; what is stamped on it is a part of its text."""
    import pypdfium2.raw as pdfium

    page = pdf[number]
    annotations = Annotations()
    if pdfium.FPDFPage_GetAnnotCount(page):
        annotations = annotations_of(pdf, page)
        if annotations.has_stamps:
            remove_all_but_stamps(page)
            if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
                page.close()
                page = pdf[number]
    with closing(page):
        yield page, annotations


def read_page(pdf: pypdfium2.PdfDocument, number: int, layers: HiddenLayers) -> ReadPage:
    """A page's text; none of one that is broken, as the others may be whole."""
    import pypdfium2

    try:
        with (
            _opened_page(pdf, number) as (page, annotations),
            closing(page.get_textpage()) as text,
        ):
            return _read(page, text, annotations, layers)
    except pypdfium2.PdfiumError:
        return ReadPage()


def _read(
    page: pypdfium2.PdfPage,
    text: pypdfium2.PdfTextPage,
    annotations: Annotations,
    layers: HiddenLayers,
) -> ReadPage:
    characters = characters_of(text)
    own = len(characters)
    drawn = drawn_on(page)
    is_garbled = _is_garbled(characters)
    if is_garbled:
        characters = [""] * own
    hidden = layers.take_out(text, characters) if drawn.has_marks and layers.names else 0
    places = Places(text)
    lines = with_struck(words_of(characters, places), drawn.rules, annotations.struck, places)
    boxes: Sequence[Box] = ()
    if annotations.placed:
        filled = Page(characters, lines)
        filled.place(annotations.placed)
        lines, boxes = filled.lines(), filled.boxes
    written = page_text(characters, lines, drawn)
    has_pictures = drawn.has_pictures or is_garbled
    return ReadPage(written, own, boxes, annotations, hidden, has_pictures)


def _is_garbled(characters: Sequence[str]) -> bool:
    shown = [character for character in characters if not character.isspace()]
    unknown = sum(
        not character or character == "\ufffd" or "\ue000" <= character <= "\uf8ff"
        for character in shown
    )
    return unknown > _GARBLED * len(shown)
