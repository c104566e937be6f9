"""What the server writes to its log: of what happens often a few lines a minute, none of them able
to steer a terminal. Knows no request.
"""

from __future__ import annotations

import logging
import threading
import time

from rag.printable import printable

A_MINUTE = 5  # lines of one kind
_KINDS = 1_000  # remembered: what a program can log is finite, what is in it is not
_MINUTE_S = 60.0


class Sparing(logging.Filter):
    """Passes a few records of each kind on every minute, and tells how many it held back. A kind is
    a message without what is filled into it, or an error without what it is about."""

    def __init__(self) -> None:
        super().__init__()
        self._counted: dict[object, tuple[float, int]] = {}  # since when, how many
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[0] if record.exc_info else None
        held_back = self._held_back((record.name, str(record.msg), error))
        if held_back is None:
            return False
        told = record.getMessage().rstrip("\n").replace("\n", "\\n")  # one line, whoever wrote it
        record.msg, record.args = printable(told), ()
        if held_back:
            record.msg += f" (and {held_back:,} more like it)"
        return True

    def _held_back(self, kind: object) -> int | None:
        """How many of a kind were held back since the last minute began; None for one more."""
        now = time.monotonic()
        with self._lock:
            since, count = self._counted.pop(kind, (now, 0))
            over = now - since >= _MINUTE_S
            held_back = max(0, count - A_MINUTE) if over else 0
            self._counted[kind] = (now, 1) if over else (since, count + 1)
            if len(self._counted) > _KINDS:
                del self._counted[next(iter(self._counted))]
        return held_back if over or count < A_MINUTE else None
