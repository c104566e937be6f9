"""Connections: how many at once, and how long one may take to say what it wants.

Whoever sends half a request holds a connection, and a process has only so many. So each has to send
its head in time and its body with some speed, in pieces of some size, and to take the answer with
some speed; when all are taken, the one that has said nothing for longest makes room, else the one
that says it most slowly. Knows no endpoint.
"""

from __future__ import annotations

import asyncio
import heapq
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from weakref import WeakKeyDictionary

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

MOST = 500  # connections at once, also half of the files that the process may open
HEAD_S = 15.0  # for the head of a request, from connecting or from the last answer on
WINDOW_S = 20.0  # in which a body, or an answer that is waited for, must move on
WINDOW_BYTES = 4_096  # by so much: slower than any modem that is still in use
_SLOWEST = 32  # bodies that are found in one look at all: each that comes would need another
_LOOK_S = 1.0  # for which they count as the slowest


@dataclass(slots=True)
class _Order:
    """The connections of a server in the order in which they make room."""

    silent: dict[Connection, None] = field(default_factory=dict)  # the longest first
    slowest: list[Connection] = field(default_factory=list)  # the slowest last
    looked_s: float = 0.0


_orders: WeakKeyDictionary[ServerState, _Order] = WeakKeyDictionary()


_PIECES = 1_000  # of a body: from so many on they must be of some size
_PIECE_BYTES = 64  # on average; each costs more than to read a thousand bytes


class _Requests(h11.Connection):
    """What is read from a connection. Refuses a body in pieces of a few bytes, and a request that
    states its length in two ways: a proxy may take the other one, and what follows for a request
    of its own.
    """

    _pieces = _bytes = 0

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._bytes = 0
            names = {name for name, _ in event.headers}
            if names >= {b"content-length", b"transfer-encoding"}:
                raise h11.RemoteProtocolError("the length of the body is stated in two ways")
        elif isinstance(event, h11.Data):
            self._pieces += 1
            self._bytes += len(event.data)
            if self._pieces > _PIECES and self._bytes < _PIECE_BYTES * self._pieces:
                raise h11.RemoteProtocolError("the pieces of the body are too small")
        return event


class Connection(H11Protocol):
    """One connection of uvicorn, within these limits."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.conn = _Requests(h11.SERVER, self.conn._max_incomplete_event_size)
        super().connection_made(transport)
        self._head_since_s = self._connected_s = self.loop.time()
        self._received = self._received_before = 0
        self._unsent_before: int | None = None
        self._order = _orders.setdefault(self.server_state, _Order())
        self._order.silent[self] = None
        if len(self.connections) > most():
            self._make_room()
        self._watch_head = self.loop.call_later(HEAD_S, self._head_is_due)
        self._watch_body = self.loop.call_later(WINDOW_S, self._progress_is_due)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch_head.cancel()
        self._watch_body.cancel()
        self._order.silent.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if not self._waits_for_head:
            self._order.silent.pop(self, None)

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:  # another answer has begun already
            self.transport.abort()

    def on_response_complete(self) -> None:
        self._head_since_s = self.loop.time()
        super().on_response_complete()
        if self._waits_for_head and self in self.connections:
            self._order.silent[self] = None

    @property
    def _waits_for_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _sends_body(self) -> bool:
        """Whether a body is awaited and may come."""
        return not (self._waits_for_head or self.flow.read_paused) and self.cycle.more_body

    def _make_room(self) -> None:
        silent = (each for each in self._order.silent if each is not self)
        leaving = next(silent, None) or self._slowest()
        leaving.transport.abort()
        self._order.silent.pop(leaving, None)
        self.connections.discard(leaving)

    def _slowest(self) -> Connection:
        """The connection whose body comes most slowly; itself where no other sends one."""
        order = self._order
        if self.loop.time() - order.looked_s > _LOOK_S:
            order.slowest.clear()
        while order.slowest:
            each = order.slowest.pop()
            if each in self.connections and each._sends_body:
                return each
        others = (cast("Connection", each) for each in self.connections if each is not self)
        sending = [each for each in others if each._sends_body]
        found = heapq.nsmallest(_SLOWEST, sending, key=Connection._bytes_per_s)
        order.slowest, order.looked_s = found[:0:-1], self.loop.time()
        return found[0] if found else self

    def _bytes_per_s(self) -> float:
        """Of the whole connection; one that has just begun counts as a second old."""
        return self._received / (self.loop.time() - self._connected_s + 1)

    def _head_is_due(self) -> None:
        left_s = self._head_since_s + HEAD_S - self.loop.time()
        if self._waits_for_head and left_s <= 0:
            self.transport.abort()
            return
        self._watch_head = self.loop.call_later(max(left_s, HEAD_S / 10), self._head_is_due)

    def _progress_is_due(self) -> None:
        if self._is_stuck():
            self.transport.abort()
            return
        self._watch_body = self.loop.call_later(WINDOW_S, self._progress_is_due)

    def _is_stuck(self) -> bool:
        """Whether a body that is awaited, or an answer that is ready, has not moved on."""
        came = self._received - self._received_before
        self._received_before = self._received
        unsent = self.transport.get_write_buffer_size() if self.flow.write_paused else None
        before, self._unsent_before = self._unsent_before, unsent
        if before is not None and unsent is not None and before - unsent < WINDOW_BYTES:
            return True
        return self._sends_body and came < WINDOW_BYTES


def most() -> int:
    """Connections at once."""
    return max(1, min(MOST, files() // 2))


@cache
def files() -> int:
    """How many files the process may have open, connections among them."""
    try:
        import resource
    except ImportError:  # Windows
        return 2 * MOST
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
