"""What holds in every language that has no file of its own: digits, symbols and capital letters."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from rag.language.stemmers import STEMMERS
from rag.language.types import Language, Numerals

SYMBOLS = {
    "%": "percent",
    "‰": "per thousand",
    "$": "dollar",
    "€": "euro",
    "£": "pound",
    "¥": "yen",
    "km": "kilometre",
    "cm": "centimetre",
    "mm": "millimetre",
    "m": "metre",
    "kg": "kilogram",
    "°c": "celsius",
    "°f": "fahrenheit",
}

NEUTRAL = Language(code="", numerals=Numerals(units=SYMBOLS))

# These write every noun with a capital letter, so that one is no sign of a name.
_WITH_CAPITAL_NOUNS = frozenset(("de", "lb"))


@cache
def unread(code: str) -> Language:
    """A language of which nothing is known but its stems: as `NEUTRAL`, by the name of ``code``."""
    return replace(
        NEUTRAL,
        code=code,
        stemmer=STEMMERS.get(code),
        capitals_name=code not in _WITH_CAPITAL_NOUNS,
    )
