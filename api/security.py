"""Keys and their scopes, requests a minute, and the security headers of every response.

Without keys only programs of this machine are served, and only under its own names: another site
can have its own name resolve to this address, and its page would then be of the same origin. Which
scope a request needs is declared by its route (``api.access``). Knows no endpoint but the page of
the API, whose scripts need a policy of their own.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import DeclaredRoutes
from api.limits import RateLimit
from api.principal import COMMAND, OWN_COMMAND, OWNER, Principal, acting_as
from api.refusal import refusal
from rag.errors import SettingsError
from rag.keys.store import KeyStore, is_loopback

HEADERS = {
    "Cache-Control": "no-store",  # answers are of private documents
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# The page of the API has a script and styles inside; nothing else here does.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; worker-src blob:; img-src 'self' data:; frame-ancestors 'none'"
)
DOCS = "/docs"
_AUTHORITY = re.compile(r"(?:(?P<name>[^:\[\]]*)|\[(?P<ipv6>[0-9a-f:.]*:[0-9a-f:.]*)\])(?::\d*)?")


class Guard:
    """Refuses a request, or passes it on with its principal."""

    def __init__(
        self, app: ASGIApp, *, routes: DeclaredRoutes, keys: KeyStore, rate: RateLimit
    ) -> None:
        self._app = app
        self._routes = routes
        self._keys = keys
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope.get(OWN_COMMAND):
            with acting_as(COMMAND):
                await self._app(scope, receive, send)
            return
        try:
            admitted = self._admitted(scope) if self._keys.made else _local(scope)
        except SettingsError:  # it names a path of this machine: for whoever runs the server
            admitted = refusal(
                scope, 500, "unreadable_keys", "the keys cannot be read: run 'rag keys list' here"
            )
        if isinstance(admitted, Response):
            await admitted(scope, receive, send)
            return
        with acting_as(admitted):
            await self._app(scope, receive, send)

    def _admitted(self, scope: Scope) -> Principal | Response:
        secret = _bearer(scope)
        key = self._keys.find(secret) if secret else None
        who = Principal(key.id if key else _address(scope), key)
        needed = self._routes.access(scope).scope
        if needed == "public":
            return who
        if wait := self._rate.wait_s(who.name):
            return refusal(
                scope,
                429,
                "rate_limit_exceeded",
                f"too many requests: ask again in {wait} s",
                {"Retry-After": str(wait)},
            )
        if key is None:
            return _unknown(scope, secret)
        if not key.allows(needed):
            return _forbidden(scope, f"this needs a key of the scope '{needed}'")
        return who


def _local(scope: Scope) -> Principal | Response:
    """Return the owner where the request came from this machine, else a refusal: a server that
    others can reach needs keys."""
    if not _is_local(scope):
        return refusal(
            scope,
            403,
            "keys_required",
            "without API keys only this machine is served, at its own address: make a key with "
            "'rag keys create NAME'",
        )
    return OWNER


def _is_local(scope: Scope) -> bool:
    """Whether the request was sent to a loopback address under a name of loopback."""
    host, port = scope.get("server") or (None, None)
    if host is None or port is None:  # a socket of the file system has permissions of its own
        return True
    named = _hostname(Headers(scope=scope).get("host", host))
    if is_loopback(host):
        return is_loopback(named)
    return named == host and not _is_address(host)  # a server within a program has a name


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _hostname(authority: str) -> str:
    """The name of a Host header, in lower case; empty where it is none as browsers send it."""
    found = _AUTHORITY.fullmatch(authority.lower())
    return (found["name"] or found["ipv6"]) if found else ""


def _address(scope: Scope) -> str:
    """Who is connected; of IPv6 the network, in which one machine has as many as it likes."""
    address = str((scope.get("client") or ("unknown",))[0])
    if ":" in address:
        with suppress(ValueError):
            return str(ip_network((address.partition("%")[0], 64), strict=False))
    return address


def _bearer(scope: Scope) -> str:
    kind, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _unknown(scope: Scope, secret: str) -> Response:
    told = "this API key is unknown or revoked" if secret else "this server wants an API key"
    return refusal(
        scope,
        401,
        "invalid_api_key",
        f"{told}: send 'Authorization: Bearer KEY' with a key of 'rag keys create'",
        {"WWW-Authenticate": "Bearer"},
    )


def _forbidden(scope: Scope, why: str) -> Response:
    return refusal(scope, 403, "AccessError", f"{why}: ask whoever runs this server")


class SecurityHeaders:
    """Adds the security headers that a response does not have yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"] == DOCS:
                    headers.setdefault("Content-Security-Policy", _DOCS_POLICY)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
