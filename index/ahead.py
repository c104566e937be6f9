"""Runs generators ahead, each in a thread, and gives what they yield in order.

For work that waits for other processes. Knows nothing of what is done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from queue import Empty, Full, Queue, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOKS_S = 0.2  # how often a thread that waits looks whether it is still wanted


class Ahead(Generic[T]):
    """At most ``threads`` threads, which do what was begun in the order in which it was begun.

    Close it: what was begun is then given up, and a thread in the middle of a step ends after it.
    The threads keep no process from ending.
    """

    def __init__(self, threads: int) -> None:
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._begun: SimpleQueue[Yielded[T] | None] = SimpleQueue()
        self._closed = threading.Event()

    def begin(self, make: Callable[[], Generator[T, None, None]]) -> Yielded[T]:
        """Have what ``make`` returns run; at most one thing is yielded ahead of who takes it."""
        yielded = Yielded(make, self._closed)
        self._begun.put(yielded)
        if len(self._threads) < self._most:
            thread = threading.Thread(target=self._work, name="ahead", daemon=True)
            self._threads.append(thread)
            thread.start()
        return yielded

    def close(self) -> None:
        """Give up what was begun."""
        self._closed.set()
        for _ in self._threads:
            self._begun.put(None)

    def _work(self) -> None:
        while (yielded := self._begun.get()) is not None:
            yielded.run()


class Yielded(Generic[T]):
    """What a generator yields, which another thread runs."""

    def __init__(
        self, make: Callable[[], Generator[T, None, None]], given_up: threading.Event
    ) -> None:
        self._make = make
        self._given_up = given_up
        self._made: Queue[tuple[T] | BaseException | None] = Queue(1)

    def taken(self, while_waiting: Callable[[], None]) -> Iterator[T]:
        """Each thing that is yielded; raises what the generator raised, RuntimeError if given up.

        ``while_waiting`` is called again and again as long as the next one is not there.
        """
        while (made := self._next(while_waiting)) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made[0]

    def _next(self, while_waiting: Callable[[], None]) -> tuple[T] | BaseException | None:
        while True:
            try:
                return self._made.get(timeout=_LOOKS_S)
            except Empty:
                if self._given_up.is_set():
                    raise RuntimeError("what was given up is not taken") from None
                while_waiting()

    def run(self) -> None:
        """Run the generator to its end, or until it is given up."""
        if self._given_up.is_set():
            return
        try:
            with closing(self._make()) as things:
                for thing in things:
                    if not self._put((thing,)):
                        return
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            self._put(error)
        else:
            self._put(None)

    def _put(self, made: tuple[T] | BaseException | None) -> bool:
        """Hand on; False when nobody wants it any more."""
        while not self._given_up.is_set():
            try:
                self._made.put(made, timeout=_LOOKS_S)
            except Full:
                continue
            return True
        return False
