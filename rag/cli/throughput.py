"""How fast an ingest is and how long it will take, in words. Knows no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.ingest import Progress

_SETTLING_S = 2.0  # before that, a rate says more of the start than of the work
_LEAST_GAIN = 0.01  # of the whole: less than that says more of the size of a batch


class Throughput:
    """Called with each progress; counts from the first chunk, as what is skipped costs nothing.

    ``clock`` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: tuple[float, float, int] | None = None  # seconds, share and chunks then

    def __call__(self, progress: Progress) -> str:
        """Such as "35 chunks/s, 4 min left"; empty until there is something to say."""
        now, share = self._clock(), _share(progress)
        if self._began is None:
            if progress.chunks:
                self._began = (now, share, progress.chunks)
            return ""
        began, share_then, chunks_then = self._began
        seconds, gained = now - began, share - share_then
        if seconds < _SETTLING_S:
            return ""
        told = f"{(progress.chunks - chunks_then) / seconds:,.0f} chunks/s"
        if gained < _LEAST_GAIN:
            return told
        return f"{told}, {_time(seconds * (1 - share) / gained)} left"


def in_words(progress: Progress, throughput: str) -> str:
    """A line on an ingest that is under way."""
    of = f" of {progress.total:,}" if progress.total is not None else ""
    percent = f" ({_share(progress):.0%})" if progress.total else ""
    return f"{progress.done:,}{of} files{percent}" + (f", {throughput}" if throughput else "")


def _share(progress: Progress) -> float:
    if progress.share is not None:
        return progress.share
    return progress.done / progress.total if progress.total else 0.0


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
