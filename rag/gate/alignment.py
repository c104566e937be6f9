"""Which sentences of the evidence a claim rests on. Knows no language model and no question."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag.facts import Facts, Quantity, facts_of
from rag.types import Evidence

MAX_CITATIONS = 3  # a claim that needs more than three sentences to carry it is not one claim
FACT_WEIGHT = 3.0  # a number or name counts as much as three common words
_CHOSEN = 0.01  # what the language model chose wins ties, no more


def aligned(
    claim: Facts, evidence: Sequence[Evidence], chosen: Sequence[int]
) -> tuple[Evidence, ...]:
    """The evidence that carries ``claim``, in order; where none does, the first that was chosen."""
    texts = [each.text for each in evidence]
    return tuple(evidence[place] for place in align(claim, texts, chosen) or tuple(chosen)[:1])


def align(claim: Facts, texts: Sequence[str], chosen: Collection[int] = ()) -> tuple[int, ...]:
    """The places of the texts that carry ``claim``, in order.

    The one that has most of the claim's facts and words comes first; others join only while they
    add a fact (a number, a name) that is still missing.
    """
    wanted = _wanted(claim)
    if not wanted or not texts:
        return ()
    carried = [_carried(wanted, claim, text) for text in texts]
    places: list[int] = []
    missing = dict(wanted)
    while missing and len(places) < MAX_CITATIONS:
        gain = {
            place: sum(missing.get(item, 0.0) for item in items) + _CHOSEN * (place in chosen)
            for place, items in enumerate(carried)
            if place not in places
        }
        best = max(gain, key=lambda place: (gain[place], -place), default=None)
        if best is None or gain[best] < (FACT_WEIGHT if places else 1.0):
            break
        places.append(best)
        missing = {item: weight for item, weight in missing.items() if item not in carried[best]}
    return tuple(sorted(places))


_Item = tuple[str, object]


def _wanted(claim: Facts) -> dict[_Item, float]:
    wanted: dict[_Item, float] = {("word", each): 1.0 for each in claim.content}
    wanted |= {("name", each): FACT_WEIGHT for each in claim.names}
    numbers = {each.value: each for each in claim.quantities}
    wanted |= {("number", each): FACT_WEIGHT for each in numbers.values()}
    return wanted


def _carried(wanted: Collection[_Item], claim: Facts, text: str) -> set[_Item]:
    told = facts_of(text, claim.language)
    return {
        (kind, value)
        for kind, value in wanted
        if (kind == "word" and value in told.stem_counts)
        or (isinstance(value, Quantity) and any(map(value.may_be, told.quantities)))
        or (kind == "name" and told.states_name(str(value)))
    }
