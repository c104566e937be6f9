"""New connections, before anything is made for them.

A connection costs little until it has said something: it is taken from the system, and watched.
Only then is what uvicorn needs made for it, for a few in a turn of the event loop; whoever asks how
the server is goes before others. So neither connections that say nothing nor many that come at once
keep that answer waiting. Knows of HTTP only how such a question begins.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from api import connections

AT_ONCE = 8  # connections that are made in a turn, between two looks at those that are there
_TAKEN_AT_ONCE = 128  # from the system, which costs a tenth of that
_HELD = 2_048  # that have said something and wait for their turn, as many as wait in the system
_LOOK_S = 1.0
_HOW_IT_IS = (b"GET /health ", b"HEAD /health ")
_BEGINNING = max(map(len, _HOW_IT_IS))

Factory = Callable[[], asyncio.BaseProtocol]


class Loop(asyncio.SelectorEventLoop):
    """The event loop of a server whose new connections wait as :class:`Arrivals`."""

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Factory, *arguments: Any, backlog: int = 100, **options: Any
    ) -> Server:
        """A server as asyncio makes it, which takes connections from now on. Speaks no TLS."""
        bound = await super().create_server(
            protocol_factory, *arguments, start_serving=False, **options
        )
        return Server(bound, [Arrivals(self, protocol_factory, s, backlog) for s in bound.sockets])


class Server:
    """What uvicorn needs of a server: its sockets, and an end."""

    def __init__(self, bound: asyncio.Server, arrivals: Sequence[Arrivals]) -> None:
        self.sockets = bound.sockets
        self._bound = bound
        self._arrivals = arrivals

    def close(self) -> None:
        for each in self._arrivals:
            each.close()
        self._bound.close()

    async def wait_closed(self) -> None:
        await self._bound.wait_closed()


class Arrivals:
    """Those that come to one listening socket. Belongs to one event loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, factory: Factory, bound: Any, backlog: int
    ) -> None:
        self._loop = loop
        self._factory = factory
        self._listening = socket.socket(fileno=os.dup(bound.fileno()))
        self._silent: dict[socket.socket, float] = {}  # since when; the longest first
        self._first: deque[socket.socket] = deque()
        self._others: deque[socket.socket] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listening.setblocking(False)
        self._listening.listen(backlog)
        loop.add_reader(self._listening, self._take)
        self._next_look = loop.call_later(_LOOK_S, self._silence_is_due)

    def close(self) -> None:
        """Closes the socket, and all for which nothing has been made."""
        self._next_look.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        for each in self._silent:
            self._loop.remove_reader(each)
        for each in (*self._silent, *self._first, *self._others):
            each.close()
        self._silent.clear()
        self._first.clear()
        self._others.clear()

    def _take(self) -> None:
        """Those that have come; all that wait for their turn stay where they are beyond a bound."""
        for _ in range(_TAKEN_AT_ONCE):
            if len(self._first) + len(self._others) >= min(_HELD, connections.files() // 4):
                return
            try:
                taken, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # no file is left: they wait until the next look
                self._loop.remove_reader(self._listening)
                return
            taken.setblocking(False)
            if self._has_spoken(taken):
                continue
            self._wait_for(taken, self._loop.time())
            if len(self._silent) > max(1, connections.most() // 4):
                longest = next(iter(self._silent))
                if not self._speaks(longest):
                    longest.close()

    def _wait_for(self, silent: socket.socket, since_s: float) -> None:
        self._silent[silent] = since_s
        self._loop.add_reader(silent, self._is_readable, silent)

    def _is_readable(self, silent: socket.socket) -> None:
        since_s = self._silent[silent]
        if not self._speaks(silent):
            self._wait_for(silent, since_s)

    def _speaks(self, silent: socket.socket) -> bool:
        """Whether it has said something, or has left. It is not watched any more."""
        self._loop.remove_reader(silent)
        del self._silent[silent]
        return self._has_spoken(silent)

    def _has_spoken(self, taken: socket.socket) -> bool:
        """Whether it has; then it waits for its turn, or is closed where it has left again."""
        try:
            beginning = taken.recv(_BEGINNING, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            beginning = b""
        if not beginning:
            taken.close()
            return True
        if not (self._first or self._others):
            self._loop.call_soon(self._make)
        (self._first if beginning.startswith(_HOW_IT_IS) else self._others).append(taken)
        return True

    def _silence_is_due(self) -> None:
        until = self._loop.time() - connections.HEAD_S
        for each in [each for each, since in self._silent.items() if since <= until]:
            if not self._speaks(each):
                each.close()
        self._loop.add_reader(self._listening, self._take)
        self._next_look = self._loop.call_later(
            min(_LOOK_S, connections.HEAD_S / 2), self._silence_is_due
        )

    def _make(self) -> None:
        """Half of a turn at most is for those who go first, where others wait."""
        for turn in range(AT_ONCE):
            if not (self._first or self._others):
                return
            first = self._first and (turn < AT_ONCE // 2 or not self._others)
            taken = (self._first if first else self._others).popleft()
            task = self._loop.create_task(self._made(taken))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._first or self._others:
            self._loop.call_soon(self._make)

    async def _made(self, taken: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._factory, taken)
        except OSError:  # it has left again
            taken.close()
