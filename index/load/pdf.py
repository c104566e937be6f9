"""PDF through PDFium: the text of every page, its headings by their size, and its title.

PDFium must not meet an untrusted file in this process: ``load_pdf`` runs in the worker.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import LINE, PARAGRAPH, tidy
from index.load.pdf_hyphens import resolved
from index.load.pdf_layers import HiddenLayers
from index.load.pdf_page import ReadPage, opened, read_page
from index.load.pdf_text import PageText
from index.types import Heading, Span

if TYPE_CHECKING:
    import pypdfium2

_HEADING_RATIO = 1.08  # of the size of the body: LaTeX sets 12 point over 11
_LONGEST_HEADING = 200  # characters
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff]")  # a heading has a word, a formula none
_HEADINGS_SHARE = 0.2  # of all text; above, size does not tell headings, as on slides
_DEEPEST_HEADING = 3
_SENTENCE_END = (".", "!", "?", ":", "”", '"')
_NOT_A_TITLE = ("microsoft ", "untitled", "powerpoint ", "slide 1", "layout 1")
_FILE_ENDINGS = (".doc", ".docx", ".indd", ".tex", ".dvi", ".pdf", ".ppt", ".pptx", ".qxd", ".rtf")
_NAMED = 10  # attached files


def load_pdf(data: bytes, name: str, passwords: Sequence[str] = ()) -> LoadedDocument:
    """A PDF's text with the page of every character and its headings.

    ``passwords`` are tried in turn on one that is encrypted. Raises UnreadableError for a file that
    is encrypted, damaged, or without text to be read.
    """
    layers = HiddenLayers(data, passwords)
    with opened(data, name, passwords) as pdf:
        read = [read_page(pdf, number, layers) for number in range(len(pdf))]
        title = tidy(str(pdf.get_metadata_dict().get("Title", "")))
        left_out = tuple(_left_out(pdf, read))
    pages = resolved([page.text for page in read])
    if not any(page.text for page in pages):
        raise UnreadableError(
            f"{name} holds no text, only pictures on {len(pages)} pages; recognise its text first, "
            f"for example with ocrmypdf"
        )
    starts, text = _joined(pages)
    headings = _headings(pages, starts, text)
    title = _title(title, headings, text) or name
    return LoadedDocument(title, "application/pdf", text, starts, headings, left_out)


def _left_out(pdf: pypdfium2.PdfDocument, pages: Sequence[ReadPage]) -> Iterator[str]:
    """What of the file the text does not hold."""
    import pypdfium2.raw as pdfium

    yield from counted(sum(page.annotations.comments for page in pages), "comment")
    yield from counted(sum(page.annotations.signatures for page in pages), "signature")
    yield from counted(sum(page.hidden for page in pages), "character", " of hidden layers")
    attached = [pdf.get_attachment(number).get_name() for number in range(pdf.count_attachments())]
    yield from counted(len(attached), "attached file", f": {', '.join(attached[:_NAMED])}")
    if pdf.get_formtype() in (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND):
        yield "an XFA form"
    if any(page.text.text for page in pages):
        pictures = sum(page.has_pictures and not page.text.text for page in pages)
        yield from counted(pictures, "page", " with only pictures")


def counted(number: int, noun: str, rest: str = "") -> Iterator[str]:
    """``3 comments`` for three; nothing for none."""
    if number:
        yield f"{number:,} {noun}{'s' if number > 1 else ''}{rest}"


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
