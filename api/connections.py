"""Connections: how many at once, and how long one may take to say what it wants.

Whoever sends half a request holds a connection, and a process has only so many. So each has to send
its head in time and its body with some speed, and to take the answer with some; when all are taken,
the one that has said nothing for longest makes room, else the one that says it most slowly. Knows
no endpoint.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 500  # connections at once, also half of the files that the process may open
HEAD_S = 15.0  # for the head of a request, from connecting or from the last answer on
WINDOW_S = 20.0  # in which a body, or an answer that is waited for, must move on
WINDOW_BYTES = 4_096  # by so much: slower than any modem that is still in use


class Connection(H11Protocol):
    """One connection of uvicorn, within these limits."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_since_s = self._connected_s = self.loop.time()
        self._received = self._received_before = 0
        self._unsent_before: int | None = None
        if len(self.connections) > _most():
            self._make_room()
        self._watch_head = self.loop.call_later(HEAD_S, self._head_is_due)
        self._watch_body = self.loop.call_later(WINDOW_S, self._progress_is_due)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch_head.cancel()
        self._watch_body.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._head_since_s = self.loop.time()
        super().on_response_complete()

    @property
    def _waits_for_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _sends_body(self) -> bool:
        """Whether a body is awaited and may come."""
        return not (self._waits_for_head or self.flow.read_paused) and self.cycle.more_body

    def _make_room(self) -> None:
        others = [cast("Connection", each) for each in self.connections if each is not self]
        silent = [each for each in others if each._waits_for_head]
        sending = [each for each in others if each._sends_body]
        if silent:
            leaving = min(silent, key=lambda each: each._head_since_s)
        else:
            leaving = min(sending, key=Connection._bytes_per_s, default=self)
        leaving.transport.abort()
        self.connections.discard(leaving)

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


@cache
def _most() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return MOST
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if files == resource.RLIM_INFINITY else max(1, min(MOST, files // 2))
