"""Tables of a PDF page: which words stand in which cell, where drawn lines or columns tell it.

A table is written as in every other format (``index.load.table``), each cell with the name of its
column. Where that is not certain, its words stay where they are, to be read across. Knows words
with their places and lines that are drawn, no files. Lengths are in points, y grows upwards.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from index.load.grid import is_caption, is_figure, read_grid
from index.load.pdf_blocks import Rule, cells_of, columns_of
from index.load.pdf_lattice import Lattice, lattices
from index.load.pdf_merged import below_names, parted_names
from index.load.pdf_words import MIDDLE, ONE_LINE, Line, Word

Text = Callable[[Sequence[Word]], str]
Cell = tuple[Line, ...]  # the lines that stand in it, from above
Grid = list[list[Cell]]

_OVER_THE_EDGE = 2.0  # points
_STEP = 2.6  # sizes from one row to the next at most
_SPLIT_ROWS = 3  # lines in each of as many columns of a ruled row are rows, figures or not
_SPLIT_COLUMNS = 3
FEWEST_BODY = 2  # rows below a header that no line parts
_ALIGNED = 0.7  # of the size: cells of a column begin, end or have their middles no further apart
FULL = 0.6  # of the columns of a row have a cell
_LABELLED = 0.3  # of the cells: in a ruled form, each has its own label
_SMALLER = 0.95  # of the size of the line below
_PAIR_COLUMNS = (2, 4)
_LONGEST_CELL = 12  # words, in a table that no line rules


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page: its rows of cells, of which merged ones stand in each place they cover.

    ``is_sure`` is not set where it is open whether lines below each other are rows; ``marked`` is
    how many rows at the top are marked as the header, None where nothing can mark any."""

    rows: Grid
    top: float
    left: float
    right: float
    size: float
    is_sure: bool = True
    marked: int | None = None

    def marker(self, number: int) -> Word:
        """A word that stands for the whole table ``number`` while the page is put in order."""
        return Word(-1 - number, -1 - number, self.left, self.right, self.top, self.size)


class Taken(NamedTuple):
    """The lines of a page, in which a marker stands for each of its ``tables``; ``unsure`` is how
    many ruled areas were left as they are."""

    lines: list[Line]
    tables: list[Table]
    unsure: int


def table_number(line: Line) -> int | None:
    """Which table a line stands for; None for a line of words."""
    return -1 - line[0].start if line and line[0].start < 0 else None


def take_ruled(
    lines: Sequence[Line], level: Sequence[Rule], upright: Sequence[Rule], text_of: Text
) -> Taken:
    """Takes out of ``lines`` the tables whose cells are ruled."""
    taken = Taken(list(lines), [], 0)
    for lattice in lattices(level, upright):
        found = _ruled(taken.lines, lattice, text_of)
        if found is None:
            continue
        if not (found.is_sure and is_certain(found.rows, text_of)):
            several = sum(any(row) for row in found.rows) > 1
            taken = taken._replace(unsure=taken.unsure + several)
            continue
        marker = found.marker(len(taken.tables))
        taken.tables.append(found)
        taken = taken._replace(lines=without(taken.lines, lattice, marker))
    return taken


# Cells that lines rule


def _place(word: Word, lattice: Lattice) -> tuple[int, int] | None:
    return lattice.place((word.left + word.right) / 2, word.baseline + MIDDLE * word.size)


def _ruled(lines: Sequence[Line], lattice: Lattice, text_of: Text) -> Table | None:
    """The table in a ruled area; None where words run over its lines, or it holds too few."""
    cells = cells_in(lines, lattice)
    if cells is None or len(cells) < 2:
        return None
    grid: Grid = []
    covered: list[Sequence[int]] = []  # the cells of the lattice that each row stands in
    is_sure = True
    for numbers in lattice.cells:
        placed = [cells.get(number, ()) for number in numbers]
        is_whole = any(is_merged(lattice, number) for number in numbers)
        parts = [placed] if is_whole else split_row(placed, lattice.xs, text_of)
        is_sure = is_sure and parts is not None
        grid += parts or [placed]
        covered += [numbers] * len(parts or [placed])
    return table_of(_below_names(grid, covered, lattice, text_of), lattice, is_sure)


def _below_names(
    grid: Grid, covered: Sequence[Sequence[int]], lattice: Lattice, text_of: Text
) -> Grid:
    """A grid with the words of cells that are merged over columns each below its name."""
    reading = read_grid(texts_of(grid, text_of))
    above = reading.titles + reading.header
    if not reading.names:
        return grid
    below = below_names(grid[above:], covered[above:], lattice.xs, text_of)
    return parted_names([*grid[:above], *below], above - 1)


def table_of(
    grid: Grid, lattice: Lattice, is_sure: bool = True, marked: int | None = None
) -> Table:
    sizes = sorted(word.size for row in grid for cell in row for line in cell for word in line)
    size = sizes[len(sizes) // 2]
    top, left, right = lattice.ys[0] - size, lattice.xs[0], lattice.xs[-1]
    return Table(grid, top, left, right, size, is_sure, marked)


def cells_in(lines: Sequence[Line], lattice: Lattice) -> dict[int, Cell] | None:
    """What stands in each cell, by its number; None where words run over its edges."""
    pieces: dict[int, list[list[Word]]] = {}
    for line in lines:
        before: int | None = None
        for word in line:
            place = _place(word, lattice)
            if place is None:
                before = None
                continue
            row, column = place
            cell = lattice.cells[row][column]
            if not _stays_in(word, row, column, lattice):
                return None
            if cell == before:
                pieces[cell][-1].append(word)
            else:
                pieces.setdefault(cell, []).append([word])
            before = cell
    return {number: _lines_of(found) for number, found in pieces.items()}


def _stays_in(word: Word, row: int, column: int, lattice: Lattice) -> bool:
    """Whether a word does not run over the edges of its cell."""
    numbers = lattice.cells[row]
    first = last = column
    while first and numbers[first - 1] == numbers[column]:
        first -= 1
    while last + 1 < len(numbers) and numbers[last + 1] == numbers[column]:
        last += 1
    return (
        word.left > lattice.xs[first] - _OVER_THE_EDGE
        and word.right < lattice.xs[last + 1] + _OVER_THE_EDGE
    )


def _lines_of(pieces: Sequence[list[Word]]) -> Cell:
    """The words of a cell as lines from above; pieces on one height are one line."""
    lines: list[list[Word]] = []
    for piece in sorted(pieces, key=lambda each: -height_of(each)):
        if lines and abs(height_of(lines[-1]) - height_of(piece)) < ONE_LINE * piece[0].size:
            lines[-1] += piece
        else:
            lines.append(piece)
    return tuple(sorted(line, key=lambda word: word.left) for line in lines)


def height_of(line: Sequence[Word]) -> float:
    """The baseline of the largest word."""
    return max(line, key=lambda word: word.size).baseline


def split_row(row: list[Cell], xs: Sequence[float], text_of: Text) -> Grid | None:
    """A ruled row as the rows that stand in it, where its lines beside each other are some:
    figures below each other, or as many lines in each of several columns. None where it may be
    rows or cells of several lines."""
    fullest = max(row, key=len)
    if len(fullest) < FEWEST_BODY or sum(len(cell) > 1 for cell in row) < FEWEST_BODY:
        return [row]
    heights = [height_of(line) for line in fullest]
    rows: Grid = [[() for _ in row] for _ in heights]
    for column, cell in enumerate(row):
        for line in cell:
            reach = ONE_LINE * line[0].size
            near = [at for at, each in enumerate(heights) if abs(each - height_of(line)) < reach]
            if not near:
                return [row]
            rows[near[0]][column] = (line,)
    full = [cell for cell in row if len(cell) == len(heights)]
    if any(all(is_figure(text_of(line)) for line in cell) for cell in full):
        return rows
    if len(heights) < _SPLIT_ROWS or len(full) < FEWEST_BODY:
        return [row]
    is_free = not all(map(_is_wrapped, row, xs[1:]))
    are_all = len(full) == sum(map(bool, row)) >= _SPLIT_COLUMNS
    return rows if are_all and is_free else None


def is_merged(lattice: Lattice, number: int) -> bool:
    return sum(row.count(number) for row in lattice.cells) > 1


def _is_wrapped(cell: Cell, right: float) -> bool:
    """Whether a line of a cell ends because the next word has no room behind it."""
    return any(
        before[-1].breaks
        or before[-1].right + (after[0].right - after[0].left) > right - after[0].size
        for before, after in pairwise(cell)
    )


def without(lines: Sequence[Line], lattice: Lattice, marker: Word) -> list[Line]:
    """``lines`` with ``marker`` in the place of the first word that stands in the first row of a
    ruled area: a file may have the words of the others before what stands above it."""
    kept: list[Line] = []
    first: tuple[int, int] | None = None  # the row, and the line that the marker comes before
    for line in lines:
        outside: list[Word] = []
        for word in line:
            place = _place(word, lattice) if word.start >= 0 else None
            if place is None:
                outside.append(word)
            elif first is None or place[0] < first[0]:
                first = place[0], len(kept)
        if outside:
            kept.append(outside)
    if first:
        kept.insert(first[1], [marker])
    return kept


# Cells that stand in columns


def take_aligned(taken: Taken, text_of: Text) -> Taken:
    """Takes out of what is ``taken`` the tables whose columns are told by where words stand."""
    lines: list[Line] = []
    tables = list(taken.tables)
    at = 0
    while at < len(taken.lines):
        end = _run_end(taken.lines, at)
        found = _aligned(taken.lines[at:end], text_of) if end - at > FEWEST_BODY else None
        if found is None:
            lines += taken.lines[at:end]
        else:
            lines.append([found.marker(len(tables))])
            tables.append(found)
        at = end
    return Taken(lines, tables, taken.unsure)


def _run_end(lines: Sequence[Line], at: int) -> int:
    """The line behind those from ``at`` on that are of several cells and follow closely."""
    end = at
    while end < len(lines) and table_number(lines[end]) is None and len(cells_of(lines[end])) > 1:
        if end > at:
            step = height_of(lines[end - 1]) - height_of(lines[end])
            if not 0 < step <= _STEP * lines[end][0].size:
                break
        end += 1
    return max(end, at + 1)


def _aligned(lines: Sequence[Line], text_of: Text) -> Table | None:
    """The table that lines of cells are; None where their columns or their header are unsure."""
    columns = columns_of([word for line in lines for word in line], lines[0][0].size)
    if len(columns) < 2:
        return None
    grid: Grid = []
    for line in lines:
        row: list[list[Word]] = [[] for _ in columns]
        for word in line:
            row[bisect_left(columns, word.left, key=lambda each: each[1])].append(word)
        if any(len(words) > _LONGEST_CELL for words in row):
            return None
        grid.append([(words,) if words else () for words in row])
    if any(sum(map(bool, row)) < FULL * len(columns) or not row[0] for row in grid[1:]):
        return None
    if not all(map(is_straight, zip(*grid[1:], strict=True))):
        return None
    if not _is_clear(texts_of(grid, text_of)):
        return None
    words = [word for line in lines for word in line]
    left, right = min(word.left for word in words), max(word.right for word in words)
    return Table(grid, lines[0][0].baseline, left, right, lines[0][0].size)


def is_straight(column: Sequence[Cell]) -> bool:
    """Whether the cells of a column begin, end, or have their middles below each other."""
    lines = [cell[0] for cell in column if cell]
    if not lines:
        return True
    edges = [(line[0].left, line[-1].right) for line in lines]
    tolerance = _ALIGNED * lines[0][0].size
    return any(
        max(places) - min(places) <= tolerance
        for places in (
            [left for left, _ in edges],
            [right for _, right in edges],
            [(left + right) / 2 for left, right in edges],
        )
    )


# What is certain


def texts_of(grid: Grid, text_of: Text) -> list[list[str]]:
    return [[" ".join(map(text_of, cell)) for cell in row] for row in grid]


def is_certain(
    grid: Grid, text_of: Text, fewest: int = FEWEST_BODY, marked: int | None = None
) -> bool:
    """Whether ruled rows have a header, or are pairs of a form whose cells do not name themselves.

    In a printed form each box names itself, and boxes are merged as they fit; without figures
    below names it cannot be told from a table.
    """
    texts = texts_of(grid, text_of)
    cells = {cell for row in texts for cell in row if cell}
    labelled = sum(":" in cell.rstrip(":：") for cell in cells if not is_figure(cell))
    if max(labelled, _in_two_sizes(grid)) > _LABELLED * len(cells):
        return False
    reading = read_grid(texts, marked)
    body = texts[reading.titles + reading.header :]
    if not reading.names:
        return reading.is_form and not any(cell.endswith((":", "：")) for cell in cells)
    if not all(map(is_caption, texts[: reading.titles])):
        return False
    cells_below = grid[len(grid) - len(body) :]
    is_regular = all(map(_is_regular, cells_below, body))
    has_lines = any(len(cell) == 1 for row in grid for cell in row)
    return (is_regular and has_lines and len(body) >= fewest) or _has_figures(body)


def _in_two_sizes(grid: Grid) -> int:
    """How many cells begin with a line of smaller letters, as the label in a box of a form does."""
    several = {id(cell): cell for row in grid for cell in row if len(cell) > 1}
    return sum(cell[0][0].size < _SMALLER * cell[1][0].size for cell in several.values())


def _is_regular(row: Sequence[Cell], texts: Sequence[str]) -> bool:
    """Whether no cell of a row spans several columns, unless one spans them all."""
    return is_caption(texts) or not any(one and one is other for one, other in pairwise(row))


def _has_figures(body: Sequence[Sequence[str]]) -> bool:
    """Whether most cells of some column are figures."""
    width = max(map(len, body), default=0)
    columns = zip(*(row for row in body if len(row) == width), strict=True)
    filled = [[cell for cell in column if cell] for column in columns]
    return any(cells and 2 * sum(map(is_figure, cells)) > len(cells) for cells in filled)


def _is_clear(texts: Sequence[Sequence[str]]) -> bool:
    """Whether rows that nothing rules have a header over figures, or are pairs of a form."""
    reading = read_grid(texts)
    if reading.is_form:
        is_marked = any(cell.endswith((":", "：")) for row in texts for cell in row)
        return not is_marked and len(texts[0]) in _PAIR_COLUMNS and all(map(all, texts))
    body = texts[reading.titles + reading.header :]
    if not reading.names or reading.titles or len(body) < FEWEST_BODY:
        return False
    named = list(zip(reading.names, zip(*body, strict=True), strict=True))
    if not all(name for name, _ in named[1:]):
        return False
    return any(all(map(is_figure, filter(None, cells))) for _, cells in named[1:])
