"""A look at something that others may be holding: one at a time, in a thread of its own, so that
whoever asks how a server is never waits for those who keep it busy. Knows no endpoint.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Seen = TypeVar("Seen")


class Look(Generic[Seen]):
    """Calls ``look`` for all who ask while it runs, and for those who ask within ``fresh_s``."""

    def __init__(self, look: Callable[[], Seen], fresh_s: float = 0.0) -> None:
        self._look = look
        self._fresh_s = fresh_s
        self._lock = threading.Lock()
        self._running: Future[Seen] | None = None
        self._last: tuple[float, Seen] | None = None

    async def seen(self, patience_s: float, first_s: float) -> Seen | None:
        """Return what is seen now; after ``patience_s`` what was seen last. Where there is no last,
        waits up to ``first_s`` and returns None. Raises what ``look`` raises."""
        last = self._last
        if last and time.monotonic() - last[0] < self._fresh_s:
            return last[1]
        looking = asyncio.wrap_future(self._begun())
        looking.add_done_callback(_noted)
        await asyncio.wait((looking,), timeout=patience_s if last else first_s)
        if looking.done():
            return looking.result()
        return last[1] if last else None

    def _begun(self) -> Future[Seen]:
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                work = threading.Thread(target=self._work, args=(self._running,), daemon=True)
                work.start()
            return self._running

    def _work(self, running: Future[Seen]) -> None:
        try:
            seen = self._look()
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            running.set_exception(error)
        else:
            self._last = time.monotonic(), seen
            running.set_result(seen)


def _noted(looking: asyncio.Future[Seen]) -> None:
    """An error that nobody waits for any more is not one that was missed."""
    if not looking.cancelled():
        looking.exception()
