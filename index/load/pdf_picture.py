"""Pages of a PDF as pictures, with what is cited highlighted.

PDFium must not meet an untrusted file in this process: the drawing runs in a worker.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from index.errors import UnreadableError
from index.load import ocr
from index.load.isolated import runner
from index.load.pdf_hyphens import resolved_as
from index.load.pdf_layers import HiddenLayers
from index.load.pdf_page import ReadPage, opened, read_page
from index.load.pdf_recognition import recognised_lines, recognised_page
from index.types import Span

if TYPE_CHECKING:
    import pypdfium2

_PICTURE_PIXELS = 1600  # of the longer side: small print can be read, and it stays below 1 MB
_CORNER = "highlight"  # the name under which a picture says where its highlight begins
_HIGHLIGHT = (255, 232, 110)  # yellow, multiplied with the page: what is black stays so

_Corners = tuple[float, float, float, float]  # left, bottom, right, top on the page


def page_image(
    data: bytes,
    name: str,
    page_number: int,
    page_text: str = "",
    spans: Sequence[Span] = (),
    *,
    passwords: Sequence[str] = (),
) -> bytes:
    """Return a PNG of a page (from 1) of a PDF, with ``spans`` of its text highlighted.

    ``page_text`` is the text of the page as it was indexed, which the spans count in. Raises
    UnreadableError, also for a page that the file does not have.
    """
    ends = [(span.start, span.end) for span in spans]
    # Not the runner that loads: a person who looks at a page does not wait for an ingest.
    return runner("pictures").data(_draw, data, name, page_number, page_text, ends, list(passwords))


def highlight_corner(picture: bytes) -> tuple[float, float] | None:
    """Where the highlight of a picture of ``page_image`` begins, from the left and from the top, as
    shares of its width and height; None where nothing is highlighted."""
    from PIL.PngImagePlugin import PngImageFile

    with PngImageFile(io.BytesIO(picture)) as opened_picture:
        told = opened_picture.text.get(_CORNER)
    if told is None:
        return None
    left, top = map(float, told.split())
    return left, top


def _draw(
    data: bytes,
    name: str,
    page_number: int,
    page_text: str,
    spans: Sequence[tuple[int, int]],
    passwords: Sequence[str],
) -> bytes:
    with opened(data, name, passwords) as pdf:
        if not 1 <= page_number <= len(pdf):
            raise UnreadableError(f"{name} has no page {page_number}, only {len(pdf)}")
        parts = [Span(start, end) for start, end in spans]
        boxes = list(_boxes(data, name, page_number - 1, page_text, parts, passwords))
        return _picture(pdf, page_number - 1, boxes)


def _picture(pdf: pypdfium2.PdfDocument, number: int, corners: Sequence[_Corners]) -> bytes:
    from PIL import Image, ImageChops, ImageDraw
    from PIL.PngImagePlugin import PngInfo

    with closing(pdf[number]) as page:
        scale = _PICTURE_PIXELS / max(*page.get_size(), 1.0)
        picture = page.render(scale=scale).to_pil().convert("RGB")
        marks = Image.new("RGB", picture.size, "white")
        draw = ImageDraw.Draw(marks)
        boxes = [_on_picture(page, picture.size, each) for each in corners]
    for box in boxes:
        draw.rectangle(box, fill=_HIGHLIGHT)
    told = PngInfo()
    if boxes:
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        told.add_text(_CORNER, f"{left / picture.width:.4f} {top / picture.height:.4f}")
    written = io.BytesIO()
    ImageChops.multiply(picture, marks).save(written, "PNG", pnginfo=told)
    return written.getvalue()


def _boxes(
    data: bytes,
    name: str,
    number: int,
    page_text: str,
    spans: Sequence[Span],
    passwords: Sequence[str],
) -> Iterator[_Corners]:
    """Where the characters of ``spans`` stand on the page."""
    import pypdfium2.raw as pdfium

    if not spans:
        return
    # Opened again, because reading may change a page, as by drawing stamps on it.
    with opened(data, name, passwords) as pdf:
        read = read_page(pdf, number, HiddenLayers(data, passwords))
        if page_text.strip() and not read.text.text and ocr.is_available():
            read = recognised_page(recognised_lines(pdf[number]))
        runs = list(_ranges(resolved_as(read.text, page_text).origins, spans))
        with closing(pdf[number]) as page, closing(page.get_textpage()) as text:
            for first, count in runs:
                if first >= read.own:
                    yield _around(read, first - read.own, count)
                    continue
                for rectangle in range(pdfium.FPDFText_CountRects(text, first, count)):
                    yield text.get_rect(rectangle)


def _around(read: ReadPage, first: int, count: int) -> _Corners:
    boxes = read.boxes[first : first + count]
    return (
        min(box.left for box in boxes),
        min(box.bottom for box in boxes),
        max(box.right for box in boxes),
        max(box.top for box in boxes),
    )


def _ranges(origins: Sequence[int], spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """The page's characters in ``spans``, as first one and count of each run."""
    wanted = sorted({origin for span in spans for origin in origins[span.start : span.end]} - {-1})
    run: list[int] = []
    for index in wanted:
        if run and index > run[-1] + 1:
            yield run[0], len(run)
            run = []
        run.append(index)
    if run:
        yield run[0], len(run)


def _on_picture(page: Any, size: tuple[int, int], corners: _Corners) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in pixels."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = corners
    points = []
    for x, y in ((left, top), (right, bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        points.append((across.value, down.value))
    (one, other), (far, low) = points
    return min(one, far), min(other, low), max(one, far), max(other, low)
