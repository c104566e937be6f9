"""What the styles of a Word document say of its paragraphs and runs: headings, looks, lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from index.load.runs import Look

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = f"{W}val"
_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
_OFF = {"0", "false", "off", "none"}
_SHIFTS = {"superscript": 1, "subscript": -1}
_LONGEST_CHAIN = 50  # styles that are based on each other; Word itself stops sooner
_LEAST_POSITION = 3  # half points; less moves a run for its looks
_TOGGLES = ("strike", "vanish")  # set by a paragraph's style and by a character's, they are off
_LOOKS = {f"{W}{name}": name for name in ("vertAlign", "position", "dstrike", *_TOGGLES)}
Properties = Mapping[str, str]


def value(element: Element | None, path: str) -> str:
    """The attribute ``val`` of what is at ``path``; empty without it."""
    found = None if element is None else element.find(path)
    return "" if found is None else found.get(VAL, "")


def is_on(element: Element | None, path: str) -> bool:
    """Whether a property that is on or off is there, and on."""
    found = None if element is None else element.find(path)
    return found is not None and found.get(VAL, "1") not in _OFF


class Styles:
    """The styles of a document, each with what it inherits."""

    def __init__(self, root: Element | None) -> None:
        styles = [] if root is None else list(root.iter(f"{W}style"))
        self._by_id = {style.get(f"{W}styleId", ""): style for style in styles}
        of_paragraphs = (each for each in styles if each.get(f"{W}type") == "paragraph")
        usual = (each for each in of_paragraphs if each.get(f"{W}default") in ("1", "true"))
        self._default = next((each.get(f"{W}styleId", "") for each in usual), "")
        defaults = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._of_document = _own(defaults)
        self.language = value(defaults, f"{W}lang")
        self._levels: dict[str, int | None] = {}
        self._looks: dict[str, Properties] = {}
        self._numberings: dict[str, tuple[str, str, str]] = {}

    def name(self, id_: str) -> str:
        """The name of a style, which is in English for those that every Word knows."""
        return value(self._by_id.get(id_), f"{W}name").lower()

    def chain(self, id_: str) -> list[Element]:
        """The style, what it is based on, and so on."""
        found: dict[str, Element] = {}
        while id_ in self._by_id and id_ not in found and len(found) < _LONGEST_CHAIN:
            found[id_] = self._by_id[id_]
            id_ = value(found[id_], f"{W}basedOn")
        return list(found.values())

    def heading_level(self, id_: str) -> int | None:
        """The level of the heading that a style makes, from 1; None if it makes none."""
        if id_ not in self._levels:
            told = (_told_level(style) for style in self.chain(id_))
            self._levels[id_] = next((level for level in told if level is not None), 0) or None
        return self._levels[id_]

    def numbering(self, id_: str) -> tuple[str, str, str]:
        """The list that a style puts its paragraphs into, its level, and the style that says so."""
        if id_ in self._numberings:
            return self._numberings[id_]
        list_id, level, by = "", "", ""
        for style in self.chain(id_ or self._default):
            of_style = style.find(f"{W}pPr/{W}numPr")
            level = level or value(of_style, f"{W}ilvl")
            list_id = value(of_style, f"{W}numId")
            if list_id:
                by = style.get(f"{W}styleId", "")
                break
        self._numberings[id_] = list_id, level, by
        return list_id, level, by

    def look(self, paragraph_style: str, run: Element | None) -> Look | None:
        """How a run with the properties ``run`` is shown; None if it is hidden."""
        direct = _own(run)
        of_paragraph = self._inherited(paragraph_style or self._default)
        of_run = self._inherited(value(run, f"{W}rStyle")) if run is not None else {}
        if not (direct or of_paragraph or of_run or self._of_document):
            return Look()
        all_: dict[str, str] = {**self._of_document, **of_paragraph, **of_run, **direct}
        for toggle in _TOGGLES:
            if toggle not in direct and toggle in of_paragraph and toggle in of_run:
                all_[toggle] = "1" if of_paragraph[toggle] != of_run[toggle] else "0"
        if all_.get("vanish") == "1":
            return None
        is_struck = "1" in (all_.get("strike"), all_.get("dstrike"))
        return Look(_shift(all_), is_struck)

    def _inherited(self, id_: str) -> Properties:
        if id_ not in self._looks:
            found: dict[str, str] = {}
            for style in reversed(self.chain(id_)):
                found |= _own(style.find(f"{W}rPr"))
            self._looks[id_] = found
        return self._looks[id_]


def _own(properties: Element | None) -> dict[str, str]:
    """What of these run properties bears meaning."""
    found: dict[str, str] = {}
    for each in () if properties is None else properties:
        name = _LOOKS.get(each.tag)
        if name is not None:
            given = each.get(VAL, "1")
            is_measure = name in ("vertAlign", "position")
            found[name] = given if is_measure else "0" if given in _OFF else "1"
    return found


def _shift(properties: Properties) -> int:
    shift = _SHIFTS.get(properties.get("vertAlign", ""), 0)
    position = properties.get("position", "")
    if shift or not re.fullmatch(r"-?\d{1,4}", position):
        return shift
    half_points = int(position)
    return 0 if abs(half_points) < _LEAST_POSITION else 1 if half_points > 0 else -1


def _told_level(style: Element) -> int | None:
    """The level that a style itself tells; 0 if it tells that it makes no heading."""
    name = value(style, f"{W}name")
    if found := _HEADING.match(name):
        return int(found[1])
    if name.lower() == "title":
        return 1
    outline = value(style, f"{W}pPr/{W}outlineLvl")
    if outline.isdecimal():
        return int(outline) + 1 if int(outline) < 9 else 0
    return None
