"""How far a long work is, in lines: for a terminal and for the log of a server alike."""

from __future__ import annotations

import sys
import time

_LINE_S = 30.0  # seconds between the lines in a log, which somebody may read later


class BuildingLines:
    """Says that questions wait for the index of many vectors, and now and then how far it is.

    In lines, also beside a spinner and in the log of a server: it happens once in a long while.
    """

    def __init__(self) -> None:
        self._next_s = 0.0

    def __call__(self, done: int, total: int) -> None:
        if done == 0:
            self._tell(f"Building the index of {total:,} vectors; this is done once")
        elif time.monotonic() >= self._next_s:
            self._tell(f"Building the index of vectors: {done:,} of {total:,}")

    def _tell(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
        self._next_s = time.monotonic() + _LINE_S
