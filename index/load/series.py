"""Headings that their numbers tell: *Article 1: …*, *Article 2: …*, however they look.

Contracts, laws and the papers of meetings number their parts, often in letters no larger than the
rest. Knows no file format and no language: what comes again with each next number is a series.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from index.load.base import LoadedDocument
from index.load.numerals import from_roman
from index.sentences import is_numbered
from index.types import Heading, Span
from rag.language.captions import CAPTIONED

_FEWEST = 4  # headings of a series
_LONGEST = 120  # characters of a heading
_LONG_WORD = 4  # letters; shorter ones are small in headings too
_SKIPPED = 2  # numbers at most, whose lines look otherwise
_MOST = 0.7  # of the parts of a series have something below them, and a name as headings have
_OPENING = re.compile(
    r"(?P<word>[^\W\d_]{3,20})[ \t\xa0](?P<number>\d{1,3}|[IVXLCDM]{1,9})(?![\w/-]|[.,]\d)"
    r"(?P<name>[^\n]*)"
)
_WORD = re.compile(rf"[^\W\d_]{{{_LONG_WORD},}}")


@dataclass(slots=True)
class _Run:
    """The lines of a series so far, by their places among all lines."""

    spans: list[Span] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    named: int = 0

    def goes_on_with(self, number: int) -> bool:
        return not self.numbers or 0 < number - self.numbers[-1] <= 1 + _SKIPPED

    def add(self, span: Span, number: int, place: int, *, is_named: bool) -> None:
        self.spans.append(span)
        self.numbers.append(number)
        self.places.append(place)
        self.named += is_named

    def is_of_pages(self, page_starts: Sequence[int]) -> bool:
        """Whether its numbers grow as those of the pages do."""
        grown = Counter(
            number - bisect_right(page_starts, span.start)
            for number, span in zip(self.numbers, self.spans, strict=True)
        )
        return bool(page_starts) and max(grown.values()) >= _MOST * len(self.spans)

    @property
    def is_of_parts(self) -> bool:
        """Whether its lines head parts, and are neither sentences nor a table of contents."""
        count = len(self.spans)
        apart = sum(later - earlier > 1 for earlier, later in pairwise(self.places))
        return count >= _FEWEST and min(self.named, apart + 1) >= _MOST * count


def with_series(document: LoadedDocument) -> LoadedDocument:
    """``document`` with the headings of its numbered parts, where it has not as many others."""
    known = {heading.span.start for heading in document.headings}
    found = [
        span
        for run in _runs(document.text)
        if len(run.spans) > len(known) and not run.is_of_pages(document.page_starts)
        for span in run.spans
        if span.start not in known
    ]
    if not found:
        return document
    first = min(found).start
    is_titled = any(each.level == 1 and each.span.start < first for each in document.headings)
    level = 2 if is_titled else 1
    headings = (*document.headings, *(Heading(span, level) for span in found))
    return replace(document, headings=tuple(sorted(headings, key=lambda each: each.span.start)))


def _runs(text: str) -> Iterator[_Run]:
    """The series of parts in a text."""
    runs: dict[str, _Run] = {}
    for place, (span, line, is_apart) in enumerate(_lines(text)):
        opened = _OPENING.fullmatch(line) if len(line) <= _LONGEST else None
        if opened is None or opened["word"].casefold() in CAPTIONED or is_numbered(line):
            continue
        number = _number(opened["number"])
        run = runs.get(opened["word"])
        if number == 1:
            if run is not None and run.is_of_parts:
                yield run
            run = runs[opened["word"]] = _Run()
        if number and run is not None and run.goes_on_with(number):
            run.add(span, number, place, is_named=is_apart or _is_name(opened["name"]))
    yield from (run for run in runs.values() if run.is_of_parts)


def _lines(text: str) -> Iterator[tuple[Span, str, bool]]:
    """The lines that are not blank, with whether a blank one or nothing follows each."""
    start = 0
    lines = text.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        stripped = line.strip()
        if stripped:
            begin = start + line.index(stripped)
            yield Span(begin, begin + len(stripped)), stripped, not below.strip()
        start += len(line) + 1


def _number(written: str) -> int | None:
    return int(written) if written.isdecimal() else from_roman(written)


def _is_name(rest: str) -> bool:
    """Whether most long words of what stands behind the number begin with a capital."""
    words = _WORD.findall(rest)
    capitals = [word for word in words if word[0].isupper()]
    return 2 * len(capitals) > len(words)
