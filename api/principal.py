"""Who sent a request, what they may do, and how long they wait for its answer.

``api.security`` sets the principal of a request and ``api.admission`` its deadline. ``Assistants``
checks the principal wherever a collection is opened, listed, created or deleted, so that no
endpoint can leave the check out. Outside of a request the principal is nobody and may do nothing;
code that runs at start-up says that it acts as the owner. Knows no endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from rag.errors import AccessError
from rag.keys.store import Key, Scope
from rag.llm.deadline import Deadline

OWN_COMMAND = "footnote.own_command"  # of the ASGI scope of a request of COMMAND
LOCAL = "local"  # the name of the principal of a server that has no keys


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who sends requests. ``name`` identifies them: the id of a key, or an address.
    Without a ``key`` only a ``trusted`` principal may do anything. One who is ``patient`` waits for
    an answer as long as it takes."""

    name: str
    key: Key | None = None
    trusted: bool = False
    patient: bool = False
    deadline: Deadline | None = None

    def may(self, scope: Scope) -> bool:
        return self.trusted or (self.key is not None and self.key.allows(scope))

    def sees(self, collection: str) -> bool:
        return self.trusted or (self.key is not None and self.key.opens(collection))

    def require(self, scope: Scope) -> None:
        """Raise AccessError unless the principal may do what ``scope`` covers."""
        if not self.may(scope):
            raise AccessError(
                f"this needs a key of the scope '{scope}': ask whoever runs this server"
            )

    def require_collection(self, collection: str) -> None:
        """Raise AccessError unless the principal may see ``collection``, which need not exist."""
        if not self.sees(collection):
            raise AccessError(f"this key does not open the collection '{collection}'")

    def require_all_collections(self) -> None:
        """Raise AccessError unless the principal sees every collection, future ones included."""
        if not (self.trusted or (self.key is not None and self.key.collections is None)):
            raise AccessError("this needs a key of all collections: ask whoever runs this server")


OWNER = Principal(LOCAL, trusted=True)  # whoever runs this process, or asks it on this machine
COMMAND = Principal("command", trusted=True, patient=True)  # a command of whoever runs this process
NOBODY = Principal("nobody")
_current: ContextVar[Principal] = ContextVar("principal", default=NOBODY)


def current_principal() -> Principal:
    """Return who sent the request that is being handled; NOBODY outside of a request."""
    return _current.get()


@contextmanager
def acting_as(who: Principal) -> Iterator[None]:
    """Within the block, and in the threads to which its context is copied, ``who`` asks."""
    token = _current.set(who)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Within the block, the current principal waits until ``deadline`` and no longer."""
    with acting_as(replace(current_principal(), deadline=deadline)):
        yield
