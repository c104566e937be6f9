"""Writes compound files, the container of Office files of before 2007, so that tests need none."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_SECTOR, _SMALLEST = 512, 4096  # shorter streams would lie in another way
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of these streams, padded with zeros; ``folder/name`` lies in a folder."""
    contents = {path: data.ljust(_SMALLEST, b"\0") for path, data in streams.items()}
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(data: bytes) -> int:
        first = len(fat)
        count = -(-len(data) // _SECTOR)
        sectors.extend(
            data[at * _SECTOR : (at + 1) * _SECTOR].ljust(_SECTOR, b"\0") for at in range(count)
        )
        fat.extend([*range(first + 1, first + count), _END])
        return first

    starts = {path: store(data) for path, data in contents.items()}
    directory = store(_directory(contents, starts))
    fat_sector = len(fat)
    fat.append(_FAT)
    assert len(fat) <= _SECTOR // 4
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(_SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1)
    header += struct.pack("<IIIIIII", directory, 0, _SMALLEST, _END, 0, _END, 0)
    header += struct.pack("<109I", fat_sector, *[_FREE] * 108)
    return header + b"".join(sectors) + table


def _directory(contents: Mapping[str, bytes], starts: Mapping[str, int]) -> bytes:
    """The root, then each folder with its streams; siblings hang to the right of each other."""
    names: dict[str, list[str]] = {"": []}
    for path in contents:
        parts = path.split("/")
        for depth, name in enumerate(parts):
            inner = names.setdefault("/".join(parts[:depth]), [])
            if name not in inner:
                inner.append(name)
    order = [(folder, name) for folder, inner in names.items() for name in inner]
    place = {entry: number for number, entry in enumerate(order, 1)}
    entries = [_entry("Root Entry", _ROOT, child=place[("", names[""][0])])]
    for folder, name in order:
        after = names[folder][names[folder].index(name) + 1 :]
        right = place[(folder, after[0])] if after else _NONE
        path = f"{folder}/{name}" if folder else name
        if path in names:
            entries.append(_entry(name, _STORAGE, right, place[(path, names[path][0])]))
        else:
            entries.append(_entry(name, _STREAM, right, _NONE, starts[path], len(contents[path])))
    return b"".join(entries)


def _entry(
    name: str, kind: int, right: int = _NONE, child: int = _NONE, start: int = 0, size: int = 0
) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    return head + struct.pack("<III36xIQ", _NONE, right, child, start, size)
