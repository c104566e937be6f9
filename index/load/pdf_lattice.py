"""Where drawn lines rule a part of a PDF page into cells, and which of these are merged.

Knows straight lines, no letters. Lengths are in points, y grows upwards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.load.pdf_blocks import Rule

NEAR = 3.0  # points: lines nearer than that are one, and touch each other
_FEWEST = 2  # rows, and columns
_MOST_CELLS = 4_000
_MOST_PAIRS = 100_000  # of a level line and an upright one that are compared


@dataclass(frozen=True, slots=True)
class Lattice:
    """A ruled area. ``xs`` are the edges of its columns from the left, ``ys`` those of its rows
    from above; ``cells[row][column]`` is the number of the cell that covers the place, the same
    in all places that a merged one covers."""

    xs: Sequence[float]
    ys: Sequence[float]
    cells: Sequence[Sequence[int]]

    def place(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of a point; None outside."""
        if not (self.xs[0] <= x <= self.xs[-1] and self.ys[-1] <= y <= self.ys[0]):
            return None  # most words of a page
        column = bisect_right(self.xs, x) - 1
        row = bisect_right(self.ys, -y, key=lambda each: -each) - 1
        inside = 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1
        return (row, column) if inside else None


def lattices(level: Sequence[Rule], upright: Sequence[Rule]) -> Iterator[Lattice]:
    """The ruled areas of a page of at least two rows and two columns; cells are rectangles."""
    across, down = _joined(level), _joined(upright)
    if len(across) * len(down) > _MOST_PAIRS:
        return
    for group in _touching(across, down):
        lines = [each for each in group if each < len(across)]
        posts = [each - len(across) for each in group if each >= len(across)]
        found = _lattice([across[each] for each in lines], [down[each] for each in posts])
        if found:
            yield found


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Lines on one height that touch or overlap, as one."""
    whole: list[Rule] = []
    by_height: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda each: each.height):
        if by_height and rule.height - by_height[-1][0].height <= NEAR:
            by_height[-1].append(rule)
        else:
            by_height.append([rule])
    for group in by_height:
        height = sum(each.height for each in group) / len(group)
        first = len(whole)
        for rule in sorted(group):
            if len(whole) > first and rule.left <= whole[-1].right + NEAR:
                whole[-1] = whole[-1]._replace(right=max(whole[-1].right, rule.right))
            else:
                whole.append(Rule(rule.left, rule.right, height))
    return whole


def _touching(across: Sequence[Rule], down: Sequence[Rule]) -> list[list[int]]:
    """Groups of lines that cross or touch each other; those of ``down`` count on."""
    parent = list(range(len(across) + len(down)))
    for one, line in enumerate(across):
        for other, post in enumerate(down, len(across)):
            if _reaches(line, post.height) and _reaches(post, line.height):
                parent[_root(parent, other)] = _root(parent, one)
    groups: dict[int, list[int]] = {}
    for each in range(len(parent)):
        groups.setdefault(_root(parent, each), []).append(each)
    return list(groups.values())


def _root(parent: list[int], each: int) -> int:
    while parent[each] != each:
        parent[each] = parent[parent[each]]
        each = parent[each]
    return each


def _reaches(rule: Rule, place: float) -> bool:
    return rule.left - NEAR <= place <= rule.right + NEAR


def _edges(places: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Different places in order, with the ends beyond them: the sides of many tables are open."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > NEAR:
            found.append(place)
    if found and min(ends) < found[0] - NEAR:
        found.insert(0, min(ends))
    if found and max(ends) > found[-1] + NEAR:
        found.append(max(ends))
    return found


def _lattice(across: Sequence[Rule], down: Sequence[Rule]) -> Lattice | None:
    if not (across and down):
        return None
    xs = _edges([each.height for each in down], _ends(across))
    ys = _edges([each.height for each in across], _ends(down))[::-1]
    width, height = len(xs) - 1, len(ys) - 1
    if min(width, height) < _FEWEST or width * height > _MOST_CELLS:
        return None
    parent = list(range(width * height))
    middles = [(left + right) / 2 for left, right in pairwise(xs)]
    centres = [(top + bottom) / 2 for top, bottom in pairwise(ys)]
    for row in range(height):
        for column in range(width):
            here = row * width + column
            if column + 1 < width and not _is_drawn(down, xs[column + 1], centres[row]):
                parent[_root(parent, here + 1)] = _root(parent, here)
            if row + 1 < height and not _is_drawn(across, ys[row + 1], middles[column]):
                parent[_root(parent, here + width)] = _root(parent, here)
    roots = [_root(parent, each) for each in range(width * height)]
    cells = [roots[row * width : (row + 1) * width] for row in range(height)]
    return Lattice(xs, ys, cells) if _are_rectangles(cells) else None


def _ends(rules: Sequence[Rule]) -> list[float]:
    return [end for rule in rules for end in (rule.left, rule.right)]


def _is_drawn(rules: Sequence[Rule], height: float, place: float) -> bool:
    """Whether a line on ``height`` passes ``place``."""
    return any(
        abs(rule.height - height) <= NEAR and rule.left <= place <= rule.right for rule in rules
    )


def _are_rectangles(cells: Sequence[Sequence[int]]) -> bool:
    places: dict[int, list[tuple[int, int]]] = {}
    for row, numbers in enumerate(cells):
        for column, number in enumerate(numbers):
            places.setdefault(number, []).append((row, column))
    for covered in places.values():
        rows = [row for row, _ in covered]
        columns = [column for _, column in covered]
        area = (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
        if area != len(covered):
            return False
    return len(places) > 1
