"""Finds quotes in the text of a document, whatever blanks and line ends stand between their words.

People copy a quote from a page as they see it; the loaded text has tabs between cells, and may read
columns in another order. Knows offsets and texts only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Span

_BLANKS = re.compile(r"\s+")
_BETWEEN = 100  # characters from one word of a row to the next: the longest name of a column
_SHORTEST_PART = 2  # words: one word alone stands anywhere


def page_span(text: str, page_starts: Sequence[int], page: int) -> Span | None:
    """The characters of a page (from 1); all of a text without pages; None if there is no such
    page."""
    if not page_starts:
        return Span(0, len(text))
    if not 1 <= page <= len(page_starts):
        return None
    return Span(page_starts[page - 1], [*page_starts[1:], len(text)][page - 1])


def located(quote: str, text: str, within: Span) -> list[Span]:
    """Where ``quote`` stands in the part ``within`` of ``text``.

    One span where it stands there as a whole. Where the page has its words in another order, as in
    the columns of a form, the longest parts that stand there, in the order of the quote. Where not
    even two of its words stand side by side, the shortest part that has all of them in order: a row
    whose cells bear the names of their columns. Else empty.
    """
    words = quote.split()
    whole = _find(words, text, within)
    if whole:
        return [whole]
    if parts := _parts(words, text, within):
        return parts
    apart = _apart(words, text, within)
    return [apart] if apart else []


def _apart(words: Sequence[str], text: str, within: Span) -> Span | None:
    """The shortest part of ``text`` that has ``words`` in order, with others between them."""
    patterns = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE) for word in words]
    best: Span | None = None
    for first in patterns[0].finditer(text, within.start, within.end):
        end = first.end()
        for pattern in patterns[1:]:
            match = pattern.search(text, end, min(within.end, end + _BETWEEN))
            if match is None:
                break
            end = match.end()
        else:
            if best is None or end - first.start() < len(best):
                best = Span(first.start(), end)
    return best


def _parts(words: Sequence[str], text: str, within: Span) -> list[Span]:
    found: list[Span] = []
    start = 0
    while start < len(words):
        ends = range(len(words), start + _SHORTEST_PART - 1, -1)
        part = next(
            ((end, span) for end in ends if (span := _find(words[start:end], text, within))), None
        )
        if part is not None:
            found.append(part[1])
        start = part[0] if part else start + 1
    return found


def _find(words: Sequence[str], text: str, within: Span) -> Span | None:
    letters = _BLANKS.sub("", "".join(words))
    if not letters:
        return None
    pattern = re.compile(r"\s*".join(map(re.escape, letters)), re.IGNORECASE)
    match = pattern.search(text, within.start, within.end)
    return Span(*match.span()) if match else None
