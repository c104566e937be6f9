"""Limits on requests: how many a minute from each principal, and how many bytes each.

Knows no key or endpoint.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import DeclaredRoutes
from api.principal import current_principal
from api.refusal import BodyError, refused_body
from api.room import Arriving, Room

BODY_BYTES = 8 * 2**20  # of JSON: a long conversation; documents are uploaded
UPLOAD_BYTES = 2**30  # of one upload: several of the largest files that are taken
LARGE = 2**18  # bytes of JSON that take a while to read, in which nobody else is served
PAUSE_S = 0.02  # for the others, between two such bodies
_KEPT_BUCKETS = 10_000  # principals remembered: more than a server for people has in a minute


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A token bucket for each principal. It holds a minute's requests and refills evenly, which
    allows bursts, as of a page that loads, and limits the average."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def wait_s(self, principal: str) -> int:
        """Take a token for one request; return 0, or the seconds until ``principal`` has one."""
        now = self._now()
        bucket = self._buckets.pop(principal, None) or _Bucket(self._capacity, now)
        bucket.tokens = min(self._capacity, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        self._remember(principal, bucket)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return math.ceil((1 - bucket.tokens) / self._per_second)

    def _remember(self, principal: str, bucket: _Bucket) -> None:
        """Keep the bucket, and drop the one that was used longest ago when there are too many, so
        that changing addresses take no memory."""
        self._buckets[principal] = bucket
        if len(self._buckets) > _KEPT_BUCKETS:
            del self._buckets[next(iter(self._buckets))]


class TooLargeError(BodyError):
    """The body is larger than allowed; raised while it is read, for one of unknown length too."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            413,
            "too_large",
            f"the request is larger than {limit // 2**20:,} MB: send less at once",
        )


class BodyLimit:
    """Refuses a request whose body is too large: at once when its length is declared, else while it
    is read. Uploads have limits in common as well, those of ``room``; large ones of others are
    passed on one after another, with a pause."""

    def __init__(self, app: ASGIApp, routes: DeclaredRoutes, room: Room) -> None:
        self._app = app
        self._routes = routes
        self._room = room
        self._large = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = _told_length(scope)
        uploads = self._routes.access(scope).turn == "upload"
        limit = UPLOAD_BYTES if uploads else BODY_BYTES
        try:
            if told > limit:
                raise TooLargeError(limit)
            if uploads:
                with self._room.upload(current_principal().name, told) as arriving:
                    await self._app(scope, _counted(receive, limit, arriving), send)
            else:
                await self._app(scope, self._in_turn(_counted(receive, limit)), send)
        except BodyError as error:
            await refused_body(scope, error)(scope, receive, send)

    def _in_turn(self, receive: Receive) -> Receive:
        """``receive`` that ends a large body only after the one before it, and a pause."""
        read = 0

        async def received() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGE and _is_last(message):
                async with self._large:
                    await asyncio.sleep(PAUSE_S)
            return message

        return received


def _counted(receive: Receive, limit: int, arriving: Arriving | None = None) -> Receive:
    """``receive`` that raises TooLargeError beyond ``limit`` bytes, and what ``arriving`` does."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        size = len(message.get("body", b""))
        read += size
        if read > limit:
            raise TooLargeError(limit)
        if arriving:
            arriving.add(size)
        return message

    return counted


def _is_last(message: Message) -> bool:
    return message["type"] == "http.request" and not message.get("more_body")


def _told_length(scope: Scope) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0
