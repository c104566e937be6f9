"""The straight lines that are drawn on a PDF page, level and upright, and its shaded boxes.

Knows PDFium's objects of a page, not what the lines mean. Lengths are in points, y grows upwards.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from index.load.pdf_blocks import Rule

if TYPE_CHECKING:
    import pypdfium2

_LETTERS_AS_PATHS = 50  # drawn paths on a page: as many may be letters, without any text
_THICKEST_RULE = 2.5  # points
_SHORTEST_RULE = 3.0
_MOST_SEGMENTS = 400  # of a path: one of more is a drawing
_MOST_LINES = 6_000  # of a page: what has more is a map or a chart
_LEAST_SIDE = 6.0  # of a shaded box: letters stand in it
_CORNERS = 4
_MOST_OF_BOX = 6  # segments of one box, whose last side may be drawn and closed
_MOST_BOXES = 2_000  # of a page

_Point = tuple[float, float]
_Sides = tuple[float, float, float, float]  # left, lower, right, upper


class Shade(NamedTuple):
    """A filled box; ``colour`` is a number that is the same for the same colour."""

    left: float
    bottom: float
    right: float
    top: float
    colour: int


class Drawn(NamedTuple):
    """What was found on a page beside its letters.

    ``rules`` are the thin level paths by their height; ``level`` and ``upright`` are all straight
    lines, borders of boxes too, where they are few enough to rule a table. An upright line from
    ``left`` up to ``right`` stands at ``height`` from the left edge.
    """

    rules: list[Rule]
    level: Sequence[Rule] = ()
    upright: Sequence[Rule] = ()
    has_marks: bool = False
    has_pictures: bool = False
    shades: Sequence[Shade] = ()


NOTHING = Drawn([])


def drawn_on(page: pypdfium2.PdfPage) -> Drawn:
    """The straight lines and shaded boxes of a page, and whether it has pictures and marked
    content."""
    import pypdfium2.raw as pdfium

    edges = [ctypes.c_float() for _ in range(4)]
    left, bottom, right, top = edges
    by_reference = [ctypes.byref(edge) for edge in edges]
    rules: set[Rule] = set()
    level: set[Rule] = set()
    upright: set[Rule] = set()
    shades: set[Shade] = set()
    pictures = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM)
    has_marks = has_pictures = False
    paths = 0
    raw, object_at, kind_of = page.raw, pdfium.FPDFPage_GetObject, pdfium.FPDFPageObj_GetType
    for number in range(pdfium.FPDFPage_CountObjects(raw)):
        drawn = object_at(raw, number)
        kind = kind_of(drawn)
        if kind != pdfium.FPDF_PAGEOBJ_PATH:
            has_pictures = has_pictures or kind in pictures
            has_marks = has_marks or pdfium.FPDFPageObj_CountMarks(drawn) > 0
            continue
        paths += 1
        if not pdfium.FPDFPageObj_GetBounds(drawn, *by_reference):
            continue
        width, height = right.value - left.value, top.value - bottom.value
        if height <= _THICKEST_RULE and width >= _SHORTEST_RULE:
            rules.add(Rule(left.value, right.value, (top.value + bottom.value) / 2))
        elif width <= _THICKEST_RULE and height >= _SHORTEST_RULE:
            upright.add(Rule(bottom.value, top.value, (left.value + right.value) / 2))
        elif len(level) + len(upright) < _MOST_LINES:
            is_filled, is_outlined = _mode(drawn)
            if is_outlined:
                for one, other in _lines_of(drawn):
                    _add(one, other, level, upright)
            if is_filled and min(width, height) >= _LEAST_SIDE and len(shades) < _MOST_BOXES:
                sides = left.value, bottom.value, right.value, top.value
                shades.update(_shades_of(drawn, sides))
    if len(rules) + len(level) + len(upright) >= _MOST_LINES:
        level, upright = set(), set()
    else:
        level |= rules
    has_pictures = has_pictures or paths >= _LETTERS_AS_PATHS
    found = sorted(shades) if len(shades) < _MOST_BOXES else []
    lines = _by_height(rules), _by_height(level), _by_height(upright)
    return Drawn(*lines, has_marks, has_pictures, found)


def _by_height(rules: set[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: rule.height)


def _add(one: _Point, other: _Point, level: set[Rule], upright: set[Rule]) -> None:
    (x, y), (other_x, other_y) = one, other
    if abs(y - other_y) <= 1 and abs(x - other_x) >= _SHORTEST_RULE:
        level.add(Rule(min(x, other_x), max(x, other_x), (y + other_y) / 2))
    elif abs(x - other_x) <= 1 and abs(y - other_y) >= _SHORTEST_RULE:
        upright.add(Rule(min(y, other_y), max(y, other_y), (x + other_x) / 2))


def _mode(path: Any) -> tuple[bool, bool]:
    """Whether a path is filled, and whether its outline is drawn."""
    import pypdfium2.raw as pdfium

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke)):
        return False, False
    return fill.value != pdfium.FPDF_FILLMODE_NONE, bool(stroke.value)


def _shades_of(path: Any, bounds: _Sides) -> Iterator[Shade]:
    """The boxes that a filled path within ``bounds`` consists of; nothing where it has another
    shape or nobody sees it."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPath_CountSegments(path)
    if count < _CORNERS:
        return
    boxes: list[_Sides | None] = [bounds]
    if count > _MOST_OF_BOX:
        boxes = [_corners(points) for points in _outlines(path)]
    elif not _is_box(path, bounds):
        return
    parts = [ctypes.c_uint() for _ in range(4)]
    if None in boxes or not pdfium.FPDFPageObj_GetFillColor(path, *map(ctypes.byref, parts)):
        return
    red, green, blue, opaque = (part.value for part in parts)
    for box in boxes:
        if opaque and box and min(box[2] - box[0], box[3] - box[1]) >= _LEAST_SIDE:
            yield Shade(*box, red << 16 | green << 8 | blue)


def _is_box(path: Any, bounds: _Sides) -> bool:
    """Whether the first and the third corner of a path are opposite ones of its bounds."""
    import pypdfium2.raw as pdfium

    matrix = _matrix(path)
    (x, y), (far_x, far_y) = (
        _point(pdfium.FPDFPath_GetPathSegment(path, number), matrix) for number in (0, 2)
    )
    sides = min(x, far_x), min(y, far_y), max(x, far_x), max(y, far_y)
    return max(abs(one - other) for one, other in zip(sides, bounds, strict=True)) <= 2


def _corners(points: Sequence[_Point]) -> _Sides | None:
    """The left, lower, right and upper edge of a box; None of another shape."""
    while len(points) > _CORNERS and points[-1] == points[0]:  # drawn to its end, or closed
        points = points[:-1]
    if len(points) != _CORNERS:
        return None
    xs, ys = zip(*points, strict=True)
    sides = min(xs), min(ys), max(xs), max(ys)
    is_upright = all(
        min(abs(x - sides[0]), abs(x - sides[2])) <= 1
        and min(abs(y - sides[1]), abs(y - sides[3])) <= 1
        for x, y in points
    )
    return sides if is_upright else None


def _matrix(path: Any) -> Any:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(path, ctypes.byref(matrix))
    return matrix


def _point(segment: Any, matrix: Any) -> _Point:
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
    return (
        matrix.a * x.value + matrix.c * y.value + matrix.e,
        matrix.b * x.value + matrix.d * y.value + matrix.f,
    )


def _lines_of(path: Any) -> Iterator[tuple[_Point, _Point]]:
    """The straight lines of a path."""
    for points in _outlines(path):
        yield from pairwise(points)


def _outlines(path: Any) -> Iterator[list[_Point]]:
    """The points of the parts of a path, up to where one is bent."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPath_CountSegments(path)
    if not 1 < count <= _MOST_SEGMENTS:
        return
    matrix = _matrix(path)
    points: list[_Point] = []  # of the part of the path that is being drawn
    for number in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, number)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        point = _point(segment, matrix)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if points:
                yield points
            points = []
        points.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield [*points, points[0]]
            points = []
    if points:
        yield points
