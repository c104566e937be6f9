"""Below which names the words of a cell stand that covers several columns of a table.

Many tables have the lines between their columns in the header alone, or between some columns only:
what is below is one cell to the ruler, but each figure in it stands below one name. Written in
every column that the cell covers, it would be told of columns that do not say it. Knows words with
their places, no files. Lengths are in points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from index.load.grid import is_figure
from index.load.pdf_blocks import cells_of
from index.load.pdf_words import Line, Word

Text = Callable[[Sequence[Word]], str]
Cell = tuple[Line, ...]

_OVER_THE_EDGE = 2.0  # points that a word of one column may reach into the next


def below_names(
    rows: Sequence[list[Cell]],
    numbers: Sequence[Sequence[int]],
    xs: Sequence[float],
    text_of: Text,
) -> Iterator[list[Cell]]:
    """The rows below a header with the words of cells over several columns each in its column.

    ``numbers`` are those of the cells of each row, the same for all columns that one covers; ``xs``
    are the edges of the columns. What is merged among cells that are not, and is no figure, stays
    in each place that it covers. A row with figures that stand below no one name is given
    without empty cells and repeated ones: as it is not as wide as its header, it gets no names.
    """
    open_edges = _open_edges(numbers)
    for row, covered in zip(rows, numbers, strict=True):
        placed: list[Cell] = []
        is_sure = True
        for columns in _spans(covered):
            cell = row[columns.start]
            parts = None
            if len(columns) > 1 and cell:
                is_open = all(edge in open_edges for edge in columns[1:])
                parts = _parted(cell, columns, xs, is_open=is_open, text_of=text_of)
                is_told = parts is not None or len(columns) == len(covered)
                is_sure = is_sure and (is_told or not _has_figure(cell, text_of))
            placed += parts or [cell] * len(columns)
        yield placed if is_sure else [row[each.start] for each in _spans(covered)]


def _spans(numbers: Sequence[int]) -> Iterator[range]:
    """The columns that each cell of a row covers."""
    start = 0
    for column in range(1, len(numbers) + 1):
        if column == len(numbers) or numbers[column] != numbers[start]:
            yield range(start, column)
            start = column


def _open_edges(numbers: Sequence[Sequence[int]]) -> set[int]:
    """The columns whose left edge no row has: there no cells were merged, none was ruled."""
    ruled = {
        column
        for row in numbers
        for column, (before, here) in enumerate(pairwise(row), 1)
        if before != here
    }
    return set(range(1, len(numbers[0]) if numbers else 1)) - ruled


def _parted(
    cell: Cell, columns: range, xs: Sequence[float], *, is_open: bool, text_of: Text
) -> list[Cell] | None:
    """What of a cell stands in each of ``columns``; None if not told, or of them all."""
    pieces = [(piece, _column(piece, columns, xs)) for line in cell for piece in cells_of(line)]
    found = {column for _, column in pieces}
    if None in found:
        return None
    if len(found) == 1 and not (is_open or _has_figure(cell, text_of)):
        return None
    return [tuple(piece for piece, at in pieces if at == column) for column in columns]


def _column(piece: Line, columns: range, xs: Sequence[float]) -> int | None:
    """The one column that words stand in; None for several."""
    left, right = piece[0].left + _OVER_THE_EDGE, piece[-1].right - _OVER_THE_EDGE
    inside = (each for each in columns if xs[each] <= left and right <= xs[each + 1])
    return next(inside, None)


def _has_figure(cell: Cell, text_of: Text) -> bool:
    """Whether a number stands in a cell by itself; one with letters may be the name of a part."""
    texts = [text_of(piece) for line in cell for piece in cells_of(line)]
    return any(is_figure(text) and not any(map(str.isalpha, text)) for text in texts)


def parted_names(rows: Sequence[list[Cell]], header: int) -> list[list[Cell]]:
    """Rows in which a cell of the header, the last of whose rows is ``header``, is several columns
    where wide gaps part its words and all below it stand each under one of them."""
    found = list(rows)
    width = len(rows[header])
    for column in reversed(range(width)):
        names = _names(rows[header], column)
        parted = [
            _parts_below(row, column, names, is_body=at > header) if len(row) == width else []
            for at, row in enumerate(rows)
        ]
        filled = [parts for parts in parted[header + 1 :] if parts and any(parts)]
        used = {at for parts in filled for at, part in enumerate(parts) if part}
        if len(names) < 2 or None in parted or len(used) < 2:
            continue
        cells: list[list[Cell]] = [parts or [] for parts in parted]
        cells[header] = [(name,) for name in names]
        found = [
            [*row[:column], *parts, *row[column + 1 :]] if len(whole) == width else row
            for row, parts, whole in zip(found, cells, rows, strict=True)
        ]
    return found


def _names(row: list[Cell], column: int) -> list[Line]:
    """The words of a cell of one line and one column that wide gaps part."""
    cell = row[column]
    is_one = len(cell) == 1 and not _is_merged(row, column)
    return list(cells_of(cell[0])) if is_one else []


def _is_merged(row: list[Cell], column: int) -> bool:
    beside = [row[at] for at in (column - 1, column + 1) if 0 <= at < len(row)]
    return bool(row[column]) and any(row[column] is each for each in beside)


def _parts_below(
    row: list[Cell], column: int, names: Sequence[Line], *, is_body: bool
) -> list[Cell] | None:
    """What of a cell stands under each of ``names``; None where words stand under several, or
    under none. What is merged, or stands above, is of all."""
    cell = row[column]
    if not is_body or _is_merged(row, column):
        return [cell] * len(names)
    pieces = [(piece, _under(piece, names)) for line in cell for piece in cells_of(line)]
    if any(at is None for _, at in pieces):
        return None
    return [tuple(piece for piece, at in pieces if at == number) for number in range(len(names))]


def _under(piece: Line, names: Sequence[Line]) -> int | None:
    over = [
        at
        for at, name in enumerate(names)
        if name[0].left < piece[-1].right and piece[0].left < name[-1].right
    ]
    return over[0] if len(over) == 1 else None
