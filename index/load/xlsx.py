"""Workbooks of Excel since 2007 (.xlsx, .xlsm): cells as shown, and what is beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from index.load.build import TextBuilder, tidy
from index.load.grid import is_caption, is_figure, is_name
from index.load.number_format import BUILT_IN, GENERAL, shown_number, shown_text
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

_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LINK_FORMULA = re.compile(r'HYPERLINK\(\s*"([^"]+)"', re.IGNORECASE)
_NOT_CALCULATED = "0 stored, not yet calculated"
_RUNS = ("superscript", "subscript")
_HIGHEST_HEADER = 4  # bold rows in a row


def add_workbook(built: TextBuilder, package: Package) -> None:
    """Adds all sheets. Raises UnreadableError when the workbook is damaged."""
    workbook = _Workbook(package, built)
    for sheet in workbook.sheets():
        add_sheet(built, sheet)
    workbook.tell_left_out()


@dataclass(frozen=True, slots=True)
class _Style:
    """What of a cell's look changes what it says."""

    code: str = GENERAL
    is_bold: bool = False
    script: str = ""  # superscript, subscript
    is_struck: bool = False
    is_centred_across: bool = False  # the blank cells behind it too

    def of(self, text: str) -> str:
        """A text in this look."""
        if self.script and text:
            text = raised(text) if self.script == "superscript" else lowered(text)
        return struck(text) if self.is_struck else text


class _Workbook:
    """An open workbook: what its sheets share, and how many cells may still be read."""

    def __init__(self, package: Package, built: TextBuilder) -> None:
        self._package = package
        self.built = built
        targets = package.related("")
        self._main = next(
            (path for path in targets.values() if re.search(r"workbook\d*\.xml$", path)),
            "xl/workbook.xml",
        )
        self._root = package.needed(self._main)
        properties = _first(self._root, "workbookPr")
        self.from_1904 = properties is not None and _is_on(properties, "date1904")
        calculation = _first(self._root, "calcPr")
        self.is_stale = calculation is not None and _is_on(calculation, "fullCalcOnLoad")
        self._parts = package.related(self._main)
        self.styles = _styles(self._part("styles"))
        self.strings = [_rich(each) for each in _children(self._part("sharedStrings"), "si")]
        self._people = {
            each.get("id", ""): each.get("displayName", "")
            for each in _descendants(self._part("person"), "person")
        }
        self.cells_left = MOST_CELLS
        self.without_value = 0

    def sheets(self) -> Iterator[Sheet]:
        """The sheets in the order of their tabs."""
        for entry in _descendants(self._root, "sheet"):
            path = self._parts.get(_relation(entry), "")
            sheet = Sheet(entry.get("name", ""), entry.get("state", "visible") != "visible")
            related = self._package.related(path)
            if self._package.has(path):
                _SheetReader(self, self._package, path, sheet).read(related)
                self._add_notes(sheet, related)
                self._add_drawings(sheet, related)
            yield sheet

    def tell_left_out(self) -> None:
        """Names what of the workbook is not in the text."""
        names = self._package.names()
        pictures = sum(path.startswith("xl/media/") for path in names)
        if pictures:
            self.built.leave_out(f"{pictures} {'picture' if pictures == 1 else 'pictures'}")
        if any(path.endswith("vbaproject.bin") for path in names):
            self.built.leave_out("macros")
        if self.without_value:
            one = self.without_value == 1
            self.built.leave_out(
                f"the {'value' if one else 'values'} of {self.without_value} "
                f"{'formula' if one else 'formulas'}, which the file does not store"
            )

    def _part(self, kind: str) -> Element | None:
        path = next((each for each in self._parts.values() if kind in each.rpartition("/")[2]), "")
        return self._package.xml(path) if path else None

    def _add_notes(self, sheet: Sheet, related: Mapping[str, str]) -> None:
        """The comments at cells; threads, of which old comments hold a copy, only once."""
        in_threads: set[Place] = set()
        for path in related.values():
            if "threadedComment" in path:
                for comment in _descendants(self._package.xml(path), "threadedComment"):
                    if place := _place(comment.get("ref", "")):
                        in_threads.add(place)
                        text = " ".join(each.text or "" for each in _children(comment, "text"))
                        author = self._people.get(comment.get("personId", ""), "")
                        sheet.note(place, remark(author, text))
        for path in related.values():
            if re.search(r"/comments?\d*\.xml$", path):
                root = self._package.xml(path)
                authors = [each.text or "" for each in _descendants(root, "author")]
                for comment in _descendants(root, "comment"):
                    place = _place(comment.get("ref", ""))
                    if place and place not in in_threads:
                        number = comment.get("authorId", "")
                        known = number.isdecimal() and int(number) < len(authors)
                        text = "".join(map(_rich, _children(comment, "text")))
                        sheet.note(place, remark(authors[int(number)] if known else "", text))

    def _add_drawings(self, sheet: Sheet, related: Mapping[str, str]) -> None:
        """The titles of charts, and the texts of boxes."""
        for path in related.values():
            if not re.search(r"drawing\d*\.xml$", path):
                continue
            root = self._package.xml(path)
            for shape in _descendants(root, "sp"):
                text = " ".join(tidy(_texts(each)) for each in _descendants(shape, "p"))
                sheet.others += [tidy(text)] if tidy(text) else []
            for target in self._package.related(path).values():
                if re.search(r"charts/chart\d*\.xml$", target):
                    titles = _descendants(self._package.xml(target), "title")
                    text = "; ".join(filter(None, (tidy(_texts(each)) for each in titles)))
                    sheet.others += [f"{sheet.name} – chart: {text}"] if text else []


class _SheetReader:
    """Reads one sheet, row by row."""

    def __init__(self, workbook: _Workbook, package: Package, path: str, sheet: Sheet) -> None:
        self._workbook = workbook
        self._package = package
        self._path = path
        self._sheet = sheet
        self._shared: dict[str, str] = {}
        self._bold: dict[int, bool] = {}
        self._hidden_rows: list[int] = []
        self._hidden_columns: list[range] = []
        self._merged: list[Area] = []

    def read(self, related: Mapping[str, str]) -> None:
        """Fills the sheet. Raises UnreadableError when it is broken from its beginning on."""
        links = self._package.external(self._path)
        number, is_whole = 0, True
        for element in self._package.elements(self._path, ("row", "col", "mergeCell", "hyperlink")):
            kind = _local(element)
            if kind == "row" and self._workbook.cells_left > 0:
                number = self._row(element, number + 1)
            elif kind == "row" and is_whole:
                leave_out_rows(self._workbook.built, self._sheet.name, number + 1)
                is_whole = False
            elif kind == "col" and _is_on(element, "hidden"):
                first, last = _number(element, "min"), _number(element, "max")
                self._hidden_columns.append(range(max(first, 1) - 1, min(last, WIDEST)))
            elif kind == "mergeCell" and (area := _area(element.get("ref", ""))):
                self._merged.append(area)
            elif kind == "hyperlink":
                self._link(element, links)
        self._mark_headers(related)
        self._sheet.merge(self._merged)
        self._sheet.mark_hidden(self._hidden_rows, self._hidden_columns)

    def _row(self, row: Element, expected: int) -> int:
        """Reads a row, which may not say its own number, nor its cells their places."""
        stated = row.get("r", "")
        number = int(stated) if stated.isdecimal() else expected
        cells: list[str] = []
        bold = []
        centred = set[int]()
        for cell in row:
            place = _place(cell.get("r", ""))
            column = place[1] if place else len(cells)
            style = self._style(cell)
            if style.is_centred_across and column < WIDEST:
                centred.add(column)
            text = self._text(cell, style, (number, column))
            if text and column < WIDEST:
                cells += [""] * (column + 1 - len(cells))
                cells[column] = text
                bold.append(style.is_bold)
            elif not place:
                cells.append("")
        self._workbook.cells_left -= cost(len(row), len(cells))
        if cells:
            self._sheet.rows[number] = cells
            self._sheet.merge_centred(number, centred)
            self._bold[number] = all(bold)
            if _is_on(row, "hidden"):
                self._hidden_rows.append(number)
        return number

    def _style(self, cell: Element) -> _Style:
        stated = cell.get("s", "")
        styles = self._workbook.styles
        return styles[int(stated)] if stated.isdecimal() and int(stated) < len(styles) else _PLAIN

    def _text(self, cell: Element, style: _Style, place: Place) -> str:
        """What a cell shows. A formula without a stored value is shown itself, and says so."""
        kind = cell.get("t", "n")
        value = formula = None
        inline = ""
        for child in cell:
            name = _local(child)
            if name == "v":
                value = child.text
            elif name == "f":
                formula = self._formula(child, place)
            elif name == "is":
                inline = _rich(child)
        if formula is not None:
            stale = self._workbook.is_stale and kind == "n" and value == "0"
            if (value is None and kind != "str") or stale:
                self._workbook.without_value += 1
                return tidy(f"{formula} ({_NOT_CALCULATED if stale else NO_VALUE})")
        if kind == "inlineStr":
            return tidy(style.of(shown_text(inline, style.code)))
        if value is None:
            return ""
        shown = style.of(self._value(kind, value, style.code))
        return shown if kind == "n" else tidy(shown)

    def _formula(self, element: Element, place: Place) -> str:
        text = element.text or ""
        if found := _LINK_FORMULA.match(text):
            self._sheet.note(place, f"<{found[1]}>")
        return f"={text}" if text else "a formula"

    def _value(self, kind: str, value: str, code: str) -> str:
        if kind == "s":
            strings = self._workbook.strings
            known = value.strip().isdecimal() and int(value) < len(strings)
            return shown_text(strings[int(value)], code) if known else ""
        if kind == "b":
            return "TRUE" if value.strip() in ("1", "true") else "FALSE"
        if kind == "n":
            try:
                return shown_number(float(value), code, from_1904=self._workbook.from_1904)
            except ValueError:
                return value
        return shown_text(_unescaped(value), code) if kind == "str" else value  # errors, ISO dates

    def _link(self, element: Element, links: Mapping[str, str]) -> None:
        if place := _place(element.get("ref", "")):
            add_link(self._sheet, place, links.get(_relation(element), ""))

    def _mark_headers(self, related: Mapping[str, str]) -> None:
        """Rows that are headers: those of defined tables, and bold ones above others."""
        for path in related.values():
            table = self._package.xml(path) if "/tables/" in path else None
            area = _area(table.get("ref", "")) if table is not None else None
            if table is not None and area and table.get("headerRowCount", "1") != "0":
                self._sheet.headers.add(area[0])
        numbers = list(self._sheet.rows)
        for at, number in enumerate(numbers):
            follows = at and numbers[at - 1] == number - 1 and self._bold[number - 1]
            if self._bold[number] and not follows:
                run = [*takewhile(lambda each: self._bold[each], numbers[at : at + 5])]
                rows = [self._sheet.rows[each] for each in run]
                if len(run) <= _HIGHEST_HEADER and all(map(_may_head, rows)):
                    self._sheet.headers.update(run)


def _may_head(row: Sequence[str]) -> bool:
    cells = [cell for cell in row if cell]
    return is_caption(row) or all(
        is_name(cell) or any(map(str.isalpha, cell)) or not is_figure(cell) for cell in cells
    )


# Styles and texts

_PLAIN = _Style()


def _styles(root: Element | None) -> list[_Style]:
    codes = dict(BUILT_IN)
    for each in _descendants(root, "numFmt"):
        number = each.get("numFmtId", "")
        if number.isdecimal():
            codes[int(number)] = each.get("formatCode", GENERAL)
    fonts = [
        (
            _has(each, "b"),
            next((s.get("val", "") for s in _children(each, "vertAlign")), ""),
            _has(each, "strike"),
        )
        for holder in _children(root, "fonts")
        for each in _children(holder, "font")
    ]
    styles = []
    for holder in _children(root, "cellXfs"):
        for each in _children(holder, "xf"):
            code = codes.get(_number(each, "numFmtId"), GENERAL)
            at = _number(each, "fontId")
            bold, script, is_struck = fonts[at] if at < len(fonts) else (False, "", False)
            is_centred = any(
                alignment.get("horizontal") == "centerContinuous"
                for alignment in _children(each, "alignment")
            )
            script = script if script in _RUNS else ""
            styles.append(_Style(code, bold, script, is_struck, is_centred))
    return styles


def _number(element: Element, key: str) -> int:
    stated = element.get(key, "0")
    return int(stated) if stated.isdecimal() else 0


def _has(properties: Element, name: str) -> bool:
    return any(_is_on(each, "val", "1") for each in _children(properties, name))


def _rich(holder: Element) -> str:
    """A text whose runs may be raised, lowered or struck out; without the reading aids of kana."""
    pieces = []
    for child in holder:
        kind = _local(child)
        if kind == "t":
            pieces.append(child.text or "")
        elif kind == "r":
            text = "".join(each.text or "" for each in _children(child, "t"))
            for properties in _children(child, "rPr"):
                script = next((s.get("val", "") for s in _children(properties, "vertAlign")), "")
                script = script if script in _RUNS else ""
                text = _Style(script=script, is_struck=_has(properties, "strike")).of(text)
            pieces.append(text)
    return _unescaped("".join(pieces))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _texts(element: Element) -> str:
    return "".join(each.text or "" for each in _descendants(element, "t"))


# XML, whose names are of two sets of namespaces


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Element | None, name: str) -> Iterator[Element]:
    if element is not None:
        yield from element.iterchildren(f"{{*}}{name}")


def _descendants(element: Element | None, name: str) -> Iterator[Element]:
    if element is not None:
        yield from element.iter(f"{{*}}{name}")


def _relation(element: Element) -> str:
    """The id by which an element refers to another part."""
    named = (value for key, value in element.attrib.items() if key.endswith("}id"))
    return next(named, "")


def _first(element: Element, name: str) -> Element | None:
    return next(_descendants(element, name), None)


def _is_on(element: Element, key: str, default: str = "0") -> bool:
    return element.get(key, default) in ("1", "true", "on")


def _place(reference: str) -> Place | None:
    found = _PLACE.match(reference)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column - 1


def _area(reference: str) -> Area | None:
    first, _, last = reference.partition(":")
    start, end = _place(first), _place(last or first)
    return (start[0], end[0], start[1], end[1]) if start and end else None
