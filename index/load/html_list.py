"""The numbers of the items of a list on a web page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_KINDS = {"lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A"}
_KINDS |= {"lower-roman": "i", "upper-roman": "I", "decimal": "1"}
_STYLE = re.compile(rf"list-style(?:-type)?\s*:[^;]{{0,40}}?({'|'.join(_KINDS)})", re.IGNORECASE)


@dataclass(slots=True)
class Numbers:
    """The marks of a list's items: ``next`` counts by ``step``; a bullet without a kind."""

    kind: str | None
    next: int = 1
    step: int = 1

    def mark(self, item: Element) -> str:
        """What stands before an item, which may state its number; then counts on."""
        if self.kind is None:
            return "- "
        stated = _whole_number(item.get("value"))
        number = self.next if stated is None else stated
        self.next = number + self.step
        shown = str(number)
        if self.kind in ("a", "A") and number > 0:
            shown = _letters(number)
        elif self.kind in ("i", "I") and 0 < number < 4000:
            shown = "".join(_roman(number))
        return f"{shown.upper() if self.kind.isupper() else shown}. "


def numbers_of(element: Element) -> Numbers:
    """How an ordered list counts."""
    styled = _STYLE.search(element.get("style", ""))
    kind = _KINDS[styled[1].lower()] if styled else element.get("type", "1")
    start = _whole_number(element.get("start"))
    if element.get("reversed") is None:
        return Numbers(kind, 1 if start is None else start)
    items = sum(1 for _ in element.iterchildren("li"))
    return Numbers(kind, items if start is None else start, -1)


def _whole_number(stated: str | None) -> int | None:
    found = re.fullmatch(r"\s*(-?[0-9]{1,9})\s*", stated or "")
    return int(found[1]) if found else None


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


def _roman(number: int) -> Iterator[str]:
    values = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
    for value, letters in zip(values, "m cm d cd c xc l xl x ix v iv i".split(), strict=True):
        yield letters * (number // value)
        number %= value
