"""The catalogue: documents, chunks, vectors and words in one SQLite file, the truth of an index.

Knows no embedder, no file format of documents and no FAISS. A transaction here is the only commit
point: whatever ends the process, an index is as it was before or after one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.chunk import indexed_text
from index.database import Database
from index.errors import (
    IndexingError,
    IndexLockedError,
    IndexMismatchError,
    NoIndexError,
    UnknownDocumentError,
)
from index.load import MEMBER, LoadedDocument
from index.schema import FORMAT_VERSION, migrate, statements, text_sha256
from index.types import Chunk, Document, DocumentSummary, Heading, Span

FILE_NAME = "catalogue.sqlite"
_KEPT_COMMITS = (
    10_000  # whoever is further behind reads all vectors again, which is as fast by then
)
_VECTORS_AT_ONCE = 16_384  # 40 MB while they are handled
_COUNTS_KEPT = 10_000  # words of the questions of some hours


@dataclass(frozen=True, slots=True)
class Settings:
    """What the vectors of an index depend on: it can only be used with the same again."""

    embedder: str
    dimension: int
    chunking: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "embedder": self.embedder,
            "dimension": self.dimension,
            "chunking": dict(self.chunking),
        }


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file has changed. Texts without a file have size and mtime 0."""

    sha256: str
    size: int = 0
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk before it has an id.

    ``tokens`` is how many tokens of the embedder its text has by itself, at most; None where only
    the embedder can tell.
    """

    span: Span
    headings: tuple[str, ...]
    tokens: int | None = None


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


class Catalogue(Database):
    """The catalogue of the index in ``folder``, as a ``Database``."""

    def __init__(self, folder: Path) -> None:
        self._held_to: Settings | None = None
        super().__init__(folder / FILE_NAME)
        self._counted = lru_cache(_COUNTS_KEPT)(self._count)

    @classmethod
    def create(cls, folder: Path, settings: Settings) -> Catalogue:
        """The catalogue in ``folder``, which must exist; a new, empty one where there is none."""
        catalogue = cls(folder)
        try:
            if not catalogue.is_made():
                with catalogue.writing():
                    if not catalogue.is_made():  # whoever makes the same one at once waited here
                        catalogue._initialise(settings)
        except IndexingError:
            catalogue.close()
            raise
        return catalogue

    @classmethod
    def existing(cls, folder: Path) -> Catalogue:
        """The catalogue in ``folder``, brought up to date.

        Raises NoIndexError where there is none, IndexMismatchError as ``bring_up_to_date`` does.
        """
        if not exists(folder):
            raise _no_index(folder)
        catalogue = cls(folder)
        try:
            if not catalogue.is_made():
                raise _no_index(folder)
            catalogue.bring_up_to_date()
        except IndexingError:
            catalogue.close()
            raise
        return catalogue

    def _initialise(self, settings: Settings) -> None:
        for statement in statements():
            self.execute(statement)
        self.set_meta("format_version", FORMAT_VERSION)
        self.set_settings(settings)
        self.begin_commit(0)

    def is_made(self) -> bool:
        """False for the empty file that is left when its creation was interrupted."""
        return self.has_table("meta")

    def bring_up_to_date(self) -> None:
        """Brings a catalogue of an older format to today's, wholly or not at all.

        Raises IndexMismatchError when it is of a newer one, or older and may not be written.
        """
        if self._format() == FORMAT_VERSION:
            return
        self._require_no_newer()
        try:
            with self.writing():
                if (version := self._format()) < FORMAT_VERSION:  # nobody was faster
                    migrate(self, version)
                    self.set_meta("format_version", FORMAT_VERSION)
        except IndexLockedError:
            raise
        except IndexingError as error:
            raise IndexMismatchError(
                f"{self.path.parent} was made by an older version of this program and cannot be "
                f"brought up to date: {error}. Then open it once with `rag documents`"
            ) from error

    def _format(self) -> int:
        return int(self.meta("format_version"))

    def _require_no_newer(self) -> None:
        if self._format() > FORMAT_VERSION:
            raise IndexMismatchError(
                f"{self.path.parent} was made by a newer version of this program; update it "
                "with `pip install --upgrade footnote-rag`"
            )

    def meta(self, name: str) -> Any:
        """What is noted under a name; None if nothing is."""
        rows = self.rows("SELECT value FROM meta WHERE name = ?", name)
        return json.loads(rows[0][0]) if rows else None

    def set_meta(self, name: str, value: Any) -> None:
        """Notes something, or with None nothing any more; no commit, nothing to find."""
        if value is None:
            self.execute("DELETE FROM meta WHERE name = ?", (name,))
        else:
            self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def settings(self) -> Settings:
        """How the index was made."""
        noted = {name: json.loads(value) for name, value in self.rows("SELECT * FROM meta")}
        return Settings(noted["embedder"], noted["dimension"], noted["chunking"])

    def set_settings(self, settings: Settings) -> None:
        for name, value in settings.as_dict().items():
            self.set_meta(name, value)

    def hold_to(self, settings: Settings) -> None:
        """From now on nothing is read or written once the index was made anew with others."""
        self._held_to = settings

    @contextmanager
    def reading(self) -> Iterator[None]:
        """As ``Database.reading``. Raises IndexMismatchError as ``hold_to`` says."""
        with super().reading():
            self._require_held()
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """As ``Database.writing``. Raises IndexMismatchError as ``hold_to`` says."""
        with super().writing():
            self._require_held()
            yield

    def _require_held(self) -> None:
        if self._held_to and (now := self.settings()) != self._held_to:
            raise IndexMismatchError(
                f"the index in {self.path.parent} was made anew with the embedder {now.embedder} "
                "meanwhile; run the command again, or start the server again"
            )

    # Reading

    def commit(self) -> Commit:
        """The newest committed state."""
        rows = self.rows("SELECT number, token FROM commits ORDER BY number DESC LIMIT 1")
        return Commit(*rows[0])

    def knows(self, commit: Commit) -> bool:
        """Whether ``commit`` is in the log, so that ``changes_since`` can be asked."""
        return bool(
            self.rows(
                "SELECT 1 FROM commits WHERE number = ? AND token = ?", commit.number, commit.token
            )
        )

    def changes_since(self, commit: Commit) -> tuple[list[int], list[int]]:
        """The ids of chunks (added and still there, removed) after a commit that is known."""
        rows = self.rows("SELECT chunk_id, added FROM changes WHERE number > ?", commit.number)
        removed = {chunk_id for chunk_id, added in rows if not added}
        return sorted({chunk_id for chunk_id, added in rows if added} - removed), sorted(removed)

    def count_changes(self, commit: Commit) -> int:
        """How many chunks were added or removed after a commit that is known."""
        rows = self.rows("SELECT count(*) FROM changes WHERE number > ?", commit.number)
        return int(rows[0][0])

    def documents(self) -> list[DocumentSummary]:
        """All documents in the order of their keys."""
        rows = self.rows(
            "SELECT id, key, title, source, media_type, characters, chunks, "
            "json_array_length(page_starts) FROM documents ORDER BY key"
        )
        return [DocumentSummary(*row) for row in rows]

    def counts(self) -> tuple[int, int]:
        """How many documents and how many chunks there are."""
        ((documents, chunks),) = self.rows("SELECT COUNT(*), TOTAL(chunks) FROM documents")
        return documents, int(chunks)

    def has_document(self, document_id: int) -> bool:
        return bool(self.rows("SELECT 1 FROM documents WHERE id = ?", document_id))

    def document(self, document_id: int) -> Document:
        """Raises UnknownDocumentError."""
        rows = self.rows(
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

    def stamps(self, keys: Iterable[str] | None = None) -> dict[str, Stamp]:
        """For each key what its document looked like when it was indexed.

        Of all documents, or of those with one of ``keys`` and those that lie in one of them.
        """
        statement = "SELECT key, sha256, size, mtime_ns FROM documents"
        if keys is None:
            rows = self.rows(statement)
        else:
            inside = f"{statement} WHERE key = ? OR (key >= ? AND key < ?)"
            after = MEMBER[:-1] + chr(ord(MEMBER[-1]) + 1)  # the first text beyond all members
            rows = [row for k in keys for row in self.rows(inside, k, k + MEMBER, k + after)]
        return {key: Stamp(*stamp) for key, *stamp in rows}

    def files(self) -> dict[str, FileRecord]:
        """The files that are more or less than one document, by key, in the order of their keys."""
        rows = self.rows(
            "SELECT key, sha256, size, mtime_ns, loaders, failures FROM files ORDER BY key"
        )
        return {
            key: FileRecord(key, Stamp(*stamp), loaders, tuple(map(tuple, json.loads(failures))))
            for key, *stamp, loaders, failures in rows
        }

    def document_ids(self, chunk_ids: Sequence[int]) -> dict[int, int]:
        """For each chunk the id of its document."""
        return dict(self.rows_of("SELECT id, document_id FROM chunks WHERE id", chunk_ids))

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks with these ids."""
        rows = self.rows_of(
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
            rows = self.rows(f"{statement} ORDER BY chunk_id")
        else:
            rows = list(self.rows_of(f"{statement} WHERE chunk_id", chunk_ids))
        return _as_arrays(rows)

    def extent(self) -> tuple[int, int]:
        """How many chunks there are, and the highest id of one; some lower ids may be gone."""
        chunks, highest = self.rows("SELECT count(*), coalesce(max(id), 0) FROM chunks")[0]
        return chunks, highest

    def vector_blocks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """All vectors in the order of their chunks' ids, as ``vectors`` gives them, in blocks."""
        highest = 0
        while rows := self.rows(
            "SELECT chunk_id, vector FROM vectors WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?",
            highest,
            _VECTORS_AT_ONCE,
        ):
            yield _as_arrays(rows)
            highest = rows[-1][0]

    def ranked_by_words(self, expression: str, limit: int) -> list[tuple[int, float]]:
        """The ids of the chunks that an FTS5 expression finds and their BM25, best first."""
        return self.rows(
            "SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank, rowid LIMIT ?",
            expression,
            limit,
        )

    def word_counter(self, at_most: int) -> Callable[[str], int]:
        """Counts the chunks that an FTS5 expression finds, up to ``at_most``.

        Counts of the same state are remembered: frequent words cost most and come again most.
        """
        commit = self.commit()
        return lambda expression: self._counted(expression, at_most, commit)

    def _count(self, expression: str, at_most: int, _: Commit) -> int:
        rows = self.rows(
            "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
            expression,
            at_most,
        )
        return int(rows[0][0])

    # Writing

    def put(self, documents: Sequence[tuple[NewDocument, NDArray[np.float32]]]) -> int:
        """Adds documents with the vectors of their chunks in one commit, replacing those with the
        same key; returns how many were replaced.

        A replaced document gets a new id: whoever holds the old one never sees it over other text.
        """
        number = self.begin_commit()
        newest = {document.key: (document, vectors) for document, vectors in documents}
        replaced = self._delete(number, newest)
        ids = self._insert_documents([document for document, _ in newest.values()])
        chunk_ids = self.insert_chunks(
            [(id_, *each) for id_, each in zip(ids, newest.values(), strict=True)]
        )
        self.execute_many("INSERT INTO changes VALUES (?, ?, 1)", ((number, i) for i in chunk_ids))
        return replaced + len(documents) - len(newest)

    def remove(self, keys: Iterable[str]) -> int:
        """Removes the documents with these keys in one commit; returns how many there were."""
        present = [key for key in keys if self._has_key(key)]
        return self._delete(self.begin_commit(), present) if present else 0

    def touch(self, key: str, stamp: Stamp) -> None:
        """Notes that a file was written again with the same bytes; no commit, nothing to find."""
        self.execute(
            "UPDATE documents SET size = ?, mtime_ns = ? WHERE key = ?",
            (stamp.size, stamp.mtime_ns, key),
        )

    def put_file(self, record: FileRecord) -> None:
        """Notes a file; no commit, nothing to find."""
        stamp = record.stamp
        self.execute(
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
        for key in keys:
            self.execute("DELETE FROM files WHERE key = ?", (key,))

    def begin_commit(self, number: int | None = None) -> int:
        """Makes what is written in this transaction a state of its own; returns its number."""
        number = self.commit().number + 1 if number is None else number
        self.execute("INSERT INTO commits VALUES (?, ?)", (number, secrets.token_hex(8)))
        self.execute("DELETE FROM commits WHERE number < ?", (number - _KEPT_COMMITS,))
        return number

    def insert_chunks(
        self, documents: Sequence[tuple[int, NewDocument, NDArray[np.float32]]], prefix: str = ""
    ) -> range:
        """Stores the chunks of documents, each by its id and with the vectors of its chunks, in the
        tables whose names begin with ``prefix``, and returns their ids."""
        chunks = [
            (document_id, chunk.span.start, chunk.span.end, json.dumps(chunk.headings))
            for document_id, document, _ in documents
            for chunk in document.chunks
        ]
        ids = self._next_ids(f"{prefix}chunks", len(chunks))
        texts = (text for _, document, _ in documents for text in document.indexed_texts())
        stored = (v.tobytes() for *_, vectors in documents for v in vectors.astype(np.float16))
        self.execute_many(
            f"INSERT INTO {prefix}chunks (id, document_id, start, stop, headings) "
            "VALUES (?, ?, ?, ?, ?)",
            ((chunk_id, *chunk) for chunk_id, chunk in zip(ids, chunks, strict=True)),
        )
        self.execute_many(
            f"INSERT INTO {prefix}vectors VALUES (?, ?)", zip(ids, stored, strict=True)
        )
        self.execute_many(
            f"INSERT INTO {prefix}words (rowid, text) VALUES (?, ?)", zip(ids, texts, strict=True)
        )
        return ids

    def _insert_documents(self, documents: Sequence[NewDocument]) -> range:
        """Stores documents without their chunks, and returns their ids."""
        ids = self._next_ids("documents", len(documents))
        self.execute_many(
            "INSERT INTO documents (id, key, title, source, media_type, page_starts, headings, "
            "sha256, size, mtime_ns, characters, chunks, text, text_sha256) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((id_, *_row(document)) for id_, document in zip(ids, documents, strict=True)),
        )
        return ids

    def _next_ids(self, table: str, count: int) -> range:
        """Ids for new rows of a table that never gives one twice: SQLite tells only the last id of
        many rows that it inserts at once."""
        rows = self.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", table)
        first = rows[0][0] + 1 if rows else 1
        return range(first, first + count)

    def _has_key(self, key: str) -> bool:
        return bool(self.rows("SELECT 1 FROM documents WHERE key = ?", key))

    def _delete(self, number: int, keys: Iterable[str]) -> int:
        """Deletes what is there of the documents with these keys; returns how many there were."""
        of_key = "FROM chunks JOIN documents ON documents.id = document_id WHERE key = ?"
        present = [key for key in keys if self._has_key(key)]
        for key in present:
            self.execute(f"INSERT INTO changes SELECT ?, chunks.id, 0 {of_key}", (number, key))
            self.execute(f"DELETE FROM words WHERE rowid IN (SELECT chunks.id {of_key})", (key,))
            self.execute("DELETE FROM documents WHERE key = ?", (key,))
        return len(present)


def _row(document: NewDocument) -> tuple[object, ...]:
    """A document as the table of documents holds it, but for the id."""
    loaded, stamp = document.loaded, document.stamp
    headings = [(h.span.start, h.span.end, h.level) for h in loaded.headings]
    return (
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
        text_sha256(loaded.text),
    )


def exists(folder: Path) -> bool:
    """Whether there is an index in ``folder``."""
    return (folder / FILE_NAME).is_file()


def _as_arrays(
    rows: Sequence[tuple[int, bytes]],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    ids = np.array([chunk_id for chunk_id, _ in rows], dtype=np.int64)
    flat = np.frombuffer(b"".join(vector for _, vector in rows), dtype=np.float16)
    return ids, flat.astype(np.float32).reshape(len(rows), flat.size // max(1, len(rows)))


def embedder_of(folder: Path) -> str | None:
    """The name of the embedder that the index in ``folder`` was made with; None without one."""
    if not exists(folder):
        return None
    with closing(Catalogue(folder)) as catalogue:
        return str(catalogue.meta("embedder")) if catalogue.is_made() else None


def _no_index(folder: Path) -> NoIndexError:
    return NoIndexError(f"there is no index in {folder}; make one with `rag index PATH`")


def _headings(stored: str) -> tuple[Heading, ...]:
    return tuple(Heading(Span(start, end), level) for start, end, level in json.loads(stored))
