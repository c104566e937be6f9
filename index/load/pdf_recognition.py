"""Recognised lines of a page as words with their places, and pages of a PDF to be recognised."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Sequence
from contextlib import closing
from statistics import median
from typing import Any

from index.errors import UnreadableError
from index.load import ocr
from index.load.ocr import Recognised
from index.load.pdf_page import ReadPage, opened
from index.load.pdf_placing import Added
from index.load.pdf_text import PageText, page_text
from index.load.pdf_words import Word

_SAME_ROW = 0.5  # of the height: what overlaps more stands in one row
_ONE_SIZE = 0.35  # heights of lines of one size differ less: some have no letters that descend
_DESCENT = 0.2  # of the height of a line below its baseline


def recognise_page(data: bytes, name: str, page_number: int, passwords: Sequence[str]) -> bytes:
    """The lines of a page (from 1) of a PDF as JSON; their edges are points of the page."""
    with opened(data, name, passwords) as pdf:
        if not 1 <= page_number <= len(pdf):
            raise UnreadableError(f"{name} has no page {page_number}, only {len(pdf)}")
        return json.dumps(recognised_lines(pdf[page_number - 1])).encode()


def recognised_lines(page: Any) -> list[Recognised]:
    """The lines of a page of a PDF; ``bottom`` is below ``top``, as the page counts. Closes it."""
    with closing(page):
        picture = page.render(scale=ocr.PIXELS / max(*page.get_size(), 1.0)).to_pil()
        return [_on_page(page, picture.size, line) for line in ocr.recognise(picture)]


def _on_page(page: Any, size: tuple[int, int], line: Recognised) -> Recognised:
    import pypdfium2.raw as pdfium

    corners = []
    for across, down in ((line.left, line.top), (line.right, line.bottom)):
        x, y = ctypes.c_double(), ctypes.c_double()
        place = (round(across), round(down), ctypes.byref(x), ctypes.byref(y))
        pdfium.FPDF_DeviceToPage(page, 0, 0, *size, 0, *place)
        corners.append((x.value, y.value))
    (one_x, one_y), (other_x, other_y) = corners
    left, right = sorted((one_x, other_x))
    bottom, top = sorted((one_y, other_y))
    return Recognised(line.text, line.certainty, left, top, right, bottom)


def recognised_page(lines: Sequence[Recognised]) -> ReadPage:
    """A page that is read from recognised lines alone."""
    characters: list[str] = []
    added = Added(characters)
    rows = list(_rows(lines))
    words: list[list[Word]] = []
    usual = median([line.top - line.bottom for line in lines] or [1.0])
    for row, baseline in rows:
        for line in row:
            height = max(line.top - line.bottom, 1.0)
            size = usual if abs(height / usual - 1) < _ONE_SIZE else height
            width = (line.right - line.left) / max(1, len(line.text))
            words.append(list(added.words(line.text, line.left, baseline, width, size)))
    text = page_text(characters, words)
    # Heights of recognised lines are too rough to tell a heading by them.
    return ReadPage(PageText(text.text, text.origins), boxes=added.boxes)


def _rows(lines: Sequence[Recognised]) -> list[tuple[list[Recognised], float]]:
    """Lines that stand beside each other, from left to right, with their common baseline."""
    rows: list[list[Recognised]] = []
    for line in sorted(lines, key=lambda each: -each.top):
        if rows and _overlap(rows[-1][0], line) > _SAME_ROW * (line.top - line.bottom):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [
        (
            sorted(row, key=lambda each: each.left),
            row[0].bottom + _DESCENT * (row[0].top - row[0].bottom),
        )
        for row in rows
    ]


def _overlap(one: Recognised, other: Recognised) -> float:
    return min(one.top, other.top) - max(one.bottom, other.bottom)
