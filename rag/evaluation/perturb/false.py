"""The rules that make a false sentence of a true one. Each yields whole changed sentences."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence

from rag.evaluation.perturb.lexicon import (
    AUXILIARIES,
    COMPARATIVES,
    CURRENCY_SWAPS,
    DO,
    MONTHS,
    NO_SUBJECT,
    OPPOSITES,
    PERFECT,
    QUOTED_WORDS,
    STARTERS,
    UNIT_SWAPS,
    VERBS,
    WEEKDAYS,
)
from rag.evaluation.perturb.wording import (
    DATE,
    MONTH_PLACE,
    QUOTED,
    Edit,
    Rule,
    capitalised_like,
    chanceless,
    is_label,
    stands_in,
)
from rag.evaluation.quantities import Quantity, quantities, spell

# --- number and date -----------------------------------------------------------------------------

_WEEKDAY = re.compile("|".join(rf"\b{day}\b" for day in WEEKDAYS))
_YEAR_SHIFT = 9  # years: near enough to stay plausible


# "More than 5,000" holds of 6,000 as well: a bound can move and the sentence still follow.
_BOUND_BEFORE = re.compile(
    r"\b(?:than|least|most|over|under|above|below|up to|within|until|exceed(?:s|ed|ing)?)"
    r"\s+[$€£]?$",
    re.IGNORECASE,
)


def _free_quantities(sentence: str) -> Iterator[Quantity]:
    """The quantities that are neither bounds nor parts of a date or a name."""
    for quantity in quantities(sentence):
        bound = _BOUND_BEFORE.search(sentence[: quantity.start])
        in_date = stands_in(DATE, sentence, quantity.start)
        if not bound and not in_date and not is_label(sentence, quantity.start):
            yield quantity


def _other_numbers(sentence: str, draw: random.Random) -> Iterator[str]:
    for quantity in _free_quantities(sentence):
        literal = sentence[quantity.start : quantity.end]
        yield _replaced(sentence, quantity, _other_literal(literal, quantity, draw))


def _replaced(sentence: str, quantity: Quantity, literal: str) -> str:
    return Edit(quantity.start, quantity.end, literal).apply(sentence)


def _other_literal(literal: str, quantity: Quantity, draw: random.Random) -> str:
    if literal[-1].isdigit():
        return _other_digit(literal, draw)
    value = int(quantity.value)
    if value >= 1_000_000:  # spell() ends there: "two million"; its first word is a small number
        head, _, rest = literal.partition(" ")
        others = [word for word in map(spell, range(2, 10)) if word != head.lower()]
        return f"{capitalised_like(draw.choice(others), literal)} {rest}"
    digits = str(value).rstrip("0")  # the last digit that says something: 5000 becomes 7000
    other = _other_digit(digits[-1], draw) if digits else "3"
    return capitalised_like(spell(int(digits[:-1] + other + str(value)[len(digits) :])), literal)


def _other_digit(literal: str, draw: random.Random) -> str:
    """One digit replaced by another from 2 to 9: never a leading zero, never a lone 1."""
    place = draw.choice([index for index, character in enumerate(literal) if character.isdigit()])
    digit = draw.choice([digit for digit in "23456789" if digit != literal[place]])
    return literal[:place] + digit + literal[place + 1 :]


def _other_dates(sentence: str, draw: random.Random) -> Iterator[str]:
    for date in DATE.finditer(sentence):
        for part, digits in date.groupdict().items():
            if digits:
                other = _other_year(digits, draw) if "year" in part else _other_day(digits, draw)
                yield Edit(*date.span(part), other).apply(sentence)
    for pattern, words in ((MONTH_PLACE, MONTHS), (_WEEKDAY, WEEKDAYS)):
        for word in pattern.finditer(sentence):
            other = draw.choice([each for each in words if each != word[0]])
            yield Edit(*word.span(), other).apply(sentence)


def _other_year(year: str, draw: random.Random) -> str:
    return str(int(year) + draw.choice([-1, 1]) * draw.randint(1, _YEAR_SHIFT))


def _other_day(day: str, draw: random.Random) -> str:
    """A day from 4 to 20: every month has it, and its ordinal ends in "th"."""
    digits = day.rstrip("stndrh")
    other = draw.choice([number for number in range(4, 21) if number != int(digits)])
    return f"{other:0{len(digits)}}" + ("th" if digits != day else "")


# --- unit ----------------------------------------------------------------------------------------

_MAGNITUDE = r"(?:thousand|million|billion|trillion)"
_UNIT_WORDS = "|".join(map(re.escape, sorted(UNIT_SWAPS, key=len, reverse=True)))
_UNIT = re.compile(rf"[\s-]*(?:{_MAGNITUDE}\s+)?(?P<unit>{_UNIT_WORDS})(?!\w)")
_CURRENCY = re.compile(r"(?<!US)[$€£](?=\s?\d)")


def _other_units(sentence: str) -> Iterator[str]:
    for quantity in _free_quantities(sentence):
        literal = sentence[quantity.start : quantity.end]
        for word in re.finditer(_MAGNITUDE, literal):
            swapped = literal[: word.start()] + UNIT_SWAPS[word[0]] + literal[word.end() :]
            yield _replaced(sentence, quantity, swapped)
        unit = _UNIT.match(sentence, quantity.end)
        if unit:
            changed = Edit(*unit.span("unit"), UNIT_SWAPS[unit["unit"]]).apply(sentence)
            yield changed.replace("  ", " ")  # "5 %": its swap brings a space of its own
    for sign in _CURRENCY.finditer(sentence):
        yield Edit(*sign.span(), CURRENCY_SWAPS[sign[0]]).apply(sentence)


# --- name ----------------------------------------------------------------------------------------

_CAPITALISED = r"[A-Z](?:[\w-]|['’](?=[A-Z]))*"
_LINKED = rf"(?: (?:(?:of|de|la|van|von|der|du) )?{_CAPITALISED})*"
# Not after an article: "the Nobel Prize" takes it along, "Berlin" does not.
_NAME = re.compile(rf"(?<!\b[Tt]he )(?<!\ba )(?<!\ban )\b{_CAPITALISED}{_LINKED}")


def names_of(sentence: str) -> list[str]:
    """What is capitalised like a name in ``sentence``: whole names, without acronyms and dates."""
    return [name for found in _NAME.finditer(sentence) if (name := _without_starter(found))]


def other_names(sentence: str, draw: random.Random, names: Sequence[str]) -> Iterator[str]:
    present = _words(sentence)
    absent = [name for name in dict.fromkeys(names) if _words(name).isdisjoint(present)]
    for name in _names_in(sentence, names):
        length = len(name.split())
        alike = [other for other in absent if len(other.split()) == length] or absent
        if alike:
            other = draw.choice(alike)
            yield _whole(name).sub(other.replace("\\", r"\\"), sentence)


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _names_in(sentence: str, names: Sequence[str]) -> list[str]:
    """The names of the sentence: those that are known, else what is capitalised like one."""
    known = {name for name in names if name in sentence and _whole(name).search(sentence)}
    if known:  # "New York City", not the "New York" within it
        return sorted(name for name in known if not any(name in each for each in known - {name}))
    return names_of(sentence)


def _without_starter(found: re.Match[str]) -> str:
    """The capitalised words but for such as "The"; empty when they need not be a name."""
    words = found[0].split()
    while words and words[0] in STARTERS:
        words.pop(0)
    alone_at_start = found.start() == 0 and len(words) == 1 and words[0] == found[0]
    time = not set(words).isdisjoint([*MONTHS, *WEEKDAYS])
    article = found[0].startswith(("The ", "A ", "An "))
    acronym = len(words) == 1 and not re.search("[a-z]{2}", words[0])
    label = len(words) == 1 and re.match(r"\s?\d", found.string[found.end() :])  # Figure 5
    return "" if alone_at_start or time or article or acronym or label else " ".join(words)


# --- negation ------------------------------------------------------------------------------------

_NEGATABLE = "|".join([*AUXILIARIES, *PERFECT, *DO])
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nor|neither|nobody|nothing|without|cannot)\b|n['’]t\b", re.IGNORECASE
)
_REMOVALS = [
    (re.compile(rf"\b({_NEGATABLE})\s+not\b(?!\s+only)"), r"\1"),
    (re.compile(r"\b(?:cannot|can['’]t)\b"), "can"),
    (re.compile(r"\bwon['’]t\b"), "will"),
    (re.compile(r"\b(is|are|was|were|has|have|had|does|do|did|could|would|should)n['’]t\b"), r"\1"),
    (re.compile(r"\bnever\b"), "always"),
    (re.compile(r"\bno longer\b"), "still"),
    (re.compile(r"\bno (?!longer|more|less|fewer|one|doubt|later|earlier)(?=[a-z])"), "some "),
    (re.compile(r"\bNo (?=[a-z])(?!longer|more|less|fewer|one|doubt|later|earlier)"), "Some "),
    (re.compile(r"\bnone of\b"), "all of"),
    (re.compile(r"\bNone of\b"), "All of"),
    (re.compile(r"\bwithout\b"), "with"),
]
_PARTICIPLE = "|".join(["been", r"\w+ed", *(past for _, _, past in VERBS)])
_AUXILIARY = re.compile(
    rf"\b(?:{'|'.join([*AUXILIARIES, *DO])})\b|\b(?:{'|'.join(PERFECT)})\b(?= (?:{_PARTICIPLE})\b)"
)
_BASE_OF = {
    form: (auxiliary, base)
    for base, third, past in VERBS
    for form, auxiliary in ((third, "does"), (past, "did"))
}
_VERB = re.compile(r"(?P<before>[\w'’)]+) (?P<verb>" + "|".join(_BASE_OF) + r")\b(?! by\b)")


def _other_polarity(sentence: str) -> Iterator[str]:
    for pattern, positive in _REMOVALS:
        for found in pattern.finditer(sentence):
            yield Edit(*found.span(), found.expand(positive)).apply(sentence)
    if not _NEGATION.search(sentence) and not sentence.endswith("?"):
        yield from _negated(sentence)


def _negated(sentence: str) -> Iterator[str]:
    """The first auxiliary negated, else the first verb that is known."""
    auxiliary = _AUXILIARY.search(sentence)
    if auxiliary:
        yield Edit(auxiliary.end(), auxiliary.end(), " not").apply(sentence)
        return
    for verb in _VERB.finditer(sentence):
        if verb["before"].lower() not in NO_SUBJECT:
            do, base = _BASE_OF[verb["verb"]]
            yield Edit(*verb.span("verb"), f"{do} not {base}").apply(sentence)
            return


# --- comparative, opposite and quotation ----------------------------------------------------------


def _each_way(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Each word's opposite, the first one of several."""
    found: dict[str, str] = {}
    for one, other in pairs:
        found.setdefault(one, other)
        found.setdefault(other, one)
    return found


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_COMPARATIVES, _OPPOSITES = _each_way(COMPARATIVES), _each_way(OPPOSITES)
_COMPARATIVE = re.compile(
    r"(?<!named )(?<!called )(?<!look )(?<!looked )(?<!once )(?<!or )"
    rf"\b(?:{_any_of(_COMPARATIVES)})\b(?! or | known| all\b)",
    re.IGNORECASE,
)
# No part of a name: "Black Sea", "the Civil Rights Act", "Man-made" are left alone.
_OPPOSITE = re.compile(rf"(?<![-\w])(?<!or )(?:{_any_of(_OPPOSITES)})(?![-\w])(?! or )")
_BOUND = re.compile(r"\b(?:over|under)(?= [$€£]?\d)")
_QUOTABLE = re.compile(r"[A-Za-z]{4,}")  # shorter ones are mostly function words


def _other_comparatives(sentence: str) -> Iterator[str]:
    for found in _COMPARATIVE.finditer(sentence):
        opposite = capitalised_like(_COMPARATIVES[found[0].lower()], found[0])
        yield Edit(*found.span(), opposite).apply(sentence)
    for bound in _BOUND.finditer(sentence):
        yield Edit(*bound.span(), "under" if bound[0] == "over" else "over").apply(sentence)


def _other_opposites(sentence: str) -> Iterator[str]:
    """Not where both stand: "men and women" says the same with either exchanged."""
    present = _words(sentence)
    for found in _OPPOSITE.finditer(sentence):
        opposite = _OPPOSITES[found[0]]
        if opposite not in present and not stands_in(QUOTED, sentence, found.start()):
            yield Edit(*found.span(), opposite).apply(sentence)


def _other_quotations(sentence: str, draw: random.Random) -> Iterator[str]:
    for quoted in QUOTED.finditer(sentence):
        for word in _QUOTABLE.finditer(sentence, *quoted.span()):
            yield Edit(*word.span(), _other_word(word[0], draw)).apply(sentence)


def _other_word(word: str, draw: random.Random) -> str:
    lower = word.lower()
    ending = next(ending for ending in QUOTED_WORDS if lower.endswith(ending))
    others = [other for other in QUOTED_WORDS[ending] if other != lower]
    return capitalised_like(_COMPARATIVES.get(lower) or draw.choice(others), word)


# The kind "name" is not here: ``other_names`` needs the names of the documents, too. The reader
# learns from the kind "comparative", and the gate is measured with "opposite".
FALSE_RULES: dict[str, Rule] = {
    "number": _other_numbers,
    "date": _other_dates,
    "unit": chanceless(_other_units),
    "negation": chanceless(_other_polarity),
    "quotation": _other_quotations,
}
LEARNT_RULES = {"comparative": chanceless(_other_comparatives)}
HELD_OUT_RULES = {"opposite": chanceless(_other_opposites)}
