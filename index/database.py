"""One SQLite file: its connection, its transactions, and its errors as errors of this project.

Knows no tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from index.errors import DamagedIndexError, IndexingError, IndexLockedError

_BUSY_MS = 10_000  # a writer holds the file for one batch of documents, about a second
_NOT_WRITABLE = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,  # also when a full disk has no room for the memory that is shared
)
_ROWS_AT_ONCE = 500  # SQLite takes 999 parameters in its oldest builds

Store = TypeVar("Store", bound="Database")
Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")
Look = tuple[int, int, int]  # bytes of the file, its time of writing in ns, bytes of its log


class Database:
    """One connection to the file at ``path``, for one thread at a time.

    Reads belong inside ``reading()``, to see one state, and writes inside ``writing()``. Whoever
    creates it closes it. Every method raises IndexLockedError, DamagedIndexError or IndexingError
    for what SQLite reports.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frozen: Look | None = None  # how a file looked that is read without locks
        with _translated(path):
            self._db = self._connect()

    def close(self) -> None:
        """Close the connection; it cannot be used afterwards."""
        self._db.close()

    @contextmanager
    def closed_on_error(self) -> Iterator[None]:
        """Close the connection when the body raises: nobody else has it yet."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Show one state of the file to all reads in the body, whatever others write."""
        with _translated(self.path), self._unchanged():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                if self._db.in_transaction:  # a file that is damaged ends it by itself
                    self._db.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commit all writes of the body, or none of them when it raises."""
        with _translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._db.execute("ROLLBACK")
                raise

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run a statement that writes."""
        with _translated(self.path):
            return self._db.execute(statement, parameters)

    def execute_many(self, statement: str, parameters: Iterable[Sequence[object]]) -> None:
        """Run a statement that writes once for each of ``parameters``."""
        with _translated(self.path):
            self._db.executemany(statement, parameters)

    def rows(self, statement: str, *parameters: object) -> list[Any]:
        """Return all rows of a statement."""
        with _translated(self.path):
            return self._db.execute(statement, parameters).fetchall()

    def rows_of(self, statement: str, ids: Sequence[int]) -> Iterator[Any]:
        """Yield the rows of a ``statement`` whose last word is the column that holds ``ids``."""
        for first in range(0, len(ids), _ROWS_AT_ONCE):
            some = ids[first : first + _ROWS_AT_ONCE]
            yield from self.rows(f"{statement} IN ({', '.join('?' * len(some))})", *some)

    def has_table(self, name: str) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = ?", name))

    def _connect(self) -> sqlite3.Connection:
        """Connect in autocommit mode, so that only this module begins transactions."""
        db = sqlite3.connect(
            self.path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")
            # FULL, not NORMAL: what was reported as added or removed must survive a power cut.
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            db.create_function("casefold", 1, str.casefold, deterministic=True)
        except BaseException as error:
            db.close()
            if isinstance(error, sqlite3.Error) and self._is_read_only(error):
                return self._connect_read_only()
            raise
        return db

    def _is_read_only(self, error: sqlite3.Error) -> bool:
        return _code(error) in _NOT_WRITABLE and self.path.is_file()

    def _connect_read_only(self) -> sqlite3.Connection:
        """Connect to a file in a folder that is not writable.

        Where there is a log beside the file, both are read. Without one the file is declared
        immutable to SQLite, and ``reading`` checks that it stays the same.
        """
        look = _look(self.path)
        self._frozen = None if look[2] else look
        address = f"file:{quote(str(self.path))}?mode=ro{'' if look[2] else '&immutable=1'}"
        db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        db.create_function("casefold", 1, str.casefold, deterministic=True)
        return db

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        """Open a file that is read without locks again when its owner has changed it."""
        if self._frozen and _look(self.path) != self._frozen:
            self._db.close()
            self._db = self._connect_read_only()
        try:
            yield
        finally:  # what was read may mix two states of the file
            if self._frozen and _look(self.path) != self._frozen:
                raise _locked(self.path)


def decoding(
    method: Callable[Concatenate[Store, Arguments], Returned],
) -> Callable[Concatenate[Store, Arguments], Returned]:
    """Have a method, which does nothing but read rows, raise DamagedIndexError where they are not
    what is written: the file is whole, but somebody else has written into it."""

    @wraps(method)
    def decoded(
        self: Store, /, *arguments: Arguments.args, **options: Arguments.kwargs
    ) -> Returned:
        try:
            return method(self, *arguments, **options)
        except (ValueError, TypeError, LookupError) as error:
            raise DamagedIndexError(
                f"{self.path} holds what was never written there ({error!r}); "
                f"restore a backup of {self.path.parent}, or delete it and index the documents "
                "again with `rag index PATH`"
            ) from error

    return decoded


def _look(path: Path) -> Look:
    try:
        status = path.stat()
    except OSError as error:
        raise IndexingError(f"{path} cannot be read: {error.strerror}; open it again") from error
    log = path.with_name(f"{path.name}-wal")
    try:
        log_bytes = log.stat().st_size
    except OSError:
        log_bytes = 0
    return status.st_size, status.st_mtime_ns, log_bytes


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _as_index_error(error, path) from error


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code, without the details of the extended one."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _locked(path: Path) -> IndexLockedError:
    return IndexLockedError(
        f"another process is writing to {path.parent}; try again when it has finished"
    )


def _as_index_error(error: sqlite3.Error, path: Path) -> IndexingError:
    code = _code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _locked(path)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return DamagedIndexError(
            f"{path} is damaged ({error}); delete {path.parent} and index the documents again with "
            "`rag index PATH`, or restore a backup"
        )
    if code == sqlite3.SQLITE_FULL:
        return IndexingError(
            f"the disk of {path.parent} is full; what was committed is kept: make room, then run "
            "the same command again"
        )
    return IndexingError(
        f"{path} cannot be used ({error}); check free space and the permissions of its folder"
    )
