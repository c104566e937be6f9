"""What holds in every language that has no file of its own: digits, symbols and capital letters."""

from __future__ import annotations

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
