"""How long somebody waits for an answer: until a time, or until they have gone.

Knows no question, language model or connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """Of one request, from now on. Safe to use from several threads."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._to_tell: set[Callable[[], None]] = set()
        self._gone = False

    @property
    def gone(self) -> bool:
        return self._gone

    @property
    def remaining_s(self) -> float:
        """Seconds until the time is over; 0 when it is."""
        return max(0.0, self._end - time.monotonic())

    def leave(self) -> None:
        """Whoever waited has gone: tells everybody who works for them."""
        with self._lock:
            self._gone = True
            told = tuple(self._to_tell)
        for tell in told:
            tell()

    @contextmanager
    def telling(self, tell: Callable[[], None]) -> Iterator[None]:
        """Within the block, ``tell`` is called once when whoever waits leaves, or has left."""
        with self._lock:
            self._to_tell.add(tell)
            gone = self._gone
        try:
            if gone:
                tell()
            yield
        finally:
            with self._lock:
                self._to_tell.discard(tell)
