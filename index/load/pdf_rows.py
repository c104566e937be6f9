"""Rows of tables and forms that the file has column by column, put together again.

Prose in columns stands on the same heights too: only labels and figures are put beside each other.
Knows words with their places, no files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.load.pdf_blocks import cells_of
from index.load.pdf_words import Line, Word

_FEWEST_ROWS = 3
_SAME_LINE = 0.1  # of the size: what stands on one line differs less in height
_LONGEST_CELL = 8  # words; what is longer is prose

Text = Callable[[Sequence[Word]], str]


def rows_together(lines: Sequence[Line], text_of: Text) -> list[Line]:
    """``lines`` with columns of cells beside each other where each cell has its label."""
    ordered: list[Line] = []
    at = 0
    while at < len(lines):
        end = _column_end(lines, at)
        column = list(lines[at:end])
        while len(column) >= _FEWEST_ROWS and end < len(lines):
            other = _beside(column, lines[end : _column_end(lines, end)])
            joined = _joined(column, other, text_of)
            if joined is None:
                break
            column, end = joined, end + len(other)
        ordered += column
        at = end
    return ordered


def _column_end(lines: Sequence[Line], at: int) -> int:
    """The line behind those from ``at`` on that stand below each other, each of one cell."""
    end = at + 1
    while (
        end < len(lines)
        and lines[end][0].baseline < lines[end - 1][0].baseline
        and len(lines[end]) <= _LONGEST_CELL
        and len(cells_of(lines[end])) == 1
    ):
        end += 1
    return end


def _beside(column: Sequence[Line], other: Sequence[Line]) -> Sequence[Line]:
    """The lines of ``other`` that do not stand below those of ``column``."""
    lowest = column[-1][0].baseline
    behind = (
        number
        for number, line in enumerate(other)
        if line[0].baseline < lowest - _SAME_LINE * line[0].size
    )
    return other[: next(behind, len(other))]


def _joined(column: Sequence[Line], other: Sequence[Line], text_of: Text) -> list[Line] | None:
    """The lines of ``column`` with those of ``other`` beside them; None where they are no row."""
    if len(other) < _FEWEST_ROWS or len(other) > len(column):
        return None
    texts = [text_of(line) for line in other]
    figures = sum(any(map(str.isdigit, text)) and len(text.split()) <= 2 for text in texts)
    labels = sum(text_of(line).endswith((":", "：")) for line in column)
    if 2 * figures <= len(other) and 2 * labels <= len(column):
        return None
    rows = [list(line) for line in column]
    place = 0
    for line in other:
        tolerance = _SAME_LINE * line[0].size
        while place < len(rows) and rows[place][0].baseline > line[0].baseline + tolerance:
            place += 1
        if place == len(rows) or rows[place][0].baseline < line[0].baseline - tolerance:
            return None
        if line[0].left <= rows[place][-1].right:
            return None
        rows[place] += line
        place += 1
    return list(rows)
