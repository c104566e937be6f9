"""Puts a document together block by block, so that offsets of headings and pages are right.

Knows no file format.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.load.base import LoadedDocument, normalise
from index.load.limits import Length
from index.types import Heading, Span

PARAGRAPH = "\n\n"
LINE = "\n"
_NUMBERS_TOLD = 5  # of lines


class TextBuilder:
    """A text that grows at its end, and where its headings and pages begin."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = Length()
        self._headings: list[Heading] = []
        self._page_starts: list[int] = []
        self._pages_to_begin = 0
        self._left_out: list[str] = []

    def __len__(self) -> int:
        return self._length.characters

    @property
    def first_heading(self) -> str:
        """The words of the first heading; empty without one."""
        return self._headings[0].span.of(self.text) if self._headings else ""

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def page(self) -> None:
        """What is added from here on stands on the next page."""
        self._pages_to_begin += 1

    def add(self, text: str, *, level: int | None = None, gap: str = PARAGRAPH) -> None:
        """Adds a block, ``gap`` after the one before; with a ``level`` it is a heading.

        Nothing is added for a text of blanks. Raises UnreadableError when the text gets too long.
        """
        text = normalise(text).strip("\n")
        if not text.strip():
            return
        if len(self):
            self._append(gap)
        self._begin_pages()  # behind the gap, which belongs to the page before
        if level is not None:
            self._headings.append(Heading(Span(len(self), len(self) + len(text)), level))
        self._append(text)

    def leave_out(self, part: str) -> None:
        """Notes a part of the file that the text does not hold: "3 comments"; each once."""
        if part not in self._left_out:
            self._left_out.append(part)

    def include(self, document: LoadedDocument) -> None:
        """Adds another document with its headings as a block; its pages are not kept."""
        offset = len(self) + (len(PARAGRAPH) if len(self) else 0)
        self.add(document.text)
        shift = offset - (len(document.text) - len(document.text.lstrip("\n")))
        self._headings += [
            Heading(heading.span.shift(shift), heading.level) for heading in document.headings
        ]
        for part in document.left_out:
            self.leave_out(part)

    def document(self, title: str, media_type: str) -> LoadedDocument:
        """The document so far."""
        self._begin_pages()
        return LoadedDocument(
            tidy(title),
            media_type,
            self.text,
            tuple(self._page_starts),
            tuple(self._headings),
            tuple(self._left_out),
        )

    def _begin_pages(self) -> None:
        """Begins here the pages that were announced; all but the last have no text."""
        self._page_starts += [len(self)] * self._pages_to_begin
        self._pages_to_begin = 0

    def _append(self, piece: str) -> None:
        self._length.add(len(piece))
        self._pieces.append(piece)


def tidy(text: str) -> str:
    """``text`` on one line, with single blanks."""
    if not (text.isascii() and text.isprintable()):  # of these nothing is to be normalised
        text = normalise(text)
    return " ".join(text.split())


def numbered_lines(numbers: Sequence[int]) -> str:
    """Lines of a file by their numbers: "line 3", "lines 3 and 9", "lines 3, 4 and 7 more"."""
    if len(numbers) == 1:
        return f"line {numbers[0]:,}"
    told = numbers[: _NUMBERS_TOLD if len(numbers) > _NUMBERS_TOLD + 1 else len(numbers)]
    rest = len(numbers) - len(told)
    last = f"{rest:,} more" if rest else f"{told[-1]:,}"
    return f"lines {', '.join(f'{each:,}' for each in (told if rest else told[:-1]))} and {last}"
