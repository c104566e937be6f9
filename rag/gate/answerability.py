"""What in the evidence speaks against its answering the question: doubts, found by rules.

Retrieval scores cannot tell: an unanswerable question about the right topic finds close text. So
what the question asks for is looked for in the cited evidence: its names and numbers, the kind of
thing it wants, and its content words. How much a doubt weighs is for ``calibration`` to say:
rules alone refuse too many questions that people type without capitals or in other words. Knows no
language model, prompt or index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from index.words import content_words, words
from rag.gate.facts import (
    DECADE,
    names,
    negated_stems,
    opposed_words,
    quantities,
    states_name,
)
from rag.language.stems import content_stems, stem
from rag.question import MONEY, asks_for, asks_yes_or_no, counted_noun, has_kind

ALIKE = 0.8  # difflib's ratio: one slip in a name of five letters or more
# Words of questions that evidence seldom repeats: it says *lies in*, not *is located*.
_WEAK = frozenset(
    """actually back call called came come comes did find found give given go goes going happen
    happened happens kind know known located location make makes made mean meaning name named now
    original originally put sort take takes taken tell took type use used way went work works
    today currently current different main play plays""".split()
)
# Stems of words that stand for others: 5,000 spectators are people, 14 times may be 14 goals.
_ANYTHING = frozenset(
    stem(word) for word in "people persons individuals humans things items objects times".split()
)
_ASKED = re.compile(r"\d[\d.,]*\d(?!\w)|\w+(?:['’]\w+)?")
MIN_COVERAGE = 0.5  # half of the question's content words stand in the evidence


@dataclass(frozen=True, slots=True)
class Answerability:
    """``score`` in [0, 1] is the share of the question that the evidence covers; ``missing`` holds
    the words of the question that it lacks; ``doubts`` say what the question asks for and the
    evidence has not."""

    score: float
    missing: tuple[str, ...]
    doubts: tuple[str, ...]


def judge(
    question: str, claim: str, evidence: Sequence[str], context: Sequence[str] = ()
) -> Answerability:
    """Judge whether ``claim``, carried by ``evidence``, answers ``question``.

    ``context`` holds the titles, headings and neighbouring sentences that say what is spoken of.
    """
    around = "\n".join((*evidence, *context))
    missing = lacking(question, around)
    asked = {stem(word) for word in content_words(question) if word not in _WEAK}
    score = max(0.0, 1 - len(missing) / len(asked)) if asked else 1.0
    doubts = list(_unmet(question, claim, "\n".join(evidence), around))
    if score < MIN_COVERAGE:
        doubts.append(f"the evidence says nothing of {', '.join(missing)}")
    return Answerability(round(score, 4), missing, tuple(doubts))


def only_repeats(question: str, claim: str) -> bool:
    """Whether ``claim`` says nothing that the question does not: no answer, however well carried.

    A yes or no may well be told in the question's own words.
    """
    return not (asks_yes_or_no(question) or _said(claim) - _said(question))


def asks_for_something_else(
    question: str, claim: str, evidence: Sequence[str], context: Sequence[str] = ()
) -> str | None:
    """Why no figure of ``claim`` can be what is asked for; None where nothing objects.

    Money is asked for and none is stated, or the evidence states the figure of something else than
    is counted, which neither it nor ``context`` mentions: *5,000* workers are no tanks. Of all
    doubts the only ones that refuse by themselves. Texts as in `judge`.
    """
    text = "\n".join(evidence)
    if asks_for(question) == MONEY:
        stated = has_kind(MONEY, f"{claim}\n{text}")
        return None if stated else f"no {MONEY} is stated"
    noun = counted_noun(question)
    known = {stem(word) for word in words("\n".join((text, *context)))}
    if noun is None or noun in _ANYTHING or noun in known:
        return None
    claimed = {each.value for each in quantities(claim)}
    figures = [each for each in quantities(text) if each.value in claimed]
    of_others = (each.nouns and not each.unit and not _ANYTHING & {*each.nouns} for each in figures)
    if figures and all(of_others):
        return f"the evidence gives {figures[0].text} for something else than '{noun}'"
    return None


def _unmet(question: str, claim: str, evidence: str, around: str) -> Iterable[str]:
    known = words(around)
    for name in _question_names(question):
        if not (states_name(name, around) or _misspelt(name, known)):
            yield f"the evidence does not name '{name}'"
    stated = {(each.value, each.unit == DECADE) for each in quantities(around)}
    for quantity in quantities(question):
        written_in_digits = any(each.isdigit() for each in quantity.text)  # "which two" is no fact
        if written_in_digits and (quantity.value, quantity.unit == DECADE) not in stated:
            yield f"the evidence does not state {quantity.text}"
    for word in sorted(negated_stems(question) - negated_stems(evidence)):
        yield f"the question denies '{word}', the evidence does not"
    for word, opposite in opposed_words(question, evidence):
        yield f"the question says '{word}' where the evidence says '{opposite}'"
    kind = asks_for(question)
    if kind and not has_kind(kind, claim):
        yield f"no {kind} is stated"
    noun = counted_noun(question)
    if noun and noun not in {stem(word) for word in words(evidence)}:
        yield f"no number of '{noun}' is stated"


def _said(text: str) -> set[str]:
    """Stems of what a text speaks of; names count even where they look like function words."""
    return {*content_stems(text), *(stem(name.lower()) for name in names(text))}


def _question_names(question: str) -> list[str]:
    """Capitalised words of the question but for the one that opens it."""
    first = next(iter(words(question)), "")
    return [name for name in names(question) if name.lower() != first]


def _misspelt(word: str, known: Sequence[str]) -> bool:
    """Whether a name of the question is one of ``known`` with a slip of the pen.

    People misspell names when they ask; what an answer names is checked to the letter.
    """
    return word[:1].isupper() and bool(get_close_matches(word.lower(), known, 1, ALIKE))


def lacking(question: str, around: str) -> tuple[str, ...]:
    """The missing words that a text would repeat if it told what is asked. See `missing_words`."""
    return tuple(word for word in missing_words(question, around) if word.lower() not in _WEAK)


def missing_words(question: str, around: str) -> list[str]:
    """The content words of the question, as written, whose stems do not stand in ``around``."""
    around_words = words(around)
    known = {stem(word) for word in around_words}
    values = {each.value for each in quantities(around)}
    for quantity in quantities(question):
        if quantity.value in values:  # five thousand is there when 5,000 is
            question = question.replace(quantity.text, " ")
    return [
        word
        for word in asked_words(question)
        if stem(word.lower().replace("’", "'")) not in known and not _misspelt(word, around_words)
    ]


def asked_words(question: str) -> list[str]:
    """The content words of the question, as written, each once; *5,000* is one word."""
    found = dict.fromkeys(match.group() for match in _ASKED.finditer(question))
    return [word for word in found if content_words(word)]
