"""Spans of several documents as sets of characters: union, intersection, containment.

Knows offsets only, never a document's text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class DocumentSpan(NamedTuple):
    """Characters ``[start, end)`` of the text of the document with the id ``document``."""

    document: str
    start: int
    end: int

    def contains(self, other: DocumentSpan) -> bool:
        """Whether every character of ``other`` is one of this span."""
        inside = self.start <= other.start and other.end <= self.end
        return self.document == other.document and inside

    def overlaps(self, other: DocumentSpan) -> bool:
        """Whether both spans cover at least one character in common."""
        common = min(self.end, other.end) - max(self.start, other.start)
        return self.document == other.document and common > 0


def union(spans: Iterable[DocumentSpan], bridge: int = 0) -> list[DocumentSpan]:
    """The fewest spans that cover the same characters, sorted, no two of them touching.

    Spans at most ``bridge`` characters apart are joined; the characters between them then count
    as covered. Empty spans cover nothing and are left out.
    """
    merged: list[DocumentSpan] = []
    for span in sorted(span for span in spans if span.start < span.end):
        last = merged[-1] if merged else None
        if last and last.document == span.document and span.start <= last.end + bridge:
            merged[-1] = last._replace(end=max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def length(spans: Iterable[DocumentSpan]) -> int:
    """How many characters the spans cover, each counted once."""
    return sum(span.end - span.start for span in union(spans))
