"""Tables whose cells tell only where they end: which columns each of them covers.

Knows no file format.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

_SAME_EDGE = 30  # twips, a fiftieth of an inch: edges of cells that are nearer are one
_MOST_EDGES = 200  # columns of a grid; a broken file may claim thousands


@dataclass(slots=True)
class Cell:
    """How a cell is defined: where it ends, in twips from the left, and what covers it."""

    end: int
    goes_on_above: bool = False
    goes_on_before: bool = False


@dataclass(slots=True)
class Row:
    """A row of a table: the texts of its cells, and their definitions as far as there are any."""

    texts: list[str]
    cells: list[Cell]
    start: int = 0
    is_header: bool = False


def grid(rows: list[Row]) -> list[list[str]]:
    """The rows with all cells in the columns that they cover, told by where cells end."""
    edges: list[int] = []
    ends = {cell.end for row in rows for cell in row.cells} | {row.start for row in rows}
    for edge in sorted(ends):
        if not edges or edge - edges[-1] > _SAME_EDGE:
            edges.append(edge)
    found: list[list[str]] = []
    for row in rows:
        if len(row.cells) < len(row.texts) or not len(row.texts) < len(edges) <= _MOST_EDGES:
            return [row.texts for row in rows]  # nothing tells which columns a cell covers
        found.append(_spread(row, edges, found[-1] if found else []))
        if not _own(row) <= set(found[-1]):  # edges that overlap
            return [row.texts for row in rows]
    return found


def _own(row: Row) -> set[str]:
    """What the cells of a row say that nothing covers."""
    cells = zip(row.cells, row.texts, strict=False)
    return {text for cell, text in cells if not (cell.goes_on_above or cell.goes_on_before)}


def _spread(row: Row, edges: list[int], above: list[str]) -> list[str]:
    middles = [(left + right) / 2 for left, right in pairwise(edges)]
    texts: list[str] = [""] * sum(middle < row.start for middle in middles)
    before = ""
    for cell, said in zip(row.cells, row.texts, strict=False):
        at = len(texts)
        text = before if cell.goes_on_before else said
        if cell.goes_on_above and at < len(above):
            text = above[at]
        width = sum(middle < cell.end for middle in middles) - at
        texts += [text] * width
        before = text
    return texts + [""] * (len(middles) - len(texts))
