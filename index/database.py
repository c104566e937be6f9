"""One SQLite file: its connection, its transactions, and its errors in the words of this project.

Knows no table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
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

Look = tuple[int, int, int]  # bytes of the file, its time of writing in ns, bytes of its log


class Database:
    """One connection to the file at ``path``, for one thread at a time.

    Reads belong inside ``reading()`` to see one state, writes inside ``writing()``. Every method
    raises IndexLockedError, DamagedIndexError or IndexingError for what SQLite reports.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frozen: Look | None = None  # how a file looked that is read without locks
        with _translated(path):
            self._db = self._connect()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the file for all reads inside, whatever others write meanwhile."""
        with _translated(self.path), self._looked_after():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                if self._db.in_transaction:  # a file that is damaged ends it by itself
                    self._db.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All writes inside, or none of them if anything is raised."""
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
        """Runs a statement that changes something."""
        with _translated(self.path):
            return self._db.execute(statement, parameters)

    def execute_many(self, statement: str, parameters: Iterable[Sequence[object]]) -> None:
        """Runs a statement that changes something once for each of ``parameters``."""
        with _translated(self.path):
            self._db.executemany(statement, parameters)

    def rows(self, statement: str, *parameters: object) -> list[Any]:
        """All rows of a statement."""
        with _translated(self.path):
            return self._db.execute(statement, parameters).fetchall()

    def rows_of(self, statement: str, ids: Sequence[int]) -> Iterator[Any]:
        """The rows of a ``statement`` that ends with the column to be one of ``ids``."""
        for first in range(0, len(ids), _ROWS_AT_ONCE):
            some = ids[first : first + _ROWS_AT_ONCE]
            yield from self.rows(f"{statement} IN ({', '.join('?' * len(some))})", *some)

    def has_table(self, name: str) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = ?", name))

    def _connect(self) -> sqlite3.Connection:
        """In autocommit, so that transactions are only where this module begins them."""
        db = sqlite3.connect(
            self.path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")
            # FULL, not NORMAL: what was told as added or removed must be so after a power cut too.
            db.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            db.close()
            if _code(error) not in _NOT_WRITABLE or not self.path.is_file():
                raise
            return self._connect_read_only()
        db.execute("PRAGMA foreign_keys = ON")
        return db

    def _connect_read_only(self) -> sqlite3.Connection:
        """For a folder that cannot be written. A log beside the file can be read along with it;
        without one, SQLite is told that nothing changes the file, which ``reading`` looks after."""
        look = _look(self.path)
        self._frozen = None if look[2] else look
        address = f"file:{quote(str(self.path))}?mode=ro{'' if look[2] else '&immutable=1'}"
        return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)

    @contextmanager
    def _looked_after(self) -> Iterator[None]:
        """Opens a file that is read without locks anew once its owner has changed it."""
        if self._frozen and _look(self.path) != self._frozen:
            self._db.close()
            self._db = self._connect_read_only()
        try:
            yield
        finally:  # whatever was read, or went wrong with it, may be of two states at once
            if self._frozen and _look(self.path) != self._frozen:
                raise _locked(self.path)


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
    """The primary result code, without the details of the extended ones."""
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
