"""How many values the JSON of a request may hold: reading each one, checking it, and telling what
is wrong with it, costs a thousand times what sending it does. Knows no endpoint."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.refusal import BodyError

MOST_VALUES = 5_000  # a conversation of more than a thousand messages
_MOST_STRINGS = 2 * MOST_VALUES + 1  # each value and each name
_PIECE = 2**16  # bytes that are looked at before others have a turn: a few ms at most
_WITHIN = re.compile(rb'(?:[^"\\]+|\\.)*+', re.DOTALL)  # a string, up to its end


class FewValues(APIRoute):
    """A route that refuses JSON of more than ``MOST_VALUES`` values before anything reads them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_few(request: Request) -> Response:
            return await handle(_Request(request.scope, request.receive))

        return handle_few


class _Request(Request):
    async def json(self) -> Any:
        body = await self.body()
        if json.detect_encoding(body) not in ("utf-8", "utf-8-sig"):
            raise BodyError(400, "bad_request", "the request is no UTF-8: send JSON in UTF-8")
        if not await are_few(body):
            raise BodyError(
                413,
                "too_large",
                f"the request holds more than {MOST_VALUES:,} values: send a shorter conversation",
            )
        return await super().json()


async def are_few(body: bytes) -> bool:
    """Whether JSON holds at most ``MOST_VALUES`` values, an empty list or object counted as two.

    It is told by commas and brackets, because to read 8 MB of zeros takes longer than others may
    wait, and cannot be interrupted.
    """
    values = strings = at = looked = 0
    within = False
    while at < len(body):
        end = min(at + _PIECE, len(body))
        if within:
            at, within = _string_read(body, at, end)
        else:
            quote = body.find(b'"', at, end)
            stop = quote if quote >= 0 else end
            values += sum(body.count(each, at, stop) for each in (b",", b"[", b"{"))
            within = quote >= 0
            strings += within
            at = stop + within
        if values > MOST_VALUES or strings > _MOST_STRINGS:
            return False
        if at - looked >= _PIECE:
            looked = at
            await asyncio.sleep(0)
    return True


def _string_read(body: bytes, at: int, end: int) -> tuple[int, bool]:
    """Where a string is read up to, of which ``at`` lies within, and whether it goes on there."""
    found = _WITHIN.match(body, at, end)
    stop = found.end() if found else at
    if stop == end:
        return stop, True
    if body[stop : stop + 1] == b'"':
        return stop + 1, False
    return min(stop + 2, len(body)), True  # the piece ended behind a backslash
