"""Which characters of a text of an old presentation are raised or lowered, by [MS-PPT].

Behind a text stands a record of its looks: first runs of paragraphs, then runs of characters, each
with a mask of the fields that it has.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from index.load.script import lowered, raised

# The fields of a run in their order: bits of the mask of which any tells that it is there, and its
# bytes. Tab stops are counted, and have four bytes each.
_TAB_STOPS = 1 << 20
_OF_PARAGRAPHS = (
    (0xF, 2),
    (1 << 7, 2),
    (1 << 4, 2),
    (1 << 6, 2),
    (1 << 5, 4),
    *((1 << bit, 2) for bit in (11, 12, 13, 14, 8, 10, 15)),
    (_TAB_STOPS, 0),
    (1 << 16, 2),
    (7 << 17, 2),
    (1 << 21, 2),
)
_STYLE = 0b11_1110_1011_0111  # bold, italic and so on share two bytes
_BEFORE_POSITION = ((_STYLE, 2), *((1 << bit, 2) for bit in (16, 21, 22, 23, 17)), (1 << 18, 4))
_POSITION = 1 << 19


def shifted(text: str, looks: bytes) -> str:
    """``text`` with what is raised or lowered in it written so; as it is where ``looks`` is cut."""
    try:
        runs = list(_shifts(len(text) + 1, looks))  # with the mark at its end
    except struct.error:
        return text
    written, at = "", 0
    for count, shift in runs:
        part = text[at : at + count]
        written += raised(part) if shift > 0 else lowered(part) if shift < 0 else part
        at += count
    return written + text[at:]


def _shifts(length: int, looks: bytes) -> Iterator[tuple[int, int]]:
    """Runs of characters: how many, and 1 for raised ones, -1 for lowered ones."""
    at = left = 0
    while left < length:
        count, _, mask = struct.unpack_from("<IHI", looks, at)
        at, left = at + 10, left + max(1, count)
        for bits, size in _OF_PARAGRAPHS:
            if bits == _TAB_STOPS and mask & bits:
                (stops,) = struct.unpack_from("<H", looks, at)
                at += 2 + 4 * stops
            elif mask & bits:
                at += size
    left = 0
    while left < length and at < len(looks):
        count, mask = struct.unpack_from("<II", looks, at)
        at, left = at + 8, left + max(1, count)
        at += sum(size for bits, size in _BEFORE_POSITION if mask & bits)
        shift = 0
        if mask & _POSITION:
            (percent,) = struct.unpack_from("<h", looks, at)
            at, shift = at + 2, (percent > 0) - (percent < 0)
        yield count, shift
