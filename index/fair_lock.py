"""A fair lock: threads acquire it in the order in which they asked for it.

A plain lock is usually acquired again by the thread that has just released it, before a waiting
thread wakes up. A question would then wait for the end of a long ingest.
"""

from __future__ import annotations

import threading
from collections import deque


class FairLock:
    """A mutual exclusion lock, used as a context manager. It is not reentrant."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()  # released by the thread before, which leaves ``_held`` set

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
