"""How many values the JSON of a request may hold: checking each one, and telling what is wrong
with each, costs a thousand times what sending it does. Knows no endpoint."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.refusal import BodyError

MOST_VALUES = 5_000  # a conversation of more than a thousand messages


class FewValues(APIRoute):
    """A route that refuses JSON of more than ``MOST_VALUES`` values before anything looks at it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_few(request: Request) -> Response:
            return await handle(_Request(request.scope, request.receive))

        return handle_few


class _Request(Request):
    async def json(self) -> Any:
        value = await super().json()
        if not _are_few(value):
            raise BodyError(
                413,
                "too_large",
                f"the request holds more than {MOST_VALUES:,} values: send a shorter conversation",
            )
        return value


def _are_few(value: object) -> bool:
    left = MOST_VALUES
    found = [value]
    while found:
        each = found.pop()
        if isinstance(each, dict | list):
            left -= len(each)
            if left < 0:
                return False
            found += each.values() if isinstance(each, dict) else each
    return True
