"""Tables in files of their own: CSV and TSV, and workbooks of Excel and LibreOffice.

Every row becomes a line that names its sheet, its row and the column of each cell.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode, normalise
from index.load.build import TextBuilder
from index.load.grid import Row
from index.load.table import grid_lines

_DELIMITERS = ",;\t|"
_LOOKED_AT = 20  # rows, to find the delimiter
_LONGEST_CELL = 10_000_000  # characters; Python's own limit is below that of a long article
_WORKBOOK_TYPES = {
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".xls": "application/vnd.ms-excel",
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def load_csv(data: bytes, name: str) -> LoadedDocument:
    """A table as text, each row a line ``Row 12: Name: …; Price: …``."""
    text = normalise(decode(data, name)).removeprefix("\ufeff")
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = _delimiter(text, name)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableError(f"{name} is no table that can be read ({error})") from error
    built = TextBuilder()
    for line in grid_lines(iter(enumerate(rows, 1)), ""):
        built.add(line[:1].upper() + line[1:])
    kind = "text/tab-separated-values" if delimiter == "\t" else "text/csv"
    return built.document(PurePath(name).name, kind)


def _delimiter(text: str, name: str) -> str:
    """The one that cuts the first rows into the most cells, as evenly as it can."""
    if name.lower().endswith(".tsv"):
        return "\t"
    return max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    widths = [len(row) for row, _ in zip(rows, range(_LOOKED_AT), strict=False) if row]
    usual = max(widths, key=widths.count, default=1)
    return (widths.count(usual) / len(widths) if usual > 1 else 0.0), usual


def load_workbook(data: bytes, name: str) -> LoadedDocument:
    """A workbook as text, each row a line ``Sheet – row 12: Name: …; Price: …``.

    Raises UnreadableError for a file that is encrypted or damaged.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    built = TextBuilder()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet_name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(sheet_name)
            _add_sheet(built, sheet_name, list(_rows(sheet)))
    except PasswordError as error:
        raise UnreadableError(f"{name} is encrypted; save it without its password") from error
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableError(
            f"{name} is no workbook, an encrypted or a damaged one; save it again ({error})"
        ) from error
    return built.document(
        PurePath(name).name, _WORKBOOK_TYPES.get(PurePath(name).suffix.lower(), _XLSX)
    )


def _add_sheet(built: TextBuilder, name: str, rows: Sequence[tuple[int, Row]]) -> None:
    lines = list(grid_lines(iter(rows), f"{name} – "))
    if lines:
        built.add(name, level=1)
    for line in lines:
        built.add(line)


def _rows(sheet: Any) -> Iterator[tuple[int, Row]]:
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
