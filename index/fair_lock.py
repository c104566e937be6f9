"""A lock that threads get in the order in which they asked.

A plain lock is most often taken again by the thread that has just released it, before those who
wait have woken up: a long ingest would keep a question waiting to its end.
"""

from __future__ import annotations

import threading
from collections import deque


class FairLock:
    """A context manager that one thread is in at a time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()  # opened by the one before, who leaves ``_taken`` as it is

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
