"""SQLite connections that tell when nobody closed them, in every version of Python.

From Python 3.13 on the standard library does this itself.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from weakref import WeakSet

import pytest

_alive: WeakSet[TrackedConnection] = WeakSet()


class TrackedConnection(sqlite3.Connection):
    """A connection that warns when it is collected as garbage before it was closed."""

    _is_open = False  # until the file has been opened

    def __init__(self, database: str | os.PathLike[str], *arguments: Any, **options: Any) -> None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "no test")
        self._description = f"the connection to {database}, opened in {test}"
        super().__init__(database, *arguments, **options)
        self._is_open = True
        _alive.add(self)

    def close(self) -> None:
        super().close()
        self._is_open = False

    def __del__(self) -> None:
        if self._is_open:
            with suppress(sqlite3.ProgrammingError):  # of another thread: only the warning is left
                self.close()
            warnings.warn(f"{self._description}, was not closed", ResourceWarning, stacklevel=1)

    def __str__(self) -> str:
        return self._description

    @property
    def is_open(self) -> bool:
        return self._is_open


def open_connections() -> list[str]:
    """Descriptions of all tracked connections that are open now, those in garbage included."""
    return sorted(str(connection) for connection in list(_alive) if connection.is_open)


@contextmanager
def tracked() -> Iterator[None]:
    """Every connection that is opened inside is tracked; all must be closed at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=TrackedConnection))
        yield
    left = open_connections()
    gc.collect()  # what is garbage warns of itself
    assert not left, "\n".join(left)
