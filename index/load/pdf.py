"""PDF through PDFium: the text of every page, and what of the file is no text.

PDFium must not meet an untrusted file in this process: ``load_pdf`` runs in the worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import tidy
from index.load.pdf_joining import document_of
from index.load.pdf_layers import HiddenLayers
from index.load.pdf_page import ReadPage, opened, read_page

if TYPE_CHECKING:
    import pypdfium2

_NAMED = 10  # attached files, and pages


def load_pdf(
    data: bytes,
    name: str,
    passwords: Sequence[str] = (),
    recognised: Mapping[str, Sequence[Sequence[object]]] | None = None,
) -> LoadedDocument:
    """A PDF's text with the page of every character and its headings.

    ``passwords`` are tried in turn on one that is encrypted; ``recognised`` has the lines of pages
    that are only pictures, by their numbers. Raises UnreadableError for a file that is encrypted,
    damaged, or without text and pictures.
    """
    layers = HiddenLayers(data, passwords)
    with opened(data, name, passwords) as pdf:
        pages = [read_page(pdf, number, layers) for number in range(len(pdf))]
        title = tidy(str(pdf.get_metadata_dict().get("Title", "")))
        left_out = list(_left_out(pdf, pages))
    document = document_of(pages, name, "application/pdf", title, left_out, recognised or {})
    if not (document.text or document.pictures):
        raise UnreadableError(f"{name} holds no text")
    return document


def _left_out(pdf: pypdfium2.PdfDocument, pages: Sequence[ReadPage]) -> Iterator[str]:
    """What of the file the text does not hold."""
    import pypdfium2.raw as pdfium

    yield from counted(sum(page.annotations.comments for page in pages), "comment")
    yield from counted(sum(page.annotations.signatures for page in pages), "signature")
    yield from counted(sum(page.hidden for page in pages), "character", " of hidden layers")
    yield from _unsure(pages)
    attached = [pdf.get_attachment(number).get_name() for number in range(pdf.count_attachments())]
    yield from counted(len(attached), "attached file", f": {', '.join(attached[:_NAMED])}")
    if pdf.get_formtype() in (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND):
        yield "an XFA form"


def _unsure(pages: Sequence[ReadPage]) -> Iterator[str]:
    """Says on which pages tables are read across, because their columns have no sure names."""
    found = {number: page.text.unsure for number, page in enumerate(pages, 1) if page.text.unsure}
    where = ", ".join(map(str, [*found][:_NAMED])) + (", …" if len(found) > _NAMED else "")
    for count in counted(sum(found.values()), "table"):
        yield f"which names the columns of {count} have (page {where})"


def counted(number: int, noun: str, rest: str = "") -> Iterator[str]:
    """``3 comments`` for three; nothing for none."""
    if number:
        yield f"{number:,} {noun}{'s' if number > 1 else ''}{rest}"
