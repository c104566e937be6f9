"""Headers and headings of sheets that blank rows part from the rows that they are of.

Many sheets have a blank row below the names of their columns, and one above each part, which a row
of its own heads. Knows no file format and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from index.load.grid import (
    LONGEST_NAME,
    Numbered,
    Row,
    is_caption,
    is_figure,
    is_name,
    read_grid,
    used_columns,
)

Block = Sequence[Numbered]

_HIGHEST = 4  # rows of a header
_FEWEST_NAMES = 2  # over figures
_LOOKED_AT = 60  # rows
_BETWEEN = 2  # blocks of one text each that may stand between a header and its figures


def header_apart(block: Block, below: Sequence[Block]) -> tuple[int, tuple[str, ...]]:
    """How many rows at the end of ``block`` name the columns of the figures ``below``, and how;
    0 and nothing where they do not.

    All that it says are names, and above them stand titles alone. The figures have no header of
    their own; where most columns are named, others may have none.
    """
    rows = [row for _, row in block]
    figures = _rows_with_figures(below)
    if not figures or not all(map(is_name, filter(None, (cell for row in rows for cell in row)))):
        return 0, ()
    last = _filled(rows[-1]) - {0}
    columns = _figure_columns(figures)
    if len(last & columns) < _FEWEST_NAMES or 3 * len(last & columns) < 2 * len(last):
        return 0, ()
    if 2 * len(last & columns) < len(columns) or read_grid(figures).header:
        return 0, ()
    height = 1
    while height < min(_HIGHEST, len(rows)) and _is_upper(rows[-height - 1], last):
        height += 1
    names = _names(rows[-height:])
    above = rows[: len(rows) - height]
    if any(len(name) > LONGEST_NAME or name.endswith(":") for name in names):
        return 0, ()
    return (height, names) if all(is_caption(row) and row[0] for row in above) else (0, ())


def _rows_with_figures(blocks: Sequence[Block]) -> list[Row]:
    """The rows of the first block that is more than one text."""
    for block in blocks[: _BETWEEN + 1]:
        rows = [row for _, row in block[:_LOOKED_AT]]
        if not all(map(is_caption, rows)):
            return rows
    return []


def _filled(row: Row) -> set[int]:
    return {column for column, cell in enumerate(row) if cell}


def _figure_columns(rows: Sequence[Row]) -> set[int]:
    """The columns most of whose cells are figures."""
    cells = {
        at: [row[at] for row in rows if at < len(row) and row[at]] for at in used_columns(rows)
    }
    return {at for at, each in cells.items() if 2 * sum(map(is_figure, each)) > len(each)}


def _is_upper(row: Row, columns: set[int]) -> bool:
    """Whether a row says more of some of the ``columns`` that the last row names."""
    return not row[0] and _filled(row) <= columns


def _names(rows: Sequence[Row]) -> tuple[str, ...]:
    """What the rows of a header say of each column, from above."""
    width = max(map(len, rows))
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    spread = [_spread(row, padded[-1]) for row in padded[:-1]]
    columns = zip(*spread, padded[-1], strict=True)
    return tuple(" ".join(dict.fromkeys(filter(None, column))) for column in columns)


def _spread(upper: Row, lower: Row) -> Row:
    """The names of groups over all of their columns, where each group has the same ones."""
    starts = [at for at, cell in enumerate(upper) if cell]
    groups = [
        range(start, stop) for start, stop in zip(starts, [*starts[1:], len(lower)], strict=True)
    ]
    inner = [tuple(filter(None, (lower[at] for at in group))) for group in groups]
    if len(groups) < 2 or len(set(inner)) > 1:
        return upper
    cells = list(upper)
    for group in groups:
        for at in group:
            cells[at] = upper[group.start] if lower[at] else ""
    return cells


def goes_below(rows: Sequence[Row], names: Sequence[str]) -> bool:
    """Whether figures of a block stand below ``names`` that blank rows part from them."""
    named = {column for column, name in enumerate(names) if name and column}
    looked_at = rows[:_LOOKED_AT]
    columns = _figure_columns(looked_at)
    words = {
        at for row in looked_at for at in named & _filled(row) if not is_figure(row[at])
    } - columns
    fullest = max(
        (sum(is_figure(row[at]) for at in named & _filled(row)) for row in looked_at), default=0
    )
    return fullest >= _FEWEST_NAMES and 2 * len(columns & named) >= len(columns) > 2 * len(words)


def headings(blocks: Sequence[Block]) -> dict[int, str]:
    """The texts that head blocks, by the numbers of their rows, where they are needed to tell apart
    rows of different blocks: those have the same first cells."""
    headed = [block for block in blocks if len(block) > 1 and _is_heading(block)]
    labels = [
        {row[0] for _, row in block[1:] if row[0] and not is_caption(row)} for block in headed
    ]
    counts = Counter(label for each in labels for label in each)
    return {
        block[0][0]: block[0][1][0]
        for block, each in zip(headed, labels, strict=True)
        if any(counts[label] > 1 for label in each)
    }


def _is_heading(block: Block) -> bool:
    """Whether the first row of a block is one text, above rows with figures, and no other is.

    Headings below it are of parts that the first one may not be of: it may go on in them."""
    first, *others = [row for _, row in block]
    return (
        _filled(first) == {0}
        and is_caption(first)
        and len(first[0]) <= LONGEST_NAME
        and not any(map(is_caption, others[:-1]))
        and not is_caption(others[0])
        and any(is_figure(cell) for row in others for cell in row)
    )
