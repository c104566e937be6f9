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

from index.load.base import LoadedDocument
from index.load.numerals import from_roman
from index.sentences import is_numbered
from index.types import Heading, Span
from rag.language.captions import CAPTIONED

_FEWEST = 4  # headings of a series
_MOST_HEADINGS = 2000  # of all series: more are no parts, and each place in a text seeks its own
_SKIPPED = 2  # numbers at most, whose lines look otherwise
_LONGEST = 120  # characters of a heading
_LONG_WORD = 4  # letters; shorter ones are small in headings too
_MOST = 0.7  # of the parts of a series have something between them and the one before
_SENTENCE_END = (".", "!", "?", ";", ",")
_OPENING = re.compile(
    r"^[ \t]{0,20}(?P<word>[^\W\d_]{3,20})[ \t\xa0](?P<number>\d{1,3}|[IVXLCDM]{1,9})"
    r"(?![\w/-]|[.,]\d)(?P<name>[^\n]{0,100})$",
    re.MULTILINE,
)
_WORD = re.compile(rf"[^\W\d_]{{{_LONG_WORD},}}")


@dataclass(slots=True)
class _Run:
    """The headings of a series so far. ``apart`` are those behind some text of the one before."""

    spans: list[Span] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    apart: int = 0

    def goes_on_with(self, number: int) -> bool:
        return not self.numbers or 0 < number - self.numbers[-1] <= 1 + _SKIPPED

    def add(self, span: Span, number: int, name: str, text: str) -> None:
        self.apart += not self.spans or bool(text[self.spans[-1].end : span.start].strip())
        self.spans.append(span)
        self.numbers.append(number)
        self.names.append(name)

    @property
    def is_of_parts(self) -> bool:
        """Whether it is long enough, and no table of contents."""
        return len(self.spans) >= _FEWEST and self.apart >= _MOST * len(self.spans)

    def is_of_pages(self, page_starts: Sequence[int]) -> bool:
        """Whether its lines are alike but for numbers that grow as those of the pages do."""
        if not page_starts or 2 * len(set(self.names)) > len(self.names):
            return False
        grown = Counter(
            number - bisect_right(page_starts, span.start)
            for number, span in zip(self.numbers, self.spans, strict=True)
        )
        return max(grown.values()) >= _MOST * len(self.spans)


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
    if not 0 < len(found) <= _MOST_HEADINGS:
        return document
    first = min(found).start
    is_titled = any(each.level == 1 and each.span.start < first for each in document.headings)
    level = 2 if is_titled else 1
    headings = (*document.headings, *(Heading(span, level) for span in found))
    return replace(document, headings=tuple(sorted(headings, key=lambda each: each.span.start)))


def _runs(text: str) -> Iterator[_Run]:
    """The series of parts in a text. What is no heading by itself, such as a line that mentions
    *Article 4 of the law*, neither opens one nor goes on with it."""
    runs: dict[str, _Run] = {}
    for opened in _OPENING.finditer(text):
        line, name = opened.group().strip(), opened["name"].strip(" \t\xa0.:)–—-")
        is_short = len(line) <= _LONGEST and opened["word"].casefold() not in CAPTIONED
        stands_alone = text[opened.end() : opened.end() + 2] in ("", "\n", "\n\n")
        if not is_short or is_numbered(line) or not (_is_name(name) if name else stands_alone):
            continue
        number = _number(opened["number"])
        run = runs.get(opened["word"])
        if number == 1:
            if run is not None and run.is_of_parts:
                yield run
            run = runs[opened["word"]] = _Run()
        if number and run is not None and run.goes_on_with(number):
            span = Span(opened.start(), opened.end()).stripped(text)
            run.add(span, number, name.casefold(), text)
    yield from (run for run in runs.values() if run.is_of_parts)


def _number(written: str) -> int | None:
    return int(written) if written.isdecimal() else from_roman(written)


def _is_name(name: str) -> bool:
    """Whether most long words of what stands behind the number begin with a capital, and it is no
    sentence: what heads a part is read with it, and not by itself."""
    words = _WORD.findall(name)
    capitals = [word for word in words if word[0].isupper()]
    return 2 * len(capitals) > len(words) and not name.endswith(_SENTENCE_END)
