"""Who asks: what they may do, and how long they wait. Of one request, known wherever it is handled.

``api.security`` says who it is, ``api.admission`` how long they wait; ``Assistants`` holds every
request to it, so that no endpoint can forget to. Knows no endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from rag.errors import AccessError
from rag.keys.store import Key, Scope
from rag.llm.deadline import Deadline

LOCAL = "local"  # the name of whoever asks a server that has no keys


@dataclass(frozen=True, slots=True)
class Principal:
    """``name`` tells principals apart: the id of a key, or an address. Without a ``key`` only a
    principal that is ``trusted`` may do anything."""

    name: str
    key: Key | None = None
    trusted: bool = False
    deadline: Deadline | None = None

    def may(self, scope: Scope) -> bool:
        return self.trusted or (self.key is not None and self.key.allows(scope))

    def sees(self, collection: str) -> bool:
        return self.trusted or (self.key is not None and self.key.opens(collection))

    def require(self, scope: Scope) -> None:
        """Raises AccessError."""
        if not self.may(scope):
            raise AccessError(f"this needs a key of the scope '{scope}': ask whoever runs this")

    def require_collection(self, collection: str) -> None:
        """Raises AccessError, whether the collection exists or not."""
        if not self.sees(collection):
            raise AccessError(f"this key does not open the collection '{collection}'")

    @property
    def sees_all(self) -> bool:
        return self.trusted or (self.key is not None and self.key.collections is None)


OWNER = Principal(LOCAL, trusted=True)
_current: ContextVar[Principal] = ContextVar("principal", default=OWNER)


def current_principal() -> Principal:
    """Who sent the request that is being handled. Outside of one: whoever runs this process."""
    return _current.get()


@contextmanager
def acting_as(who: Principal) -> Iterator[None]:
    """Within the block, and in the threads that it is handled in, ``who`` asks."""
    token = _current.set(who)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Within the block, whoever asks waits only so long."""
    with acting_as(replace(current_principal(), deadline=deadline)):
        yield
