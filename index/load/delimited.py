"""Tables in files of their own: CSV and TSV, and workbooks of Excel and LibreOffice.

Every row becomes a line that names its sheet, its row and the column of each cell.
"""

from __future__ import annotations

import csv
import io
from pathlib import PurePath

from index.errors import UnreadableError
from index.load.base import LoadedDocument, decode, normalise
from index.load.build import TextBuilder
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
