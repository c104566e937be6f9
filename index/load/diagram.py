"""The texts of a diagram that Office draws by itself (SmartArt), in their order and depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.load.build import tidy

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_SHOWN = ("node", "asst")  # kinds of points; the others are lines between them and their looks


def diagram_lines(data: Element) -> list[str]:
    """The texts of the data part of a diagram, one a line, deeper ones indented.

    A text that hangs on none of the others comes last.
    """
    points = {each.get("modelId", ""): each for each in data.iter(f"{_D}pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for each in data.iter(f"{_D}cxn"):
        if each.get("type", "parOf") == "parOf":
            order = each.get("srcOrd", "0")
            place = int(order) if order.isdecimal() else 0
            below.setdefault(each.get("srcId", ""), []).append((place, each.get("destId", "")))
    seen: set[str] = set()
    roots = [id_ for id_, each in points.items() if each.get("type") == "doc"]
    lines: list[str] = []
    for root in [*roots, *points]:
        for id_, depth in _below(root, below, seen):
            point = points.get(id_)
            if point is not None and point.get("type", "node") in _SHOWN and (text := _text(point)):
                lines.append(f"{'  ' * max(0, depth)}- {text}")
    return lines


def _below(
    root: str, below: dict[str, list[tuple[int, str]]], seen: set[str]
) -> Iterator[tuple[str, int]]:
    """The points at and under a point with their depth, -1 for itself, each once."""
    waiting = [(root, -1)]
    while waiting:
        id_, depth = waiting.pop()
        if id_ not in seen:
            seen.add(id_)
            yield id_, depth
            deeper = sorted(below.get(id_, ()), reverse=True)
            waiting += [(child, depth + 1) for _, child in deeper]


def _text(point: Element) -> str:
    paragraphs = ("".join(each.itertext(f"{_A}t")) for each in point.iter(f"{_A}p"))
    return " ".join(filter(None, map(tidy, paragraphs)))
