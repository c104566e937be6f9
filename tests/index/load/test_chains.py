"""Compound files whose chains of sectors come back to where they were."""

from __future__ import annotations

import struct

import pytest

from index.errors import UnreadableError
from index.load.chains import is_endless
from index.load.sheets import load_workbook
from tests.index.load.compound import compound

_SECTOR = 512
_WHOLE = compound({"Workbook": bytes(9000), "folder/more": b"words"})
_TABLE = struct.unpack_from("<I", _WHOLE, 76)[0]  # the sector that holds it


def _with(*numbers: tuple[int, int], data: bytes = _WHOLE) -> bytes:
    """``data`` with other numbers at places of four bytes."""
    changed = bytearray(data)
    for at, number in numbers:
        struct.pack_into("<I", changed, at, number)
    return bytes(changed)


def _in_sector(sector: int, at: int) -> int:
    return (sector + 1) * _SECTOR + 4 * at


ENDLESS = {
    "a sector after itself": _with((_in_sector(_TABLE, 2), 2)),
    "a ring": _with((_in_sector(_TABLE, 9), 4)),
    "sectors of the table": _with((68, 1), (_in_sector(1, 127), 1)),
    "small sectors": _with((60, 1), (_in_sector(_TABLE, 1), 0xFFFFFFFE), (_in_sector(1, 0), 0)),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_told(name: str) -> None:
    assert is_endless(ENDLESS[name])
    with pytest.raises(UnreadableError, match=r"a\.xls is a damaged workbook.*no end"):
        load_workbook(ENDLESS[name], "a.xls")


@pytest.mark.parametrize(
    "data",
    [
        _WHOLE,
        _WHOLE[:700],
        _WHOLE[:100],
        b"",
        _with((68, 1), (_in_sector(1, 127), 10**9)),
        _with((_in_sector(_TABLE, 2), 10**9)),
        _with((30, 77)),
    ],
)
def test_what_ends_is_left_to_the_parser(data: bytes) -> None:
    assert not is_endless(data)
