"""PDFs that the tests draw themselves."""

from __future__ import annotations

import io
from collections.abc import Callable

from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from index.load.base import LoadedDocument
from index.load.loading import load_bytes

Draw = Callable[[Canvas], object]
LEADING = 14


def pdf(*pages: Draw, **options: object) -> bytes:
    """A file with a page of 600 by 840 points for each function that draws one."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(600, 840), **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def lines(
    *texts: str, x: float = 60, top: float = 760, size: float = 11, font: str = "Helvetica"
) -> Draw:
    """Draws lines below each other."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for number, text in enumerate(texts):
            canvas.drawString(x, top - LEADING * number, text)

    return draw


def together(*drawings: Draw) -> Draw:
    """Draws several things on one page."""

    def draw(canvas: Canvas) -> None:
        for each in drawings:
            each(canvas)

    return draw


def read(*pages: Draw) -> LoadedDocument:
    """What the loader makes of pages."""
    return load_bytes(pdf(*pages), "a.pdf")


def changed(data: bytes, change: Callable[[PdfWriter], object]) -> bytes:
    """A file after its objects were changed."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
