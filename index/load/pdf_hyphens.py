"""Whether a hyphen at the end of a line belongs to its word: `well-known`, but `refrigeration`.

What the document itself writes elsewhere tells most; then how common the joined word and its halves
are in the language of the document. Knows no files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from index.language import detect
from index.load.pdf_text import PageText
from index.load.pdf_words import HYPHEN
from index.types import Span

_BEFORE = re.compile(r"(?<![^\W_])[^\W_]++(?:-[^\W_]++){0,40}+$")
_AFTER = re.compile(r"[^\W_]+")
_WORD = re.compile(f"[^\\W_]+(?:[-{HYPHEN}][^\\W_]+)*")
_LONGEST_WORD = 80  # characters that are looked at on either side
_SHORTEST_HALF = 3  # letters: shorter ones stand in every document and are syllables too
_MUCH_RARER = 30  # times: a joined word so rare beside its halves is one whose hyphen was forgotten
_PAGES_READ = 3  # to tell the language: those with most text, not covers and lists of contents


class _Broken(NamedTuple):
    """A word that a line's end parted."""

    first: str
    second: str

    def is_surely_hyphened(self) -> bool:
        """Whether no hyphenation looks like this: before digits, and before a capital."""
        if not (self.first and self.second):
            return True
        in_capitals = self.first.isupper() and len(self.first) > 1 and self.second.isupper()
        return (
            self.first[-1].isdigit()
            or self.second[0].isdigit()
            or (self.second[0].isupper() and not (in_capitals and len(self.second) > 1))
        )

    @property
    def halves(self) -> tuple[str, str]:
        return self.first.lower().rpartition("-")[2], self.second.lower()

    def forms(self) -> tuple[str, str, str, str]:
        """The word with its hyphen, without it, and its halves, all in small letters."""
        first, second = self.halves
        return f"{first}-{second}", f"{first}{second}", first, second


def resolved(pages: Sequence[PageText]) -> list[PageText]:
    """``pages`` with each hyphen of a line's end kept or taken away."""
    broken = [list(_broken(page.text)) for page in pages]
    if not any(broken):
        return list(pages)
    unsure = [word for page in broken for word in page if not word.is_surely_hyphened()]
    written = _written(pages, {form for word in unsure for form in word.forms()})
    common: Mapping[str, float] = {}
    if any(written.isdisjoint(word.forms()[:2]) for word in unsure):
        fullest = sorted((page.text for page in pages), key=len)[-_PAGES_READ:]
        common = _common_words(detect("\n".join(fullest)))
    return [
        _with_hyphens(page, [_is_kept(word, written, common) for word in words]) if words else page
        for page, words in zip(pages, broken, strict=True)
    ]


def resolved_as(page: PageText, text: str) -> PageText:
    """``page`` with its hyphens kept or taken away as they were in ``text``."""
    kept: list[bool] = []
    at = 0
    for piece in page.text.split(HYPHEN)[:-1]:
        at += len(piece)
        kept.append(text[at : at + 1] == "-")
        at += kept[-1]
    return _with_hyphens(page, kept)


@lru_cache(4)
def _common_words(language: str) -> Mapping[str, float]:
    """How often the words of a language are written that at least one in a million is."""
    from wordfreq import available_languages, get_frequency_dict

    if language not in available_languages("small"):
        return {}
    return get_frequency_dict(language, wordlist="small")


def _broken(text: str) -> Iterator[_Broken]:
    pieces = text.split(HYPHEN)
    for before, after in pairwise(pieces):
        first = _BEFORE.search(before[-_LONGEST_WORD:])
        second = _AFTER.match(after[:_LONGEST_WORD])
        yield _Broken(first.group() if first else "", second.group() if second else "")


def _written(pages: Sequence[PageText], forms: Set[str]) -> set[str]:
    """Those of ``forms`` that the pages write somewhere within a line."""
    found: set[str] = set()
    for page in pages:
        words = set(_WORD.findall(page.text.lower()))
        found |= forms & words
        for compound in (word for word in words if "-" in word and HYPHEN not in word):
            parts = compound.split("-")
            found |= forms & {*parts, *map("-".join, pairwise(parts))}
    return found


def _is_kept(word: _Broken, written: Set[str], common: Mapping[str, float]) -> bool:
    if word.is_surely_hyphened():
        return True
    hyphened, joined, first, second = word.forms()
    if hyphened in written or joined in written:
        return hyphened in written
    if joined in common:
        rarer = min(common.get(first, 0.0), common.get(second, 0.0))
        return rarer > _MUCH_RARER * common[joined]
    are_words = all(half in written or half in common for half in (first, second))
    return are_words and len(first) >= _SHORTEST_HALF


def _with_hyphens(page: PageText, kept: Sequence[bool]) -> PageText:
    """``page`` with the hyphens that are ``kept``; offsets move with those that go."""
    text: list[str] = []
    origins: list[int] = []
    gone: list[int] = []
    decisions = iter(kept)
    for at, (character, origin) in enumerate(zip(page.text, page.origins, strict=True)):
        if character == HYPHEN and not next(decisions):
            gone.append(at)
            continue
        text.append("-" if character == HYPHEN else character)
        origins.append(origin)
    return PageText("".join(text), origins, list(_moved(page.lines, gone)))


def _moved(
    lines: Sequence[tuple[Span, float]], gone: Sequence[int]
) -> Iterator[tuple[Span, float]]:
    passed = 0
    for span, size in lines:
        start = span.start - passed
        while passed < len(gone) and gone[passed] < span.end:
            passed += 1
        yield Span(start, span.end - passed), size
