"""The tables of a catalogue, and the migration of older formats to the current one.

Knows no documents. Who changes a table raises FORMAT_VERSION, adds the migration step, and keeps a
collection of the older format among the fixtures of the tests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping

from index.chunk import searched_text
from index.database import Database
from index.language import detect
from index.load.base import MEMBER

FORMAT_VERSION = 4

# How a document was read. ``loaders`` is NULL for a text that no loader read, and else the version
# of the loaders. What is asked of all documents has an index: a row holds its whole text.
_READINGS = (
    "left_out TEXT NOT NULL DEFAULT '[]'",
    "language TEXT NOT NULL DEFAULT ''",
    "recognised TEXT NOT NULL DEFAULT '[]'",
    "loaders INTEGER",
)
_LOADERS_INDEX = "CREATE INDEX documents_by_loaders ON documents(loaders)"
_LANGUAGES_INDEX = "CREATE INDEX documents_by_language ON documents(language)"
_BASE = """
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
    {readings}
    text TEXT NOT NULL,
    text_sha256 TEXT NOT NULL DEFAULT ''
);
CREATE TABLE commits (number INTEGER PRIMARY KEY, token TEXT NOT NULL);
CREATE TABLE changes (
    number INTEGER NOT NULL REFERENCES commits(number) ON DELETE CASCADE,
    chunk_id INTEGER NOT NULL,
    added INTEGER NOT NULL
);
CREATE INDEX changes_of_commit ON changes(number)
"""
_FILES = """
CREATE TABLE IF NOT EXISTS files (
    key TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    loaders INTEGER NOT NULL,
    failures TEXT NOT NULL
) WITHOUT ROWID
"""
# The words are those of ``index.fold``, parted by blanks: FTS5 itself folds and stems English only.
# It keeps its own copy of the text: deleting from a table without content needs SQLite 3.43,
# which Python 3.11 often lacks, or the old text again, where a mistake goes unnoticed.
_CHUNKS = """
CREATE TABLE {prefix}chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    headings TEXT NOT NULL
);
CREATE TABLE {prefix}vectors (
    chunk_id INTEGER PRIMARY KEY REFERENCES {prefix}chunks(id) ON DELETE CASCADE,
    vector BLOB NOT NULL
);
CREATE VIRTUAL TABLE {prefix}words USING fts5(text, tokenize = 'ascii')
"""
_CHUNKS_INDEX = "CREATE INDEX chunks_of_document ON chunks(document_id)"


def statements() -> Iterator[str]:
    """Yield the statements that create an empty catalogue of the current format."""
    yield from _BASE.format(readings=",\n    ".join(_READINGS) + ",").split(";\n")
    yield _LOADERS_INDEX
    yield _LANGUAGES_INDEX
    yield _FILES
    yield from chunk_tables()
    yield _CHUNKS_INDEX


def chunk_tables(prefix: str = "") -> list[str]:
    """Return the statements that create the tables of chunks, vectors and words.

    Their names begin with ``prefix``.
    """
    return _CHUNKS.format(prefix=prefix).split(";\n")


def drop_chunk_tables(database: Database, prefix: str = "") -> None:
    for name in ("words", "vectors", "chunks"):  # the tables that refer to others first
        database.execute(f"DROP TABLE IF EXISTS {prefix}{name}")


def rename_chunk_tables(database: Database, prefix: str) -> None:
    """Make the tables whose names begin with ``prefix`` those of the catalogue."""
    for name in ("chunks", "vectors", "words"):
        database.execute(f"ALTER TABLE {prefix}{name} RENAME TO {name}")
    database.execute(_CHUNKS_INDEX)


def text_sha256(text: str) -> str:
    """Return the hash by which a stored text is checked: SQLite does not notice a flipped bit."""
    return hashlib.sha256(text.encode()).hexdigest()


def migrate(database: Database, version: int) -> None:
    """Migrate the tables from format ``version`` to the current one, inside ``writing()``."""
    for step in range(version, FORMAT_VERSION):
        _STEPS[step](database)


def _from_1_to_2(database: Database) -> None:
    database.execute(_FILES)  # format 1 created it when it was first needed
    database.execute("ALTER TABLE documents ADD COLUMN text_sha256 TEXT NOT NULL DEFAULT ''")
    for (document_id,) in database.rows("SELECT id FROM documents"):
        [(text,)] = database.rows("SELECT text FROM documents WHERE id = ?", document_id)
        database.execute(
            "UPDATE documents SET text_sha256 = ? WHERE id = ?", (text_sha256(text), document_id)
        )


def _from_2_to_3(database: Database) -> None:
    for column in _READINGS:
        database.execute(f"ALTER TABLE documents ADD COLUMN {column}")
    # What came from a file, alone or with others in it, was read by loaders of the first version.
    database.execute(
        "UPDATE documents SET loaders = 1 "
        "WHERE size > 0 OR instr(key, ?) > 0 OR key IN (SELECT key FROM files)",
        (MEMBER,),
    )
    database.execute(_LOADERS_INDEX)


def _from_3_to_4(database: Database) -> None:
    """Makes the words anew. An unfinished reindex begins again: its words are of the old kind."""
    database.execute(_LANGUAGES_INDEX)
    drop_chunk_tables(database, "next_")
    database.execute("DROP TABLE IF EXISTS next_documents")
    database.execute("DELETE FROM meta WHERE name = 'rebuilding'")
    database.execute("DROP TABLE words")
    database.execute(chunk_tables()[-1])
    for (document_id,) in database.rows("SELECT id FROM documents"):
        [(title, text)] = database.rows(
            "SELECT title, text FROM documents WHERE id = ?", document_id
        )
        language = detect(text)
        database.execute("UPDATE documents SET language = ? WHERE id = ?", (language, document_id))
        chunks = database.rows(
            "SELECT id, start, stop, headings FROM chunks WHERE document_id = ?", document_id
        )
        database.execute_many(
            "INSERT INTO words (rowid, text) VALUES (?, ?)",
            (
                (id_, searched_text(title, json.loads(headings), text[start:stop], language))
                for id_, start, stop, headings in chunks
            ),
        )


_STEPS: Mapping[int, Callable[[Database], None]] = {
    1: _from_1_to_2,
    2: _from_2_to_3,
    3: _from_3_to_4,
}
