"""Whether a compound file, the container of Office files of before 2007, has chains without end.

Its sectors name the next one, each; a parser that follows a ring of them fills memory. Knows what
[MS-CFB] says of sectors, and nothing of what is in them.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEADER = 512
_SIZES = (9, 12)  # bits of the place in a sector
_RESERVED = 0xFFFFFFFA  # from here on a number is no sector
_IN_HEADER = 109  # sectors of the table that the header itself names


def is_endless(data: bytes) -> bool:
    """Whether a chain of the file comes back to where it was, or its table to a part of itself."""
    if len(data) < _HEADER or struct.unpack_from("<H", data, 30)[0] not in _SIZES:
        return False
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    sectors = len(data) // size
    listed = _table_sectors(data, size)
    if listed is None:
        return True
    table = _words(data, size, listed[:sectors])
    if _has_ring(table):
        return True
    small, at = list[int](), struct.unpack_from("<I", data, 60)[0]
    while at < len(table):
        small.append(at)
        at = table[at]
    return _has_ring(_words(data, size, small))


def _table_sectors(data: bytes, size: int) -> list[int] | None:
    """The sectors of the table of what comes next; None where one is named again and again."""
    listed = list(struct.unpack_from(f"<{_IN_HEADER}I", data, 76))
    at, seen = struct.unpack_from("<I", data, 68)[0], set[int]()
    while at < _RESERVED and (named := _words(data, size, [at])):
        if at in seen:
            return None
        seen.add(at)
        listed += named[:-1]
        at = named[-1]
    listed = [each for each in listed if each < _RESERVED]
    return listed if len(set(listed)) == len(listed) else None


def _words(data: bytes, size: int, sectors: Sequence[int]) -> array[int]:
    """The numbers in some sectors; the last one of a file may be cut."""
    words = array("I")
    for each in sectors:
        if each < _RESERVED:
            found = data[(each + 1) * size : (each + 2) * size]
            words.extend(struct.unpack(f"<{len(found) // 4}I", found[: len(found) // 4 * 4]))
    return words


def _has_ring(table: Sequence[int]) -> bool:
    """Whether following the numbers of a table leads to a place that was passed."""
    passed = [0] * len(table)
    for start in range(len(table)):
        at = start
        while at < len(table) and not passed[at]:
            passed[at] = start + 1
            at = table[at]
        if at < len(table) and passed[at] == start + 1:
            return True
    return False
