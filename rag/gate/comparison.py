"""The one comparison of facts: what a text says that another one does not tell, or tells otherwise.

Used for a claim beside its evidence and for a question beside the evidence that should answer it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches
from itertools import pairwise

from index.words import ALIKE, SHORTEST_PART, unspaced_runs
from rag.dates import dates, stated
from rag.facts import DECADE, Facts, Quantity, facts_of
from rag.gate.types import Objection
from rag.question import asked_words

_SHORTEST_MISSPELT = 5  # of shorter words another letter makes another word
_RUN_IN_HEADING = re.compile(r"^[^\n.:–—]{1,80}(?:[:–—]|\s-)\s", re.MULTILINE)


def differing_number(claimed: Quantity, told: Facts) -> Objection | None:
    """Why ``told`` does not state a quantity with this unit, or of this noun; None where it does.

    Beside another noun an equal number may be the same thing told in other words.
    """
    equal = [each for each in told.quantities if claimed.may_be(each)]
    if equal and claimed.unit and not any(each.unit in (claimed.unit, None) for each in equal):
        return Objection(f"the evidence gives {equal[0].text}, not {claimed.text}", otherwise=())
    if any(set(each.nouns) & set(claimed.nouns) or not claimed.nouns for each in equal):
        return None
    alike = [each for each in told.quantities if set(each.nouns) & set(claimed.nouns)]
    if alike:
        noun = next(noun for noun in claimed.nouns if noun in alike[0].nouns)
        reason = f"the evidence gives {alike[0].text} for '{noun}', not {claimed.text}"
        return Objection(reason, otherwise=())
    if equal:
        return None
    year = next((each for each in told.quantities if each.is_year), None)
    if claimed.is_year and year:
        return Objection(f"the evidence gives {year.text}, not {claimed.text}", otherwise=())
    return Objection(f"the evidence does not state the number {claimed.text}")


def states_value(quantity: Quantity, told: Facts) -> bool:
    """Whether ``told`` has the number, of whatever it may be. A decade is not its first year."""
    decade = quantity.unit == DECADE
    return any(
        each.value == quantity.value and (each.unit == DECADE) is decade for each in told.quantities
    )


def told_otherwise(text: Facts, other: Facts) -> bool:
    """Whether ``other`` says the same as ``text``, almost word for word, of another number or name:
    *the notice is 30 days* in one contract, *the notice is 42 days* in its look-alike."""
    if text.values == other.values and {*text.names} == {*other.names}:
        return False
    alike = SequenceMatcher(None, text.words, other.words, autojunk=False)
    return alike.quick_ratio() >= ALIKE and alike.ratio() >= ALIKE


def repeated_numbers(said: Iterable[Quantity], told: Facts) -> Iterator[Objection]:
    """Numbers that are ``said`` more than once and more often than ``told``: one of them took
    another number's place."""
    often = Counter(each.value for each in told.quantities)
    for value, times in Counter(each.value for each in said).items():
        if times > max(1, often[value]):
            reason = f"it says {value.normalize():f} {times} times, the evidence {often[value]}"
            yield Objection(reason)


def unstated_names(names: Sequence[str], around: Facts) -> Iterator[str]:
    """The names that ``around`` does not have in any form."""
    return (name for name in names if not around.states_name(name))


def denied_without(said: Facts, told: Facts) -> list[str]:
    """Stems that ``said`` denies and ``told`` does not.

    The denied verb may have another form there (*wrote*, *did not write*), so that a word that
    ``told`` lacks counts only where it has fewer denials.
    """
    known = set(told.content)
    fewer = told.denied.total() < said.denied.total()
    return sorted(word for word in said.denied - told.denied if word in known or fewer)


def asserted_against(said: Facts, told: Facts) -> list[str]:
    """Stems that ``said`` asserts and ``told`` denies.

    What a heading at the beginning of a line names is not asserted there: *Subletting: the tenant
    may not sublet.*
    """
    denied = told.denied - said.denied
    if not denied:
        return []
    body = facts_of(_RUN_IN_HEADING.sub("", told.text), told.language)
    mine, theirs = Counter(said.content), Counter(body.content)
    return sorted(
        word for word in denied if mine[word] - said.denied[word] > theirs[word] - body.denied[word]
    )


def missing_words(said: Facts, around: Facts) -> tuple[str, ...]:
    """The content words of ``said``, as written, whose stems do not stand in ``around``.

    Of a script without blanks, a piece over the border of two words that stand there is not
    missing, though their neighbours are others there.
    """
    text = said.text
    for date in stated(dates(text, said.language), around.text, said.language):
        text = text.replace(date.text, " ")
    for quantity in said.quantities:
        if quantity.value in around.values:  # five thousand is there when 5,000 is
            text = text.replace(quantity.text, " ")
    missing = [word for word in asked_words(text) if not _has_word(around, word, said.words)]
    over_borders = _over_borders(text, around) if missing and not text.isascii() else ()
    return tuple(word for word in missing if word not in over_borders)


def _over_borders(text: str, around: Facts) -> set[str]:
    """The pieces of ``text`` all of whose letters or signs belong to pieces that ``around`` has."""
    found = set()
    for pieces in unspaced_runs(text):
        known = {
            start + at
            for start, piece in enumerate(pieces)
            if piece in around.vocabulary
            for at in range(len(piece))
        }
        found |= {
            piece
            for start, piece in enumerate(pieces)
            if known.issuperset(range(start, start + len(piece)))
        }
    return found


def _has_word(around: Facts, word: str, beside: Sequence[str]) -> bool:
    """Whether a word stands in ``around``: in another form, joined or parted, or misspelt.

    ``beside`` are the words among which it stands: *pace maker* is a *pacemaker*.
    """
    lower = word.lower().replace("’", "'")
    if around.stem_counts[around.language.stem(lower)] or is_misspelt(lower, around.vocabulary):
        return True
    known = around.vocabulary
    joined = {f"{one}{other}" for one, other in pairwise(beside) if lower in (one, other)}
    parted = (
        (lower[:at], lower[at:]) for at in range(SHORTEST_PART, len(lower) - SHORTEST_PART + 1)
    )
    return bool(joined & known) or any(one in known and other in known for one, other in parted)


def lacking(said: Facts, around: Facts) -> tuple[str, ...]:
    """The missing words that a text would repeat if it told what ``said`` says."""
    weak = said.language.weak_words
    return tuple(word for word in missing_words(said, around) if word.lower() not in weak)


def is_misspelt(word: str, known: Collection[str]) -> bool:
    """Whether a word of a question is one of ``known`` with a slip of the pen.

    People misspell when they ask; what an answer says is checked to the letter. Digits are no
    letters: another number is another thing.
    """
    if len(word) < _SHORTEST_MISSPELT or any(each.isdigit() for each in word):
        return False
    alike = [
        each for each in known if abs(len(each) - len(word)) <= 2 and each[:1] == word[:1].lower()
    ]
    return bool(get_close_matches(word.lower(), alike, 1, ALIKE))
