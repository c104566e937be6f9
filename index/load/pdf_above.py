"""Lines of a PDF page that the file has too late or too early are read where they stand.

Programs draw the cells of a sheet by their colours, titles last and page numbers first. Knows words
with their places, no files and no texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from index.load.pdf_words import Line

_CLEARLY = 0.8  # of the size: what stands higher by less is on the same line, or a raised letter
_NEXT = 2.0  # of the size: as far below stands the next line of a paragraph, at most
_MOST_LINES = 500  # of a page whose lines are compared with each other

_Place = tuple[float, float, float, float]  # left, right, baseline, size


def from_above(lines: Sequence[Line]) -> list[Line]:
    """``lines`` in the order of the file, but for the few that it has behind lines below them, or
    before lines above them.

    A line stands above another if it is higher and they share a part of their width; so columns
    are left as they are.
    """
    rises = [at for at, (before, line) in enumerate(pairwise(lines), 1) if _rises(before, line)]
    if not rises or len(lines) > _MOST_LINES:
        return list(lines)
    places = [_place(line) for line in lines]
    against: dict[int, set[int]] = {}
    for later in range(rises[0], len(places)):
        for earlier in range(later):
            if _is_above(places[later], places[earlier]):
                against.setdefault(later, set()).add(earlier)
                against.setdefault(earlier, set()).add(later)
    misplaced = _misplaced(against, places)
    order = [number for number in range(len(lines)) if number not in misplaced]
    for number in sorted(misplaced, key=lambda each: -places[each][2]):
        order.insert(_where(number, order, places), number)
    return [lines[number] for number in order]


def _misplaced(against: dict[int, set[int]], places: Sequence[_Place]) -> set[int]:
    """The fewest lines, about, without which no two are in the wrong order.

    ``against`` has for each line those that it is in the wrong order with. Of two, the one that
    goes on with no neighbour is misplaced, or the later.
    """
    found = set[int]()
    goes_on = [_follows(below, above) for above, below in pairwise(places)]
    alone = [not any(each) for each in zip([False, *goes_on], [*goes_on, False], strict=True)]
    while against:
        worst = max(against, key=lambda each: (len(against[each]), alone[each], each))
        for other in against.pop(worst):
            against[other].discard(worst)
            if not against[other]:
                del against[other]
        found.add(worst)
    return found


def _where(number: int, order: Sequence[int], places: Sequence[_Place]) -> int:
    """Where a line is put in: before the first one below it, at the end if there is none."""
    below = (at for at, other in enumerate(order) if _is_above(places[number], places[other]))
    return next(below, len(order))


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
