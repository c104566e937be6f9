"""The text that the reader is shown: a span of a document with what stands around it.

One function for training and use, so that the reader sees in use what it was trained on. Knows no
model and no question.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.load.script import standing
from index.types import Span

BEFORE = 300  # characters before the span: two sentences, which say whom a pronoun means
AFTER = 150  # and one after it


@dataclass(frozen=True, slots=True)
class Window:
    """``text`` is a title line and ``document.text[span]``, which begins at ``offset`` in it.

    It has blanks in place of what the document has struck out.
    """

    text: str
    span: Span
    offset: int

    def to_document(self, within: Span) -> Span | None:
        """A span of :attr:`text` as one of the document; None when it is not of the document."""
        moved = self.span.start - self.offset
        if within.start < self.offset:
            return None
        return Span(within.start + moved, within.end + moved)


def window(
    title: str, text: str, span: Span, *, before: int = BEFORE, after: int = AFTER
) -> Window:
    """``text[span]`` with up to so many characters before and after it, cut between words."""
    start = _next_word(text, max(0, span.start - before), span.start)
    end = _last_word(text, span.end, min(len(text), span.end + after))
    head = f"{title}\n" if title else ""
    return Window(head + standing(text[start:end]), Span(start, end), len(head))


def _next_word(text: str, start: int, limit: int) -> int:
    if start == 0:
        return 0
    return next((at + 1 for at in range(start, limit) if text[at].isspace()), limit)


def _last_word(text: str, limit: int, end: int) -> int:
    if end == len(text):
        return end
    return next((at for at in range(end, limit, -1) if text[at].isspace()), limit)
