"""Puts the pages of a PDF together: one text, its headings by their size, its title.

Knows pages as they were read, not where from: a picture has such pages too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from index.load.base import LoadedDocument
from index.load.build import LINE, PARAGRAPH, tidy
from index.load.grid import is_name
from index.load.ocr import DOUBTFUL, Recognised
from index.load.pdf_hyphens import resolved
from index.load.pdf_page import ReadPage
from index.load.pdf_recognition import recognised_page
from index.load.pdf_text import PageText
from index.types import Heading, Span
from index.words import letters_alone

_HEADING_RATIO = 1.08  # of the size of the body: LaTeX sets 12 point over 11
_LONGEST_HEADING = 200  # characters
_LETTERS = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff]")  # a heading has a word, a formula none
_HEADINGS_SHARE = 0.2  # of all text; above, size does not tell headings, as on slides
_DEEPEST_HEADING = 3
_SENTENCE_END = (".", "!", "?", ":", "”", '"')
_NOT_A_TITLE = ("microsoft ", "untitled", "powerpoint ", "slide 1", "layout 1")
_NAMED = 10  # pages
_BEGINNING = 2000  # characters in which a title stands, or the first pages where these have more
_FIRST_PAGES = 2  # a cover and what is behind it
_FEWEST_DIGITS = 3  # of a figure in a row
_RUNNING = 3  # times that a running line comes at least
_ABOVE = 300  # characters that may stand above a title that comes again
_FILE_ENDINGS = tuple(
    ".doc .docx .dvi .eps .htm .html .indd .md .odp .ods .odt .pages .pdf .ppt .pptx .ps .qxd .rtf "
    ".tex .tmp .txt .xls .xlsx".split()
)


def document_of(
    pages: Sequence[ReadPage],
    name: str,
    media_type: str,
    title: str,
    left_out: Sequence[str],
    recognised: Mapping[str, Sequence[Sequence[object]]],
) -> LoadedDocument:
    """The document of ``pages``; ``recognised`` has the lines of some, by their numbers (from 1).

    Without text on any page the document has none either.
    """
    lines = {
        int(page): [Recognised.of(fields) for fields in found] for page, found in recognised.items()
    }
    read = [
        recognised_page(lines[number]).text if number in lines else page.text
        for number, page in enumerate(pages, 1)
    ]
    texts = resolved(read)
    starts, text = _joined(texts)
    headings = _headings(texts, starts, text) if text else ()
    return LoadedDocument(
        _title(title, headings, text, starts) or name,
        media_type,
        text,
        starts,
        _without_running(headings, starts, text),
        (*left_out, *_doubtful(lines)),
        tuple(sorted(number for number, found in lines.items() if found)),
        tuple(
            number
            for number, page in enumerate(pages, 1)
            if page.has_pictures and not page.text.text and number not in lines
        ),
    )


def _doubtful(pages: Mapping[int, Sequence[Recognised]]) -> Iterator[str]:
    """Says on which pages lines were hard to recognise."""
    found = {
        number: sum(line.certainty < DOUBTFUL for line in lines) for number, lines in pages.items()
    }
    if any(found.values()):
        numbers = [str(number) for number, count in sorted(found.items()) if count]
        shown = ", ".join(numbers[:_NAMED]) + (", …" if len(numbers) > _NAMED else "")
        count = sum(found.values())
        what = "1 line is that was" if count == 1 else f"{count} lines are that were"
        yield f"how certain {what} hard to recognise (page {shown})"


def _joined(pages: Sequence[PageText]) -> tuple[tuple[int, ...], str]:
    """Where each page begins in the text of all, and that text."""
    starts: list[int] = []
    pieces: list[str] = []
    length = 0
    for page in pages:
        if page.text and pieces:
            gap = PARAGRAPH if pieces[-1].endswith(_SENTENCE_END) else LINE
            goes_on = page.text[0].islower() and not _ends_with_number(pieces[-1])
            gap = gap if goes_on else PARAGRAPH
            pieces.append(gap)
            length += len(gap)
        starts.append(length)
        if page.text:
            pieces.append(page.text)
            length += len(page.text)
    return tuple(starts), "".join(pieces)


def _ends_with_number(page: str) -> bool:
    """Whether the last line of a page stands apart and has a number, as running titles do."""
    last = page.rpartition(PARAGRAPH)[2]
    words = last.split()
    return LINE not in last and any(each.isdecimal() for each in (*words[:1], *words[-1:]))


# Headings and title


def _headings(pages: Sequence[PageText], starts: Sequence[int], text: str) -> tuple[Heading, ...]:
    lines = [
        (span.shift(start), round(size * 4) / 4)
        for page, start in zip(pages, starts, strict=True)
        for span, size in page.lines
    ]
    if not lines:
        return ()
    body = _body_size(lines)
    large = [(span, size) for span, size in _blocks(lines) if size >= _HEADING_RATIO * body]
    found = [
        (span, size)
        for span, size in large
        if len(span) <= _LONGEST_HEADING
        and _LETTERS.search(span.of(text))
        and not _ends_a_sentence(span.of(text))
        and not _is_row(span.of(text))
    ]
    everything = sum(len(span) for span, _ in lines)
    if sum(len(span) for span, _ in large) > _HEADINGS_SHARE * everything:
        return ()
    sizes = sorted({size for _, size in found}, reverse=True)
    return tuple(
        Heading(span, min(sizes.index(size) + 1, _DEEPEST_HEADING)) for span, size in found
    )


def _without_running(
    headings: Sequence[Heading], starts: Sequence[int], text: str
) -> tuple[Heading, ...]:
    """Without what comes again, to the letter, at the top of pages, but for the first time: it
    heads no part, and would end those that go on there."""
    tops = set(starts)
    at_top = Counter(each.span.of(text) for each in headings if each.span.start in tops)
    kept, seen = [], set[str]()
    for each in headings:
        told = each.span.of(text)
        if told not in seen or at_top[told] < _RUNNING or each.span.start not in tops:
            kept.append(each)
        seen.add(told)
    return tuple(kept)


def _ends_a_sentence(block: str) -> bool:
    """Whether large letters are the end of a sentence, as on scans whose sizes are guessed."""
    return block[:1].islower() and block.rstrip().endswith(_SENTENCE_END)


def _is_row(block: str) -> bool:
    """Whether large letters are a row with figures, as of the sum below a table; a year or the
    number of a part is none."""
    figures = (cell for cell in block.split("\t")[1:] if not is_name(cell))
    return any(sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS for cell in figures)


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


def _title(stated: str, headings: Sequence[Heading], text: str, starts: Sequence[int]) -> str:
    """The title that the file states, unless a program made it up; else the largest heading of its
    beginning, where people look for it: further on it is that of a part, or noise of a scan.

    One that comes again and again is a title only where no other is, and a page begins with it.
    """
    if stated and not _is_made_up(stated.lower()):
        return stated
    end = max(_BEGINNING, starts[_FIRST_PAGES] if len(starts) > _FIRST_PAGES else 0)
    times = Counter(letters_alone(each.span.of(text)) for each in headings)
    found = [
        (times[letters_alone(each.span.of(text))] >= _RUNNING, each.level, each)
        for each in headings
        if each.span.start < end
    ]
    largest = min(found, key=lambda each: each[:2], default=None)
    if largest is None or (largest[0] and not _is_at_top(largest[2], text)):
        return ""
    span = largest[2].span  # which lines of the next page may go on with
    end = next((each for each in starts if each > span.start), span.end)
    return tidy(text[span.start : min(end, span.end)])


def _is_at_top(heading: Heading, text: str) -> bool:
    return len(text[: heading.span.start].strip()) <= _ABOVE


def _is_made_up(stated: str) -> bool:
    """Whether a program made a title up: the name of a file, or in brackets that there is none."""
    in_brackets = stated.startswith("(") and stated.endswith(")")
    return in_brackets or stated.startswith(_NOT_A_TITLE) or stated.endswith(_FILE_ENDINGS)
