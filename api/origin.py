"""Refuses requests from the pages of other sites: loopback needs no password, so that any site that
a person visits could otherwise upload documents here or ask about them.

Knows no endpoint, key or user.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from api.refusal import refusal

MESSAGE = "requests from the pages of other sites are refused: open this server's own page"


class SameOrigin:
    """Passes requests without an ``Origin`` (programs), those of this server's own pages, and those
    of the origins that are ``allowed``."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str] = ()) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_foreign(scope):
            await refusal(scope, 403, "ForeignOrigin", MESSAGE)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        sent = headers.get(b"origin")
        if sent is None:
            return False
        origin = sent.decode("latin-1")
        if origin in self._allowed:
            return False
        host = headers.get(b"host", b"").decode("latin-1")
        try:
            return not host or urlsplit(origin).netloc != host
        except ValueError:  # no browser sends what is no address
            return True
