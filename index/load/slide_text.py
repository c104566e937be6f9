"""What stands in a text frame of a presentation: its paragraphs, numbered and with their looks.

A paragraph inherits from its frame, the frame's place in the layout of the slide, that in the
master, and the master's styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.load.build import tidy
from index.load.equation import omml_text
from index.load.numerals import numeral
from index.load.package import children
from index.load.runs import PLAIN, Look, Run, written

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MARKS = {f"{A}{name}" for name in ("buNone", "buAutoNum", "buChar", "buBlip")}
_UNSTRUCK = "noStrike"
_SCHEME = re.compile(
    r"(arabic|alphaLc|alphaUc|romanLc|romanUc|circleNum|ea1|thaiNum|hindiNum)\w*?"
    r"(Period|ParenR|ParenBoth|Plain|Minus)$"
)
_WAYS = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "circleNum": "decimalEnclosedCircle",
    "ea1": "chineseCounting",
    "thaiNum": "thaiNumbers",
    "hindiNum": "hindiNumbers",
}
_FORMS = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}", "Minus": "{}-"}


def paragraphs(body: Element | None, inherited: Sequence[Element]) -> list[tuple[str, str]]:
    """The paragraphs of a text frame that say anything, each with its number in front, if any.

    ``inherited`` are styles of lists, nearest first; that of the frame itself is found in it.
    """
    found: list[tuple[str, str]] = []
    counts: dict[int, tuple[str, int]] = {}  # by level: how it is counted, and how far
    styles = [] if body is None else [*body.iter(f"{A}lstStyle"), *inherited]
    for paragraph in () if body is None else body.iter(f"{A}p"):
        own = paragraph.find(f"{A}pPr")
        given = "0" if own is None else own.get("lvl", "0")
        level = int(given) if given.isdecimal() else 0
        at_level = [style.find(f"{A}lvl{level + 1}pPr") for style in styles]
        chain = [each for each in (own, *at_level) if each is not None]
        if text := tidy(written(_runs(paragraph, chain))):
            found.append((_mark(chain, level, counts), text))
    return found


def joined(body: Element | None, inherited: Sequence[Element]) -> str:
    """The text of a frame on one line."""
    return " ".join(f"{mark}{text}" for mark, text in paragraphs(body, inherited))


def _runs(element: Element, chain: Sequence[Element]) -> Iterator[Run]:
    for child in children(element):
        tag = child.tag
        if tag in (f"{A}r", f"{A}fld"):
            yield child.findtext(f"{A}t") or "", _look(child.find(f"{A}rPr"), chain)
        elif tag in (f"{A}br", f"{A}tab"):
            yield " ", PLAIN
        elif tag in (f"{_M}oMath", f"{_M}oMathPara"):
            yield f" {omml_text(child)} ", PLAIN
        elif tag not in (f"{A}pPr", f"{A}endParaRPr"):
            yield from _runs(child, chain)


def _look(run: Element | None, chain: Sequence[Element]) -> Look:
    shift = _inherited("baseline", run, chain).rstrip("%")
    struck = _inherited("strike", run, chain)
    above = int(shift) if re.fullmatch(r"-?\d{1,9}", shift) else 0
    return Look((above > 0) - (above < 0), struck not in ("", _UNSTRUCK))


def _inherited(name: str, run: Element | None, chain: Sequence[Element]) -> str:
    if run is not None and (own := run.get(name)) is not None:
        return str(own)
    usual = (each.find(f"{A}defRPr") for each in chain)
    given = (each.get(name) for each in usual if each is not None)
    return next((each for each in given if each is not None), "")


def _mark(chain: Sequence[Element], level: int, counts: dict[int, tuple[str, int]]) -> str:
    """The number in front of a paragraph and a blank; empty for none."""
    marks = (each for of in chain for each in of if each.tag in _MARKS)
    mark = next(marks, None)
    for deeper in [each for each in counts if each > level]:
        del counts[deeper]
    if mark is None or mark.tag != f"{A}buAutoNum":
        counts.pop(level, None)
        return ""
    scheme, start = mark.get("type", ""), mark.get("startAt", "1")
    key = f"{scheme} {start}"
    before, number = counts.get(level, ("", 0))
    number = number + 1 if before == key else int(start) if start.isdecimal() else 1
    counts[level] = key, number
    way, form = found.groups() if (found := _SCHEME.match(scheme)) else ("arabic", "Period")
    return _FORMS[form].format(numeral(number, _WAYS[way])) + " "
