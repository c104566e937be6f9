"""PDF through PDFium: the text of every page, its headings by their size, and pages as pictures.

PDFium must not meet an untrusted file in this process: all that is called from elsewhere,
``load_pdf`` apart, runs in the worker.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import LINE, PARAGRAPH, tidy
from index.load.isolated import runner
from index.load.pdf_layout import HYPHEN, PageText, page_text, words_of
from index.types import Heading, Span

if TYPE_CHECKING:
    import pypdfium2

_GARBLED = 0.3  # of the characters: such fonts were embedded without their letters' names
_HEADING_RATIO = 1.08  # of the size of the body: LaTeX sets 12 point over 11
_LONGEST_HEADING = 200  # characters
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff]")  # a heading has a word, a formula none
_HEADINGS_SHARE = 0.2  # of all text; above, size does not tell headings, as on slides
_DEEPEST_HEADING = 3
_SENTENCE_END = (".", "!", "?", ":", "”", '"')
_NOT_A_TITLE = ("microsoft ", "untitled", "powerpoint ", "slide 1", "layout 1")
_FILE_ENDINGS = (".doc", ".docx", ".indd", ".tex", ".dvi", ".pdf", ".ppt", ".pptx", ".qxd", ".rtf")
_PICTURE_PIXELS = 1600  # of the longer side: small print can be read, and it stays below 1 MB
_CORNER = "highlight"  # the name under which a picture says where its highlight begins
_HIGHLIGHT = (255, 232, 110)  # yellow, multiplied with the page: what is black stays so


def load_pdf(data: bytes, name: str, passwords: Sequence[str] = ()) -> LoadedDocument:
    """A PDF's text with the page of every character and its headings.

    Raises UnreadableError for a file that is encrypted, damaged, or without text to be read.
    """
    with _opened(data, name, passwords) as pdf:
        pages = [_read_page(pdf, number) for number in range(len(pdf))]
        title = tidy(str(pdf.get_metadata_dict().get("Title", "")))
    if not any(page.text for page in pages):
        raise UnreadableError(
            f"{name} holds no text, only pictures on {len(pages)} pages; recognise its text first, "
            f"for example with ocrmypdf"
        )
    starts, text = _joined(pages)
    headings = _headings(pages, starts, text)
    return LoadedDocument(
        _title(title, headings, text) or name, "application/pdf", text, starts, headings
    )


def page_image(
    data: bytes,
    name: str,
    page_number: int,
    spans: Sequence[Span] = (),
    *,
    page_start: int | None = None,
    passwords: Sequence[str] = (),
) -> bytes:
    """Return a PNG of a page (from 1) of a PDF, with ``spans`` of its document highlighted.

    ``page_start`` is the offset at which the page begins in the document's text; where the caller
    knows it, the pages before need not be read. Raises UnreadableError, also for a page that the
    file does not have.
    """
    ends = [(span.start, span.end) for span in spans]
    # Not the runner that loads: a person who looks at a page does not wait for an ingest.
    return runner("pictures").data(
        _draw, data, name, page_number, ends, page_start, list(passwords)
    )


def highlight_corner(picture: bytes) -> tuple[float, float] | None:
    """Where the highlight of a picture of ``page_image`` begins, from the left and from the top, as
    shares of its width and height; None where nothing is highlighted."""
    from PIL.PngImagePlugin import PngImageFile

    with PngImageFile(io.BytesIO(picture)) as opened:
        told = opened.text.get(_CORNER)
    if told is None:
        return None
    left, top = map(float, told.split())
    return left, top


def _draw(
    data: bytes,
    name: str,
    page_number: int,
    spans: Sequence[tuple[int, int]],
    page_start: int | None,
    passwords: Sequence[str],
) -> bytes:
    with _opened(data, name, passwords) as pdf:
        if not 1 <= page_number <= len(pdf):
            raise UnreadableError(f"{name} has no page {page_number}, only {len(pdf)}")
        if page_start is None:
            before = [_read_page(pdf, number) for number in range(page_number)]
            page_start = _joined(before)[0][-1]
        parts = [Span(start, end) for start, end in spans]
        return _picture(pdf, page_number - 1, parts, page_start)


@contextmanager
def _opened(data: bytes, name: str, passwords: Sequence[str]) -> Iterator[pypdfium2.PdfDocument]:
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
            yield pdf
        return
    raise UnreadableError(f"{name} is encrypted; save it without its password")


@contextmanager
def _opened_page(pdf: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    """A page with what is filled into its form, which without this is no part of its text."""
    import pypdfium2.raw as pdfium

    page = pdf[number]
    if pdfium.FPDFPage_GetAnnotCount(page) and (
        pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS
    ):
        page.close()
        page = pdf[number]
    with closing(page):
        yield page


def _read_page(pdf: pypdfium2.PdfDocument, number: int) -> PageText:
    """The text of a page; none of one that is broken, as the others may be whole."""
    import pypdfium2

    try:
        with _opened_page(pdf, number) as page, closing(page.get_textpage()) as text:
            characters = _characters(text)
            if _is_garbled(characters):
                return PageText()
            return page_text(characters, words_of(characters, _Boxes(text)))
    except pypdfium2.PdfiumError:
        return PageText()


def _characters(text: pypdfium2.PdfTextPage) -> list[str]:
    """The page's characters by PDFium's own index; empty for what cannot be shown."""
    import pypdfium2.raw as pdfium

    codes = [
        pdfium.FPDFText_GetUnicode(text, index) for index in range(pdfium.FPDFText_CountChars(text))
    ]
    characters = [_character(code) for code in codes]
    for index, code in enumerate(codes):
        if _is_line_end_hyphen(text, index, code):
            characters[index] = HYPHEN if index and characters[index - 1].strip() else ""
    for index, (high, low) in enumerate(pairwise(codes)):
        if 0xD800 <= high < 0xDC00 <= low < 0xE000:  # some files write UTF-16 in halves
            characters[index] = chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
    return characters


def _character(code: int) -> str:
    if code == 0x0D or not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        return ""
    return "" if code in (0x02, 0xFFFE, 0xFFFF) else chr(code)


def _is_line_end_hyphen(text: pypdfium2.PdfTextPage, index: int, code: int) -> bool:
    import pypdfium2.raw as pdfium

    return code in (0x02, 0xFFFE) and pdfium.FPDFText_IsHyphen(text, index) == 1


def _is_garbled(characters: Sequence[str]) -> bool:
    shown = [character for character in characters if not character.isspace()]
    unknown = sum(
        not character or character == "\ufffd" or "\ue000" <= character <= "\uf8ff"
        for character in shown
    )
    return unknown > _GARBLED * len(shown)


class _Boxes:
    """Left, bottom, right and top of a character of a page, in points."""

    def __init__(self, text: pypdfium2.PdfTextPage) -> None:
        import pypdfium2.raw as pdfium

        self._loose_box = pdfium.FPDFText_GetLooseCharBox
        self._text = text
        self._box = pdfium.FS_RECTF()

    def __call__(self, index: int) -> tuple[float, float, float, float]:
        box = self._box
        self._loose_box(self._text, index, ctypes.byref(box))
        return box.left, box.bottom, box.right, box.top


def _joined(pages: Sequence[PageText]) -> tuple[tuple[int, ...], str]:
    """Where each page begins in the text of all, and that text."""
    starts: list[int] = []
    pieces: list[str] = []
    length = 0
    for page in pages:
        if page.text and pieces:
            gap = PARAGRAPH if pieces[-1].endswith(_SENTENCE_END) else LINE
            gap = gap if page.text[0].islower() else PARAGRAPH
            pieces.append(gap)
            length += len(gap)
        starts.append(length)
        if page.text:
            pieces.append(page.text)
            length += len(page.text)
    return tuple(starts), "".join(pieces)


# Headings and title


def _headings(pages: Sequence[PageText], starts: Sequence[int], text: str) -> tuple[Heading, ...]:
    lines = [
        (span.shift(start), round(size * 4) / 4)
        for page, start in zip(pages, starts, strict=True)
        for span, size in page.lines
    ]
    body = _body_size(lines)
    large = [(span, size) for span, size in _blocks(lines) if size >= _HEADING_RATIO * body]
    found = [
        (span, size)
        for span, size in large
        if len(span) <= _LONGEST_HEADING and _LETTERS.search(span.of(text))
    ]
    everything = sum(len(span) for span, _ in lines)
    if sum(len(span) for span, _ in large) > _HEADINGS_SHARE * everything:
        return ()
    sizes = sorted({size for _, size in found}, reverse=True)
    return tuple(
        Heading(span, min(sizes.index(size) + 1, _DEEPEST_HEADING)) for span, size in found
    )


def _body_size(lines: Sequence[tuple[Span, float]]) -> float:
    characters: Counter[float] = Counter()
    for span, size in lines:
        characters[size] += len(span)
    return characters.most_common(1)[0][0]


def _blocks(lines: Sequence[tuple[Span, float]]) -> Iterator[tuple[Span, float]]:
    """Lines of one size that follow each other, as one: a heading may take several."""
    block, size = lines[0]
    for line, line_size in lines[1:]:
        if line_size == size and line.start <= block.end + len(PARAGRAPH):
            block = Span(block.start, line.end)
        else:
            yield block, size
            block, size = line, line_size
    yield block, size


def _title(stated: str, headings: Sequence[Heading], text: str) -> str:
    """The title that the file states, unless a program made it up; else its largest heading."""
    folded = stated.lower()
    if stated and not folded.startswith(_NOT_A_TITLE) and not folded.endswith(_FILE_ENDINGS):
        return stated
    largest = min(headings, key=lambda heading: heading.level, default=None)
    return tidy(largest.span.of(text)) if largest else ""


# Pictures


def _picture(
    pdf: pypdfium2.PdfDocument, number: int, spans: Sequence[Span], page_start: int
) -> bytes:
    from PIL import Image, ImageChops, ImageDraw
    from PIL.PngImagePlugin import PngInfo

    # The text before the page is opened to be drawn: reading closes what it opened.
    shown = _read_page(pdf, number)
    with _opened_page(pdf, number) as page:
        scale = _PICTURE_PIXELS / max(*page.get_size(), 1.0)
        picture = page.render(scale=scale).to_pil().convert("RGB")
        marks = Image.new("RGB", picture.size, "white")
        draw = ImageDraw.Draw(marks)
        boxes = list(_boxes(page, shown, spans, page_start, picture.size))
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
    page: pypdfium2.PdfPage,
    shown: PageText,
    spans: Sequence[Span],
    page_start: int,
    size: tuple[int, int],
) -> Iterator[tuple[int, int, int, int]]:
    """Where the characters of ``spans`` stand on the picture: left, top, right, bottom."""
    import pypdfium2.raw as pdfium

    with closing(page.get_textpage()) as text:
        for first, count in _ranges(shown.origins, spans, page_start):
            for rectangle in range(pdfium.FPDFText_CountRects(text, first, count)):
                left, bottom, right, top = text.get_rect(rectangle)
                corners = [_on_picture(page, size, x, y) for x, y in ((left, top), (right, bottom))]
                across, down = zip(*corners, strict=True)
                yield min(across), min(down), max(across), max(down)


def _ranges(
    origins: Sequence[int], spans: Sequence[Span], page_start: int
) -> Iterator[tuple[int, int]]:
    """The page's characters in ``spans``, as first one and count of each run."""
    wanted = sorted(
        {
            origins[offset - page_start]
            for span in spans
            for offset in range(
                max(span.start, page_start), min(span.end, page_start + len(origins))
            )
        }
        - {-1}
    )
    run: list[int] = []
    for index in wanted:
        if run and index > run[-1] + 1:
            yield run[0], len(run)
            run = []
        run.append(index)
    if run:
        yield run[0], len(run)


def _on_picture(page: Any, size: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    import pypdfium2.raw as pdfium

    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value, down.value
