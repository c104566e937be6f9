"""How an element of a web page is shown, as far as that changes what it says.

Knows no layout: only what is hidden, struck out, raised or lowered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

RAISED, LOWERED, STRUCK, NOTE = 1, 2, 4, 8  # bits: what lies within has them too

_NEVER_SHOWN = frozenset(
    "annotation annotation-xml audio datalist frameset head iframe noframes noscript rp script "
    "style template title video".split()
)
_BY_TAG = {"sup": RAISED, "sub": LOWERED, "s": STRUCK, "strike": STRUCK, "del": STRUCK}
_HIDES = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_STRIKES = re.compile(r"text-decoration(?:-line)?\s*:[^;]{0,80}line-through", re.IGNORECASE)
_SHIFTS = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]*)?(?:[.#][\w-]+)?", re.IGNORECASE)  # p.old, .old, #old


class Styles:
    """What the attributes of elements and the style sheets of a page say of how they are shown."""

    def __init__(self, root: Element) -> None:
        self._rules = _rules(root)
        self._most_is_marked = _mostly_marked(root)
        self.hidden: set[Element] = set()  # what was asked for and has text

    def is_hidden(self, element: Element) -> bool:
        """Whether nobody sees an element.

        What a style sheet hides is not hidden: scripts show it when it is opened.
        """
        if element.tag in _NEVER_SHOWN:
            return True
        if self._is_hidden(element):
            if any(not text.isspace() for text in element.itertext()):
                self.hidden.add(element)
            return True
        return False

    def _is_hidden(self, element: Element) -> bool:
        if element.tag == "dialog" and element.get("open") is None:
            return True
        attributes = element.attrib
        if "note" in attributes.get("epub:type", ""):  # which a reader shows when it is asked for
            return False
        if "hidden" in attributes and attributes["hidden"].lower() != "until-found":
            return True
        if attributes.get("aria-hidden") == "true" and not self._most_is_marked:
            return True
        return "style" in attributes and _HIDES.search(attributes["style"]) is not None

    def of(self, element: Element) -> int:
        """Whether an element is raised, lowered or struck out; bits."""
        style = _BY_TAG.get(element.tag, 0)
        if "style" in element.attrib:
            style |= _declared(element.attrib["style"])
        if self._rules:
            style |= self._ruled(element)
        return style

    def _ruled(self, element: Element) -> int:
        names = [f".{name}" for name in element.get("class", "").split()]
        if "id" in element.attrib:
            names.append(f"#{element.attrib['id']}")
        style = self._rules.get(element.tag, 0)
        for name in names:
            style |= self._rules.get(name, 0) | self._rules.get(f"{element.tag}{name}", 0)
        return style


def _declared(declarations: str) -> int:
    style = STRUCK if _STRIKES.search(declarations) else 0
    if shift := _SHIFTS.search(declarations):
        style |= RAISED if shift[1].lower() == "super" else LOWERED
    return style


def _rules(root: Element) -> Mapping[str, int]:
    """What simple selectors of style sheets strike out, raise or lower."""
    rules: dict[str, int] = {}
    for sheet in root.iter("style"):
        depth = 0  # of braces: what holds only of some media stands within two
        selectors = ""
        for part in re.split(r"(?<=[{}])", _uncommented(sheet.text or "")):
            body, brace = part[:-1], part[-1:]
            if brace == "{":
                depth += 1
                selectors = body if depth == 1 else ""
            elif brace == "}":
                depth = max(0, depth - 1)
                if depth == 0 and (style := _declared(body)):
                    for selector in selectors.split(","):
                        if (name := selector.strip()) and _SIMPLE.fullmatch(name):
                            rules[name] = rules.get(name, 0) | style
    return rules


def _uncommented(sheet: str) -> str:
    before, *comments = sheet.split("/*")
    return before + "".join(each.partition("*/")[2] for each in comments)


def _mostly_marked(root: Element) -> bool:
    """Whether most of a page is kept from screen readers, as behind an open dialog."""
    marked = sum(
        len("".join(each.itertext()).strip()) for each in root.iterfind(".//*[@aria-hidden='true']")
    )
    return marked > 0 and 2 * marked > len("".join(root.itertext()).strip())
