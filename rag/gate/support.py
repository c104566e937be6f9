"""The gate: whether a sentence of an answer is carried by its evidence.

Rules come first: every number, unit, name, quotation, negation and comparative of the sentence must
stand in the evidence. A support score comes second: how many of its words stand there, and how far
the reader finds it carried. Knows no language model, reader, index or question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from index.words import words
from rag.gate.facts import (
    Quantity,
    names,
    negated_stems,
    opposed_words,
    quantities,
    quotations,
    states_name,
    states_quotation,
)
from rag.language.stems import content_stems, stem

MIN_SUPPORT = 0.5  # half of what the sentence says stands in the evidence, all else being even
# Of a word share, for each logit of the reader: chosen on claims that people judged, see
# docs/results.
READER_WEIGHT = 0.1
MAX_CITATIONS = 3  # a sentence that needs more than three sentences to carry it is not one claim


@dataclass(frozen=True, slots=True)
class Check:
    """The gate's judgement of a sentence. ``reasons`` say what failed.

    ``stated`` is the share of the sentence's content words that the evidence has, ``support`` that
    share as the reader moves it; both are in [0, 1].
    ``contradicted``: the evidence says all of it but for what it says otherwise, and at least half
    of that, names aside, in its own words and not in those of its context.
    """

    supported: bool
    support: float
    reasons: tuple[str, ...] = ()
    stated: float = 0.0
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class _Failure:
    """``otherwise``: the words in whose place the evidence has others; None where it is silent.
    Numbers are not among them."""

    reason: str
    otherwise: tuple[str, ...] | None = None


def check(
    claim: str, evidence: Sequence[str], context: Sequence[str] = (), *, carried: float = 0.0
) -> Check:
    """Judge ``claim`` against the texts that it cites.

    ``context`` (titles, headings, the sentences before) may say who is spoken of, so names may
    stand there; numbers, quotations and what is asserted must stand in ``evidence`` itself.
    ``carried`` is the reader's logit that the evidence carries the claim; 0 where none was asked.
    """
    text = "\n".join(evidence)
    around = "\n".join((text, *context))
    failures = tuple(_failures(claim, text, around))
    reasons = tuple(each.reason for each in failures)
    stated = _stated(claim, around)
    support = round(min(1.0, max(0.0, stated + READER_WEIGHT * carried)), 4)
    if not reasons and support < MIN_SUPPORT:
        reasons = (f"the evidence carries it only at {support:.0%}",)
    return Check(
        not reasons, support, reasons, stated, _contradicted(claim, text, around, failures)
    )


def _contradicted(claim: str, text: str, around: str, failures: Sequence[_Failure]) -> bool:
    if not failures or any(each.otherwise is None for each in failures):
        return False
    if {each.value for each in quantities(claim)} & {each.value for each in quantities(around)}:
        return False
    otherwise = {stem(word) for each in failures for word in each.otherwise or ()}
    asserted = {each for each in content_stems(claim) if not each.isdigit()} - otherwise
    said, told = ({stem(word) for word in words(each)} for each in (text, around))
    common = asserted - {stem(word) for name in names(claim) for word in words(name)}
    return asserted <= told and 2 * len(common & said) >= len(common)


def _failures(claim: str, text: str, around: str) -> Iterable[_Failure]:
    if not words(claim):
        yield _Failure("it says nothing")
    stated, claimed = quantities(text), quantities(claim)
    for quantity in claimed:
        yield from _quantity_failure(quantity, stated)
    often = Counter(each.value for each in stated)
    for value, times in Counter(each.value for each in claimed).items():
        if times > max(1, often[value]):  # one of them took another number's place
            said = f"it says {value.normalize():f} {times} times, the evidence {often[value]}"
            yield _Failure(said)
    for name in names(claim):
        if not states_name(name, around):
            yield _Failure(f"the evidence does not name '{name}'")
    for quotation in quotations(claim):
        if not states_quotation(quotation, around):
            yield _Failure(f"the evidence does not quote '{quotation}'")
    yield from _negation_failure(claim, text)
    for word, opposite in opposed_words(claim, text):
        yield _Failure(f"it says '{word}' where the evidence says '{opposite}'", (word,))


def _quantity_failure(claimed: Quantity, stated: Sequence[Quantity]) -> Iterable[_Failure]:
    equal = [each for each in stated if each.value == claimed.value]
    if equal and claimed.unit and not any(each.unit in (claimed.unit, None) for each in equal):
        yield _Failure(f"the evidence gives {equal[0].text}, not {claimed.text}", ())
        return
    if any(set(each.nouns) & set(claimed.nouns) or not claimed.nouns for each in equal):
        return
    other = next((each for each in stated if set(each.nouns) & set(claimed.nouns)), None)
    if other is not None:
        counted = next(noun for noun in claimed.nouns if noun in other.nouns)
        reason = f"the evidence gives {other.text} for '{counted}', not {claimed.text}"
        yield _Failure(reason, ())
    elif not equal and _is_year(claimed) and (year := next(filter(_is_year, stated), None)):
        yield _Failure(f"the evidence gives {year.text}, not {claimed.text}", ())
    elif not equal:  # beside another noun it may be the same, told in other words
        yield _Failure(f"the evidence does not state the number {claimed.text}")


def _is_year(quantity: Quantity) -> bool:
    return bool(re.fullmatch(r"[12]\d{3}", quantity.text)) and not quantity.unit


def _negation_failure(claim: str, text: str) -> Iterable[_Failure]:
    denied, denied_in_text = negated_stems(claim), negated_stems(text)
    said, known = Counter(content_stems(claim)), Counter(content_stems(text))
    for word in sorted(denied - denied_in_text):
        # The denied verb may have another form in the evidence (wrote, did not write), so that
        # only a denial there can stand for it.
        if word in known or denied_in_text.total() < denied.total():
            yield _Failure(f"it denies '{word}', which the evidence does not", ())
    for word in sorted(denied_in_text - denied):
        if said[word] - denied[word] > known[word] - denied_in_text[word]:
            yield _Failure(f"it asserts '{word}', which the evidence denies", ())


def _stated(claim: str, around: str) -> float:
    """Share of the claim's content words that stand in the evidence, by stem."""
    said = content_stems(claim)
    known = {stem(word) for word in words(around)}
    return sum(each in known for each in said) / len(said) if said else 0.0


def align(claim: str, shown: Sequence[str], preferred: Collection[int] = ()) -> tuple[int, ...]:
    """The places in ``shown`` of the sentences that carry ``claim``, in order.

    The one that has most of the claim's facts and words comes first; others join only while they
    add a fact (a number, a name) that is still missing. ``preferred`` are the places that the model
    chose: they win ties.
    """
    wanted = _wanted(claim)
    if not wanted or not shown:
        return ()
    carried = [_carried(wanted, text) for text in shown]
    chosen: list[int] = []
    missing = dict(wanted)
    while missing and len(chosen) < MAX_CITATIONS:
        gain = {
            place: sum(missing.get(item, 0.0) for item in items) + 0.01 * (place in preferred)
            for place, items in enumerate(carried)
            if place not in chosen
        }
        best = max(gain, key=lambda place: (gain[place], -place), default=None)
        if best is None or gain[best] < (FACT_WEIGHT if chosen else 1.0):
            break
        chosen.append(best)
        missing = {item: weight for item, weight in missing.items() if item not in carried[best]}
    return tuple(sorted(chosen))


FACT_WEIGHT = 3.0  # a number or name counts as much as three common words


def _wanted(claim: str) -> dict[str, float]:
    wanted = {f"word {each}": 1.0 for each in content_stems(claim)}
    wanted |= {f"name {each}": FACT_WEIGHT for each in names(claim)}
    wanted |= {f"number {each.value.normalize()}": FACT_WEIGHT for each in quantities(claim)}
    return wanted


def _carried(wanted: Collection[str], text: str) -> set[str]:
    stems = {stem(word) for word in words(text)}
    values = {f"{each.value.normalize()}" for each in quantities(text)}
    found = set()
    for item in wanted:
        kind, _, value = item.partition(" ")
        if (
            (kind == "word" and value in stems)
            or (kind == "number" and value in values)
            or (kind == "name" and states_name(value, text))
        ):
            found.add(item)
    return found
