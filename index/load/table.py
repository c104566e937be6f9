"""Rows of tables as text that is readable alone: each cell with the name of its column.

Knows no file format. All loaders hand over a grid: a list of rows, each a list of the texts of its
cells, in which the text of a merged cell stands in every place that it covers. Which rows are
titles, a header of one or several rows, or pairs of a form, ``index.load.grid`` finds out.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.load.apart import goes_below, header_apart, headings
from index.load.build import tidy
from index.load.grid import (
    LONGEST_NAME,
    Numbered,
    Reading,
    Row,
    is_caption,
    is_figure,
    is_name,
    parts,
    read_grid,
    tables,
    used_columns,
)
from index.sentences import sentence_spans
from index.types import Span

NamedCell = tuple[str, str]  # the name of its column, or "", and what it says

# Roughly what an embedder of English makes of a text: of other scripts every letter is a token.
_TOKEN = re.compile(r"\d{1,3}|[A-Za-z]{1,6}|\S")
_TOKEN_CHARACTERS = 4
_LONGEST_LINE = 100  # tokens: a chunk holds a line with its label, also where it is all figures
_LONGEST_LABEL = 30  # tokens; a longer first cell says more than which row it is
_LABEL_COLUMNS = 3  # at most as many cells are needed to tell a row from the others
_LOOKED_AT = 200  # rows, to find out how many


def table_lines(rows: Sequence[Row], *, marked: int | None = None) -> list[str]:
    """One line for each row of a table in a document, cells with the names of their columns.

    ``rows`` is the grid, merged cells repeated in each place that they cover. ``marked`` is how
    many rows at the top the document marks as the header (True: the first), 0 where it could mark
    some and does not, None where it cannot. A header of several rows names a column by what each
    of them says of it: "2024 Plan". A row that is not as wide as the header is given without
    names: they might be wrong ones. What would not be cited as one line is given as the rows of a
    sheet are, with the row's number in the table.
    """
    return [line for _, lines in table_rows(rows, marked=marked) for line in lines]


def table_rows(
    rows: Sequence[Row], *, marked: int | None = None
) -> Iterator[tuple[int, list[str]]]:
    """As ``table_lines``: the number of each row, from 0, with its lines, none of them empty."""
    grid = [[tidy(cell) for cell in row] for row in rows]
    reading = read_grid(grid, marked)
    above = reading.titles + reading.header
    for number, row in enumerate(grid[:above]):
        yield number, list(filter(None, [_above(row, reading, number)]))
    headings = parts(grid[above:]) if reading.names else [""] * len(grid)
    labels = _label_columns(grid[above:])
    for number, (row, part) in enumerate(zip(grid[above:], headings, strict=False), above):
        lines = _table_row(number + 1, row, part, reading, grid[reading.titles : above], labels)
        yield number, list(filter(None, lines))


def _above(row: Row, reading: Reading, at: int) -> str:
    """A title, another row above the header, or a row of the header."""
    pair = _pair(row) if at < reading.titles else []
    return _written(pair or _unnamed(row))


def _table_row(
    number: int, row: Row, part: str, reading: Reading, header: Sequence[Row], labels: int
) -> Iterator[str]:
    if reading.names and row not in header and len(row) == max(map(len, header)):
        cells = _of_part(part, _named_cells(row, reading.names))
    else:
        cells = (() if reading.names else _form_or_pair(row, reading)) or _unnamed(row)
    line = _written(cells)
    has_names = any(name for name, _ in cells)
    if _fits(line) and not (reading.names and has_names and len(sentence_spans(line)) > 1):
        yield line
    elif has_names or all(_fits(cell) for _, cell in cells):
        yield from _row_lines(f"Row {number}: ", cells, labels)
    else:  # long cells without names are prose, which is cited by the sentence
        yield line


@dataclass(frozen=True, slots=True)
class _Known:
    """A table that was written, for rows that go on with it behind a blank one."""

    names: tuple[str, ...]
    figures: Mapping[int, bool]  # of each column that holds anything: whether these are figures
    is_apart: bool = False  # whether a blank row parts the names from all that they name


def grid_lines(
    rows: Iterator[Numbered],
    label: str,
    *,
    headers: Container[int] = (),
    notes: Mapping[tuple[int, int], str] | None = None,
    unnamed: Container[int] = (),
    repeated: Container[tuple[int, int]] = (),
) -> Iterator[str]:
    """The lines of a sheet, whose ``rows`` come with their number; blank rows part its tables.

    Each line begins with ``label`` and the number of its row. A row that is long becomes several
    lines, each with the cells in front that tell it from other rows. ``headers`` are the numbers of
    rows that the sheet marks as such. ``notes``, by row's number and column from 0, are written
    behind their cells. The cells of rows in ``unnamed`` get no names. In the places in ``repeated``
    a cell of the same row stands once more, which covers them.
    """
    sheet = _Sheet(label, headers, notes or {}, unnamed, repeated)
    blocks = list(_blocks(rows))
    sheet.headings = headings([block for _, block in blocks])
    for at, (blanks, block) in enumerate(blocks):
        height, names = header_apart(block, [below for _, below in blocks[at + 1 : at + 4]])
        if height:
            yield from sheet.names_apart(block, height, names)
            continue
        found = list(tables(block))
        known = list(sheet.known)
        for table in found:
            yield from sheet.lines(table, known, blanks)


class _Sheet:
    """Writes the tables of a sheet, one after the other."""

    def __init__(
        self,
        label: str,
        headers: Container[int],
        notes: Mapping[tuple[int, int], str],
        unnamed: Container[int],
        repeated: Container[tuple[int, int]],
    ) -> None:
        self.known: list[_Known] = []
        self.headings: Mapping[int, str] = {}
        self._label = label
        self._headers = headers
        self._notes = notes
        self._unnamed = unnamed
        self._repeated = repeated

    def names_apart(
        self, block: Sequence[Numbered], height: int, names: tuple[str, ...]
    ) -> Iterator[str]:
        """The lines of a block whose last ``height`` rows name columns of the blocks below it."""
        reading = Reading(len(block) - height, height, names)
        for at, (number, row) in enumerate(block):
            yield f"{self._label}row {number}: {_above(self._noted(number, row), reading, at)}"
        self.known = [_Known(names, {}, is_apart=True), *self.known[:3]]

    def lines(
        self, table: Sequence[Numbered], known: Sequence[_Known], blanks: int
    ) -> Iterator[str]:
        """The lines of a table ``blanks`` rows below those that are ``known``."""
        grid = [row for _, row in table]
        reading = self._reading(table, grid)
        before = next((each for each in known if _goes_on(grid, each)), None)
        is_new = reading.header and (blanks > 1 or before is None or _has_figures(grid[1:]))
        is_marked = self._marked(table) and not (before and before.is_apart and not reading.header)
        if before and not is_new and not is_marked:
            reading = Reading(
                names=_with_letters(before, grid) if before.is_apart else before.names
            )
        above = reading.titles + reading.header
        for at, (number, row) in enumerate(table[:above]):
            yield f"{self._label}row {number}: {_above(self._noted(number, row), reading, at)}"
        if reading.header:
            self.known = [_Known(reading.names, _figure_columns(grid[above:])), *self.known[:3]]
        labels = _label_columns(grid[above:])
        header = grid[reading.titles : above]
        inner = parts(grid[above:]) if reading.names else [""] * len(table)
        heading = self.headings.get(table[0][0], "")
        for (number, row), part in zip(table[above:], inner, strict=False):
            noted = self._noted(number, row)
            is_unnamed = number in self._unnamed or row in header
            if is_unnamed or not reading.names:
                noted = self._once(number, noted)
            cells = _unnamed(noted) if is_unnamed else _cells(row, reading, noted)
            cells = _of_part(part or ("" if is_caption(row) else heading), cells)
            yield from _row_lines(f"{self._label}row {number}: ", cells, labels)

    def _marked(self, table: Sequence[Numbered]) -> int:
        """How many rows down to the last one that is marked as a header; 0 without."""
        marked = 0
        while marked < len(table) - 1 and table[marked][0] in self._headers:
            marked += 1
        return marked

    def _reading(self, table: Sequence[Numbered], grid: Sequence[Row]) -> Reading:
        return read_grid(grid, self._marked(table) or None)

    def _once(self, number: int, row: Row) -> Row:
        """A row in which a cell that covers others stands once."""
        return [
            "" if (number, column) in self._repeated else cell for column, cell in enumerate(row)
        ]

    def _noted(self, number: int, row: Row) -> Row:
        """A row with what is noted at its cells."""
        notes = [self._notes.get((number, column), "") for column in range(len(row))]
        if not any(notes):
            return row
        return [f"{cell} {note}".strip() for cell, note in zip(row, notes, strict=True)]


def _goes_on(rows: Sequence[Row], known: _Known) -> bool:
    """Whether rows may belong to a table above: in its columns, figures below figures."""
    if known.is_apart:
        return goes_below(rows, known.names)
    named = {column for column, name in enumerate(known.names) if name}
    used = used_columns(rows)
    fitting = sum(
        all(is_figure(cell) == known.figures.get(column, is_figure(cell)) for cell in cells)
        for column, cells in ((column, _column(rows[:3], column)) for column in used)
    )
    return set(used) <= named and 3 * fitting >= 2 * len(used)


def _with_letters(known: _Known, rows: Sequence[Row]) -> tuple[str, ...]:
    """The names of a table with the letters of columns without one: figures there are not those of
    the column before."""
    letters = [""] + [column_name(at) for at in range(1, max(map(len, rows)))]
    names = [*known.names, *[""] * (len(letters) - len(known.names))]
    return tuple(name or letter for name, letter in zip(names, letters, strict=False))


def _column(rows: Sequence[Row], column: int) -> list[str]:
    return [row[column] for row in rows if column < len(row) and row[column]]


def _figure_columns(rows: Sequence[Row]) -> dict[int, bool]:
    """Of each column that holds anything whether most of its cells are figures."""
    looked_at = rows[:_LOOKED_AT]
    columns = {column: _column(looked_at, column) for column in used_columns(looked_at)}
    return {at: 2 * sum(map(is_figure, cells)) > len(cells) for at, cells in columns.items()}


def _has_figures(rows: Sequence[Row]) -> bool:
    return any(not is_name(cell) for row in rows for cell in row if cell)


def _label_columns(rows: Sequence[Row]) -> int:
    """How many of its first cells tell a row from the others."""
    looked_at = rows[:_LOOKED_AT]
    for count in range(1, _LABEL_COLUMNS + 1):
        if len({tuple(row[:count]) for row in looked_at}) == len(looked_at):
            return count
    return 1


def column_name(position: int) -> str:
    """The letters of a column as spreadsheets show them: A for 0, AA for 26."""
    name = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _blocks(rows: Iterator[Numbered]) -> Iterator[tuple[int, list[Numbered]]]:
    """The rows between blank ones, and how many of these stand above."""
    block: list[Numbered] = []
    last, blanks = 0, 0
    for number, row in rows:
        cells = [tidy(cell) for cell in row]
        if not any(cells):
            continue
        if block and number > last + 1:
            yield blanks, block
            block, blanks = [], number - last - 1
        block.append((number, cells))
        last = number
    if block:
        yield blanks, block


# Rows


def _unnamed(row: Row) -> list[NamedCell]:
    """The cells of a row without names; one that spans several columns only once."""
    shown = [cell for cell, before in zip(row, ["", *row], strict=False) if cell != before]
    return [("", cell) for cell in shown if cell]


def _named_cells(row: Row, names: Sequence[str], shown: Row = ()) -> list[NamedCell]:
    """The cells of a row, as ``shown`` if that is given, with the names of their columns."""
    if is_caption(row) and row[0]:  # a note, or the heading of some rows
        return _unnamed(shown or row)
    padded = [*names, *[""] * (len(row) - len(names))]
    return [(name, cell) for name, cell in zip(padded, shown or row, strict=False) if cell]


def _of_part(heading: str, cells: list[NamedCell]) -> list[NamedCell]:
    """The cells of a row that is of a part of its table, the part's heading before the first."""
    if not heading:
        return cells
    (name, cell), *others = cells
    return [(f"{heading} – {name}" if name else heading, cell), *others]


def _form_or_pair(row: Row, reading: Reading) -> list[NamedCell]:
    if not reading.is_form:
        return _pair(row)
    cells = [cell for cell in row if cell]
    pairs = list(zip(cells[::2], cells[1::2], strict=False))
    return [*pairs, *[("", cell) for cell in cells[2 * len(pairs) :]]]


def _pair(row: Row) -> list[NamedCell]:
    """A name and its value, if these are all that a row holds; else nothing."""
    cells = [cell for cell in row if cell]
    is_pair = len(cells) == 2 and cells[0] != cells[1] and is_name(cells[0])
    return [(cells[0], cells[1])] if is_pair and len(cells[0]) <= LONGEST_NAME else []


def _cells(row: Row, reading: Reading, shown: Row) -> list[NamedCell]:
    """The cells of a row of a sheet; without a header they have the letters of their columns."""
    filled = [cell for cell in row if cell]
    if not reading.names and (pair := _form_or_pair(shown, reading)):
        return pair
    has_figures = any(not is_name(cell) for cell in filled)
    if (len(filled) == 1 and row[0]) or not (reading.names or has_figures):
        return [("", cell) for cell in shown if cell]
    if reading.names:
        return _named_cells(row, reading.names, shown)
    return [(column_name(at), cell) for at, cell in enumerate(shown) if cell]


def _pieces(cell: str) -> list[str]:
    """A cell whole, or if it is long its sentences, as many at a time as a line holds."""
    if _fits(cell):
        return [cell]
    pieces: list[Span] = []
    for span in sentence_spans(cell):
        if pieces and _tokens(cell[pieces[-1].start : span.end]) <= _LONGEST_LINE // 2:
            pieces[-1] = Span(pieces[-1].start, span.end)
        else:
            pieces.append(span)
    return [piece.of(cell) for piece in pieces]


def _written(cells: Sequence[NamedCell]) -> str:
    return "; ".join(_named(cell, name) for name, cell in cells)


def _named(cell: str, name: str) -> str:
    name = tidy(name).rstrip(":")
    return f"{name}: {cell}" if name else cell


def _row_lines(label: str, cells: Sequence[NamedCell], labels: int) -> Iterator[str]:
    """A row as lines that each begin with its label and, if they are short, its first cells."""
    first = ""
    for name, cell in cells[:labels]:
        more = f"{first}{_named(cell, name)}; "
        first = more if _tokens(more) <= _LONGEST_LABEL else first
    line, tokens = label, _tokens(label)
    for piece in (_named(piece, name) for name, cell in cells for piece in _pieces(cell)):
        more_tokens = _tokens(piece) + 1
        if len(line) > len(label) and tokens + more_tokens > _LONGEST_LINE:
            yield line.removesuffix("; ")
            line, tokens = label + first, _tokens(label + first)
        line += f"{piece}; "
        tokens += more_tokens
    yield line.removesuffix("; ")


def _fits(text: str) -> bool:
    return _tokens(text) <= _LONGEST_LINE


def _tokens(text: str) -> int:
    """How many tokens a text has, estimated rather from above: no embedder is known here."""
    return max(len(_TOKEN.findall(text)), len(text) // _TOKEN_CHARACTERS)
