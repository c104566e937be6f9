"""The order in which the lines of a PDF page are read: across, by columns, by blocks.

Knows words with their places on a page, not files and not how a text is written. Lengths are in
points, y grows upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from index.load.pdf_above import from_above
from index.load.pdf_blocks import side_by_side
from index.load.pdf_rows import rows_together
from index.load.pdf_rules import Drawn
from index.load.pdf_shaded_tables import take_shaded
from index.load.pdf_tables import Taken, take_aligned, take_ruled
from index.load.pdf_words import TOUCHING, Line, Word

_GUTTER_GAP = 0.7  # between columns; narrow, because many lines must agree on the place
_GUTTER_STEPS = 48  # places tried across the page: a gutter is rarely below 2 % of its width
_COLUMN_LINES = 6  # fewer lines on a side are a caption or an address, not a column
_RAISED = 0.6  # of the size: how far the mark of a footnote may stand above its line
_SAME_LINE = 0.1  # of the size: what stands on one line differs less in height
_PROSE_WIDTH = 0.55  # of its column: lines of prose fill it, cells and labels do not
_PROSE_WORDS = 3  # a line; a column of shorter ones is one of a table
_CROSSING = 0.25  # of the lines may cross a gutter: titles, captions, footers


def in_reading_order(
    lines: Sequence[Line], drawn: Drawn, text_of: Callable[[Sequence[Word]], str]
) -> Taken:
    """The lines of a page as they are read; an empty one parts two blocks, one of a marker stands
    for a table.

    Columns and blocks are read one after the other where the page clearly has them; otherwise the
    order of the file stands, which in most files is that of reading, but for lines that it has
    behind what stands below them.
    """
    whole = _continued(from_above(_continued([line for line in lines if line])))
    taken = take_ruled(whole, drawn.level, drawn.upright, text_of)
    taken = take_shaded(taken, drawn, text_of)
    taken = taken._replace(lines=rows_together(taken.lines, text_of))
    taken = take_aligned(taken, text_of)
    return taken._replace(lines=side_by_side(_in_columns(taken.lines), drawn.rules, text_of))


def _continued(lines: Sequence[Line]) -> list[Line]:
    """Lines put together again that the file breaks at a raised letter, or between two cells."""
    whole: list[Line] = []
    for line in lines:
        if whole and not whole[-1][-1].breaks and _goes_on(whole[-1][-1], line[0]):
            whole[-1] = [*whole[-1], *line]
        else:
            whole.append(line)
    return whole


def _goes_on(before: Word, word: Word) -> bool:
    size = max(before.size, word.size)
    gap = word.left - before.right
    height = abs(before.baseline - word.baseline)
    is_cell = height < _SAME_LINE * size and gap > 0
    return is_cell or (height < _RAISED * size and -TOUCHING * size < gap < size)


# Columns


def _in_columns(lines: Sequence[Line], depth: int = 2) -> list[Line]:
    gutter = _gutter(lines) if depth else None
    if gutter is None:
        return list(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if _crosses(line, gutter):
            ordered += [*_in_columns(left, depth - 1), *_in_columns(right, depth - 1), line]
            left, right = [], []
            continue
        for side, words in ((left, _left_of(line, gutter)), (right, _right_of(line, gutter))):
            if words:
                side.append(words)
    return [*ordered, *_in_columns(left, depth - 1), *_in_columns(right, depth - 1)]


def _gutter(lines: Sequence[Line]) -> float | None:
    """The place of the blank strip between two columns; None where there are none."""
    if len(lines) < _COLUMN_LINES:
        return None
    start = min(map(_left, lines))
    width = max(map(_right, lines)) - start
    places = [start + width * step / _GUTTER_STEPS for step in range(1, _GUTTER_STEPS)]
    counts = _crossings(lines, start, width)
    fewest = min(counts)
    if fewest > _CROSSING * len(lines):
        return None
    best = [place for place, count in zip(places, counts, strict=True) if count == fewest]
    place = best[len(best) // 2]
    return place if _has_two_columns(lines, place) else None


def _crossings(lines: Sequence[Line], start: float, width: float) -> list[int]:
    """How many lines cross each place that is tried for a gutter."""
    changes = [0] * (_GUTTER_STEPS + 2)
    step = width / _GUTTER_STEPS or 1.0
    for line in lines:
        for left, right in _stretches(line):
            first = int((left - start) / step) + 1
            last = -int(-(right - start) // step) - 1
            if first <= last:
                changes[min(first, _GUTTER_STEPS)] += 1
                changes[min(last + 1, _GUTTER_STEPS)] -= 1
    counts, count = [], 0
    for at in range(1, _GUTTER_STEPS):
        count += changes[at]
        counts.append(count)
    return counts


def _stretches(line: Line) -> Iterator[tuple[float, float]]:
    """Where a line is without the blank of a gutter, from left to right."""
    gap = _GUTTER_GAP * line[0].size
    words = sorted((word.left, word.right) for word in line)
    left, right = words[0]
    for word_left, word_right in words[1:]:
        if word_left - right >= gap:
            yield left, right
            left = word_left
        right = max(right, word_right)
    yield left, right


def _has_two_columns(lines: Sequence[Line], gutter: float) -> bool:
    beside = [line for line in lines if not _crosses(line, gutter)]
    sides = (
        [words for line in beside if (words := _left_of(line, gutter))],
        [words for line in beside if (words := _right_of(line, gutter))],
    )
    return all(len(side) >= _COLUMN_LINES and _is_prose(side) for side in sides)


def _is_prose(lines: Sequence[Line]) -> bool:
    if median(map(len, lines)) < _PROSE_WORDS:
        return False
    width = max(map(_right, lines)) - min(map(_left, lines))
    return median(_right(line) - _left(line) for line in lines) >= _PROSE_WIDTH * width


def _crosses(line: Line, place: float) -> bool:
    """Whether a line runs over ``place`` without the blank of a gutter there."""
    return any(left < place < right for left, right in _stretches(line))


def _left_of(line: Line, place: float) -> Line:
    return [word for word in line if word.right <= place]


def _right_of(line: Line, place: float) -> Line:
    return [word for word in line if word.left >= place]


def _left(line: Line) -> float:
    return min(word.left for word in line)


def _right(line: Line) -> float:
    return max(word.right for word in line)
