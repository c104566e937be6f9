"""What the styles of an OpenDocument file say: looks of text, and how lists are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from index.load.numerals import numeral
from index.load.runs import Look

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT = f"{{{_NAMESPACE}text:1.0}}"
STYLE = f"{{{_NAMESPACE}style:1.0}}"
_WEIGHT = f"{{{_NAMESPACE}xsl-fo-compatible:1.0}}font-weight"
_LIST_FORMAT = "num-list-format"  # of LibreOffice: "%1%.%2%."
_PLACE = re.compile(r"%(\d{1,2})%")
_BULLET = "- "
_WAYS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "0": "decimalZero",
    "①": "decimalEnclosedCircle",
    "一": "chineseCounting",
    "甲": "ideographTraditional",
    "ア": "aiueo",
    "А": "russianUpper",
    "а": "russianLower",
    "α": "lowerGreek",
    "Α": "upperGreek",
    "๑": "thaiNumbers",
    "१": "hindiNumbers",
    "أ": "arabicAlpha",
    "א": "hebrew2",
}  # by the first character of the format
_LONGEST_CHAIN = 50  # styles that inherit from each other
_LEAST_SHIFT = 5  # per cent of the height of a line; less is for looks
Properties = Mapping[str, str]
Counts = dict[int, int]  # how far each level of a list is counted, levels from 1


class Styles:
    """The styles in some parts of a file; what the first part says goes before the others."""

    def __init__(self, *roots: Element | None) -> None:
        self._styles: dict[tuple[str, str], Element] = {}
        self._lists: dict[str, Element] = {}
        self.outline: Element | None = None
        for root in (each for each in roots if each is not None):
            for style in root.iter(f"{STYLE}style"):
                key = (style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", ""))
                self._styles.setdefault(key, style)
            for style in root.iter(f"{TEXT}list-style"):
                self._lists.setdefault(style.get(f"{STYLE}name", ""), style)
            if self.outline is None:
                self.outline = next(root.iter(f"{TEXT}outline-style"), None)
        self._looks: dict[tuple[str, str], Properties] = {}

    def list_style(self, name: str) -> Element | None:
        """The list style with a name."""
        return self._lists.get(name)

    def attribute(self, family: str, name: str, attribute: str) -> str | None:
        """An attribute of a style or of the nearest one above it that has it."""
        for style in self._chain(family, name):
            if (found := style.get(attribute)) is not None:
                return str(found)
        return None

    def property(self, family: str, name: str, properties: str, attribute: str) -> str:
        """An attribute of the properties of a style, without what it inherits."""
        style = self._styles.get((family, name))
        found = None if style is None else style.find(f"{STYLE}{properties}")
        return "" if found is None else found.get(attribute, "")

    def properties(self, family: str, name: str) -> Properties:
        """What of the looks of a style's text bears meaning: its place, its strokes, whether shown.

        What it does not say is not in it, so that what lies around shows through.
        """
        if (family, name) not in self._looks:
            found: dict[str, str] = {}
            for style in reversed(self._chain(family, name)):
                of_text = style.find(f"{STYLE}text-properties")
                if of_text is not None:
                    found |= _own(of_text)
            self._looks[family, name] = found
        return self._looks[family, name]

    def _chain(self, family: str, name: str) -> list[Element]:
        found: dict[str, Element] = {}
        while (family, name) in self._styles and name not in found and len(found) < _LONGEST_CHAIN:
            found[name] = self._styles[family, name]
            name = found[name].get(f"{STYLE}parent-style-name", "")
        return list(found.values())


def look(properties: Properties) -> Look | None:
    """How text with these properties is shown; None if it is hidden."""
    if properties.get("display") == "none":
        return None
    return Look(_shift(properties.get("position", "")), properties.get("struck") == "1")


def _own(of_text: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    if position := of_text.get(f"{STYLE}text-position"):
        found["position"] = position
    strokes = [of_text.get(f"{STYLE}text-line-through-{each}") for each in ("style", "type")]
    if given := [each for each in strokes if each is not None]:
        found["struck"] = "0" if "none" in given else "1"
    if weight := of_text.get(_WEIGHT):
        found["weight"] = weight
    if display := of_text.get(f"{TEXT}display"):
        found["display"] = display
    return found


def _shift(position: str) -> int:
    """1 for raised, -1 for lowered: of ``super 58%`` or ``33% 58%``."""
    first = position.partition(" ")[0]
    if first in ("super", "sub"):
        return 1 if first == "super" else -1
    if not re.fullmatch(r"-?\d{1,4}(?:\.\d+)?%", first):
        return 0
    per_cent = float(first[:-1])
    return 0 if abs(per_cent) < _LEAST_SHIFT else 1 if per_cent > 0 else -1


def counted_mark(style: Element | None, level: int, counts: Counts, start: str | None) -> str:
    """Counts an item of ``level`` on, and says what stands in front of it: ``2.1 ``.

    ``start`` is the number that the item itself gives, if it does.
    """
    levels = {} if style is None else {_level(each): each for each in style if _level(each)}
    own = levels.get(level)
    for deeper in [each for each in counts if each > level]:
        del counts[deeper]
    first = _number(None if own is None else own.get(f"{TEXT}start-value"), 1)
    counts[level] = _number(start, counts.get(level, first - 1) + 1)
    if style is None:
        return _BULLET
    if own is None or not own.tag.endswith(("-number", "outline-level-style")):
        return "" if own is None else _BULLET
    mark = _mark(own, level, levels, counts).strip()
    return f"{mark} " if mark else ""


def _mark(own: Element, level: int, levels: Mapping[int, Element], counts: Counts) -> str:
    def numbered(of: int) -> str:
        shown = levels.get(of, own)
        number = counts.get(of, _number(shown.get(f"{TEXT}start-value"), 1))
        form = shown.get(f"{STYLE}num-format", "")
        return numeral(number, _WAYS.get(form[:1], "decimal")) if form else ""

    form = next((each for name, each in own.attrib.items() if name.endswith(_LIST_FORMAT)), None)
    if form:
        return _PLACE.sub(lambda place: numbered(int(place[1])), str(form))
    if not own.get(f"{STYLE}num-format"):
        return ""
    shown = _number(own.get(f"{TEXT}display-levels"), 1)
    numbers = filter(None, map(numbered, range(max(1, level - shown + 1), level + 1)))
    prefix, suffix = (own.get(f"{STYLE}num-{each}", "") for each in ("prefix", "suffix"))
    return f"{prefix}{'.'.join(numbers)}{suffix}"


def _level(of_level: Element) -> int:
    return _number(of_level.get(f"{TEXT}level"), 0)


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text) else default
