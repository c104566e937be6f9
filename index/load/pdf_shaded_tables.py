"""Tables of a PDF page whose rows and header are told by shading, not by drawn lines.

A table is taken only where it is certain: a header in colours of its own that names every column,
rows of one line or of lines that clearly belong together, words that stay in their columns. All
else stays as it stands on the page. Lengths are in points, y grows upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from index.load.grid import LONGEST_NAME, is_caption, is_name, read_grid
from index.load.pdf_blocks import cells_of
from index.load.pdf_rules import Drawn
from index.load.pdf_shading import Area, header_height, shaded_areas
from index.load.pdf_tables import (
    FEWEST_BODY,
    FULL,
    Cell,
    Grid,
    Table,
    Taken,
    Text,
    cells_in,
    height_of,
    is_certain,
    is_merged,
    is_straight,
    split_row,
    table_of,
    texts_of,
    without,
)
from index.load.pdf_words import ONE_LINE, Line

_EVEN = 1.15  # of the least step: from one line of a cell to the next
_ROOM = 1.2  # of the step from line to line: what a row of one line is high at least
_MARGIN = 30.0  # points: words of one line differ less in height
_BESIDE_A_LABEL = 40  # characters of the one name beside the first column
_LONGEST_NAME = 2 * LONGEST_NAME  # of a column: its shading says that it is one


def take_shaded(taken: Taken, drawn: Drawn, text_of: Text) -> Taken:
    """Takes out of what is ``taken`` the tables whose rows are told by shading."""
    if not drawn.shades:
        return taken
    words = [word for line in taken.lines for word in line if word.start >= 0]
    for areas in shaded_areas(drawn.shades, drawn.level, drawn.upright, words):
        for area in areas:
            found = _shaded(taken.lines, area, text_of)
            if found:
                marker = found.marker(len(taken.tables))
                taken.tables.append(found)
                taken = taken._replace(lines=without(taken.lines, area.lattice, marker))
                break
    return taken


def _shaded(lines: Sequence[Line], area: Area, text_of: Text) -> Table | None:
    """The table in a shaded area; None where its rows, its columns or its header are unsure."""
    lattice = area.lattice
    top, bottom = lattice.ys[0], lattice.ys[-1]
    near = [line for line in lines if bottom - _MARGIN < line[0].baseline < top + _MARGIN]
    cells = cells_in(near, lattice)
    if cells is None or any(_has_gaps(cells[each]) for each in cells if is_merged(lattice, each)):
        return None
    grid: Grid = []
    rows: list[int] = []  # of the lattice, that each one of the grid stands in
    unsure: set[int] = set()
    for number, numbers in enumerate(lattice.cells):
        placed = [cells.get(each, ()) for each in numbers]
        if not any(placed):
            continue
        parts: Grid | None = [placed]
        if not _is_one_row(placed, lattice.ys[number] - lattice.ys[number + 1]):
            parts = split_row(placed, lattice.xs, text_of)
            unsure |= set() if parts and len(parts) > 1 else {number}
        grid += parts or [placed]
        rows += [number] * len(parts or [placed])
    colours = [area.colours[row] for row in rows]
    marked = header_height(colours, [row in area.joined for row in rows])
    if not marked or unsure & set(rows[marked:]) or rows[-1] in area.joined:
        return None
    is_clear = not area.by_space or _is_parted(grid[marked:])
    fewest = FEWEST_BODY if area.by_space else 1
    if not (is_clear and _is_headed(texts_of(grid, text_of), marked)):
        return None
    if not is_certain(grid, text_of, fewest, marked):
        return None
    return table_of(grid, lattice, marked=marked)


def _is_headed(texts: Sequence[Sequence[str]], marked: int) -> bool:
    """Whether the rows at the top that shading marks are a header by what they say too."""
    reading = read_grid(texts, marked)
    names = [cell for row in texts[:marked] for cell in row if cell]
    if any(name.endswith((":", "：")) or len(name) > _LONGEST_NAME for name in names):
        return False
    if len(names) == 2 and len(names[1]) > _BESIDE_A_LABEL:  # rather a name and its value
        return False
    has_names = all(
        name or not any(column)
        for name, column in zip(reading.names, zip(*texts[marked:], strict=True), strict=False)
    )
    is_told = read_grid(texts).header == reading.header
    return (
        reading.titles + reading.header == marked
        and bool(reading.names)
        and (all(map(is_name, names)) or is_told)
        and has_names
        and not any(_says_one_thing(row) for row in texts[marked:])
    )


def _says_one_thing(row: Sequence[str]) -> bool:
    """Whether different cells of a row say the same: as a merged one it would be written once."""
    return sum(map(bool, row)) > 1 and is_caption(row)


def _has_gaps(cell: Cell) -> bool:
    return any(len(cells_of(line)) > 1 for line in cell)


def _is_one_row(row: Sequence[Cell], height: float) -> bool:
    """Whether the lines of cells in a row ``height`` high are lines of one row: evenly set, but
    for the paragraphs of one cell, beside each other, with more room around than between them."""
    filled = [[height_of(line) for line in cell] for cell in row if cell]
    steps = [[above - below for above, below in pairwise(cell)] for cell in filled]
    least = min((step for each in steps for step in each), default=0.0)
    if sum(max(each, default=0.0) > _EVEN * least for each in steps) > 1:
        return False
    longest = max(filled, key=lambda cell: cell[0] - cell[-1])
    if height - (longest[0] - longest[-1]) < _ROOM * least:
        return False
    reach = ONE_LINE * max(word.size for cell in row for line in cell for word in line)
    return all(longest[-1] - reach <= at <= longest[0] + reach for cell in filled for at in cell)


def _is_parted(body: Grid) -> bool:
    """Whether the columns of rows that blank strips alone part are filled and straight."""
    rows = [row for row in body if any(cell is not row[0] for cell in row)]
    return (
        len(rows) >= FEWEST_BODY
        and all(row[0] and sum(map(bool, row)) >= FULL * len(row) for row in rows)
        and all(map(is_straight, zip(*rows, strict=True)))
    )
