"""The catalogue: documents, chunks, vectors and words in one SQLite file, the truth of an index.

Knows no embedder, no file format of documents and no FAISS. A transaction here is the only commit
point: whatever ends the process, an index is as it was before or after one.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from index.chunk import indexed_text
from index.errors import (
    DamagedIndexError,
    IndexingError,
    IndexLockedError,
    IndexMismatchError,
    UnknownDocumentError,
)
from index.load import LoadedDocument
from index.types import Chunk, Document, DocumentSummary, Heading, Span

FILE_NAME = "catalogue.sqlite"
FORMAT_VERSION = 1
_BUSY_MS = 10_000  # a writer holds the file for one batch of documents, about a second
_KEPT_COMMITS = (
    10_000  # whoever is further behind reads all vectors again, which is as fast by then
)
_NOT_WRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_ROWS_AT_ONCE = 500  # SQLite takes 999 parameters in its oldest builds

# FTS5 keeps its own copy of the words: deleting from a table without content needs SQLite 3.43,
# which Python 3.11 often does not have, or the old words again, and a mistake there is silent.
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    media_type TEXT NOT NULL,
    page_starts TEXT NOT NULL,
    headings TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    headings TEXT NOT NULL
);
CREATE INDEX chunks_of_document ON chunks(document_id);
CREATE TABLE vectors (
    chunk_id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
    vector BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'porter unicode61');
CREATE TABLE commits (number INTEGER PRIMARY KEY, token TEXT NOT NULL);
CREATE TABLE changes (
    number INTEGER NOT NULL REFERENCES commits(number) ON DELETE CASCADE,
    chunk_id INTEGER NOT NULL,
    added INTEGER NOT NULL
);
CREATE INDEX changes_of_commit ON changes(number);
"""
# Made when first needed: an index of before there were failures to remember has none, and needs no
# other format.
_FILES_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    key TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    loaders INTEGER NOT NULL,
    failures TEXT NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the vectors of an index depend on: it can only be used with the same again."""

    embedder: str
    dimension: int
    chunking: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file has changed. Texts without a file have size and mtime 0."""

    sha256: str
    size: int = 0
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk before it has an id."""

    span: Span
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document before it has an id, cut into chunks."""

    key: str
    source: str
    loaded: LoadedDocument
    stamp: Stamp
    chunks: tuple[NewChunk, ...]

    def indexed_texts(self) -> list[str]:
        """For each chunk what is searched for words."""
        title, text = self.loaded.title, self.loaded.text
        return [indexed_text(title, chunk.headings, chunk.span.of(text)) for chunk in self.chunks]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that is more or less than one document: an archive, a mail, or one that failed.

    ``stamp`` is how it looked when it was last read to its end, with the loaders of version
    ``loaders``; ``failures`` are the keys of what could not be loaded, each with the reason.
    """

    key: str
    stamp: Stamp
    loaders: int
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of the catalogue. The token tells states apart that share a number, as after a backup
    was restored."""

    number: int
    token: str


class Catalogue:
    """One connection to the catalogue of the index in ``folder``, for one thread at a time.

    Reads belong inside ``reading()`` to see one state, writes inside ``writing()``. Every method
    raises IndexLockedError, DamagedIndexError or IndexingError for what SQLite reports.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        with _translated(self.path):
            self._db = _connect(self.path)

    @classmethod
    def create(cls, folder: Path, settings: Settings) -> Catalogue:
        """The catalogue in ``folder``, which must exist; a new, empty one where there is none."""
        catalogue = cls(folder)
        with (
            catalogue.writing()
        ):  # whoever creates the same index now waits here, and finds it made
            if not catalogue.is_made():
                catalogue._initialise(settings)
        return catalogue

    def _initialise(self, settings: Settings) -> None:
        for statement in _SCHEMA.split(";\n"):
            self._db.execute(statement)
        meta = {
            "format_version": FORMAT_VERSION,
            "embedder": settings.embedder,
            "dimension": settings.dimension,
            "chunking": dict(settings.chunking),
        }
        rows = [(name, json.dumps(value)) for name, value in meta.items()]
        self._db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        self._begin_commit(0)

    def is_made(self) -> bool:
        """False for the empty file that is left when its creation was interrupted."""
        return bool(self._all("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

    def close(self) -> None:
        self._db.close()

    def settings(self) -> Settings:
        """How the index was made. Raises IndexMismatchError when it is of a newer format."""
        meta = {
            name: json.loads(value) for name, value in self._all("SELECT name, value FROM meta")
        }
        if meta["format_version"] > FORMAT_VERSION:
            raise IndexMismatchError(
                f"{self.path.parent} was made by a newer version of this program; update it"
            )
        return Settings(meta["embedder"], meta["dimension"], meta["chunking"])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the catalogue for all reads inside, whatever others write meanwhile."""
        with _translated(self.path):
            self._db.execute("BEGIN")
            try:
                yield
            finally:
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

    # Reading

    def commit(self) -> Commit:
        """The newest committed state."""
        rows = self._all("SELECT number, token FROM commits ORDER BY number DESC LIMIT 1")
        return Commit(*rows[0])

    def knows(self, commit: Commit) -> bool:
        """Whether ``commit`` is in the log, so that ``changes_since`` can be asked."""
        return bool(
            self._all(
                "SELECT 1 FROM commits WHERE number = ? AND token = ?", commit.number, commit.token
            )
        )

    def changes_since(self, commit: Commit) -> tuple[list[int], list[int]]:
        """The ids of chunks (added and still there, removed) after a commit that is known."""
        rows = self._all("SELECT chunk_id, added FROM changes WHERE number > ?", commit.number)
        removed = {chunk_id for chunk_id, added in rows if not added}
        return sorted({chunk_id for chunk_id, added in rows if added} - removed), sorted(removed)

    def documents(self) -> list[DocumentSummary]:
        """All documents in the order of their keys."""
        rows = self._all(
            "SELECT id, key, title, source, media_type, characters, chunks, "
            "json_array_length(page_starts) FROM documents ORDER BY key"
        )
        return [DocumentSummary(*row) for row in rows]

    def has_document(self, document_id: int) -> bool:
        return bool(self._all("SELECT 1 FROM documents WHERE id = ?", document_id))

    def document(self, document_id: int) -> Document:
        """Raises UnknownDocumentError."""
        rows = self._all(
            "SELECT id, key, title, source, media_type, text, page_starts, headings FROM documents "
            "WHERE id = ?",
            document_id,
        )
        if not rows:
            raise UnknownDocumentError(
                f"there is no document {document_id} any more; ask again to see what there is"
            )
        id_, key, title, source, media_type, text, page_starts, headings = rows[0]
        starts = tuple(json.loads(page_starts))
        return Document(id_, key, title, source, media_type, text, starts, _headings(headings))

    def stamps(self) -> dict[str, Stamp]:
        """For each key what its document looked like when it was indexed."""
        rows = self._all("SELECT key, sha256, size, mtime_ns FROM documents")
        return {key: Stamp(*stamp) for key, *stamp in rows}

    def files(self) -> dict[str, FileRecord]:
        """The files that are more or less than one document, by key, in the order of their keys."""
        if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'files'"):
            return {}
        rows = self._all(
            "SELECT key, sha256, size, mtime_ns, loaders, failures FROM files ORDER BY key"
        )
        return {
            key: FileRecord(key, Stamp(*stamp), loaders, tuple(map(tuple, json.loads(failures))))
            for key, *stamp, loaders, failures in rows
        }

    def document_ids(self, chunk_ids: Sequence[int]) -> dict[int, int]:
        """For each chunk the id of its document."""
        return dict(self._each("SELECT id, document_id FROM chunks WHERE id", chunk_ids))

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks with these ids."""
        rows = self._each(
            "SELECT chunks.id, document_id, start, stop, substr(text, start + 1, stop - start), "
            "chunks.headings FROM chunks JOIN documents ON documents.id = document_id "
            "WHERE chunks.id",
            chunk_ids,
        )
        return {
            row[0]: Chunk(row[0], row[1], Span(row[2], row[3]), row[4], tuple(json.loads(row[5])))
            for row in rows
        }

    def vectors(
        self, chunk_ids: Sequence[int] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids of chunks, ``(n,)``, and their vectors, ``(n, dimension)``: of all or of these."""
        statement = "SELECT chunk_id, vector FROM vectors"
        if chunk_ids is None:
            rows = self._all(f"{statement} ORDER BY chunk_id")
        else:
            rows = list(self._each(f"{statement} WHERE chunk_id", chunk_ids))
        ids = np.array([chunk_id for chunk_id, _ in rows], dtype=np.int64)
        flat = np.frombuffer(b"".join(vector for _, vector in rows), dtype=np.float16)
        return ids, flat.astype(np.float32).reshape(len(rows), flat.size // max(1, len(rows)))

    def ranked_by_words(self, expression: str, limit: int) -> list[int]:
        """The ids of the chunks that an FTS5 expression finds, best by BM25 first."""
        rows = self._all(
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank, rowid LIMIT ?",
            expression,
            limit,
        )
        return [rowid for (rowid,) in rows]

    # Writing

    def put(self, documents: Sequence[tuple[NewDocument, NDArray[np.float32]]]) -> None:
        """Adds documents with the vectors of their chunks in one commit, replacing those with the
        same key.

        A replaced document gets a new id: whoever holds the old one never sees it over other text.
        """
        number = self._begin_commit()
        for document, vectors in documents:
            self._delete(number, document.key)
            self._insert(number, document, vectors.astype(np.float16))

    def remove(self, keys: Iterable[str]) -> int:
        """Removes the documents with these keys in one commit; returns how many there were."""
        present = [key for key in keys if self._all("SELECT 1 FROM documents WHERE key = ?", key)]
        if present:
            number = self._begin_commit()
            for key in present:
                self._delete(number, key)
        return len(present)

    def touch(self, key: str, stamp: Stamp) -> None:
        """Notes that a file was written again with the same bytes; no commit, nothing to find."""
        self._db.execute(
            "UPDATE documents SET size = ?, mtime_ns = ? WHERE key = ?",
            (stamp.size, stamp.mtime_ns, key),
        )

    def put_file(self, record: FileRecord) -> None:
        """Notes a file; no commit, nothing to find."""
        self._db.execute(_FILES_SCHEMA)
        stamp = record.stamp
        self._db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
            (
                record.key,
                stamp.sha256,
                stamp.size,
                stamp.mtime_ns,
                record.loaders,
                json.dumps(record.failures),
            ),
        )

    def forget_files(self, keys: Iterable[str]) -> None:
        """Forgets what was noted about files; their documents stay."""
        self._db.execute(_FILES_SCHEMA)
        self._db.executemany("DELETE FROM files WHERE key = ?", [(key,) for key in keys])

    def _begin_commit(self, number: int | None = None) -> int:
        number = self.commit().number + 1 if number is None else number
        self._db.execute("INSERT INTO commits VALUES (?, ?)", (number, secrets.token_hex(8)))
        self._db.execute("DELETE FROM commits WHERE number < ?", (number - _KEPT_COMMITS,))
        return number

    def _insert(self, number: int, document: NewDocument, vectors: NDArray[np.float16]) -> None:
        document_id = self._insert_document(document)
        for chunk, text, vector in zip(
            document.chunks, document.indexed_texts(), vectors, strict=True
        ):
            chunk_id = self._db.execute(
                "INSERT INTO chunks (document_id, start, stop, headings) VALUES (?, ?, ?, ?)",
                (document_id, chunk.span.start, chunk.span.end, json.dumps(chunk.headings)),
            ).lastrowid
            self._db.execute("INSERT INTO vectors VALUES (?, ?)", (chunk_id, vector.tobytes()))
            self._db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (chunk_id, text))
            self._db.execute("INSERT INTO changes VALUES (?, ?, 1)", (number, chunk_id))

    def _insert_document(self, document: NewDocument) -> int | None:
        loaded, stamp = document.loaded, document.stamp
        headings = [(h.span.start, h.span.end, h.level) for h in loaded.headings]
        return self._db.execute(
            "INSERT INTO documents (key, title, source, media_type, page_starts, headings, sha256, "
            "size, mtime_ns, characters, chunks, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document.key,
                loaded.title,
                document.source,
                loaded.media_type,
                json.dumps(loaded.page_starts),
                json.dumps(headings),
                stamp.sha256,
                stamp.size,
                stamp.mtime_ns,
                len(loaded.text),
                len(document.chunks),
                loaded.text,
            ),
        ).lastrowid

    def _delete(self, number: int, key: str) -> None:
        of_key = "FROM chunks JOIN documents ON documents.id = document_id WHERE key = ?"
        self._db.execute(f"INSERT INTO changes SELECT ?, chunks.id, 0 {of_key}", (number, key))
        self._db.execute(f"DELETE FROM words WHERE rowid IN (SELECT chunks.id {of_key})", (key,))
        self._db.execute("DELETE FROM documents WHERE key = ?", (key,))

    def _all(self, statement: str, *parameters: object) -> list[Any]:
        with _translated(self.path):
            return self._db.execute(statement, parameters).fetchall()

    def _each(self, statement: str, ids: Sequence[int]) -> Iterator[Any]:
        """The rows of a ``statement`` that ends with the column to be one of ``ids``."""
        for first in range(0, len(ids), _ROWS_AT_ONCE):
            some = ids[first : first + _ROWS_AT_ONCE]
            yield from self._all(f"{statement} IN ({', '.join('?' * len(some))})", *some)


def exists(folder: Path) -> bool:
    """Whether there is an index in ``folder``."""
    return (folder / FILE_NAME).is_file()


def _headings(stored: str) -> tuple[Heading, ...]:
    return tuple(Heading(Span(start, end), level) for start, end, level in json.loads(stored))


def _connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit, so that transactions are only where this module begins them."""
    db = sqlite3.connect(
        path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
    )
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: what was reported as added or removed must be so after a power cut too.
        db.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        db.close()
        if _code(error) not in _NOT_WRITABLE or not path.is_file():
            raise
        return _connect_read_only(path)
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _connect_read_only(path: Path) -> sqlite3.Connection:
    """For a folder that may not be written: without a log beside the file nothing can change it."""
    beside_log = path.with_name(f"{path.name}-wal").exists()
    address = f"file:{quote(str(path))}?mode=ro{'' if beside_log else '&immutable=1'}"
    return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _as_index_error(error, path) from error


def _code(error: sqlite3.Error) -> int:
    """The primary result code, without the details of the extended ones."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _as_index_error(error: sqlite3.Error, path: Path) -> IndexingError:
    code = _code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexLockedError(
            f"another process is writing to {path.parent}; try again when it has finished"
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return DamagedIndexError(
            f"{path} is damaged ({error}); delete {path.parent} and index the documents again with "
            "`rag index PATH`, or restore a backup"
        )
    return IndexingError(
        f"{path} cannot be used ({error}); check free space and the permissions of its folder"
    )
