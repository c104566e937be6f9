"""False and faithful versions of a sentence, made by rule, for measuring the gate.

A false version says something else in exactly one place; the gate must stop it. A faithful one
says the same in other characters; the gate must let it through. Both are deterministic for a seed.
The rules read English by word lists and patterns: a version may read a little stiffly, and a rule
stays silent where it cannot be sure. Knows nothing of the gate, of evidence or of documents.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.evaluation.measures.answer import normalize
from rag.evaluation.perturb.faithful import FAITHFUL_RULES
from rag.evaluation.perturb.false import (
    FALSE_RULES,
    HELD_OUT_RULES,
    LEARNT_RULES,
    names_of,
    other_names,
)
from rag.evaluation.perturb.wording import Rule
from rag.evaluation.quantities import quantities

__all__ = ["Perturbation", "faithful_variants", "names_of", "perturbations"]


class Perturbation(NamedTuple):
    """A changed sentence, and the kind of the change."""

    kind: str
    text: str


def perturbations(
    sentence: str, seed: int, names: Sequence[str] = (), *, learnt: bool = False
) -> list[Perturbation]:
    """Return false versions of ``sentence``: at most one for each kind that applies to it.

    Kinds: number, date, unit, name, negation, quotation, opposite. With ``learnt``, comparative in
    place of opposite: words whose exchange the gate knows and the reader may learn from; those of
    opposite are kept for measuring. ``names`` are names of the same documents, such as `names_of`
    finds; the kind name takes another one of them, and does not apply without them. Where a kind
    applies in several places, ``seed`` chooses.
    """
    exchanged = LEARNT_RULES if learnt else HELD_OUT_RULES
    rules = {**FALSE_RULES, **exchanged, "name": lambda text, draw: other_names(text, draw, names)}
    return _one_each(rules, sentence, seed, _reads_differently)


def faithful_variants(sentence: str, seed: int) -> list[Perturbation]:
    """Versions of ``sentence`` that mean the same: at most one for each kind that applies to it.

    Kinds: digits (5,000 and 5000), spelling (8 and eight, 5000 and five thousand), quotes
    (typographic and straight), percent (% and percent), contraction (is not and isn't),
    parenthetical (left out, so that the version says less), order (a date moved to the other end).
    Nothing but the marks themselves is changed within quotation marks.
    """
    return _one_each(FAITHFUL_RULES, sentence, seed, lambda one, other: one != other)


def _one_each(
    rules: dict[str, Rule], sentence: str, seed: int, differ: Callable[[str, str], bool]
) -> list[Perturbation]:
    found = []
    for kind, rule in rules.items():
        # A stream for each kind: a new rule does not change what the others draw.
        draw = random.Random(f"{seed} {kind} {sentence}")
        candidates = [text for text in rule(sentence, draw) if differ(sentence, text)]
        if candidates:
            found.append(Perturbation(kind, draw.choice(candidates)))
    return found


def _reads_differently(one: str, other: str) -> bool:
    """Guards against a change that spelling hides: units and signs count, punctuation does not."""
    first = [quantity[:2] for quantity in quantities(one)]
    second = [quantity[:2] for quantity in quantities(other)]
    return first != second or normalize(one) != normalize(other)
