"""Compound files whose chains of sectors come back to where they were."""

from __future__ import annotations

import struct
import time

import pytest

from index.errors import UnreadableError
from index.load.chains import is_endless
from index.load.old_office import load_ppt
from index.load.old_word import load_doc
from index.load.outlook import load_msg
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
    "a table of one sector": _with((80, _TABLE)),
    "a table of one sector, far on": _with((68, 1), (_in_sector(1, 0), _TABLE)),
    "small sectors": _with((60, 1), (_in_sector(_TABLE, 1), 0xFFFFFFFE), (_in_sector(1, 0), 0)),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_told(name: str) -> None:
    assert is_endless(ENDLESS[name])
    with pytest.raises(UnreadableError, match=r"a\.xls is a damaged workbook.*no end"):
        load_workbook(ENDLESS[name], "a.xls")
    for load in (load_doc, load_ppt, load_msg):
        with pytest.raises(UnreadableError, match=r"a\.bin is damaged.*no end"):
            load(ENDLESS[name], "a.bin")


def test_a_table_that_would_fill_memory_is_read_in_no_time() -> None:
    """Of olefile, it takes minutes and gigabytes."""
    numbers = [(_in_sector(1, at), _TABLE) for at in range(127)]
    named = [(76 + 4 * at, _TABLE) for at in range(109)]
    data = _with((44, 300_000), (68, 1), (72, 2_400), (_in_sector(1, 127), 1), *numbers, *named)
    began = time.process_time()
    with pytest.raises(UnreadableError, match="no end"):
        load_doc(data, "a.doc")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "data",
    [
        _WHOLE,
        _WHOLE[:700],
        _WHOLE[:100],
        b"",
        _with(
            (68, 1),
            *((_in_sector(1, at), 0xFFFFFFFF) for at in range(127)),
            (_in_sector(1, 127), 10**9),
        ),
        _with((_in_sector(_TABLE, 2), 10**9)),
        _with((30, 77)),
    ],
)
def test_what_ends_is_left_to_the_parser(data: bytes) -> None:
    assert not is_endless(data)
