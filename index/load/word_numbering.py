"""The numbers that Word puts in front of paragraphs: ``2.2``, ``(a)``, ``Article IV``.

They are nowhere in the text of the file: a paragraph, or its style, names a list and a level, and
the list says how its levels are counted and written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.load.numerals import numeral
from index.load.word_styles import VAL, Styles, W, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_PLACE = re.compile(r"%([1-9])")
_BULLET = "-"
_LEVELS = 9
_ABSTRACT = f"{W}abstractNumId"


class _Level:
    """How one level of a list is counted and written."""

    def __init__(self, root: Element) -> None:
        start = value(root, f"{W}start")
        restart = value(root, f"{W}lvlRestart")
        self.start = int(start) if start.isdecimal() else 1
        self.restarts_after = int(restart) if restart.isdecimal() else None
        self.is_legal = is_on(root, f"{W}isLgl")
        self.style = value(root, f"{W}pStyle")
        shape = next(root.iter(f"{W}numFmt"), None)  # in a choice where only a later Word knows it
        self.shape = "decimal" if shape is None else shape.get(VAL, "decimal")
        self.example = "" if shape is None else shape.get(f"{W}format", "")
        text = root.find(f"{W}lvlText")
        self.text = None if text is None else text.get(VAL, "")

    def write(self, number: int, language: str, *, legal: bool) -> str:
        if self.shape == "custom":  # "001, 002, 003, ..."
            return f"{number:0{len(self.example.partition(',')[0].strip())}}"
        return numeral(number, "decimal" if legal else self.shape, language)


@dataclass(slots=True)
class _List:
    """A list of the document: its levels, and what is counted together with it."""

    counted_with: str  # the definition that it shares with other lists
    levels: dict[int, _Level]
    begins_anew: set[int]  # levels that do so with the first item of this list


class Numbering:
    """The lists of a document, and how far they are counted."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, _List | None] = {}
        self._counts: dict[str, dict[int, int]] = {}
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
        return self._counted(found, min(int(level), _LEVELS - 1) if level.isdecimal() else 0)

    def _counted(self, found: _List, at: int) -> str:
        level = found.levels.get(at)
        if level is None:
            return ""
        counts = self._counts.setdefault(found.counted_with, {})
        for deeper in [each for each in counts if each > at]:
            after = found.levels[deeper].restarts_after if deeper in found.levels else None
            if after is None or at < after:
                del counts[deeper]
        if at in found.begins_anew or at not in counts:
            found.begins_anew.discard(at)
            counts[at] = level.start
        else:
            counts[at] += 1
        if level.shape == "bullet":
            return f"{_BULLET} "
        text = f"%{at + 1}." if level.text is None else level.text

        def written(place: re.Match[str]) -> str:
            of = int(place[1]) - 1
            shown = found.levels.get(of, level)
            number = counts.get(of, shown.start)
            return shown.write(number, self._styles.language, legal=level.is_legal)

        mark = _PLACE.sub(written, text).strip()
        return f"{mark} " if mark else ""

    def _list(self, id_: str) -> _List | None:
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


def _linked(found: _List, style: str) -> str:
    """The level that a list keeps for the paragraphs of a style; empty for none."""
    of_style = (str(at) for at, each in found.levels.items() if style and each.style == style)
    return next(of_style, "")


def _list(id_: str, abstract: Element, number: Element) -> _List:
    levels = {_place(each): _Level(each) for each in abstract.iter(f"{W}lvl")}
    begins_anew: set[int] = set()
    for override in number.iter(f"{W}lvlOverride"):
        at = _place(override)
        own = override.find(f"{W}lvl")
        if own is not None:
            levels[at] = _Level(own)
        start = value(override, f"{W}startOverride")
        if start.isdecimal() and at in levels:
            levels[at].start = int(start)
            begins_anew.add(at)
    return _List(id_, levels, begins_anew)


def _place(element: Element) -> int:
    place = element.get(f"{W}ilvl", "0")
    return int(place) if place.isdecimal() else 0
