"""Lines of a PDF page that the file has too late: what stands above another is read before it.

Programs draw the cells of a sheet by their colours, and titles last. Knows words with their places,
no files and no texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from index.load.pdf_words import Line

_CLEARLY = 0.8  # of the size: what stands higher by less is on the same line, or a raised letter
_NEXT = 2.0  # of the size: as far below stands the next line of a paragraph, at most
_MOST_LINES = 500  # of a page whose lines are compared with each other

_Place = tuple[float, float, float, float]  # left, right, baseline, size


def from_above(lines: Sequence[Line]) -> list[Line]:
    """``lines`` in the order of the file, but each behind all that stand above it.

    A line stands above another if it is higher and they share a part of their width; so columns
    are left as they are.
    """
    lines = _footers_last(lines)
    rises = [at for at, (before, line) in enumerate(pairwise(lines), 1) if _rises(before, line)]
    if not rises or len(lines) > _MOST_LINES:
        return lines
    places = [_place(line) for line in lines]
    is_late = any(
        _is_above(high, low)
        for at, high in enumerate(places[rises[0] :], rises[0])
        for low in places[:at]
    )
    if not is_late:
        return lines
    above = [
        {number for number, high in enumerate(places) if _is_above(high, low)} for low in places
    ]
    follows = [False, *(_follows(line, before) for before, line in pairwise(places))]
    return [lines[number] for number in _ordered(above, follows)]


def _ordered(above: Sequence[set[int]], follows: Sequence[bool]) -> list[int]:
    """The numbers of lines in their order, but each behind those that stand ``above`` it.

    A line that ``follows`` directly on the one before it stays there.
    """
    ordered: list[int] = []
    done = set[int]()
    for first in range(len(above)):
        waiting = [first]
        while waiting:
            number = waiting[-1]
            missing = above[number] - done
            if missing and number not in done:
                waiting.append(min(missing))
                continue
            waiting.pop()
            if number in done:
                continue
            after = ordered[-1] + 1 if ordered else number
            while after != number and after < len(above) and follows[after]:
                if after in done or not above[after] <= done:
                    break
                done.add(after)
                ordered.append(after)
                after += 1
            done.add(number)
            ordered.append(number)
    return ordered


def _footers_last(lines: Sequence[Line]) -> list[Line]:
    """``lines``, those at their beginning last that stand below all the others."""
    lowest = [line[0].baseline for line in lines]  # from each line on
    for at in range(len(lowest) - 2, -1, -1):
        lowest[at] = min(lowest[at], lowest[at + 1])
    highest, first = -inf, 0
    for at, (line, below) in enumerate(zip(lines, lowest[1:], strict=False), 1):
        highest = max(highest, line[0].baseline + _CLEARLY * line[0].size)
        if highest < below:
            first = at
    return [*lines[first:], *lines[:first]]


def _rises(before: Line, line: Line) -> bool:
    return line[0].baseline > before[0].baseline + _CLEARLY * line[0].size


def _is_above(high: _Place, low: _Place) -> bool:
    left, right, baseline, size = high
    low_left, low_right, low_baseline, low_size = low
    return (
        baseline > low_baseline + _CLEARLY * max(size, low_size)
        and left < low_right
        and low_left < right
    )


def _follows(line: _Place, before: _Place) -> bool:
    step = before[2] - line[2]
    return _is_above(before, line) and step < _NEXT * line[3]


def _place(line: Line) -> _Place:
    return (
        min(word.left for word in line),
        max(word.right for word in line),
        line[0].baseline,
        max(word.size for word in line),
    )
