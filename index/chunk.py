"""Chunking: cuts a document into exact spans of whole sentences, sized in the embedder's tokens.

Knows no tokenizer, only the offsets of tokens, and no storage.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.fold import searched
from index.sentences import sentence_spans
from index.types import Heading, Span

CHUNK_TOKENS = 144  # measured: docs/results/retrieval.md; MiniLM reads 254, also title and headings
_FULL_ENOUGH = 0.5  # a chunk this full ends with its paragraph if the next one does not fit


@dataclass(frozen=True, slots=True)
class Chunking:
    """How documents are cut. An index stores its chunking and cannot be opened with another."""

    max_tokens: int = CHUNK_TOKENS
    overlap_tokens: int = 0  # sentences are cited one by one, so that none needs repeating

    def __post_init__(self) -> None:
        if not 0 <= self.overlap_tokens < self.max_tokens:
            raise ValueError("a chunking needs 0 <= overlap_tokens < max_tokens")


def chunk_spans(
    text: str,
    headings: Sequence[Heading],
    token_starts: Sequence[int],
    max_tokens: int = CHUNK_TOKENS,
    overlap_tokens: int = 0,
    language: str = "",
) -> list[Span]:
    """Return the chunks of ``text`` in order; every character but blanks is in one of them.

    ``token_starts`` are the offsets of the embedder's tokens of ``text``, ascending. No chunk holds
    more than ``max_tokens`` of them and none crosses a heading, except that a heading without text
    is kept with the next one. A chunk begins with the last sentences of the one before, as far as
    they fit into ``overlap_tokens``. ``language`` is the code of the text's language; empty where
    it is not known.
    """
    ruler = Ruler(text, token_starts)
    return [
        chunk
        for section in _sections(text, headings)
        for chunk in _packed(
            _units(ruler, section, max_tokens, language), ruler, max_tokens, overlap_tokens
        )
    ]


def indexed_text(title: str, headings: Sequence[str], text: str) -> str:
    """Return the text that is embedded and indexed: title, heading path and chunk."""
    return "\n".join((*context_lines(title, headings, text), text))


def searched_text(title: str, headings: Sequence[str], text: str, language: str) -> str:
    """Return the words of the indexed text as they are searched, parted by blanks."""
    return " ".join(searched(indexed_text(title, headings, text), language))


def context_lines(title: str, headings: Sequence[str], text: str) -> list[str]:
    """Return the title and headings above a chunk, without those that it contains."""
    shown = {line.strip("# ") for line in text.splitlines()}
    return [line for line in dict.fromkeys((title, *headings)) if line and line not in shown]


@dataclass(frozen=True, slots=True)
class Ruler:
    """Measures spans of a text in tokens. A token belongs to the span in which it starts."""

    text: str
    token_starts: Sequence[int]

    def position(self, offset: int) -> int:
        """Return how many tokens start before ``offset``."""
        return bisect_left(self.token_starts, offset)

    def measure(self, span: Span) -> int:
        """Return how many tokens start in ``span``."""
        return self.position(span.end) - self.position(span.start)

    def cut(self, span: Span, max_tokens: int) -> list[Span]:
        """Cut ``span`` into pieces of at most ``max_tokens``, between words where possible."""
        pieces = []
        while self.measure(span) > max_tokens:
            border = self._border(span, max_tokens)
            pieces.append(Span(span.start, border).stripped(self.text))
            span = Span(border, span.end).stripped(self.text)
        return [*pieces, span]

    def _border(self, span: Span, max_tokens: int) -> int:
        first = self.position(span.start)
        for index in range(first + max_tokens, first, -1):
            border = self.token_starts[index]
            if self.text[border - 1].isspace():
                return border
        return self.token_starts[first + max_tokens]


def _sections(text: str, headings: Sequence[Heading]) -> list[Span]:
    """Return the sections of a text; a heading without text begins the section of the next."""
    starts = [0]
    previous_end = 0
    for heading in headings:
        line_start = text.rfind("\n", 0, heading.span.start) + 1
        if text[previous_end:line_start].strip(
            " \t\n#=-"
        ):  # more than the marks of the heading above
            starts.append(line_start)
        previous_end = heading.span.end
    return [Span(start, end) for start, end in pairwise([*starts, len(text)])]


def _units(ruler: Ruler, section: Span, max_tokens: int, language: str) -> list[Span]:
    """Return the sentences of a section, those that are too long for one chunk in pieces."""
    return [
        piece
        for sentence in sentence_spans(ruler.text, section, language)
        for piece in ruler.cut(sentence, max_tokens)
    ]


def _packed(
    units: Sequence[Span], ruler: Ruler, max_tokens: int, overlap_tokens: int
) -> list[Span]:
    chunks = []
    start = 0
    while start < len(units):
        end = _last_fitting(units, start, ruler, max_tokens)
        chunks.append(Span(units[start].start, units[end - 1].end))
        if end == len(units):
            break
        start = _step_back(units, start, end, ruler, max_tokens, overlap_tokens)
    return chunks


def _last_fitting(units: Sequence[Span], start: int, ruler: Ruler, max_tokens: int) -> int:
    """Return the end (an index of ``units``) of the chunk that begins with unit ``start``."""
    paragraph_end = start
    for index in range(start + 1, len(units)):
        so_far = Span(units[start].start, units[index - 1].end)
        if _ends_paragraph(ruler.text, units[index - 1], units[index]) and (
            ruler.measure(so_far) >= _FULL_ENOUGH * max_tokens
        ):
            paragraph_end = index
        if ruler.measure(Span(so_far.start, units[index].end)) > max_tokens:
            return paragraph_end if paragraph_end > start else index
    return len(units)


def _ends_paragraph(text: str, unit: Span, following: Span) -> bool:
    return text.count("\n", unit.end, following.start) > 1


def _step_back(
    units: Sequence[Span], start: int, end: int, ruler: Ruler, max_tokens: int, overlap_tokens: int
) -> int:
    """Return where the next chunk begins: ``end``, less the sentences that may overlap."""
    for index in range(start + 1, end):
        overlap = ruler.measure(Span(units[index].start, units[end - 1].end))
        whole = ruler.measure(Span(units[index].start, units[end].end))
        if overlap <= overlap_tokens and whole <= max_tokens:
            return index
    return end
