"""Where shading rules a part of a PDF page into the rows of a table, below a header of its own
colour, and lines, boxes or blank strips part these into columns.

Knows boxes, straight lines and where words stand, no letters. Lengths are in points, y grows
upwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from index.load.pdf_blocks import Rule, columns_of
from index.load.pdf_lattice import NEAR, Lattice
from index.load.pdf_rules import Shade
from index.load.pdf_words import MIDDLE, ONE_LINE, Word

_FEWEST_PARTED = 3  # rows, the header among them, that a blank strip parts
_HIGHEST_HEADER = 3  # rows
_MOST_TRIED = 2  # areas of one table, the second a row shorter
_MOST_ROWS = 200

_Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A shaded area: ``colours`` has one for each row of its lattice, None without.

    Its columns are parted ``by_space`` where nothing drawn parts them. In the rows that ``joined``
    names, all columns are one cell, since words run over their edges.
    """

    lattice: Lattice
    colours: Sequence[int | None]
    by_space: bool
    joined: frozenset[int]


class _Band(NamedTuple):
    """Boxes beside each other; ``edges`` are those within it. Of several colours it has none."""

    left: float
    right: float
    bottom: float
    top: float
    colour: int | None
    edges: Sequence[float]


class _Row(NamedTuple):
    top: float
    bottom: float
    band: _Band | None
    words: Sequence[Word]


def shaded_areas(
    shades: Sequence[Shade], level: Sequence[Rule], upright: Sequence[Rule], words: Sequence[Word]
) -> Iterator[Iterator[Area]]:
    """For each table that shading may rule its area, and one without the lowest row for where the
    first is none."""
    for stack in _stacks(_bands(shades)):
        for run, floor in _runs(stack, upright):
            rows = _rows(run, floor, level, upright, words)
            if rows:
                yield _areas(rows, run, upright)


# Bands and stacks of them


def _bands(shades: Sequence[Shade]) -> list[_Band]:
    """Boxes of one height beside each other as one, from above."""
    levels: list[list[Shade]] = []
    for shade in sorted(shades, key=lambda each: (-each.top, -each.bottom)):
        for group in reversed(levels[-4:]):
            if max(abs(shade.top - group[0].top), abs(shade.bottom - group[0].bottom)) < NEAR / 2:
                group.append(shade)
                break
        else:
            levels.append([shade])
    return [band for group in levels for band in _beside(sorted(group))]


def _beside(shades: Sequence[Shade]) -> Iterator[_Band]:
    """The bands that boxes of one height are, from the left."""
    group = [shades[0]]
    right = shades[0].right
    for shade in shades[1:]:
        if shade.left > right + NEAR:
            yield _band(group)
            group = []
        group.append(shade)
        right = max(right, shade.right)
    yield _band(group)


def _band(shades: Sequence[Shade]) -> _Band:
    first = shades[0]
    left, right = first.left, max(shade.right for shade in shades)
    places = [place for shade in shades for place in (shade.left, shade.right)]
    inner = [place for place in places if left + NEAR < place < right - NEAR]
    colour = first.colour if len({shade.colour for shade in shades}) == 1 else None
    return _Band(left, right, first.bottom, first.top, colour, _merged(inner))


def _merged(places: Sequence[float]) -> list[float]:
    """Places from the left; those near each other as their middle."""
    groups: list[list[float]] = []
    for place in sorted(places):
        if groups and place - groups[-1][0] <= NEAR:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [(group[0] + group[-1]) / 2 for group in groups]


def _stacks(bands: Sequence[_Band]) -> list[list[_Band]]:
    """Bands of one width above each other, without those that lie behind others."""
    stacks: list[list[_Band]] = []
    for band in bands:
        for stack in stacks:
            if _is_as_wide(band, stack[0].left, stack[0].right):
                stack.append(band)
                break
        else:
            stacks.append([band])
    return [[each for each in stack if not _is_behind(each, stack)] for stack in stacks]


def _is_as_wide(of: _Band | Rule, left: float, right: float) -> bool:
    return abs(of.left - left) <= NEAR and abs(of.right - right) <= NEAR


def _is_behind(band: _Band, others: Sequence[_Band]) -> bool:
    return any(
        band.bottom - 1 <= other.bottom and other.top <= band.top + 1
        for other in others
        if other.top - other.bottom < band.top - band.bottom - 1
    )


def _runs(stack: Sequence[_Band], upright: Sequence[Rule]) -> Iterator[tuple[list[_Band], float]]:
    """The bands of each table in a stack and how far down it may reach: a table begins with a
    band of the colour of the first one."""
    run: list[_Band] = []
    for band in stack:
        is_new = bool(run) and (
            (band.colour == run[0].colour and not _is_header(run, band))
            or _is_left(run[-1], band, upright)
        )
        if is_new:
            yield run, band.top
            run = []
        run.append(band)
    if run:
        yield run, 0.0


def _is_header(run: Sequence[_Band], band: _Band) -> bool:
    """Whether a band of the first one's colour goes on with the header."""
    return len({each.colour for each in run}) == 1 and run[-1].bottom - band.top <= NEAR


def _is_left(above: _Band, below: _Band, upright: Sequence[Rule]) -> bool:
    """Whether lines that part the columns end between two bands."""
    if above.bottom - below.top <= NEAR:
        return False
    posts = _posts(upright, above.left, above.right)
    through = _passing(posts, (above.top + above.bottom) / 2)
    return bool(through) and not _passing(posts, (above.bottom + below.top) / 2)


def _posts(upright: Sequence[Rule], left: float, right: float) -> list[Rule]:
    return [rule for rule in upright if left + NEAR < rule.height < right - NEAR]


def _passing(posts: Sequence[Rule], height: float) -> list[float]:
    """Where upright lines stand that pass a height."""
    return _merged([post.height for post in posts if post.left <= height <= post.right])


# Rows


def _rows(
    run: Sequence[_Band],
    floor: float,
    level: Sequence[Rule],
    upright: Sequence[Rule],
    words: Sequence[Word],
) -> list[_Row]:
    """The rows of a table, those without shading between and below its bands too."""
    first, lowest = run[0], max(floor, 0.0)
    left, right = first.left, first.right
    around = [
        word
        for word in words
        if left <= (word.left + word.right) / 2 <= right and word.baseline <= first.top
    ]
    if not any(word.baseline >= first.bottom for word in around):
        return []
    lines = [rule.height for rule in level if _is_as_wide(rule, left, right)]
    ends = sorted(end for post in _posts(upright, left, right) for end in (post.left, post.right))
    shared = [end for before, end in pairwise(ends) if end - before < NEAR / 2]
    sides = {side for band in run for side in (band.top, band.bottom)}
    others = [each for each in (*lines, *shared) if lowest - 1 <= each < first.bottom]
    heights = _apart(sorted(sides, reverse=True), sorted(others, reverse=True))
    if len(heights) > _MOST_ROWS:
        return []
    rows: list[_Row] = []
    for top, bottom in pairwise(heights):
        middle = (top + bottom) / 2
        band = next((each for each in run if each.bottom <= middle <= each.top), None)
        held = [word for word in around if bottom <= word.baseline + MIDDLE * word.size < top]
        rows.append(_Row(top, bottom, band, held))
    return rows


def _apart(firm: Sequence[float], others: Sequence[float]) -> list[float]:
    """Heights from above, without those that are near one before them; firm ones come first."""
    apart: list[float] = []
    for height in (*firm, *others):
        if all(abs(height - each) > NEAR for each in apart):
            apart.append(height)
    return sorted(apart, reverse=True)


# Columns


def _areas(rows: list[_Row], run: Sequence[_Band], upright: Sequence[Rule]) -> Iterator[Area]:
    posts = _posts(upright, run[0].left, run[0].right)
    tried = 0
    while len(rows) > 1 and tried < _MOST_TRIED:
        area = _area(rows, posts) if rows[-1].words else None
        foreign = [each for each in area.joined if not rows[each].band] if area else []
        if foreign:  # text that is no row of the table, nor what stands below it
            rows = rows[: min(foreign)]
            continue
        if area and header_height(*_looks(rows, area)):
            yield area
            tried += 1
            if rows[-1].band:  # a shaded row is one of the table
                return
        rows = rows[:-1]


def _looks(rows: Sequence[_Row], area: Area) -> tuple[list[int | None], list[bool]]:
    """The colours of the rows that hold words, and whether all columns of each are one cell."""
    held = [number for number, row in enumerate(rows) if row.words]
    return [area.colours[each] for each in held], [each in area.joined for each in held]


def header_height(colours: Sequence[int | None], joined: Sequence[bool]) -> int:
    """How many rows at the top are titles and header, in colours that none below has; 0 where
    that is unsure."""
    height = next((at for at, is_joined in enumerate(joined) if not is_joined), 0) + 1
    while height < len(colours) and colours[height] == colours[height - 1]:
        height += 1
    head, body = colours[:height], colours[height:]
    return height if body and None not in head and not set(head) & set(body) else 0


def _area(rows: Sequence[_Row], posts: Sequence[Rule]) -> Area | None:
    left, right = _sides(rows)
    own = [_own_edges(row, posts) for row in rows]
    drawn = _merged([edge for edges in own for edge in edges])
    inner = drawn or list(_strips(rows))
    if not inner:
        return None
    width = len(inner) + 1
    cells: list[list[int]] = []
    joined: set[int] = set()
    for number, (row, edges) in enumerate(zip(rows, own, strict=True)):
        numbers = [number * width]
        is_joined = not edges and _runs_over(row, inner)
        for at, edge in enumerate(inner, 1):
            is_parted = any(abs(each - edge) <= NEAR for each in edges) if edges else not is_joined
            numbers.append(number * width + at if is_parted else numbers[-1])
        cells.append(numbers)
        joined |= {number} if is_joined else set()
    ys = [*(row.top for row in rows), rows[-1].bottom]
    colours = [row.band.colour if row.band else None for row in rows]
    return Area(Lattice([left, *inner, right], ys, cells), colours, not drawn, frozenset(joined))


def _runs_over(row: _Row, inner: Sequence[float]) -> bool:
    """Whether words of a row go on over an edge without the gap of a column, or all that a row
    says stands behind the first one."""
    whole = _stretches(row.words)
    return (len(whole) == 1 and whole[0][0] > inner[0]) or any(
        left < edge < right
        for line in _lines(row.words)
        for left, right in _stretches(line)
        for edge in inner
    )


def _sides(rows: Sequence[_Row]) -> _Stretch:
    bands = [row.band for row in rows if row.band]
    return min(band.left for band in bands), max(band.right for band in bands)


def _own_edges(row: _Row, posts: Sequence[Rule]) -> list[float]:
    """Where something that is drawn parts the cells of a row."""
    passing = _passing(posts, (row.top + row.bottom) / 2)
    return _merged([*passing, *(row.band.edges if row.band else ())])


def _strips(rows: Sequence[_Row]) -> Iterator[float]:
    """The middles of the blank strips that part the words of every row of several cells."""
    parted = [row for row in rows if len(_stretches(row.words)) > 1]
    if len(parted) < _FEWEST_PARTED or parted[0] not in rows[:_HIGHEST_HEADER]:
        return
    for before, after in pairwise(_stretches([word for row in parted for word in row.words])):
        yield (before[1] + after[0]) / 2


def _stretches(words: Sequence[Word]) -> list[_Stretch]:
    """From where to where words stand, on whichever line, without the gap of a column."""
    return columns_of(words, max((word.size for word in words), default=0.0))


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words by the lines they stand on, from above."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda each: -each.baseline):
        if lines and lines[-1][0].baseline - word.baseline < ONE_LINE * word.size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines
