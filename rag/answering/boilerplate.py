"""Boilerplate: lines that recur on the pages of a document, or in most of the documents compared.

They match everything and answer nothing: page numbers, running titles, the table of contents, what
an agency says of itself under each of its reports. Knows texts only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.lines import TextLine
from index.types import Document, Span

_FEWEST_DOCUMENTS = 4  # of fewer, two that agree are no majority
_PAGES = 3  # with the same line once on each: a running title that the loader reads later
_PAGE_DIGITS = 6  # of a page's number at most
_EDGE, _EDGES = 2, 2  # lines at the top and the foot of a page, and pages that have them
_STATED = 80  # characters: a shorter pair is a fact, however many documents share it
_COPY = 0.7  # of its lines: a document that shares more is a copy, not a form
_LEADERS = 4  # dots that lead from an entry of a table of contents to its page, at least
_FEWEST_ENTRIES = 4
_OPEN_LEADERS, _LONGEST_ENTRY = 8, 60  # dots, and characters before them, where no page is named
_DIGITS, _DIGIT = re.compile(r"\d+"), "#"


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The physical lines that recur, blanks and capitals apart: in most documents, and, digits
    apart, on the pages of each; ``numbering`` those that hold the number of their page, or name
    another one in a table of contents."""

    in_most: frozenset[str]
    on_pages: Mapping[int, frozenset[str]]
    numbering: Mapping[int, frozenset[str]]

    def holds(self, document: Document, line: TextLine) -> bool:
        """Whether all that ``line`` shows of ``document`` recurs."""
        keys = _keys(_physical(document.text, line.span))
        undigited = {_without_digits(each) for each in keys}
        if undigited <= self.numbering.get(document.id, frozenset()):
            return True  # a tab before the number makes it look like a pair
        if line.kind == "pair" and len(line.span) < _STATED:
            return False
        if keys <= self.in_most:
            return True
        return line.kind == "prose" and undigited <= self.on_pages.get(document.id, frozenset())


def boilerplate(documents: Sequence[Document]) -> Boilerplate:
    """What recurs in ``documents``, which should be alike."""
    return Boilerplate(
        _in_most([_lines(each.text) for each in documents]),
        {each.id: _running(each.text, each.page_starts) for each in documents},
        {
            each.id: _numbering(each.text, each.page_starts) | _contents(each.text)
            for each in documents
        },
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
    edges: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for lines in _pages(text, page_starts):
        keys = list(map(_without_digits, lines))
        counts = Counter(keys)
        top, foot = {*keys[:_EDGE]}, {*keys[-_EDGE:]}
        # Rows of a table at the foot of two pages differ in their figures alone.
        edges.update(
            key
            for key in top | foot
            if _DIGIT not in key or counts[key] == 1 + (key in top and key in foot)
        )
        anywhere.update(key for key, count in counts.items() if count == 1)
    at_edges = {key for key, count in edges.items() if count >= _EDGES}
    return frozenset(at_edges | {key for key, count in anywhere.items() if count >= _PAGES})


@lru_cache(maxsize=64)
def _numbering(text: str, page_starts: tuple[int, ...]) -> frozenset[str]:
    """Lines at the edges of pages in which a number grows as that of the page does."""
    counts: Counter[tuple[str, int, int]] = Counter()
    for page, lines in enumerate(_pages(text, page_starts)):
        for line in {*lines[:_EDGE], *lines[-_EDGE:]}:
            for place, digits in enumerate(_DIGITS.findall(line)):
                if len(digits) <= _PAGE_DIGITS:
                    counts[_without_digits(line), place, int(digits) - page] += 1
    return frozenset(key for (key, _, _), count in counts.items() if count >= _PAGES)


@lru_cache(maxsize=64)
def _contents(text: str) -> frozenset[str]:
    """The entries of tables of contents: what dots lead to a number that never falls, or to
    nothing, where the number is elsewhere. A list of prices has dots too, but its figures fall and
    rise."""
    found: set[str] = set()
    entries: list[str] = []
    open_ended: list[str] = []
    last = 0
    for line in filter(None, map(_key, text.split("\n"))):
        if _leads_nowhere(line):
            open_ended.append(line)
        page = _page_named(line)
        if page is None:
            continue  # the first line of an entry of two, or a running title
        if page < last:
            entries = []
        entries.append(_without_digits(line))
        last = page
        if len(entries) >= _FEWEST_ENTRIES:
            found.update(entries)
    return frozenset(found | {*(open_ended if len(open_ended) >= _FEWEST_ENTRIES else ())})


def _leads_nowhere(line: str) -> bool:
    """Whether a few words without figures lead by many dots to nothing."""
    named = line.rstrip(".")
    dots = len(line) - len(named)
    is_label = named.rstrip().endswith(":") or any(map(str.isdigit, named))
    return dots >= _OPEN_LEADERS and 0 < len(named) <= _LONGEST_ENTRY and not is_label


def _page_named(line: str) -> int | None:
    """The number to which dots lead at the end of a line; None where there is none."""
    before = line.rstrip("0123456789")
    digits, named = line[len(before) :], before.rstrip(" .")
    leads = named and before.count(".", len(named)) >= _LEADERS
    return int(digits) if leads and 0 < len(digits) <= _PAGE_DIGITS else None


def _pages(text: str, page_starts: tuple[int, ...]) -> Iterator[list[str]]:
    """The lines of each page, but blank ones and ends of sentences: a sentence that differs only in
    its figures states them; a running title states none."""
    ends = (*page_starts, len(text))[1:]
    for start, end in zip(page_starts, ends, strict=True):
        lines = map(_key, text[start:end].split("\n"))
        yield [line for line in lines if line and not line.endswith((".", "!", "?"))]


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
    return _DIGITS.sub(_DIGIT, line)
