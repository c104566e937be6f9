"""The access of each route: the scope that a key needs, and the queue that a request waits in.

Each endpoint declares both beside its route, so that no new one can be forgotten:

    @router.post("/ask")
    @access("read", turn="question")
    def ask(...): ...

Knows no endpoint and no key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Scope

from rag.keys.store import Scope as KeyScope

RouteScope = Literal["public"] | KeyScope
TurnKind = Literal["question", "quick", "upload", "change", "picture"]
ReadsMode = Callable[[bytes], str | None]
Endpoint = TypeVar("Endpoint", bound=Callable[..., object])

_ATTRIBUTE = "__access__"  # of an endpoint
_RESOLVED = "footnote.access"  # of the ASGI scope of one request


class UndeclaredRouteError(RuntimeError):
    """A route declares no access. A mistake in this program, raised before it serves anybody."""


@dataclass(frozen=True, slots=True)
class Access:
    """``scope`` is what a key must allow; ``public`` needs no key. ``turn`` is the queue in which
    the request waits; None where it does not wait. ``reads_mode`` reads in a body how a question is
    to be answered; None where it does not say."""

    scope: RouteScope
    turn: TurnKind | None
    reads_mode: ReadsMode | None = field(default=None, compare=False)


PUBLIC = Access("public", None)
# Where no route matches: only a client with a key learns that there is nothing.
NO_ROUTE = Access("read", None)


def access(
    scope: RouteScope, *, turn: TurnKind | None, reads_mode: ReadsMode | None = None
) -> Callable[[Endpoint], Endpoint]:
    """Declare the access of an endpoint. The decorator returns the endpoint unchanged."""

    def declared(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ATTRIBUTE, Access(scope, turn, reads_mode))
        return endpoint

    return declared


class DeclaredRoutes:
    """The routes of an application, each with its access."""

    def __init__(self, routes: Sequence[BaseRoute], others: Mapping[str, Access]) -> None:
        """``others`` declares the routes of libraries, by path.

        Raises UndeclaredRouteError for the first route without a declaration.
        """
        self._routes = routes
        self._declared = [
            (_matcher(each), _declared(each, others)) for each in iter_route_contexts(routes)
        ]

    def __iter__(self) -> Iterator[tuple[str, Access]]:
        """The path of each route, and its access."""
        return ((route.path, declared) for route, declared in self._declared)

    def access(self, scope: Scope) -> Access:
        """Return the access of the route that serves this request; looked up once per request.

        Raises UndeclaredRouteError where the route was added after the start and declares nothing.
        """
        found: Access | None = scope.get(_RESOLVED)
        if found is None:
            found = scope[_RESOLVED] = self._resolved(scope)
        return found

    def _resolved(self, scope: Scope) -> Access:
        """The same choice as the router's: the first route with this path and method, else the
        first with this path, which answers 405 and takes no turn."""
        other_method: Access | None = None
        for route, declared in self._declared:
            match, _ = route.matches(scope)
            if match is Match.FULL:
                return declared
            if match is Match.PARTIAL and other_method is None:
                other_method = Access(declared.scope, None)
        if other_method is not None:
            return other_method
        if any(route.matches(dict(scope))[0] is not Match.NONE for route in self._routes):
            raise _undeclared(f"{scope['method']} {scope['path']}")
        return NO_ROUTE


def _matcher(context: RouteContext) -> Route | Mount:
    """Return a route that matches the same requests.

    Raises UndeclaredRouteError for a route that is not for HTTP requests, such as a web socket: the
    layers guard nothing else.
    """
    route, path = context.original_route, context.path or ""
    if isinstance(route, Mount):
        return Mount(path, app=route.app)
    if isinstance(route, Route):
        return Route(path, route.endpoint, methods=list(route.methods or ()))
    raise UndeclaredRouteError(
        f"the route {path or route} is not for HTTP requests, and only those are guarded: leave "
        "it out"
    )


def _declared(context: RouteContext, others: Mapping[str, Access]) -> Access:
    endpoint = getattr(context.original_route, "endpoint", None)
    found: Access | None = getattr(endpoint, _ATTRIBUTE, None) or others.get(context.path or "")
    if found is None:
        methods = ", ".join(sorted(getattr(context.original_route, "methods", None) or ()))
        raise _undeclared(f"{methods} {context.path}".strip())
    return found


def _undeclared(route: str) -> UndeclaredRouteError:
    return UndeclaredRouteError(
        f"the route {route} does not declare its access: put @access(SCOPE, turn=…) below its "
        "route decorator"
    )
