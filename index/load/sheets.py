"""Workbooks of Excel and LibreOffice: every row a line that names its sheet, row and columns."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import TextBuilder
from index.load.chains import MAGIC, is_endless
from index.load.grid import Numbered
from index.load.ods import add_spreadsheet
from index.load.package import opened
from index.load.sheet import Sheet, add_sheet
from index.load.xls import add_old_workbook
from index.load.xlsx import add_workbook

_ZIP = b"PK\x03\x04"
_TYPES = {
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".xls": "application/vnd.ms-excel",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def load_workbook(data: bytes, name: str) -> LoadedDocument:
    """A workbook as text, each row a line ``Sheet – row 12: Name: …; Price: …``.

    Raises UnreadableError for a file that is encrypted or damaged.
    """
    built = _zipped(data, name) if data.startswith(_ZIP) else _old(data, name)
    return built.document(PurePath(name).name, _TYPES.get(PurePath(name).suffix.lower(), _XLSX))


def _zipped(data: bytes, name: str) -> TextBuilder:
    built = TextBuilder()
    with opened(data, name) as package:
        if package.has("xl/workbook.bin"):
            return _by_calamine(data, name)
        if package.has("content.xml"):
            add_spreadsheet(built, package, name)
        else:
            add_workbook(built, package)
    return built


def _old(data: bytes, name: str) -> TextBuilder:
    """A workbook of before 2007; what xlrd cannot read is tried without formats."""
    built = TextBuilder()
    try:
        add_old_workbook(built, data)
    except Exception:  # noqa: BLE001  # xlrd may raise anything over what it does not know
        return _by_calamine(data, name)
    return built


def _by_calamine(data: bytes, name: str) -> TextBuilder:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    built = TextBuilder()
    if data.startswith(MAGIC) and is_endless(data):
        raise UnreadableError(
            f"{name} is a damaged workbook, whose parts have no end; save it again"
        )
    built.leave_out("number formats and comments of cells, which are not read in this format")
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for told in workbook.sheets_metadata:
            sheet = Sheet(told.name, told.visible != SheetVisibleEnum.Visible)
            read = workbook.get_sheet_by_name(told.name)
            sheet.rows = {number: list(row) for number, row in _rows(read)}
            sheet.merge(
                (top + 1, bottom + 1, left, right)
                for (top, left), (bottom, right) in read.merged_cell_ranges or []
            )
            add_sheet(built, sheet)
    except PasswordError as error:
        raise UnreadableError(f"{name} is encrypted; save it without its password") from error
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableError(
            f"{name} is no workbook, an encrypted or a damaged one; save it again ({error})"
        ) from error
    return built


def _rows(sheet: Any) -> Iterator[Numbered]:
    """The rows with their numbers as the spreadsheet shows them."""
    if sheet.start is None:  # an empty sheet, or one of a chart
        return
    first, left = sheet.start
    for number, row in enumerate(sheet.to_python(skip_empty_area=True), first + 1):
        yield number, [""] * left + [_shown(value) for value in row]


def _shown(value: object) -> str:
    """A cell as text: whole numbers without a point, times as ISO 8601 writes them."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    return str(value)
