"""The numbers that Word puts in front of paragraphs: ``2.2``, ``(a)``, ``Article IV``.

They are nowhere in the text of the file: a paragraph, or its style, names a list and a level, and
the list says how its levels are counted and written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from index.load.list_numbers import Counts, ItemList, Level
from index.load.word_styles import VAL, Styles, W, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9
_ABSTRACT = f"{W}abstractNumId"


class Numbering:
    """The lists of a document, and how far they are counted."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, ItemList | None] = {}
        self._counts = Counts(styles.language)
        numbers = [] if root is None else root.iter(f"{W}num")
        self._numbers = {each.get(f"{W}numId", ""): each for each in numbers}
        abstract = [] if root is None else root.iter(f"{W}abstractNum")
        self._abstract = {each.get(f"{W}abstractNumId", ""): each for each in abstract}

    def mark(self, properties: Element | None) -> str:
        """What stands in front of the next paragraph, which has these properties, and a blank.

        Empty for what is no item of a list.
        """
        style = value(properties, f"{W}pStyle")
        list_id, level, by = self._styles.numbering(style)
        direct = None if properties is None else properties.find(f"{W}numPr")
        if own := value(direct, f"{W}numId"):
            list_id, style, by, level = own, "", "", ""
        found = self._list(list_id)
        if found is None:
            return ""
        level = value(direct, f"{W}ilvl") or _linked(found, style) or level or _linked(found, by)
        at = min(int(level), _LEVELS - 1) if level.isdecimal() else 0
        return self._counts.mark(found, at)

    def _list(self, id_: str) -> ItemList | None:
        if id_ not in self._lists:
            number = self._numbers.get(id_)
            defining = "" if number is None else self._defining(value(number, _ABSTRACT))
            self._lists[id_] = (
                _list(defining, self._abstract[defining], number)
                if number is not None and defining in self._abstract
                else None
            )
        return self._lists[id_]

    def _defining(self, id_: str) -> str:
        """The definition that has levels: one may refer to a style that has a list of its own."""
        seen: set[str] = set()
        while id_ in self._abstract and id_ not in seen:
            seen.add(id_)
            link = value(self._abstract[id_], f"{W}numStyleLink")
            if not link:
                break
            id_ = value(self._numbers.get(self._styles.numbering(link)[0]), _ABSTRACT)
        return id_


def _linked(found: ItemList, style: str) -> str:
    """The level that a list keeps for the paragraphs of a style; empty for none."""
    at = found.linked(style)
    return "" if at is None else str(at)


def _list(id_: str, abstract: Element, number: Element) -> ItemList:
    levels = {_place(each): _level(each) for each in abstract.iter(f"{W}lvl")}
    begins_anew: set[int] = set()
    for override in number.iter(f"{W}lvlOverride"):
        at = _place(override)
        own = override.find(f"{W}lvl")
        if own is not None:
            levels[at] = _level(own)
        start = value(override, f"{W}startOverride")
        if start.isdecimal() and at in levels:
            levels[at] = replace(levels[at], start=int(start))
            begins_anew.add(at)
    return ItemList(id_, levels, begins_anew)


def _level(root: Element) -> Level:
    start = value(root, f"{W}start")
    restart = value(root, f"{W}lvlRestart")
    shape = next(root.iter(f"{W}numFmt"), None)  # in a choice where only a later Word knows it
    text = root.find(f"{W}lvlText")
    return Level(
        text=(_place(root), ".") if text is None else tuple(_parts(text.get(VAL, ""))),
        shape="decimal" if shape is None else shape.get(VAL, "decimal"),
        start=int(start) if start.isdecimal() else 1,
        restarts_after=int(restart) if restart.isdecimal() else None,
        is_legal=is_on(root, f"{W}isLgl"),
        style=value(root, f"{W}pStyle"),
        example="" if shape is None else shape.get(f"{W}format", ""),
    )


def _parts(text: str) -> Iterator[str | int]:
    """A text with the places of numbers: ``%1.%2`` has those of the levels 0 and 1."""
    for number, part in enumerate(_PLACE.split(text)):
        yield int(part) - 1 if number % 2 else part


def _place(element: Element) -> int:
    place = element.get(f"{W}ilvl", "0")
    return int(place) if place.isdecimal() else 0
