"""Formats of characters and paragraphs in Word files of before 2007, by [MS-DOC].

They are kept in pages of 512 bytes, for ranges of the file, as lists of changes to a style.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from index.load.edges import Cell
from index.load.runs import PLAIN, Look

_PAGE = 512  # bytes
_PAGE_NUMBER = (1 << 22) - 1
_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}  # bytes of a change, by its kind
_VARIABLE, _LONG_CHANGES = 6, (0xD606, 0xD608)  # whose length has two bytes
_RAISED_OR_LOWERED, _POSITION = 0x2A48, 0x4845
_STRUCK, _STRUCK_TWICE, _HIDDEN, _DELETED = 0x0837, 0x2A53, 0x083C, 0x0800
_ROW_END, _CELLS = 0x2417, 0xD608
_COVERED_BEFORE, _COVERED_ABOVE, _COVERS_BELOW = 1 << 1, 1 << 5, 1 << 6
_CELL_BYTES = 20
_IN_TABLE, _LIST, _ITEM_LEVEL, _OUTLINE_LEVEL = 0x2416, 0x460B, 0x260A, 0x2640
_ON = (1, 0x81)  # also where the style says the opposite
_LEAST_POSITION = 3  # half points; less moves text for its looks
_HEADINGS = range(1, 10)  # the numbers of the styles of headings


class Characters(NamedTuple):
    """How some characters are shown; ``unseen`` says why they are not."""

    look: Look = PLAIN
    unseen: str = ""


class ParagraphFormat(NamedTuple):
    """What a paragraph is; ``level`` is that of a heading, from 1.

    ``entry`` is its number in the table of lists, ``item_level`` its level there, from 0, None
    where its style tells.
    """

    is_in_table: bool = False
    cells: tuple[Cell, ...] | None = None  # of the row that it ends; None if it ends none
    level: int | None = None
    style: int = 0
    entry: int | None = None
    item_level: int | None = None


class Formats:
    """The formats of the ranges of a file, found by a place in it.

    ``characters`` and ``paragraphs`` are the tables that name the pages.
    """

    def __init__(self, main: bytes, characters: bytes, paragraphs: bytes) -> None:
        of_characters = [
            (start, _characters(main[at + 1 : at + 1 + main[at]]) if at else Characters())
            for page in _pages(main, characters)
            for start, at in _runs(page, main, 1)
        ]
        of_paragraphs = [
            (start, paragraph_format(_papx(main, at)) if at else ParagraphFormat())
            for page in _pages(main, paragraphs)
            for start, at in _runs(page, main, 13)
        ]
        self._character_starts = [start for start, _ in of_characters]
        self._characters = [found for _, found in of_characters]
        self._paragraph_starts = [start for start, _ in of_paragraphs]
        self._paragraphs = [found for _, found in of_paragraphs]

    @property
    def know_paragraphs(self) -> bool:
        """Whether the file tells the formats of its paragraphs."""
        return bool(self._paragraphs)

    def characters(self, start: int, end: int) -> Iterator[tuple[int, int, Characters]]:
        """The parts of a range of the file that are shown alike."""
        at = bisect_right(self._character_starts, start)
        while start < end:
            stop = min([end, *self._character_starts[at : at + 1]])
            if stop > start:
                yield start, stop, self._characters[at - 1] if at else Characters()
            start, at = max(start, stop), at + 1

    def paragraph(self, place: int) -> ParagraphFormat:
        """The format of the paragraph that ends at a place of the file."""
        at = bisect_right(self._paragraph_starts, place)
        return self._paragraphs[at - 1] if at else ParagraphFormat()


def _pages(main: bytes, table: bytes) -> list[int]:
    """Where the pages of formats begin, of a table of ranges and their pages."""
    count = (len(table) - 4) // 8
    if count < 1:
        return []
    numbers = struct.unpack_from(f"<{count}I", table, 4 * (count + 1))
    starts = ((number & _PAGE_NUMBER) * _PAGE for number in numbers)
    return [start for start in starts if start + _PAGE <= len(main)]


def _runs(page: int, main: bytes, entry: int) -> Iterator[tuple[int, int]]:
    """Where each range of a page begins and where its format is in the file, 0 for none.

    ``entry`` is how many bytes the page has for a range, of which the first one tells.
    """
    count = main[page + _PAGE - 1]
    if 4 * (count + 1) + entry * count >= _PAGE:
        return
    for at in range(count):
        offset = main[page + 4 * (count + 1) + entry * at]
        start: int = struct.unpack_from("<I", main, page + 4 * at)[0]
        yield start, page + 2 * offset if offset else 0


def _papx(main: bytes, at: int) -> bytes:
    """The style and the changes of a paragraph."""
    size = 2 * main[at] - 1
    if main[at] == 0:
        at, size = at + 1, 2 * main[at + 1]
    return main[at + 1 : at + 1 + size]


def _changes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The changes in a list: what each changes, and to what."""
    at = 0
    while at + 3 <= len(data):
        (code,) = struct.unpack_from("<H", data, at)
        at += 2
        kind = code >> 13
        if kind != _VARIABLE:
            size = _SIZES[kind]
        elif code in _LONG_CHANGES:
            size = 1 + int.from_bytes(data[at : at + 2], "little")
        else:
            size = 1 + data[at]
        yield code, data[at : at + size]
        at += size


def _characters(data: bytes) -> Characters:
    shift, struck, unseen = 0, False, ""
    for code, given in _changes(data):
        is_on = given[:1] != b"" and given[0] in _ON
        if code == _RAISED_OR_LOWERED:
            shift = {1: 1, 2: -1}.get(given[0], 0)
        elif code == _POSITION and len(given) == 2:
            half_points = int.from_bytes(given, "little", signed=True)
            if abs(half_points) >= _LEAST_POSITION:
                shift = 1 if half_points > 0 else -1
        elif code in (_STRUCK, _STRUCK_TWICE):
            struck = struck or is_on
        elif code in (_HIDDEN, _DELETED) and is_on:
            unseen = "hidden" if code == _HIDDEN else "deletion"
    return Characters(Look(shift, struck), unseen)


def paragraph_format(data: bytes) -> ParagraphFormat:
    """The format of a style's number and a list of changes to it."""
    style = int.from_bytes(data[:2], "little")
    level = style if style in _HEADINGS else None
    in_table = ends_row = False
    entry: int | None = None
    item_level: int | None = None
    cells: tuple[Cell, ...] = ()
    for code, given in _changes(data[2:]):
        if code == _IN_TABLE:
            in_table = given[:1] == b"\x01"
        elif code == _ROW_END:
            ends_row = given[:1] == b"\x01"
        elif code == _CELLS:
            cells = tuple(_cells(given))
        elif code == _LIST:
            entry = int.from_bytes(given, "little")
        elif code == _ITEM_LEVEL:
            item_level = given[0]
        elif code == _OUTLINE_LEVEL and given[:1]:
            level = given[0] + 1 if given[0] < 9 else None
    ended = cells if ends_row else None
    return ParagraphFormat(in_table, ended, level, style, entry, item_level)


def _cells(given: bytes) -> Iterator[Cell]:
    """Where the cells of a row end, and which are covered by the one before or above."""
    count = given[2] if len(given) > 2 else 0
    if len(given) < 3 + 2 * (count + 1):
        return
    edges = struct.unpack_from(f"<{count + 1}h", given, 3)
    for number, end in enumerate(edges[1:]):
        at = 3 + 2 * (count + 1) + _CELL_BYTES * number
        flags = int.from_bytes(given[at : at + 2], "little")
        is_below = bool(flags & _COVERED_ABOVE) and not flags & _COVERS_BELOW
        yield Cell(end - edges[0], is_below, bool(flags & _COVERED_BEFORE))
