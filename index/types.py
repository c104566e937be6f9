"""The nouns of finding, frozen, in the order in which they flow: Document, Chunk, Hit.

Knows nothing of storage, models or answers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range ``[start, end)`` of characters of one document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, not {self.start}, {self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters of ``text`` that this span covers."""
        return text[self.start : self.end]

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Span) -> int:
        """Return the number of characters that both spans cover."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def stripped(self, text: str) -> Span:
        """Return this span without the whitespace at its ends."""
        part = self.of(text)
        start = self.start + len(part) - len(part.lstrip())
        return Span(start, start + len(part.strip()))

    def shift(self, offset: int) -> Span:
        return Span(self.start + offset, self.end + offset)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: its span, and its level (1 is the outermost)."""

    span: Span
    level: int


@dataclass(frozen=True, slots=True)
class Document:
    """One source, its text normalised once when it was loaded.

    ``key`` is the identity (absolute path or address), ``id`` the catalogue's row. ``page_starts``
    holds the offset of the first character of each page, ascending, and is empty where the format
    has no pages. ``recognised`` are the numbers (from 1) of the pages that were read by text
    recognition, and ``language`` is the code of its language, empty where it is not known.
    """

    id: int
    key: str
    title: str
    source: str
    media_type: str
    text: str
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    recognised: tuple[int, ...] = ()
    language: str = ""

    def page_number(self, offset: int) -> int | None:
        """Return the page (from 1) of the character at ``offset``; None without pages."""
        return bisect_right(self.page_starts, offset) or None if self.page_starts else None

    def page_span(self, number: int) -> Span:
        """Return the characters of a page (from 1), with the blanks between it and the next."""
        ends = (*self.page_starts[1:], len(self.text))
        return Span(self.page_starts[number - 1], ends[number - 1])

    def heading_path(self, offset: int) -> tuple[str, ...]:
        """Return the headings above the character at ``offset``, outermost first."""
        path: list[Heading] = []
        for heading in self.headings:
            if heading.span.start > offset:
                break
            while path and path[-1].level >= heading.level:
                path.pop()
            path.append(heading)
        return tuple(heading.span.of(self.text).strip() for heading in path)


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document without its text. ``pages`` is 0 where the format has no pages.

    ``left_out`` names what of the file is not in the text, one kind of part each: "3 comments".
    ``language`` and ``recognised`` are those of ``Document``.
    """

    id: int
    key: str
    title: str
    source: str
    media_type: str
    characters: int
    chunks: int
    pages: int = 0
    left_out: tuple[str, ...] = ()
    language: str = ""
    recognised: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """The size of an index."""

    documents: int
    chunks: int
    bytes_on_disk: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document that is found as a whole; always ``document.text[span] == text``."""

    id: int
    document_id: int
    span: Span
    text: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found: its fused score, and its rank (from 1) in each ranking."""

    chunk: Chunk
    score: float
    ranks: Mapping[str, int] = field(default_factory=dict)
