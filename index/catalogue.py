"""The catalogue: documents, chunks, vectors and words in one SQLite file, the truth of an index.

Knows no embedder, no file format of documents and no FAISS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.database import decoding
from index.errors import UnknownDocumentError
from index.index_database import IndexDatabase
from index.load.base import MEMBER, LoadedDocument
from index.records import Commit, FileRecord, NewDocument, Stamp
from index.schema import text_sha256
from index.types import Chunk, Document, DocumentSummary, Heading, Span

_VECTORS_AT_ONCE = 16_384  # about 40 MB in memory
_COUNTS_KEPT = 10_000  # words of some hours of questions

_SUMMARY = (
    "SELECT id, key, title, source, media_type, characters, chunks, "
    "json_array_length(page_starts), left_out, language, recognised FROM documents"
)
_CONTAINS = "(?1 = '' OR instr(casefold(title || char(10) || source), ?1) > 0)"
_OF_FILE = "(key = ? OR (key >= ? AND key < ?))"


class Catalogue(IndexDatabase):
    """A connection to the documents, chunks, vectors and words of the index in ``folder``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._counted = lru_cache(_COUNTS_KEPT)(self._count)
        self._languages = lru_cache(1)(self._read_languages)

    # Reading

    def documents(
        self, contains: str = "", *, offset: int = 0, limit: int | None = None
    ) -> list[DocumentSummary]:
        """Return the documents whose title or source contains a text, in the order of their keys.

        Upper and lower case are the same. At most ``limit`` are returned, from ``offset`` on.
        """
        rows = self.rows(
            f"{_SUMMARY} WHERE {_CONTAINS} ORDER BY key LIMIT ?2 OFFSET ?3",
            contains.casefold(),
            -1 if limit is None else limit,
            offset,
        )
        return list(map(_summary, rows))

    def count_documents(self, contains: str = "") -> int:
        """Count the documents that ``documents`` returns without a limit."""
        rows = self.rows(f"SELECT count(*) FROM documents WHERE {_CONTAINS}", contains.casefold())
        return int(rows[0][0])

    def summary(self, document_id: int) -> DocumentSummary:
        """Return a document without its text. Raises UnknownDocumentError."""
        rows = self.rows(f"{_SUMMARY} WHERE id = ?", document_id)
        if not rows:
            raise _unknown(document_id)
        return _summary(rows[0])

    def documents_of_file(self, key: str) -> list[DocumentSummary]:
        """Return the document of this key and those inside it, as of an archive or a mail."""
        rows = self.rows(f"{_SUMMARY} WHERE {_OF_FILE} ORDER BY key", *_of_file(key))
        return list(map(_summary, rows))

    def document_ids_by_key(self) -> dict[str, int]:
        """Return the id of every document by its key."""
        return dict(self.rows("SELECT key, id FROM documents ORDER BY key"))

    def counts(self) -> tuple[int, int]:
        """Return the number of documents and the number of chunks."""
        ((documents, chunks),) = self.rows("SELECT COUNT(*), TOTAL(chunks) FROM documents")
        return documents, int(chunks)

    def has_document(self, document_id: int) -> bool:
        return bool(self.rows("SELECT 1 FROM documents WHERE id = ?", document_id))

    def has_key(self, key: str) -> bool:
        return bool(self.rows("SELECT 1 FROM documents WHERE key = ?", key))

    @decoding
    def document(self, document_id: int) -> Document:
        """Return a document with its text. Raises UnknownDocumentError."""
        rows = self.rows(
            "SELECT id, key, title, source, media_type, text, page_starts, headings, recognised, "
            "language FROM documents WHERE id = ?",
            document_id,
        )
        if not rows:
            raise _unknown(document_id)
        if not isinstance(rows[0][5], str):
            raise TypeError("a text is none")
        id_, key, title, source, media_type, text, starts, headings, recognised, language = rows[0]
        return Document(
            *(id_, key, title, source, media_type, text),
            page_starts=_tuple(starts),
            headings=_headings(headings),
            recognised=_tuple(recognised),
            language=language,
        )

    def stamps(self, keys: Iterable[str] | None = None) -> dict[str, Stamp]:
        """Return the stamp of each document when it was indexed, by key.

        Of all documents, or of those with one of ``keys`` and those inside of one.
        """
        statement = "SELECT key, sha256, size, mtime_ns FROM documents"
        if keys is None:
            rows = self.rows(statement)
        else:
            of_file = f"{statement} WHERE {_OF_FILE}"
            rows = [row for key in keys for row in self.rows(of_file, *_of_file(key))]
        return {key: Stamp(*stamp) for key, *stamp in rows}

    def read_before(self, version: int) -> frozenset[str]:
        """Return the keys of the documents that loaders older than ``version`` read."""
        rows = self.rows("SELECT key FROM documents WHERE loaders < ?", version)
        return frozenset(key for (key,) in rows)

    def holds(self, key: str, loaded: LoadedDocument) -> bool:
        """Whether the document of this key has the text, the title and the parts of ``loaded``."""
        rows = self.rows(
            "SELECT title, media_type, page_starts, headings, text_sha256 FROM documents "
            "WHERE key = ?",
            key,
        )
        return rows == [
            (
                loaded.title,
                loaded.media_type,
                json.dumps(loaded.page_starts),
                _stored_headings(loaded),
                text_sha256(loaded.text),
            )
        ]

    def file_sha256(self, key: str) -> str | None:
        """Return the SHA-256 of the file that a document was read from; None without one.

        The stamp of one among several is of its text; that of their file is in its record, unless
        the file was changed since and could not be read.
        """
        rows = self.rows("SELECT sha256, size FROM documents WHERE key = ?", key)
        if rows and rows[0][1]:
            return str(rows[0][0])
        found = self.rows("SELECT sha256, failures FROM files WHERE key = ?", key) if rows else []
        failed = found and any(each[0] == key for each in json.loads(found[0][1]))
        return str(found[0][0]) if found and not failed else None

    @decoding
    def files(self) -> dict[str, FileRecord]:
        """Return the files that are more or less than one document, by key."""
        rows = self.rows(
            "SELECT key, sha256, size, mtime_ns, loaders, failures FROM files ORDER BY key"
        )
        return {
            key: FileRecord(key, Stamp(*stamp), loaders, tuple(map(tuple, json.loads(failures))))
            for key, *stamp, loaders, failures in rows
        }

    def document_ids(self, chunk_ids: Sequence[int]) -> dict[int, int]:
        """Return the id of each chunk's document."""
        return dict(self.rows_of("SELECT id, document_id FROM chunks WHERE id", chunk_ids))

    @decoding
    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
        """Return the chunks with these ids, as far as they exist."""
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

    @decoding
    def all_chunks(self, chunk_ids: Sequence[int]) -> list[Chunk]:
        """Return the chunks with these ids, which must exist."""
        found = self.chunks(chunk_ids)
        return [found[chunk_id] for chunk_id in chunk_ids]

    @decoding
    def vectors(
        self, chunk_ids: Sequence[int] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return ids of chunks, ``(n,)``, and vectors, ``(n, dimension)``: of all or of these."""
        statement = "SELECT chunk_id, vector FROM vectors"
        if chunk_ids is None:
            rows = self.rows(f"{statement} ORDER BY chunk_id")
        else:
            rows = list(self.rows_of(f"{statement} WHERE chunk_id", chunk_ids))
        return _as_arrays(rows)

    def extent(self) -> tuple[int, int]:
        """Return the number of chunks and their highest id. Lower ids may be missing."""
        chunks, highest = self.rows("SELECT count(*), coalesce(max(id), 0) FROM chunks")[0]
        return chunks, highest

    @decoding
    def _arrays(
        self, rows: Sequence[tuple[int, bytes]]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return _as_arrays(rows)

    def vector_blocks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Yield all vectors in blocks, as ``vectors`` returns them, in the order of chunk ids."""
        highest = 0
        while rows := self.rows(
            "SELECT chunk_id, vector FROM vectors WHERE chunk_id > ? ORDER BY chunk_id LIMIT ?",
            highest,
            _VECTORS_AT_ONCE,
        ):
            yield self._arrays(rows)
            highest = rows[-1][0]

    def ranked_by_words(self, expression: str, limit: int) -> list[tuple[int, float]]:
        """Return ids and BM25 scores of the chunks that an FTS5 expression matches, best first."""
        return self.rows(
            "SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank, rowid LIMIT ?",
            expression,
            limit,
        )

    def languages(self) -> tuple[str, ...]:
        """Return the codes of the documents' languages, in order; empty ones are not known."""
        return self._languages(self.commit())

    def _read_languages(self, _: Commit) -> tuple[str, ...]:
        rows = self.rows("SELECT DISTINCT language FROM documents ORDER BY language")
        return tuple(code for (code,) in rows)

    def word_counter(self, at_most: int) -> Callable[[str], int]:
        """Return a function that counts the chunks an FTS5 expression matches, up to ``at_most``.

        Counts are cached for one commit: frequent words cost most and recur most.
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
        """Add documents with the vectors of their chunks in one commit; replace those with the same
        key and return how many were replaced.

        A replaced document gets a new id, so that an id always refers to the same text.
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
        """Remove the documents with these keys in one commit; return how many there were."""
        present = [key for key in keys if self.has_key(key)]
        return self._delete(self.begin_commit(), present) if present else 0

    def touch(self, key: str, stamp: Stamp) -> None:
        """Store the new stamp of a file whose bytes have not changed. This makes no commit."""
        self.execute(
            "UPDATE documents SET size = ?, mtime_ns = ? WHERE key = ?",
            (stamp.size, stamp.mtime_ns, key),
        )

    def read_again(self, key: str, loaded: LoadedDocument, stamp: Stamp, loaders: int) -> None:
        """Note that newer loaders read the same text from a document. This makes no commit."""
        self.execute(
            "UPDATE documents SET sha256 = ?, size = ?, mtime_ns = ?, left_out = ?, "
            "recognised = ?, loaders = ? WHERE key = ?",
            (
                *(stamp.sha256, stamp.size, stamp.mtime_ns),
                *(json.dumps(loaded.left_out), json.dumps(loaded.recognised), loaders, key),
            ),
        )

    def put_file(self, record: FileRecord) -> None:
        """Store the record of a file. This makes no commit."""
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
        """Delete the records of files; their documents stay."""
        for key in keys:
            self.execute("DELETE FROM files WHERE key = ?", (key,))

    def insert_chunks(
        self, documents: Sequence[tuple[int, NewDocument, NDArray[np.float32]]], prefix: str = ""
    ) -> range:
        """Store the chunks of documents, given as (id, document, vectors), and return their ids.

        They go into the tables whose names begin with ``prefix``.
        """
        chunks = [
            (document_id, chunk.span.start, chunk.span.end, json.dumps(chunk.headings))
            for document_id, document, _ in documents
            for chunk in document.chunks
        ]
        ids = self._next_ids(f"{prefix}chunks", len(chunks))
        texts = (text for _, document, _ in documents for text in document.searched_texts())
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
        """Store documents without their chunks and return their ids."""
        ids = self._next_ids("documents", len(documents))
        self.execute_many(
            "INSERT INTO documents (id, key, title, source, media_type, page_starts, headings, "
            "sha256, size, mtime_ns, characters, chunks, text, text_sha256, left_out, language, "
            "recognised, loaders) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((id_, *_row(document)) for id_, document in zip(ids, documents, strict=True)),
        )
        return ids

    def _next_ids(self, table: str, count: int) -> range:
        """Return ids for new rows of a table that never reuses one.

        SQLite itself reports only the last id of many rows that are inserted at once.
        """
        rows = self.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", table)
        first = rows[0][0] + 1 if rows else 1
        return range(first, first + count)

    def _delete(self, number: int, keys: Iterable[str]) -> int:
        """Delete the documents with these keys and return how many there were."""
        of_key = "FROM chunks JOIN documents ON documents.id = document_id WHERE key = ?"
        present = [key for key in keys if self.has_key(key)]
        for key in present:
            self.execute(f"INSERT INTO changes SELECT ?, chunks.id, 0 {of_key}", (number, key))
            self.execute(f"DELETE FROM words WHERE rowid IN (SELECT chunks.id {of_key})", (key,))
            self.execute("DELETE FROM documents WHERE key = ?", (key,))
        return len(present)


def _row(document: NewDocument) -> tuple[object, ...]:
    """Return the columns of a document's row, without the id."""
    loaded, stamp = document.loaded, document.stamp
    return (
        document.key,
        loaded.title,
        document.source,
        loaded.media_type,
        json.dumps(loaded.page_starts),
        _stored_headings(loaded),
        stamp.sha256,
        stamp.size,
        stamp.mtime_ns,
        len(loaded.text),
        len(document.chunks),
        loaded.text,
        text_sha256(loaded.text),
        json.dumps(loaded.left_out),
        document.language,
        json.dumps(loaded.recognised),
        document.loaders,
    )


def _summary(row: Sequence[Any]) -> DocumentSummary:
    """Return a row of ``_SUMMARY`` as a record."""
    *facts, left_out, language, recognised = row
    values = [*facts, _tuple(left_out), language, _tuple(recognised)]
    return DocumentSummary(*values)


def _tuple(stored: str) -> tuple[Any, ...]:
    return tuple(json.loads(stored))


def _stored_headings(loaded: LoadedDocument) -> str:
    return json.dumps([(h.span.start, h.span.end, h.level) for h in loaded.headings])


def _of_file(key: str) -> tuple[str, str, str]:
    """Return the parameters of ``_OF_FILE``."""
    after = MEMBER[:-1] + chr(ord(MEMBER[-1]) + 1)  # the first text beyond all members
    return key, key + MEMBER, key + after


def _unknown(document_id: int) -> UnknownDocumentError:
    return UnknownDocumentError(
        f"there is no document {document_id} any more; ask again to see what there is"
    )


def _as_arrays(
    rows: Sequence[tuple[int, bytes]],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    ids = np.array([chunk_id for chunk_id, _ in rows], dtype=np.int64)
    flat = np.frombuffer(b"".join(vector for _, vector in rows), dtype=np.float16)
    return ids, flat.astype(np.float32).reshape(len(rows), flat.size // max(1, len(rows)))


def _headings(stored: str) -> tuple[Heading, ...]:
    return tuple(Heading(Span(start, end), level) for start, end, level in json.loads(stored))
