"""The grid of a table of a web page: merged cells spread, its header rows counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.load.build import tidy

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_LONGEST_CELL = 300  # characters; with longer ones and no header, it is there for a page's layout
_WIDEST_SPAN = 100  # columns and rows; a broken page may claim millions
_MOST_CELLS = 1_000_000  # of a table, its merged cells spread
_LAYOUT_ROLES = ("presentation", "none")
_SECTIONS = {"thead": 0, "tfoot": 2}  # in which order they are shown, bodies between

Texts = Callable[["Element"], str]
Test = Callable[["Element"], bool]
Falling = dict[int, tuple[int, str, bool]]  # by column: for how many rows more, what, and if header


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: as many cells in each row as it covers, the first ``header_rows`` its header.

    ``stray`` is text that stands in no cell, which is shown above the table. ``linked`` is how many
    of its characters are those of links.
    """

    stray: str
    caption: str
    rows: list[list[str]]
    header_rows: int
    linked: int


@dataclass(slots=True)
class _Row:
    cells: list[str]
    headers: list[bool]  # by cell: whether it is a th
    section: str


def grid_of(table: Element, text: Texts, is_hidden: Test) -> Grid | None:
    """The grid of a table; None for one that only arranges a page.

    ``text`` reads a cell, ``is_hidden`` tells rows and cells that are not shown.
    """
    own = [row for row in table.iter("tr") if _table_of(row) is table and not is_hidden(row)]
    own.sort(key=lambda row: _SECTIONS.get(_section(row), 1))
    has_header = any(
        child.tag == "th" or child.get("role") in ("columnheader", "rowheader")
        for row in own
        for child in row
        if isinstance(child.tag, str)
    )
    is_nested = any(True for _ in table.iterdescendants("table"))
    if table.get("role") in _LAYOUT_ROLES or (is_nested and not has_header):
        return None
    # Told before any cell is read: what is read twice in each of many tables within each other
    # would take for ever.
    if max(map(_width, own), default=0) < 2 or not (has_header or _has_short_cells(own)):
        return None
    rows = list(_rows(own, text, is_hidden))
    width = max((len(row.cells) for row in rows), default=0)
    caption = next((text(each) for each in table.iterchildren("caption")), "")
    linked = sum(len("".join(each.itertext()).strip()) for each in table.iter("a"))
    cells = [row.cells for row in rows]
    header = _header_rows(rows)
    if not header and width > 2 and all(_begins_with_its_name(row) for row in rows):
        cells, header = _turned(cells, width), 1
    return Grid(_stray(table, own), caption, cells, header, linked)


def _stray(table: Element, rows: Sequence[Element]) -> str:
    frames = [table, *table.iterchildren("thead", "tbody", "tfoot"), *rows]
    texts = [each.text or "" for each in frames]
    texts += [child.tail or "" for each in frames for child in each]
    return " ".join(filter(None, map(str.strip, texts)))


def _width(row: Element) -> int:
    """How many columns a row has at least."""
    return sum(_span(cell, "colspan", endless=1) for cell in row.iterchildren("td", "th"))


def _has_short_cells(rows: Sequence[Element]) -> bool:
    cells = (cell for row in rows for cell in row.iterchildren("td", "th"))
    return all(len(tidy("".join(cell.itertext()))) <= _LONGEST_CELL for cell in cells)


def _table_of(row: Element) -> Element | None:
    return next(row.iterancestors("table"), None)


def _section(row: Element) -> str:
    parent = row.getparent()
    return str(parent.tag) if parent is not None else ""


def _rows(own: Sequence[Element], text: Texts, is_hidden: Test) -> Iterator[_Row]:
    """The rows of a table; what spans several columns or rows stands in each of them."""
    falling: Falling = {}
    section: Element | None = None
    budget = _MOST_CELLS
    for row in own:
        if row.getparent() is not section:  # a cell does not reach into the next part of a table
            falling.clear()
            section = row.getparent()
        read = _Row([], [], _section(row))
        for cell in row.iterchildren("td", "th"):
            _take_falling(read, falling)
            if not is_hidden(cell):
                _place(cell, text(cell), read, falling)
        _take_falling(read, falling)
        budget -= len(read.cells)
        if budget < 0:
            return
        if any(read.cells):
            yield read


def _place(cell: Element, text: str, read: _Row, falling: Falling) -> None:
    is_header = cell.tag == "th" or cell.get("role") in ("columnheader", "rowheader")
    down = _span(cell, "rowspan", endless=_WIDEST_SPAN)
    for _ in range(_span(cell, "colspan", endless=1)):
        if down > 1:
            falling[len(read.cells)] = (down - 1, text, is_header)
        read.cells.append(text)
        read.headers.append(is_header)


def _take_falling(read: _Row, falling: Falling) -> None:
    while len(read.cells) in falling:
        column = len(read.cells)
        rows, text, is_header = falling.pop(column)
        if rows > 1:
            falling[column] = (rows - 1, text, is_header)
        read.cells.append(text)
        read.headers.append(is_header)


def _span(cell: Element, name: str, *, endless: int) -> int:
    """How many rows or columns a cell covers; 0 of them are all that are left."""
    stated = cell.get(name, "1").strip()
    count = int(stated) if stated.isdecimal() and len(stated) < 10 else 1
    return min(count, _WIDEST_SPAN) or endless


def _header_rows(rows: Sequence[_Row]) -> int:
    """How many rows at the top name the columns: those of the head, or of header cells alone."""
    count = 0
    for row in rows[:-1]:
        is_header = row.section == "thead" or (
            any(row.headers)
            and all(named or not cell for named, cell in zip(row.headers, row.cells, strict=True))
        )
        if not is_header:
            break
        count += 1
    return count


def _begins_with_its_name(row: _Row) -> bool:
    return row.headers[:1] == [True] and not any(row.headers[1:])


def _turned(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Columns as rows, for a table whose names stand at the left: each column is what they tell."""
    return [[row[at] if at < len(row) else "" for row in rows] for at in range(width)]
