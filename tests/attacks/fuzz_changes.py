"""How the fuzzer changes a file: in an archive most often one of its files."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.attacks.fuzz_seeds import LARGEST
from tests.index.load.packages import zipped

Change = Callable[[bytes, int], bytes]  # of a file, and how long it may become


def is_packed(files: Sequence[bytes]) -> bool:
    """Whether the loader that begins with these reads archives."""
    return sum(map(_is_zip, files)) > 1  # one of them is given to every loader


def changed_inside(data: bytes, most: int, dice: random.Random, change: Change) -> bytes:
    """A file changed: in an archive most often one of its files, so that its checksum is right."""
    with suppress(Exception):  # an archive that is damaged already is bytes like others
        if _is_zip(data) and dice.random() < 0.9:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts = {name: archive.read(name)[:LARGEST] for name in archive.namelist()}
            name = dice.choice(list(parts))
            parts[name] = change(parts[name], LARGEST)
            packed = zipped(parts)
            if len(packed) <= most:
                return packed
    return change(data, most)


def _is_zip(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def by_chance(dice: random.Random, others: Sequence[bytes]) -> Change:
    """Changes without a guide: bytes set, taken out or said again, pieces of ``others`` put in."""

    def change(data: bytes, most: int) -> bytes:
        for _ in range(dice.choice((1, 1, 2, 4))):
            place, end = sorted(dice.randrange(len(data) + 1) for _ in range(2))
            end = min(end, place + dice.choice((1, 4, 64, 1024)))
            piece = data[place:end]
            other = dice.choice(others)
            start = dice.randrange(len(other) + 1)
            instead = dice.choice(
                (
                    dice.randbytes(len(piece)),
                    b"",
                    piece * dice.choice((2, 3, 200)),
                    other[start : start + dice.choice((1, 4, 64, 1024))],
                    bytes([dice.choice((0, 0x20, 0x7F, 0xFF))]) * len(piece),
                )
            )
            data = data[:place] + instead + data[end:]
        return data[:most]

    return change
