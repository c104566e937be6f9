"""Boilerplate: lines that recur on the pages of a document, or in most of the documents compared.

They match everything and answer nothing: page numbers, running titles, what an agency says of
itself under each of its reports. Knows texts only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.lines import TextLine
from index.types import Document, Span

_FEWEST_DOCUMENTS = 4  # of fewer, two that agree are no majority
_PAGES = 3  # with the same line once on each: a running title that the loader reads later
_EDGE, _EDGES = 2, 2  # lines at the top and the foot of a page, and pages that have them
_STATED = 80  # characters: a shorter pair is a fact, however many documents share it
_COPY = 0.7  # of its lines: a document that shares more is a copy, not a form
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The physical lines that recur, blanks and capitals apart: in most documents, and, digits
    apart, on the pages of each."""

    in_most: frozenset[str]
    on_pages: Mapping[int, frozenset[str]]

    def holds(self, document: Document, line: TextLine) -> bool:
        """Whether all that ``line`` shows of ``document`` recurs."""
        if line.kind == "pair" and len(line.span) < _STATED:
            return False
        keys = _keys(_physical(document.text, line.span))
        if keys <= self.in_most:
            return True
        running = self.on_pages.get(document.id, frozenset())
        return line.kind == "prose" and {_without_digits(each) for each in keys} <= running


def boilerplate(documents: Sequence[Document]) -> Boilerplate:
    """What recurs in ``documents``, which should be alike."""
    return Boilerplate(
        _in_most([_lines(each.text) for each in documents]),
        {each.id: _running(each.text, each.page_starts) for each in documents},
    )


def _in_most(documents: Sequence[frozenset[str]]) -> frozenset[str]:
    if len(documents) < _FEWEST_DOCUMENTS:
        return frozenset()
    counts = Counter(line for lines in documents for line in lines)
    most = frozenset(line for line, count in counts.items() if 2 * count > len(documents))
    of_copies = [lines for lines in documents if len(lines & most) > _COPY * len(lines)]
    return most.difference(*of_copies) if of_copies else most


@lru_cache(maxsize=64)  # as many as an index keeps documents at hand
def _lines(text: str) -> frozenset[str]:
    return frozenset(_keys(text))


@lru_cache(maxsize=64)
def _running(text: str, page_starts: tuple[int, ...]) -> frozenset[str]:
    """Lines that stand at the edges of pages, or once on each of several, digits apart."""
    ends = (*page_starts, len(text))[1:]
    edges: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for start, end in zip(page_starts, ends, strict=True):
        lines = filter(None, map(_key, text[start:end].split("\n")))
        # A sentence that differs only in its figures states them; a running title states none.
        keys = [_without_digits(line) for line in lines if not line.endswith((".", "!", "?"))]
        edges.update({*keys[:_EDGE], *keys[-_EDGE:]})
        anywhere.update(key for key, count in Counter(keys).items() if count == 1)
    at_edges = {key for key, count in edges.items() if count >= _EDGES}
    return frozenset(at_edges | {key for key, count in anywhere.items() if count >= _PAGES})


def _physical(text: str, span: Span) -> str:
    """The whole lines that ``span`` touches."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return text[start : end if end >= 0 else len(text)]


def _keys(text: str) -> frozenset[str]:
    return frozenset(key for line in text.split("\n") if (key := _key(line)))


def _key(line: str) -> str:
    return " ".join(line.casefold().split())


def _without_digits(line: str) -> str:
    return _DIGITS.sub("#", line)
