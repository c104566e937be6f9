"""A sheet of a workbook as every format gives it, and how it is written.

Knows no file format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from index.load.build import TextBuilder, tidy
from index.load.table import column_name, grid_lines

Place = tuple[int, int]  # the number of a row, from 1, and of a column, from 0
Area = tuple[int, int, int, int]  # first and last row, first and last column

WIDEST = 16_384  # columns of a sheet
MOST_CELLS = 1_000_000  # of a workbook; more need minutes to read and hours to encode
NO_VALUE = "no value stored"  # of a formula that was never calculated
_BLANKS = 16  # blank cells need as much memory as one
_HIDDEN_ROW, _HIDDEN_COLUMN = "[hidden row]", "[hidden column]"


@dataclass(slots=True)
class Sheet:
    """The cells of a sheet as they are shown, by the numbers of their rows.

    ``headers`` are rows that the file marks as such, ``repeated`` the places in which a cell of the
    same row stands once more, because it covers them; ``notes`` are written behind their cells,
    ``others`` (texts of charts and boxes) below all cells.
    """

    name: str
    is_hidden: bool = False
    rows: dict[int, list[str]] = field(default_factory=dict)
    notes: dict[Place, str] = field(default_factory=dict)
    headers: set[int] = field(default_factory=set)
    repeated: set[Place] = field(default_factory=set)
    others: list[str] = field(default_factory=list)

    def note(self, place: Place, text: str) -> None:
        """Notes something at a cell, behind what is noted there already."""
        before = self.notes.get(place)
        self.notes[place] = f"{before} {text}" if before else text

    def merge(self, areas: Iterable[Area]) -> None:
        """Repeats the text of a merged cell in each place that it covers, as far as there are
        cells of others beside or below it."""
        width = max((_filled(row) for row in self.rows.values()), default=0)
        own = {number for number, row in self.rows.items() if any(row)}
        last = max(own, default=0)
        covered = 0
        for top, bottom, left, right in areas:
            text, columns = self.cell((top, left)), range(left, min(right + 1, width))
            numbers = range(top, min(bottom, last) + 1)
            covered += len(numbers) * len(columns)
            if not text or covered > MOST_CELLS:  # more are made to harm
                continue
            for number in own.intersection(numbers):
                row = self.rows[number]
                row += [""] * (columns.stop - len(row))
                for column in columns:
                    row[column] = text
                self.repeated.update((number, column) for column in columns[1:])

    def merge_centred(self, number: int, columns: Collection[int]) -> None:
        """As ``merge``, for cells of a row that are centred across the blank ones behind them.

        ``columns`` are those of the row's cells that are formatted so, blank ones too.
        """
        row = self.rows.get(number, [])
        started = -1
        for column in sorted(columns):
            text = self.cell((number, column))
            if text or column - 1 not in columns:
                started = column
            elif self.cell((number, started)):
                row += [""] * (column + 1 - len(row))
                row[column] = self.cell((number, started))
                self.repeated.add((number, column))

    def mark_hidden(self, rows: Iterable[int], columns: Iterable[range]) -> None:
        """Marks the cells of rows and columns that are not shown."""
        hidden = set(rows)
        for number, row in self.rows.items():
            if number in hidden and any(row):
                self.note((number, _filled(row) - 1), _HIDDEN_ROW)
        for area in columns:
            for number, row in self.rows.items():
                for column in range(area.start, min(area.stop, len(row))):
                    if row[column]:
                        self.note((number, column), _HIDDEN_COLUMN)

    def cell(self, place: Place) -> str:
        """The text of a cell; empty for a blank one."""
        number, column = place
        row = self.rows.get(number, [])
        return row[column] if column < len(row) else ""


def _filled(row: list[str]) -> int:
    """How many cells of a row there are up to the last one that is not blank."""
    return max((at for at, cell in enumerate(row, 1) if cell), default=0)


def add_sheet(built: TextBuilder, sheet: Sheet) -> None:
    """Adds a sheet: its name as a heading, then each row as a line that begins with the name."""
    name = f"{sheet.name} (hidden sheet)" if sheet.is_hidden else sheet.name
    rows = iter(sheet.rows.items())
    lines = list(
        grid_lines(
            rows,
            f"{name} – ",
            headers=sheet.headers,
            notes=sheet.notes,
            repeated=sheet.repeated,
        )
    )
    beside = [
        f"{name} – row {number}: {column_name(column)}: {text}"
        for (number, column), text in sheet.notes.items()
        if not any(sheet.rows.get(number, [])) or column >= len(sheet.rows[number])
    ]
    if lines or beside or sheet.others:
        built.add(name, level=1)
    for line in [*lines, *beside, *sheet.others]:
        built.add(line)


def leave_out_rows(built: TextBuilder, sheet: str, number: int) -> None:
    """Notes that a sheet is not read from a row on."""
    built.leave_out(
        f"sheet {sheet} from row {number:,} on: the workbook has more than {MOST_CELLS:,} cells"
    )


def remark(author: str, text: str) -> str:
    """A comment as it stands behind its cell, with its author."""
    text = tidy(text)
    return f"[{author}: {text}]" if author and not text.startswith(f"{author}:") else f"[{text}]"


def add_link(sheet: Sheet, place: Place, target: str) -> None:
    """Notes the address that a cell leads to, unless the cell shows it."""
    if target and target.removeprefix("mailto:").rstrip("/") not in sheet.cell(place):
        sheet.note(place, f"<{target}>")


def cost(cells: int, width: int) -> int:
    """How many cells a row counts for: those that it has, and some for the blank ones between."""
    return cells + width // _BLANKS
