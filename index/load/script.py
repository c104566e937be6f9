"""How raised, lowered and struck-out text is written in plain text, the same for every format,
and how it is read again.

Unicode has raised and lowered forms of digits, signs and some letters: `10⁷`, `CO₂`. What has none
is marked, because joined to its neighbours it would say something else: `2^(n+m)` is not `2n+m`.
"""

from __future__ import annotations

import re
from decimal import Decimal

STRUCK = "~~"  # as in Markdown, on both sides of what was struck out

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")

_STRUCK_OUT = re.compile(f"{STRUCK}(?=[^\\s~])[^~]*{STRUCK}")
_LOWERED_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_BEHIND_LETTERS = re.compile(rf"(?<![^\W\d_])([^\W\d_{_RAISED_DIGITS}]+)([{_RAISED_DIGITS}]+)")
_LONGEST_SYMBOL = 2  # letters: m², cm³; raised behind a word stands the mark of a note
_AS_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")
EXPONENT = r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\^\(?[+\-−]?[0-9]+(?![0-9])\)?"  # a pattern: behind its base


def raised(text: str) -> str:
    """``text`` as an exponent or an ordinal's ending: ``⁷``, ``^(th)``."""
    return _written(text, _RAISED, "^")


def lowered(text: str) -> str:
    """``text`` as an index: ``₂``, ``_(max A)``."""
    return _written(text, _LOWERED, "_")


def struck(text: str) -> str:
    """``text`` marked as struck out; the blanks at its ends stay outside of the marks."""
    inner = text.strip()
    if not inner:
        return text
    start = text.index(inner)
    return f"{text[:start]}{STRUCK}{inner}{STRUCK}{text[start + len(inner) :]}"


def standing(text: str) -> str:
    """``text`` with blanks in place of what is struck out, so that all offsets stay."""
    return _STRUCK_OUT.sub(lambda found: " " * len(found[0]), text) if STRUCK in text else text


def plain_letters(text: str) -> str:
    """``text`` with ``CO2`` for CO₂, ``m2`` for m² and no marks of notes behind words.

    All offsets stay; an exponent of a figure stays one.
    """
    if text.isascii():
        return text
    return _BEHIND_LETTERS.sub(_plain, text.translate(_LOWERED_DIGITS))


def _plain(found: re.Match[str]) -> str:
    letters, digits = found.groups()
    if len(letters) > _LONGEST_SYMBOL:
        return letters + " " * len(digits)
    return letters + digits.translate(_AS_DIGITS)


def exponent_value(written: str) -> Decimal:
    """The value of what `EXPONENT` matches: ``⁷``, ``^(-12)``, ``^7``."""
    return Decimal(written.translate(_AS_DIGITS).strip("^()"))


def _written(text: str, forms: dict[int, int], mark: str) -> str:
    inner = text.strip()
    if not inner:
        return text
    start = text.index(inner)
    every = all(ord(character) in forms for character in inner)
    form = inner.translate(forms) if every else f"{mark}({inner})"
    return f"{text[:start]}{form}{text[start + len(inner) :]}"
