"""Numbers as English writes them: 5,000 = 5000 = five thousand = 5 thousand, 5% = 5 percent.

Kept apart from the gate's own reading of numbers on purpose: a measure that shared its code would
share its mistakes. Knows no other language's numerals or separators, no fractions ("a third"), no
ordinals, takes brackets for no sign ("(41) million" is positive), and converts no unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

MAGNITUDES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
_SHORT_MAGNITUDES = {"k": "thousand", "mn": "million", "bn": "billion", "tn": "trillion"}
# "5m" is five metres and "$5m" five million: these two letters need a currency in front.
_MONEY_MAGNITUDES = {"m": "million", "b": "billion"}

# fmt: off
_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# fmt: on
_SPELLED = {
    **{word: value for value, word in enumerate(_SMALL)},
    **{word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)},
}

PERCENT, POINTS = "percent", "percentage point"
# Every way to write a unit, by unit. Only what stands here can be told to differ.
_UNIT_FORMS = {
    PERCENT: "% percent per\\s+cent pct",
    POINTS: "percentage\\s+points? pp",
    "USD": "US\\$ \\$ USD dollars? US\\s+dollars?",
    "EUR": "€ EUR euros?",
    "GBP": "£ GBP pounds?\\s+sterling",
    "JPY": "¥ JPY yen",
    "INR": "₹ INR rupees?",
    "kilometre": "km kilomet(?:re|er)s?",
    "metre": "m met(?:re|er)s?",
    "centimetre": "cm centimet(?:re|er)s?",
    "millimetre": "mm millimet(?:re|er)s?",
    "mile": "mi miles?",
    "foot": "ft foot feet",
    "inch": "inch(?:es)?",
    "kilogram": "kg kilograms? kilos?",
    "gram": "g grams?",
    "milligram": "mg milligrams?",
    "tonne": "tonnes? tons?",
    "pound": "lbs? pounds?",
    "litre": "l lit(?:re|er)s?",
    "celsius": "°\\s?C degrees?\\s+Celsius",
    "fahrenheit": "°\\s?F degrees?\\s+Fahrenheit",
    "second": "s seconds?",
    "minute": "min minutes?",
    "hour": "h hours?",
    "day": "days?",
    "week": "weeks?",
    "month": "months?",
    "year": "years?",
}
_UNITS = [
    (re.compile(form, re.IGNORECASE if len(form) > 2 else 0), unit)
    for unit, forms in _UNIT_FORMS.items()
    for form in forms.split()
]

_CURRENCY = r"US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|JPY|INR)\b"
_GROUP = "[,\u00a0\u2009\u202f]"  # the thousands separators of English and of typographers
_DIGITS = rf"\d{{1,3}}(?:{_GROUP}\d{{2,3}})*{_GROUP}\d{{3}}(?!\d)|\d+"
_MAGNITUDE_WORDS = "|".join(MAGNITUDES)
_NUMERALS = "|".join(sorted(_SPELLED, key=len, reverse=True))
_WORDS = (
    rf"(?:(?<!half )an?\s+(?:{_MAGNITUDE_WORDS})|{_NUMERALS})\b"
    rf"(?:(?:\s+and\s+|[\s-]+)(?:{_NUMERALS}|{_MAGNITUDE_WORDS})\b)*"
)
_LITERAL = re.compile(
    rf"(?<![\w.])(?<!\d,)(?:(?P<sign>(?<!\))[-−])(?=\d|\.\d|{_CURRENCY}))?"
    rf"(?:(?P<currency>{_CURRENCY})\s?\(?)?(?P<inner>[-−](?=\d))?"
    rf"(?:(?P<digits>(?:{_DIGITS})(?:\.\d+)?|\.\d+)|(?P<words>\b{_WORDS}))",
    re.IGNORECASE,
)
_MAGNITUDE = re.compile(
    rf"\)?(?:[\s-]*\b|\s*(?=\())(?:\(?in\s+)?(?P<word>{_MAGNITUDE_WORDS})s?\b\)?"
    rf"|(?P<short>{'|'.join(_SHORT_MAGNITUDES)})\b",
    re.IGNORECASE,
)
_MONEY_MAGNITUDE = re.compile(r"(?P<short>[mb])\b", re.IGNORECASE)
# "one" that counts nothing: "one of", "one another", "the one", "no one".
_PRONOUN_BEFORE = re.compile(r"\b(?:no|any|every|each|some|this|that|the|which)\s+$", re.IGNORECASE)
_PRONOUN_AFTER = re.compile(r"\s+(?:of|another|can|must|may|should)\b", re.IGNORECASE)


class Quantity(NamedTuple):
    """A number and its unit as they stand in a text.

    ``value`` is multiplied out (5 thousand is 5000). ``unit`` is a canonical name, empty when
    there is none that is known here. ``decimals`` counts the digits written after the point.
    ``magnitude`` is that of the largest magnitude word written (thousand is 1000), else 1.
    ``text[start:end]`` is the numeral alone, in digits or words, without sign, currency, magnitude
    after digits, or unit.
    """

    value: Decimal
    unit: str
    decimals: int
    magnitude: int
    start: int
    end: int


def quantities(text: str) -> list[Quantity]:
    """The quantities of ``text``, in order."""
    found: list[Quantity] = []
    read = 0
    for literal in _LITERAL.finditer(text):
        if literal.start() < read:
            continue  # the magnitude of the number before: 5 (in) thousand
        if literal["digits"]:
            found.extend(_from_digits(text, literal))
        else:
            found.extend(_from_words(text, literal))
        read = _magnitude(text, literal.end(), money=False)[1]
    return found


def _from_digits(text: str, literal: re.Match[str]) -> Iterator[Quantity]:
    start, end = literal.span("digits")
    if re.match(r"(?:st|nd|rd|th)\b", text[end : end + 3]):
        return
    plain = re.sub(_GROUP, "", literal["digits"])
    factor, after = _magnitude(text, end, money=bool(literal["currency"]))
    negative = bool(literal["sign"] or literal["inner"])
    value = Decimal(plain) * factor * (-1 if negative else 1)
    unit = _unit_at(text, after) or _unit_at(literal["currency"] or "", 0)
    yield Quantity(value, unit, len(plain.partition(".")[2]), factor, start, end)


def _from_words(text: str, literal: re.Match[str]) -> Iterator[Quantity]:
    for start, end, value in _spelled(text, *literal.span("words")):
        if value == 1 and _is_pronoun(text, start, end):
            continue
        words = re.findall(r"\w+", text[start:end].lower())
        magnitude = max(MAGNITUDES.get(word, 1) for word in words)
        yield Quantity(Decimal(value), _unit_at(text, end), 0, magnitude, start, end)


def _magnitude(text: str, end: int, money: bool) -> tuple[int, int]:
    """The factor that is written behind the digits, and where it ends."""
    found = _MAGNITUDE.match(text, end) or (money and _MONEY_MAGNITUDE.match(text, end))
    if not found:
        return 1, end
    groups = found.groupdict()
    short = (groups["short"] or "").lower()
    word = (groups.get("word") or "").lower() or {**_SHORT_MAGNITUDES, **_MONEY_MAGNITUDES}[short]
    return MAGNITUDES[word], found.end()


def _unit_at(text: str, position: int) -> str:
    """The unit that is written at ``position``, after a bracket, a space or a hyphen or none."""
    gap = re.compile(r"\)?[\s-]?").match(text, position)
    position = gap.end() if gap else position
    for form, unit in _UNITS:
        found = form.match(text, position)
        if found and not (found[0][-1].isalpha() and text[found.end() : found.end() + 1].isalpha()):
            return unit
    return ""


def _is_pronoun(text: str, start: int, end: int) -> bool:
    before = _PRONOUN_BEFORE.search(text[max(0, start - 10) : start])
    return bool(before or _PRONOUN_AFTER.match(text, end))


def _spelled(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, value) of the numbers in a run of number words: "five, six" are two."""
    number: _Spelled | None = None
    for word in re.compile(r"\w+").finditer(text, start, end):
        numeral = word[0].lower()
        if numeral == "and" and number:
            number.joined = True
        elif number is None or not number.add(numeral, word.end()):
            if number:
                yield number.start, number.end, number.value
            number = _Spelled(word.start(), numeral, word.end())
    if number:
        yield number.start, number.end, number.value


class _Spelled:
    """A number being read word by word: ``total`` above the current group of three digits."""

    def __init__(self, start: int, numeral: str, end: int) -> None:
        self.start, self.end = start, end
        self.total = 0
        self.group = _SPELLED.get(numeral, 1)  # "a" in "a million" is one
        self.joined = False  # an "and" stands before the next word

    @property
    def value(self) -> int:
        return self.total + self.group

    def add(self, numeral: str, end: int) -> bool:
        """Take ``numeral`` in; False when it cannot continue this number."""
        joined, self.joined = self.joined, False
        if numeral in MAGNITUDES:
            fits = self._multiply(MAGNITUDES[numeral])
        else:
            fits = self._append(_SPELLED[numeral], joined)
        if fits:
            self.end = end
        return fits

    def _multiply(self, factor: int) -> bool:
        if factor == 100:
            self.group *= 100
        elif self.group:
            self.total, self.group = self.total + self.group * factor, 0
        else:
            self.total *= factor  # five thousand million
        return True

    def _append(self, value: int, joined: bool) -> bool:
        """Ones go after tens, both after hundreds: "twenty-one", but "five six" is two numbers."""
        taken = self.group % (100 if value >= 10 else 10) or self.group % 100 == 10
        if taken or not value or not self.value or (joined and self.group % 100):
            return False
        self.group += value
        return True


def spell(number: int) -> str:
    """``number`` in words, for 0 <= number < 1,000,000: 21 is "twenty-one". Else ValueError."""
    if not 0 <= number < 1_000_000:
        raise ValueError(f"only numbers from 0 to 999,999 are spelled out, not {number}")
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")
    size, word, joint = (100, "hundred", " and ") if number < 1000 else (1000, "thousand", " ")
    head, rest = divmod(number, size)
    return f"{spell(head)} {word}" + (f"{joint}{spell(rest)}" if rest else "")
