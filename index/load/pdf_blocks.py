"""Blocks of a few lines side by side, as two addresses on a letter, read one after the other.

They look much like a table, whose rows must not be torn apart: where nothing speaks for blocks,
the lines are read across. Knows words with their places, no files.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from index.load.pdf_words import CELL_GAP, Line, Word

_ALIGNED = 0.6  # of the size: cells of one block begin no further apart
_STEP = 2.2  # sizes from one line of a block to the next at most
_BESIDE = 0.6  # of the size: lines whose heights differ less stand beside each other
_COLUMN_GAP = 0.6  # of the size: columns of a table are further apart in every row
_FEWEST_ROWS = 3  # with two cells or more; two addresses have at least so many lines
_MOST_COLUMNS = 4  # more are those of a table
_PROSE_WORDS = 3  # in a line of prose
_GOES_ON = 0.5  # of the lines of prose go on in the next one

Text = Callable[[Sequence[Word]], str]


class Rule(NamedTuple):
    """A horizontal line that is drawn on a page."""

    left: float
    right: float
    height: float


def cells_of(line: Line) -> list[Line]:
    """The words of a line in groups that wide gaps part."""
    cells: list[list[Word]] = []
    for word in line:
        if cells and word.left - cells[-1][-1].right <= CELL_GAP * word.size:
            cells[-1].append(word)
        else:
            cells.append([word])
    return list(cells)


def columns_of(words: Sequence[Word], size: float) -> list[tuple[float, float]]:
    """From where to where the words of each column stand, from the left, on whichever line;
    ``size`` is that of the letters by which gaps are measured."""
    columns: list[tuple[float, float]] = []
    for left, right in sorted((word.left, word.right) for word in words):
        if columns and left <= columns[-1][1] + _COLUMN_GAP * size:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def side_by_side(lines: Sequence[Line], rules: Sequence[Rule], text_of: Text) -> list[Line]:
    """``lines`` with blocks that stand side by side one after the other, an empty line between.

    ``rules`` are the drawn lines, by their height: what they part are the rows of a table.
    """
    ordered: list[Line] = []
    heights = [rule.height for rule in rules]
    at = 0
    while at < len(lines):
        rows, lefts, end = _region(lines, at)
        parted = len(rows) > 1 and _is_ruled(rows, rules, heights)
        if not parted and _are_blocks(_columns(rows, lefts), text_of):
            if ordered:
                ordered.append([])
            for column in _columns(rows, lefts):
                ordered += [*filter(None, column), []]
        else:
            ordered += lines[at:end]
        at = end
    return ordered


def _region(lines: Sequence[Line], at: int) -> tuple[list[list[Line]], list[float], int]:
    """The rows from ``at`` on whose cells begin where those of the first do, where that is, and the
    line behind them."""
    first, end = _row(lines, at)
    lefts = [cell[0].left for cell in first]
    if not 1 < len(first) <= _MOST_COLUMNS or lefts != sorted(lefts):
        return [], [], at + 1
    rows = [first]
    while end < len(lines):
        cells, behind = _row(lines, end)
        size = cells[0][0].size if cells else 0.0
        step = rows[-1][0][0].baseline - cells[0][0].baseline if cells else 0.0
        if not 0 < step <= _STEP * size:
            break
        if not all(_fits(cell, lefts, _ALIGNED * size) for cell in cells):
            break
        rows.append(cells)
        end = behind
    return rows, lefts, end


def _row(lines: Sequence[Line], at: int) -> tuple[list[Line], int]:
    """The cells that stand beside each other from line ``at`` on, and the line behind them.

    Blocks side by side need not stand on the same heights, and the file may have their lines by
    turns.
    """
    cells = cells_of(lines[at]) if lines[at] else []
    end = at + 1
    while cells and end < len(lines) and len(cells) < _MOST_COLUMNS and lines[end]:
        word, other = cells[-1][-1], lines[end][0]
        apart = abs(cells[0][0].baseline - other.baseline)
        if apart >= _BESIDE * other.size or other.left - word.right <= CELL_GAP * other.size:
            break
        cells += cells_of(lines[end])
        end += 1
    return cells, end


def _fits(cell: Line, lefts: Sequence[float], tolerance: float) -> bool:
    """Whether a cell begins with a column and ends before the next one."""
    column = bisect_left(lefts, cell[0].left - tolerance)
    if column == len(lefts) or abs(lefts[column] - cell[0].left) > tolerance:
        return False
    return column + 1 == len(lefts) or cell[-1].right < lefts[column + 1]


def _columns(rows: Sequence[Sequence[Line]], lefts: Sequence[float]) -> list[list[Line]]:
    """The cells of each column from top to bottom; an empty line where a row has none."""
    columns: list[list[Line]] = [[[] for _ in rows] for _ in lefts]
    for number, row in enumerate(rows):
        for cell in row:
            nearest = min(range(len(lefts)), key=lambda at: abs(lefts[at] - cell[0].left))
            columns[nearest][number] = cell
    return columns


def _is_ruled(
    rows: Sequence[Sequence[Line]], rules: Sequence[Rule], heights: Sequence[float]
) -> bool:
    top, bottom = rows[0][0][0].baseline, rows[-1][0][0].baseline
    left, right = rows[0][0][0].left, rows[0][-1][0].left
    between = rules[bisect_left(heights, bottom) : bisect_left(heights, top)]
    return any(rule.left <= left + 1 and rule.right >= right for rule in between)


def _are_blocks(columns: Sequence[Sequence[Line]], text_of: Text) -> bool:
    if not columns or sum(all(row) for row in zip(*columns, strict=True)) < _FEWEST_ROWS:
        return False
    texts = [[text_of(cell).strip() for cell in column] for column in columns]
    bodies = [[text for text in column[1:] if text] for column in texts]
    if any(_is_figures(body) for body in bodies):
        return False
    if _are_named(texts):
        return True
    cells = [text for column in texts for text in column if text]
    if 2 * sum(":" in cell for cell in cells) > len(cells):  # each with its own label
        return False
    return all(map(_is_mixed, bodies)) or all(map(_is_prose, texts))


def _is_figures(texts: Sequence[str]) -> bool:
    """Whether a column is one of numbers, as only a table has."""
    return 2 * sum(not any(map(str.isalpha, text)) for text in texts) >= len(texts)


def _are_named(columns: Sequence[Sequence[str]]) -> bool:
    """Whether each block begins with a name and a colon, and nothing else has one."""
    return all(
        column[0].endswith((":", "：")) and not any(":" in text for text in column[1:])
        for column in columns
    )


def _is_mixed(texts: Sequence[str]) -> bool:
    """Whether lines are as different as those of an address; the cells of a column are alike."""
    with_digits = sum(any(map(str.isdigit, text)) for text in texts)
    return 0 < with_digits < len(texts)


def _is_prose(texts: Sequence[str]) -> bool:
    lines = [text for text in texts if text]
    goes_on = sum(
        not before.endswith((".", "!", "?", ":")) and after[0].islower()
        for before, after in pairwise(lines)
    )
    words = median(len(line.split()) for line in lines)
    return words >= _PROSE_WORDS and goes_on >= _GOES_ON * (len(lines) - 1)
