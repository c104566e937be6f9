"""The checkable facts of a sentence: quantities, names, quotations, negations, comparatives.

Finding them and comparing them is all that happens here: what follows from a missing fact is
decided in ``support``. Knows no documents, evidence or models. English rules; digits, quotation
marks and capitalised names also work in other languages that have them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from index.words import STOP_WORDS, words
from rag.language.stems import stem

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * (place + 2) for place, word in enumerate(_TENS)
}
_SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "k": 10**3,
    "lakh": 10**5,
    "million": 10**6,
    "m": 10**6,
    "mn": 10**6,
    "crore": 10**7,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        (
            "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
            "twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
            "twentieth"
        ).split()
    )
}
_UNITS = {
    unit: name
    for name, spellings in {
        "percent": "% percent pct percentage",
        "per thousand": "‰ permille perthousand",
        "per million": "permillion ppm",
        "dollar": "$ dollar dollars usd",
        "euro": "€ euro euros eur",
        "pound": "£ gbp sterling",
        "yen": "¥ yen jpy",
        "kilometre": "km kms kilometre kilometres kilometer kilometers",
        "metre": "metre metres meter meters",
        "centimetre": "cm centimetre centimetres centimeter centimeters",
        "millimetre": "mm millimetre millimetres millimeter millimeters",
        "mile": "mile miles mi",
        "foot": "ft foot feet",
        "inch": "inch inches",
        "kilogram": "kg kgs kilogram kilograms",
        "gram": "gram grams",
        "tonne": "tonne tonnes ton tons",
        "litre": "litre litres liter liters",
        "gallon": "gallon gallons",
        "hectare": "hectare hectares",
        "acre": "acre acres",
        "mass pound": "lb lbs",
        "second": "second seconds",
        "minute": "minute minutes",
        "hour": "hour hours",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years",
        "century": "century centuries",
        "celsius": "°c celsius",
        "fahrenheit": "°f fahrenheit",
    }.items()
    for unit in spellings.split()
}
_SMALL_WORDS = "|".join(sorted(_SMALL, key=len, reverse=True))
_SCALE_WORDS = "|".join(sorted(_SCALES, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"""
    (?P<currency>[$€£¥])?\s?
    (?:
      (?<![\w.])(?P<digits>\d{{1,3}}(?:[,\u00a0\u202f]\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
      (?:\s?(?P<scale>{_SCALE_WORDS})\b|(?P<suffix>st|nd|rd|th|s)\b)?
    |
      \b(?P<words>(?:{_SMALL_WORDS})(?:[\s-]+(?:and\s+)?(?:{_SMALL_WORDS}|{_SCALE_WORDS})\b)*
        |(?:an?\s+)(?:{_SCALE_WORDS})\b(?:[\s-]+(?:and\s+)?(?:{_SMALL_WORDS}|{_SCALE_WORDS})\b)*)\b
    |
      \b(?P<ordinal>{"|".join(_ORDINALS)})\b
    )
    (?=(?:[\s-]?(?P<unit>%|‰|°[CcFf]|per\s(?:cent|mille|thousand|million)(?!\w)|[A-Za-z]+))?)
    """,
    re.VERBOSE | re.IGNORECASE,
)


DECADE = "decade"
CURRENCIES = frozenset({"dollar", "euro", "pound", "yen"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that is stated: its value with the scale applied, and its unit where one is known.

    ``nouns`` are the stems of the words that follow: what is counted. ``text`` is the number as it
    is written, with its unit.
    """

    value: Decimal
    unit: str | None
    nouns: tuple[str, ...]
    text: str


def quantities(text: str) -> list[Quantity]:
    """The numbers of ``text``, written in digits or in English words, in order.

    A lone *one* is left out: it is a pronoun more often than a number.
    """
    found = []
    for match in _QUANTITY.finditer(text):
        value = _value(match)
        if value is None:
            continue
        unit = _unit(match)
        # A word behind the number that is no unit is what it counts.
        end = match.end("unit") if unit and match["unit"] else match.end()
        written = text[match.start() : end].strip(" -")
        found.append(Quantity(value, unit, _nouns(text[end:]), written))
    return found


def _value(match: re.Match[str]) -> Decimal | None:
    if match["digits"]:
        digits = re.sub(r"[,\u00a0\u202f]", "", match["digits"])
        return Decimal(digits) * _SCALES.get((match["scale"] or "").lower(), 1)
    if match["ordinal"]:
        return Decimal(_ORDINALS[match["ordinal"].lower()])
    spelled = re.split(r"[\s-]+", match["words"].lower())
    return None if spelled == ["one"] else Decimal(_spelled_value(spelled))


def _spelled_value(spelled: list[str]) -> int:
    total = current = 0
    for word in spelled:
        if word in ("and", "a", "an"):
            current = current or int(word != "and")
        elif word in _SMALL:
            current += _SMALL[word]
        elif _SCALES[word] <= 100:
            current *= _SCALES[word]
        else:
            total += current * _SCALES[word]
            current = 0
    return total + current


def _unit(match: re.Match[str]) -> str | None:
    if match["currency"]:
        return _UNITS[match["currency"]]
    if match["suffix"] == "s":  # the 1990s are not the year 1990
        return DECADE
    return _UNITS.get(re.sub(r"\s", "", (match["unit"] or "").lower()))


def _nouns(rest: str) -> tuple[str, ...]:
    """Stems of up to four content words that follow a number within its clause."""
    clause = re.split(r"[.,;:()]|\b(?:and|or|to|in|of|by|from|with|for|that|which)\b", rest)[0]
    return tuple(stem(word) for word in words(clause)[:4] if word not in STOP_WORDS)


def counted(quantity: Quantity, noun: str, text: str) -> str | None:
    """``quantity`` with what it counts, as ``text`` writes it: *5,000 military workers*.

    ``noun`` is the stem at which the phrase ends. None when it does not follow the number in
    ``text``.
    """
    for match in re.finditer(rf"(?<![\w.,]){re.escape(quantity.text)}(?![\w.,]*\d)", text):
        phrase = re.match(r"(?:[\s-]+[\w'’]+){0,4}", text[match.end() :])
        end = match.end()
        for word in re.finditer(r"[\w'’]+", phrase.group() if phrase else ""):
            if stem(word.group().lower()) == noun:
                return text[match.start() : end + word.end()]
    return None


# Words that open a sentence without naming anything, besides the function words.
_OPENERS = frozenset(
    """according additionally also although currently eventually finally furthermore generally
    hence instead later likewise meanwhile moreover nevertheless overall previously recently
    similarly sometimes subsequently therefore today usually yes""".split()
)
_NAME = re.compile(r"\b[^\W\d_][\w.’'-]*")


def names(text: str) -> list[str]:
    """The capitalised words of a sentence, acronyms included, without function words.

    The word that opens the sentence counts too, unless it is a function word, a connective or an
    adverb in -ly: a wrong name there must not pass, and a common word is found in the evidence.
    """
    found = []
    for match in _NAME.finditer(text):
        word = match.group().rstrip(".'’-")
        lower = word.lower()
        opens = not text[: match.start()].strip("\"'“«‘( ")
        modal = lower in STOP_WORDS and not (word == "May" and not opens)  # May is a month as well
        if not word[:1].isupper() or modal or lower in _SMALL or lower in _ORDINALS:
            continue
        if opens and (lower in _OPENERS or lower.endswith("ly")):
            continue
        found.append(word)
    return found


def states_name(name: str, text: str) -> bool:
    """Whether ``text`` has this name: the word itself, an inflected form, or its acronym."""
    lower = re.sub(r"['’]s?$", "", name.lower())
    known = words(text)
    if any(_same_name(part, each) for part in [lower.replace(".", "")] for each in known):
        return True
    if "-" in lower or "'" in lower or "’" in lower:
        return all(any(_same_name(part, each) for each in known) for part in words(lower))
    plain = name.replace(".", "")
    return plain.isupper() and len(plain) > 1 and plain in _initials(text)


def _same_name(one: str, other: str) -> bool:
    other = re.sub(r"'s?$", "", other)
    if one == other or stem(one) == stem(other):
        return True
    # Russia/Russian, Ukraine/Ukrainian: a shared beginning of all but the ending.
    shorter = min(len(one), len(other))
    return (
        shorter >= 5
        and abs(len(one) - len(other)) <= 3
        and one[: shorter - 1] == other[: shorter - 1]
    )


def _initials(text: str) -> str:
    """Initials of the capitalised words of ``text``, in order, with a blank between names."""
    initials = (word[0] if word[0].isupper() else " " for word in re.findall(r"[^\W\d_]+", text))
    dotted = re.findall(r"\b(?:[A-Z]\.){2,}", text)
    return "".join(initials) + " " + " ".join(each.replace(".", "") for each in dotted)


_QUOTATION = re.compile(r"[“«„\"]([^“”«»„\"]{2,}?)[”»“\"]")


def quotations(text: str) -> list[str]:
    """What stands between quotation marks in ``text``."""
    return [match.group(1).strip(" ,.") for match in _QUOTATION.finditer(text)]


def states_quotation(quotation: str, text: str) -> bool:
    """Whether ``text`` has the words of ``quotation`` in the same order, without a gap."""
    return f" {' '.join(words(quotation))} " in f" {' '.join(words(text))} "


_NEGATIONS = frozenset("not no never none neither nor nobody nothing without cannot".split())


def negated_stems(text: str) -> Counter[str]:
    """Stems of the content words that a negation stands before (within four words), counted."""
    tokens = words(text)
    found: Counter[str] = Counter()
    for place, token in enumerate(tokens):
        if token in _NEGATIONS or token.endswith("n't"):
            following = (word for word in tokens[place + 1 : place + 5] if word not in STOP_WORDS)
            found.update(stem(word) for word in islice(following, 1))
    return found


# Pairs of which one asserts what the other denies. Stems, so that inflected forms count.
_OPPOSITES = [
    ("more", "less"),
    ("more", "fewer"),
    ("most", "least"),
    ("before", "after"),
    ("increase", "decrease"),
    ("rise", "fall"),
    ("rose", "fell"),
    ("higher", "lower"),
    ("highest", "lowest"),
    ("larger", "smaller"),
    ("largest", "smallest"),
    ("longer", "shorter"),
    ("longest", "shortest"),
    ("older", "younger"),
    ("oldest", "youngest"),
    ("earlier", "later"),
    ("earliest", "latest"),
    ("early", "late"),
    ("first", "last"),
    ("tall", "short"),
    ("tallest", "shortest"),
    ("taller", "shorter"),
    ("high", "low"),
    ("large", "small"),
    ("long", "short"),
    ("old", "young"),
    ("big", "small"),
    ("bigger", "smaller"),
    ("biggest", "smallest"),
    ("wider", "narrower"),
    ("deeper", "shallower"),
    ("many", "few"),
    ("much", "little"),
    ("growth", "decline"),
    ("rise", "decline"),
    ("increase", "decline"),
    ("grow", "shrink"),
    ("up", "down"),
    ("inside", "outside"),
    ("above", "under"),
    ("top", "bottom"),
    ("success", "failure"),
    ("open", "close"),
    ("rich", "poor"),
    ("strong", "weak"),
    ("fast", "slow"),
    ("hot", "cold"),
    ("good", "bad"),
    ("north", "south"),
    ("northern", "southern"),
    ("east", "west"),
    ("eastern", "western"),
    ("above", "below"),
    ("minimum", "maximum"),
    ("win", "lose"),
    ("won", "lost"),
    ("gain", "loss"),
    ("accept", "reject"),
    ("allow", "forbid"),
    ("include", "exclude"),
    ("begin", "end"),
    ("began", "ended"),
    ("all", "some"),
    ("always", "never"),
    ("majority", "minority"),
    ("positive", "negative"),
    ("left", "right"),
    ("upper", "lower"),
    ("over", "under"),
    ("better", "worse"),
    ("best", "worst"),
    ("stronger", "weaker"),
    ("faster", "slower"),
]


def opposed_words(claim: str, evidence: str) -> list[tuple[str, str]]:
    """Pairs (word of the claim, its opposite in the evidence) that were exchanged.

    The claim has the word more often than the evidence, and the opposite less often.
    """
    said, shown = _stem_counts(claim), _stem_counts(evidence)
    both = [*_OPPOSITES, *((right, left) for left, right in _OPPOSITES)]
    return [
        (word, opposite)
        for word, opposite in both
        if said[stem(word)] > shown[stem(word)] and said[stem(opposite)] < shown[stem(opposite)]
    ]


def _stem_counts(text: str) -> Counter[str]:
    return Counter(stem(word) for word in words(text))
