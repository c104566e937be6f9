"""Spreadsheets of OpenDocument (.ods): the file holds the text that each cell shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.build import TextBuilder, tidy
from index.load.package import Package
from index.load.script import lowered, raised, struck
from index.load.sheet import (
    MOST_CELLS,
    NO_VALUE,
    WIDEST,
    Area,
    Place,
    Sheet,
    add_link,
    add_sheet,
    cost,
    leave_out_rows,
    remark,
)

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT = f"{{{_NAMESPACE}text:1.0}}"
_TABLE = f"{{{_NAMESPACE}table:1.0}}"
_OFFICE = f"{{{_NAMESPACE}office:1.0}}"
_STYLE = f"{{{_NAMESPACE}style:1.0}}"
_ENCRYPTED = f"{{{_NAMESPACE}manifest:1.0}}encryption-data"
_AUTHOR = "{http://purl.org/dc/elements/1.1/}creator"
_LINK = "{http://www.w3.org/1999/xlink}href"
_MOST_REPEATED = 1000  # blank cells and rows, with which sheets are padded, are no more than that


def add_spreadsheet(built: TextBuilder, package: Package, name: str) -> None:
    """Adds all sheets. Raises UnreadableError when the spreadsheet is encrypted or damaged."""
    manifest = package.xml("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter(_ENCRYPTED), None) is not None:
        raise UnreadableError(f"{name} is encrypted; save it without its password")
    root = package.needed("content.xml")
    styles = _Styles(root)
    cells_left = MOST_CELLS
    for table in root.iter(f"{_TABLE}table"):
        if next(table.iterancestors(f"{_TABLE}table"), None) is not None:
            continue
        sheet = Sheet(table.get(f"{_TABLE}name", ""), styles.is_hidden(table))
        reader = _SheetReader(sheet, styles, cells_left)
        if (not_read := reader.read(table)) is not None:
            leave_out_rows(built, sheet.name, not_read)
        cells_left = reader.cells_left
        add_sheet(built, sheet)
    pictures = sum(path.startswith("pictures/") and path[-1] != "/" for path in package.names())
    if pictures:
        built.leave_out(f"{pictures} {'picture' if pictures == 1 else 'pictures'}")


class _Styles:
    """The automatic styles of text that change what it says, and of tables that are hidden."""

    def __init__(self, root: Element) -> None:
        self._of: dict[str, tuple[str, bool]] = {}  # by name: raised or lowered, struck
        self._hidden: set[str] = set()
        for style in root.iter(f"{_STYLE}style"):
            name = style.get(f"{_STYLE}name", "")
            for text in style.iterchildren(f"{_STYLE}text-properties"):
                position = text.get(f"{_STYLE}text-position", "").partition(" ")[0]
                line = text.get(f"{_STYLE}text-line-through-style", "none")
                if position or line != "none":
                    self._of[name] = position, line != "none"
            for properties in style.iterchildren(f"{_STYLE}table-properties"):
                if properties.get(f"{_TABLE}display") == "false":
                    self._hidden.add(name)

    def is_hidden(self, table: Element) -> bool:
        """Whether a sheet is not shown."""
        return table.get(f"{_TABLE}style-name", "") in self._hidden

    def of(self, style: str, text: str) -> str:
        """A text in a style."""
        position, is_struck = self._of.get(style, ("", False))
        if position.startswith(("super", "sub")) or position.rstrip("%").lstrip("-").isdecimal():
            is_low = position.startswith(("sub", "-"))
            text = text if position == "0%" else lowered(text) if is_low else raised(text)
        return struck(text) if is_struck else text


class _SheetReader:
    """Reads one sheet; rows and cells may stand for many."""

    def __init__(self, sheet: Sheet, styles: _Styles, cells_left: int) -> None:
        self.cells_left = cells_left
        self._sheet = sheet
        self._styles = styles
        self._merged: list[Area] = []
        self._hidden_rows: list[int] = []
        self._links: list[tuple[Place, str]] = []

    def read(self, table: Element) -> int | None:
        """Fills the sheet; the first row that is not read any more, if there are too many cells."""
        number = 1
        not_read = None
        for row in table.iter(f"{_TABLE}table-row"):
            if row.getparent().tag == f"{_TABLE}table-header-rows":
                self._sheet.headers.add(number)
            cells = self._cells(row, number)
            repeated = _repeated(row, "rows")
            for copy in range(min(repeated, _MOST_REPEATED) if cells else 0):
                if self.cells_left <= 0:
                    not_read = not_read or number + copy
                    break
                self._sheet.rows[number + copy] = list(cells)
                self.cells_left -= cost(sum(map(bool, cells)), len(cells))
                if row.get(f"{_TABLE}visibility", "visible") != "visible":
                    self._hidden_rows.append(number + copy)
            number += repeated
        for place, target in self._links:
            add_link(self._sheet, place, target)
        self._sheet.merge(self._merged)
        self._sheet.mark_hidden(self._hidden_rows, _hidden_columns(table))
        return not_read

    def _cells(self, row: Element, number: int) -> list[str]:
        cells: list[str] = []
        place = 0
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            repeated = _repeated(cell, "columns")
            text = self._shown(cell) if cell.tag == f"{_TABLE}table-cell" else ""
            if text and place < WIDEST:
                cells += [""] * (place - len(cells)) + [text] * min(repeated, _MOST_REPEATED)
                self._note(cell, (number, place))
            down, right = _spanned(cell, "rows"), _spanned(cell, "columns")
            if down > 1 or right > 1:
                self._merged.append((number, number + down - 1, place, place + right - 1))
            place += repeated
        return cells

    def _shown(self, cell: Element) -> str:
        """What a cell shows; a formula that has not been calculated is shown itself."""
        paragraphs = cell.iterchildren(f"{_TEXT}p")
        style = cell.get(f"{_TABLE}style-name", "")
        text = tidy(self._styles.of(style, " ".join("".join(self._pieces(p)) for p in paragraphs)))
        formula = cell.get(f"{_TABLE}formula", "")
        if formula and not text and cell.get(f"{_OFFICE}value-type") is None:
            return f"={formula.partition('=')[2]} ({NO_VALUE})"
        return text

    def _pieces(self, element: Element) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            if child.tag == f"{_TEXT}span":
                text = "".join(self._pieces(child))
                yield self._styles.of(child.get(f"{_TEXT}style-name", ""), text)
            elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"):
                yield " "
            elif child.tag != f"{_OFFICE}annotation":
                yield from self._pieces(child)
            yield child.tail or ""

    def _note(self, cell: Element, place: Place) -> None:
        for note in cell.iterchildren(f"{_OFFICE}annotation"):
            text = " ".join("".join(p.itertext()) for p in note.iter(f"{_TEXT}p"))
            self._sheet.note(place, remark(tidy(note.findtext(_AUTHOR) or ""), text))
        for link in cell.iter(f"{_TEXT}a"):
            self._links.append((place, link.get(_LINK, "")))


def _repeated(element: Element, kind: str) -> int:
    stated = element.get(f"{_TABLE}number-{kind}-repeated", "1")
    return max(1, int(stated)) if stated.isdecimal() else 1


def _spanned(cell: Element, kind: str) -> int:
    stated = cell.get(f"{_TABLE}number-{kind}-spanned", "1")
    return max(1, int(stated)) if stated.isdecimal() else 1


def _hidden_columns(table: Element) -> Iterator[range]:
    place = 0
    for column in table.iter(f"{_TABLE}table-column"):
        repeated = _repeated(column, "columns")
        if column.get(f"{_TABLE}visibility", "visible") != "visible":
            yield range(place, place + repeated)
        place += repeated
