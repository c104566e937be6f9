"""Whether evidence carries a claim: the checks that every sentence must pass.

To add a check, write a function from a `Case` to its objections and put it into ``CLAIM_CHECKS``.
Knows no language model, reader, index or calibration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.words import words
from rag.facts import Facts, Quantity, facts_of
from rag.gate.assertion import asks, unasserted
from rag.gate.comparison import (
    asserted_against,
    denied_without,
    differing_number,
    repeated_numbers,
    unstated_names,
)
from rag.gate.types import Case, Check, Objection
from rag.language import FUNCTION_WORDS

UNASSERTED = "the evidence does not assert it: it says '{mark}'"
MIN_SUPPORT = 0.5  # half of what the claim says stands in the evidence, all else being even
# Of a word share, for each logit of the reader: chosen on claims that people judged, see
# docs/results.
READER_WEIGHT = 0.1


def says_something(case: Case) -> Iterator[Objection]:
    if not case.claim.words:
        yield Objection("it says nothing")


def states_its_numbers(case: Case) -> Iterator[Objection]:
    """Numbers must stand in the evidence itself, with their units and of what they count."""
    stated = [each for each in case.claim.quantities if not _is_part_of_a_name(each, case)]
    for quantity in stated:
        if objection := differing_number(quantity, case.told):
            yield objection
    yield from repeated_numbers(stated, case.told)


def names_its_names(case: Case) -> Iterator[Objection]:
    """Names may stand in the context, too: it says who is spoken of. What the question names may
    stand anywhere in the document."""
    asked = set(case.question.facts.vocabulary)
    for name in unstated_names(case.claim.names, case.around):
        if not (name.lower() in asked and case.document_names(name)):
            yield Objection(f"the evidence does not name '{name}'")


def quotes_its_quotations(case: Case) -> Iterator[Objection]:
    for quotation in case.claim.quotations:
        if not case.around.states_quotation(quotation):
            yield Objection(f"the evidence does not quote '{quotation}'")


def denies_what_is_denied(case: Case) -> Iterator[Objection]:
    for word in denied_without(case.claim, case.told):
        yield Objection(f"it denies '{word}', which the evidence does not", otherwise=())
    for word in asserted_against(case.claim, case.told):
        yield Objection(f"it asserts '{word}', which the evidence denies", otherwise=())


def has_no_opposite(case: Case) -> Iterator[Objection]:
    for word, opposite in case.claim.opposites_of(case.told):
        reason = f"it says '{word}' where the evidence says '{opposite}'"
        yield Objection(reason, otherwise=(word,))


def rests_on_what_asserts(case: Case) -> Iterator[Objection]:
    """A question, a condition, an order or a myth proves nothing of what it mentions; to a yes or
    no, what is possible or due only proves nothing either.

    Where more than a yes or no is asked for, the condition is read with the answer: *if the rent is
    not paid by the tenth, 2 % will be added* tells the share, and a doubt remains.
    """
    asked, language = case.question, case.question.language
    marks = [
        unasserted(facts_of(text, language), case.claim, asked.facts, weakly=asked.asks_yes_or_no)
        for text in case.texts
    ]
    if marks and all(marks):
        refuses = asked.asks_yes_or_no or any(map(asks, case.texts))
        yield Objection(UNASSERTED.format(mark=marks[0]), refuses=refuses)


def keeps_the_directions(case: Case) -> Iterator[Objection]:
    """What is done *to* or *for* somebody is not done *by* or *against* them."""
    parts = case.claim.language.directions
    for name, words_said in case.claim.directions.items():
        words_told = _directions_of(name, case.told)
        said = {parts[each] for each in words_said} - {""}
        told = {parts[each] for each in words_told} - {""}
        if said and told and not said & told:
            reason = f"it says '{min(words_said)} {name.title()}'"
            yield Objection(f"{reason}, the evidence '{min(words_told)} {name.title()}'")


def exchanges_no_names(case: Case) -> Iterator[Objection]:
    """*Berg's letter to Lund* is not *Lund's letter to Berg*."""
    claim, told = case.claim, case.told
    for name, said in claim.directions.items():
        for other in told.directions:
            exchanged = told.directions[other] & said - _directions_of(name, told)
            exchanged -= _directions_of(other, claim)
            if exchanged and claim.states_name(other) and told.states_name(name):
                word = min(exchanged)
                reason = f"it says '{word} {name.title()}'"
                yield Objection(f"{reason}, the evidence '{word} {other.title()}'")


def _directions_of(name: str, told: Facts) -> frozenset[str]:
    """The words before ``name`` in any of its forms (*Norway*, *Norwegian*)."""
    own = facts_of(name, told.language)
    found = (each for other, each in told.directions.items() if own.states_name(other))
    return frozenset().union(*found)


CLAIM_CHECKS: tuple[Check, ...] = (
    says_something,
    states_its_numbers,
    names_its_names,
    quotes_its_quotations,
    denies_what_is_denied,
    has_no_opposite,
    rests_on_what_asserts,
    keeps_the_directions,
    exchanges_no_names,
)

# A whole sentence of a document, and what stands word for word in a text of a language that is not
# known, has its numbers, names and denials; that the text asserts it must still be seen.
QUOTATION_CHECKS: tuple[Check, ...] = (says_something, rests_on_what_asserts)


@dataclass(frozen=True, slots=True)
class Support:
    """How far evidence carries a claim, and what objects.

    ``stated`` is the share of the claim's content words that the evidence has, ``score`` that share
    as the reader moves it; both are in [0, 1].
    """

    objections: tuple[Objection, ...]
    score: float
    stated: float

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(each.reason for each in self.objections)


def support(case: Case) -> Support:
    """Put the claim to every check; without an objection, the score must reach MIN_SUPPORT.

    The reader has no say on quotations in a language that it does not know.
    """
    quotation = case.is_unread_quotation
    checks = QUOTATION_CHECKS if quotation or case.is_whole_quotation else CLAIM_CHECKS
    objections = tuple(each for check in checks for each in check(case))
    stated = _stated(case)
    score = round(min(1.0, max(0.0, stated + READER_WEIGHT * case.carried)), 4)
    if quotation and not objections:
        return Support((), 1.0, stated)
    if not any(each.refuses for each in objections) and score < MIN_SUPPORT:
        objections += (Objection(f"the evidence carries it only at {score:.0%}"),)
    return Support(objections, score, stated)


def is_contradicted(case: Case, found: Support) -> bool:
    """Whether the evidence says all of the claim but for what it says otherwise.

    At least half of that, names aside, must stand in the evidence itself and not in its context.
    """
    if not found.objections or any(each.otherwise is None for each in found.objections):
        return False
    claim, stem = case.claim, case.claim.language.stem
    if claim.values & case.around.values:
        return False
    otherwise = {stem(word) for each in found.objections for word in each.otherwise or ()}
    asserted = {each for each in claim.content if not each.isdigit()} - otherwise
    common = asserted - {stem(word) for name in claim.names for word in words(name)}
    told = case.told.stem_counts.keys()
    return asserted <= case.around.stem_counts.keys() and 2 * len(common & told) >= len(common)


def _is_part_of_a_name(quantity: Quantity, case: Case) -> bool:
    """Whether a number names what is spoken of: a *Global 5000*, where both the question and the
    document have it behind the same word, or an *AT-401* that the title or a heading names."""
    figure = re.escape(quantity.text)
    joined = re.search(rf"\b[^\W\d][\w-]{{0,60}}-{figure}", case.claim.text)
    if joined and case.around.states_quotation(joined.group()):
        return True
    behind = re.search(rf"(?<![\w-])([\w-]+)[\s-]{figure}", case.claim.text)
    if not behind or behind[1].lower() in FUNCTION_WORDS:
        return False
    named = behind.group()
    return case.question.facts.states_quotation(named) and case.document_calls(named)


def _stated(case: Case) -> float:
    """Share of the claim's content words that stand in the evidence or context, by stem."""
    claim, known = case.claim, case.around.stem_counts
    told = {
        stem
        for each in claim.quantities
        if each.value in case.told.values  # *fourteen* is told where 14 is
        for stem in facts_of(each.text, claim.language).content
    }
    said = claim.content
    return sum(each in known or each in told for each in said) / len(said) if said else 0.0
