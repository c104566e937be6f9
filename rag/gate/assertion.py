"""Whether a sentence asserts what a claim takes from it, or asks, supposes, orders or denies it.

Only the part of a sentence behind or around a mark such as *if* is out of assertion: *dogs are
allowed, but must be kept on a lead* asserts the first half. Knows no documents and no models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from index.sentences import sentence_spans
from index.words import words
from rag.facts import Facts, facts_of

_QUESTION_END = re.compile(r"[?？؟\u037e\u055e\u1367][\s\"'”’»)\]]*$")
_QUESTION_WITHIN = re.compile(r"[?？؟]")
# Greek has the sign of a semicolon for it.
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_SEMICOLON_END = re.compile(r";[\s\"'”’»)\]]*$")


class _Part(NamedTuple):
    """A part of a sentence, and what ends it."""

    text: str
    end: str


def unasserted(told: Facts, claim: Facts, *known: Facts, weakly: bool = False) -> str | None:
    """The mark by which ``told`` asserts nothing of what ``claim`` takes from it, such as *if* or a
    question mark; None where it asserts that, or where ``claim`` or ``known`` has the same mark.

    With ``weakly``, what is asserted as possible, due or still to come only counts as well.
    """
    others = (claim, *known)
    marked = [
        (text, mark) for text, mark in _parts_by_assertion(told, others, weakly) if text.strip()
    ]
    marks = [mark for _, mark in marked if mark]
    if not marks:
        return None
    asserted = facts_of("\n".join(text for text, mark in marked if not mark), told.language)
    taken = {*claim.content} & told.stem_counts.keys()
    return None if taken and taken <= asserted.stem_counts.keys() else marks[0]


def _parts_by_assertion(
    told: Facts, others: tuple[Facts, ...], weakly: bool
) -> Iterator[tuple[str, str | None]]:
    """The text in pieces, each with the mark that takes it out of assertion."""
    patterns = told.language.assertion
    suspended: str | None = None
    for part in _parts(told):
        if suspended and patterns.fresh_start.match(part.text):
            suspended = None
        if _QUESTION_WITHIN.search(part.end) and not _asked(others):
            yield part.text, "?"
            suspended = None
            continue
        suspended = suspended or _mark(part.text, others, told, weakly)
        if suspended:
            yield part.text, suspended
        else:
            yield from _opened(part.text, others, told, weakly)
        if _ends_sentence(part.end):
            suspended = None


def _parts(told: Facts) -> Iterator[_Part]:
    start = 0
    for match in told.language.assertion.part_end.finditer(told.text):
        yield _Part(told.text[start : match.start()], match.group())
        start = match.end()
    rest = told.text[start:]
    yield _Part(_QUESTION_END.sub("", rest), "?" if asks(rest) else "")


def asks(text: str) -> bool:
    """Whether ``text`` ends as a question does."""
    return bool(_QUESTION_END.search(text) or (_SEMICOLON_END.search(text) and _GREEK.search(text)))


def without_questions(text: str, code: str) -> str:
    """The sentences of ``text``, which is in the language ``code``, that do not ask."""
    sentences = (span.of(text) for span in sentence_spans(text, None, code))
    return "\n".join(each for each in sentences if not asks(each))


def _ends_sentence(end: str) -> bool:
    return any(each in end for each in ".;!?")


def _asked(others: tuple[Facts, ...]) -> bool:
    """Whether the claim asks as well: the question it answers always does, and does not count."""
    return asks(others[0].text)


def _mark(part: str, others: tuple[Facts, ...], told: Facts, weakly: bool) -> str | None:
    """The first mark that takes all of ``part`` out of assertion."""
    patterns = told.language.assertion
    read = [patterns.suspending]
    if weakly:
        read.append(patterns.weakening)
        if any(patterns.asks_of_past.match(each.text) for each in others[1:]):
            read.append(patterns.future)
    return next((mark for pattern in read for mark in _unknown(pattern, part, others, told)), None)


def _opened(
    part: str, others: tuple[Facts, ...], told: Facts, weakly: bool
) -> Iterator[tuple[str, str | None]]:
    """``part`` up to its first opening mark, and what that mark takes out of assertion."""
    patterns = told.language.assertion
    read = (patterns.opening, patterns.inquiring) if weakly else (patterns.opening,)
    found = (match for pattern in read for match in pattern.finditer(part))
    for match in sorted(found, key=lambda each: each.start()):
        narrates = patterns.temporal.fullmatch(match.group()) and patterns.narrated.search(
            part, match.start()
        )
        if not narrates and not _is_known(match.group(), others, told):
            yield part[: match.start()], None
            yield part[match.start() :], match.group()
            return
    yield part, None


def _unknown(
    pattern: re.Pattern[str], part: str, others: tuple[Facts, ...], told: Facts
) -> Iterator[str]:
    harmless = [match.span() for match in told.language.assertion.harmless.finditer(part)]
    for match in pattern.finditer(part):
        within = any(start <= match.start() < end for start, end in harmless)
        if not within and not _is_known(match.group(), others, told):
            yield match.group()


def _is_known(mark: str, others: tuple[Facts, ...], told: Facts) -> bool:
    """Whether one of ``others`` has the words of a mark, in any form, or words that are alike."""
    stem, alike = told.language.stem, told.language.assertion.alike
    known = {each for other in others for each in other.stem_counts}
    vocabulary = {each for other in others for each in other.vocabulary}
    return all(
        stem(word) in known or any(word in group and group & vocabulary for group in alike)
        for word in words(mark)
    )
