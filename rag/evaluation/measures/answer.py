"""Measures of the answer's words against gold answers: equality, overlap, containment, numbers.

``golds`` are alternatives, the best one counts. No golds means that the right answer is none: only
an empty answer then scores. Markers such as "[1]" must be removed by the caller; they would be read
as words and numbers of the answer. Knows nothing of citations or of how the answer was made.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from rag.evaluation.quantities import MAGNITUDES, PERCENT, POINTS, Quantity, quantities

# Derived figures of question sets are rounded to two decimals (TAT-QA); fewer are stated figures.
_ROUNDED_DECIMALS = 2

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
# "fell by 12 %" says -12 %.
_FALLING = re.compile(
    r"\b(?:decreas|declin|fall|fell|drop|reduc|lower|less|loss|lost|down|shr[aiu]nk|minus|negative)",
    re.IGNORECASE,
)


def normalize(text: str) -> str:
    """Lower case, without punctuation and the articles a, an, the, single spaces.

    SQuAD's normalisation (Rajpurkar et al. 2016), with one difference: all Unicode punctuation is
    removed, not ASCII's alone, as in MLQA; a typographic quotation mark must not cost a point.
    """
    kept = "".join(character for character in text.lower() if not _is_punctuation(character))
    return " ".join(_ARTICLES.sub(" ", kept).split())


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """1.0 when the normalised answer equals a normalised gold, else 0.0 (SQuAD's EM)."""
    return _best(answer, golds, lambda said, gold: float(normalize(said) == normalize(gold)))


def token_f1(answer: str, golds: Sequence[str]) -> float:
    """The harmonic mean of token precision and recall, as bags of normalised tokens (SQuAD's F1).

    When the answer or the gold has no tokens: 1.0 if both have none, else 0.0 (SQuAD 2.0).
    """
    return _best(answer, golds, _token_f1)


def _token_f1(answer: str, gold: str) -> float:
    said, wanted = normalize(answer).split(), normalize(gold).split()
    if not said or not wanted:
        return float(said == wanted)
    return _f1((Counter(said) & Counter(wanted)).total(), len(said), len(wanted))


def containment(answer: str, golds: Sequence[str]) -> float:
    """1.0 when a normalised gold stands in the normalised answer, as whole tokens, else 0.0.

    Also called answer accuracy or recall by string inclusion (e.g. Mallen et al. 2023), which does
    not ask for whole tokens. An empty gold is contained in an empty answer only.
    """
    return _best(answer, golds, _contains)


def _contains(answer: str, gold: str) -> float:
    said, wanted = normalize(answer), normalize(gold)
    return float(f" {wanted} " in f" {said} " if wanted else not said)


def numeric_match(answer: str, golds: Sequence[str], scale: str = "") -> float | None:
    """1.0 when every number of one gold occurs in the answer with its unit, else 0.0.

    Numbers are equal by value: 5,000 = 5000 = five thousand = 5 thousand. ``scale`` is the unit
    that the golds are stated in ("thousand", "million", "billion", "percent" or ""); it applies to
    gold numbers that do not name a magnitude themselves. Units must not differ where both sides
    name one; percent must be named on both sides or on neither. A gold with two or more decimals is
    matched within half a unit of its last place. A negative gold is matched by its magnitude, too,
    in a sentence of the answer that speaks of falling. None when no gold has a number. Raises
    ValueError for an unknown scale.
    """
    wanted = [numbers for gold in golds if (numbers := _scaled(gold, scale))]
    if not wanted:
        return None
    said = [
        (quantity, bool(_FALLING.search(_sentence_around(answer, quantity.start))))
        for quantity in quantities(answer)
    ]
    return float(
        any(
            all(any(_says(gold, one, falling) for one, falling in said) for gold in numbers)
            for numbers in wanted
        )
    )


def _scaled(gold: str, scale: str) -> list[Quantity]:
    if scale not in {"", PERCENT, *MAGNITUDES}:
        known = ", ".join([PERCENT, *MAGNITUDES])
        raise ValueError(f"unknown scale {scale!r}: use one of {known}, or an empty one")
    return [_with_scale(quantity, scale) for quantity in quantities(gold)]


def _with_scale(quantity: Quantity, scale: str) -> Quantity:
    if scale == PERCENT:
        return quantity._replace(unit=quantity.unit or PERCENT)
    if not scale or quantity.magnitude > 1 or quantity.unit in {PERCENT, POINTS}:
        return quantity
    factor = MAGNITUDES[scale]
    return quantity._replace(value=quantity.value * factor, magnitude=factor)


def _sentence_around(text: str, position: int) -> str:
    start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, position)), default=0)
    end = _SENTENCE_END.search(text, position)
    return text[start : end.end() if end else len(text)]


def _says(gold: Quantity, said: Quantity, falling: bool) -> bool:
    if not _units_agree(gold.unit, said.unit):
        return False
    values = {said.value, -abs(said.value)} if falling else {said.value}
    return any(_equals(gold, value) for value in values)


def _units_agree(gold: str, said: str) -> bool:
    if gold == said or (gold == PERCENT and said == POINTS):
        return True
    if {gold, said} & {PERCENT, POINTS}:
        return False
    return not gold or not said


def _equals(gold: Quantity, value: Decimal) -> bool:
    if gold.decimals < _ROUNDED_DECIMALS:
        return gold.value == value
    half_a_unit = Decimal(5).scaleb(-gold.decimals - 1) * gold.magnitude
    return abs(gold.value - value) <= half_a_unit


def rouge_l(answer: str, golds: Sequence[str]) -> float:
    """ROUGE-L F1: 2PR / (P + R) for the longest common subsequence of tokens (Lin 2004).

    P is its share of the answer's tokens, R of the gold's. Tokens as in the package rouge-score
    without stemming: lower case, runs of ASCII letters and digits; text without any scores 0.0.
    """
    return _best(answer, golds, _rouge_l)


def _rouge_l(answer: str, gold: str) -> float:
    said, wanted = _rouge_tokens(answer), _rouge_tokens(gold)
    return _f1(_common_subsequence(said, wanted), len(said), len(wanted))


def _rouge_tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence, row by row: O(len(one) * len(other))."""
    row = [0] * (len(other) + 1)
    for token in one:
        diagonal = 0
        for column, candidate in enumerate(other, start=1):
            above = row[column]
            row[column] = diagonal + 1 if token == candidate else max(above, row[column - 1])
            diagonal = above
    return row[-1]


def _f1(common: int, said: int, wanted: int) -> float:
    """2PR / (P + R), which is the overlap of the two sizes."""
    return 2 * common / (said + wanted) if common else 0.0


def _best(answer: str, golds: Sequence[str], measure: Callable[[str, str], float]) -> float:
    if not golds:
        return float(not normalize(answer))
    return max(measure(answer, gold) for gold in golds)
