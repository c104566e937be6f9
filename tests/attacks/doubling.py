"""Files of twice the size take about twice as long to read: a sweep over all loaders.

Each file is doubled until reading it takes long enough to be told apart from other things, or it is
as large as what is made to harm. It is read in the worker, and the time is the processor's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from index.errors import DocumentError
from index.load.formats import LOADERS, MAILBOX, TAR, ZIP
from index.load.isolated import Runner
from index.load.unpack import unpacked
from tests.attacks.doubling_shapes import Shape, shapes
from tests.attacks.suite import Attack, require

MOST_GROWTH = 7.0  # of four times the size: linear work has 4, quadratic 16
_LONG_ENOUGH_S = 0.3
_FIRST = 32
_MOST_BYTES = 2_000_000
_MOST_UNITS = 2**17
_ALLOWED = {"most_members": 20_000, "member_bytes": 10**8, "total_bytes": 10**9}
_TRIES = 3  # the machine may do other work: the least of several times is the file's


def doubling_attacks() -> Iterator[Attack]:
    """Each shape of each kind of file, twice, four times … as large."""
    for name, suffix, make in shapes():
        yield Attack(name, partial(_grows_little, suffix, make), limit_s=600)


def _grows_little(suffix: str, make: Shape) -> None:
    runner = Runner()
    try:
        size, told = slowest_growth(runner, suffix, make)
        require(told < MOST_GROWTH, f"four times {size} takes {told:.1f} times as long")
    finally:
        runner.close()


def slowest_growth(runner: Runner, suffix: str, make: Shape) -> tuple[int, float]:
    """How many times as long the largest file takes as one of a quarter of its size, which it is
    told by its number of units; 1 where even the largest takes no time."""
    size, times = _FIRST, list[float]()
    while True:
        data = make(size)
        times.append(_seconds(runner, suffix, data))
        if times[-1] > _LONG_ENOUGH_S or len(data) > _MOST_BYTES or size >= _MOST_UNITS:
            break
        size *= 2
    if len(times) < 3 or times[-1] < _LONG_ENOUGH_S / 3:
        return size // 4, 1.0
    for _ in range(_TRIES):
        growth = times[-1] / times[-3]
        if growth < MOST_GROWTH:
            break
        times[-1] = min(times[-1], _seconds(runner, suffix, make(size)))
        times[-3] = max(times[-3], _seconds(runner, suffix, make(size // 4)))
    return size // 4, times[-1] / times[-3]


def _seconds(runner: Runner, suffix: str, data: bytes) -> float:
    """What reading takes of the processor; whatever ends the worker is a reason, not its time."""
    try:
        return float(runner.data(_timed, data, f"a{suffix}", suffix))
    except DocumentError as error:
        require("takes more than" not in str(error), f"{len(data):,} bytes: {error}")
        return 0.0


def _timed(data: bytes, name: str, suffix: str) -> bytes:
    """For the worker: the seconds that reading took, whether it ended well or not."""
    began = time.process_time()
    with suppress(DocumentError, ValueError, RecursionError):
        if suffix in (ZIP, TAR, MAILBOX):
            for _ in unpacked(data, name, suffix, _ALLOWED):
                pass
        else:
            LOADERS[suffix](data, name)
    return str(time.process_time() - began).encode()
