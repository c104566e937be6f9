"""The straight lines that are drawn on a PDF page, level and upright.

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

_Point = tuple[float, float]


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


NOTHING = Drawn([])


def drawn_on(page: pypdfium2.PdfPage) -> Drawn:
    """The straight lines of a page, and whether it has pictures and marked content."""
    import pypdfium2.raw as pdfium

    edges = [ctypes.c_float() for _ in range(4)]
    left, bottom, right, top = edges
    by_reference = [ctypes.byref(edge) for edge in edges]
    rules: set[Rule] = set()
    level: set[Rule] = set()
    upright: set[Rule] = set()
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
            for one, other in _lines_of(drawn):
                _add(one, other, level, upright)
    if len(rules) + len(level) + len(upright) >= _MOST_LINES:
        level, upright = set(), set()
    else:
        level |= rules
    has_pictures = has_pictures or paths >= _LETTERS_AS_PATHS
    return Drawn(_by_height(rules), _by_height(level), _by_height(upright), has_marks, has_pictures)


def _by_height(rules: set[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: rule.height)


def _add(one: _Point, other: _Point, level: set[Rule], upright: set[Rule]) -> None:
    (x, y), (other_x, other_y) = one, other
    if abs(y - other_y) <= 1 and abs(x - other_x) >= _SHORTEST_RULE:
        level.add(Rule(min(x, other_x), max(x, other_x), (y + other_y) / 2))
    elif abs(x - other_x) <= 1 and abs(y - other_y) >= _SHORTEST_RULE:
        upright.add(Rule(min(y, other_y), max(y, other_y), (x + other_x) / 2))


def _lines_of(path: Any) -> Iterator[tuple[_Point, _Point]]:
    """The straight lines of a path whose outline is drawn: of a shaded box there are none."""
    import pypdfium2.raw as pdfium

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    count = pdfium.FPDFPath_CountSegments(path)
    if not 1 < count <= _MOST_SEGMENTS:
        return
    if not pdfium.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke)):
        return
    if not stroke.value:
        return
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(path, ctypes.byref(matrix))
    points: list[_Point] = []  # of the part of the path that is being drawn
    for number in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, number)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            yield from pairwise(points)
            points = []
        points.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield from pairwise([*points, points[0]])
            points = []
    yield from pairwise(points)
