"""Integrity: reads all of an index and reports what is damaged. Changes nothing.

Knows no embedder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.catalogue import Catalogue
from index.errors import DamagedIndexError, IndexingError, IndexLockedError

_NAMED = 3  # documents in one message: the others are likely to have the same cause
_BYTES_PER_NUMBER = 2  # vectors are kept as float16


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and the next step to take."""

    what: str
    remedy: str


def problems(catalogue: Catalogue) -> list[Problem]:
    """Return what is wrong with the catalogue: nothing when it is sound. Raises IndexLockedError.

    Damage to the file or its tables is reported alone, because such a file cannot be checked any
    further. The word index is checked last: it is derived, and a reindex rebuilds it.
    """
    try:
        with catalogue.reading():
            reported = _reported(catalogue)
            if reported and _unsound_tables(catalogue):
                return [_damaged(catalogue, reported)]
            if dangling := catalogue.rows("PRAGMA foreign_key_check"):
                return [_damaged(catalogue, f"{len(dangling)} rows belong to nothing")]
            found = [*_changed_texts(catalogue), *_incomplete(catalogue)]
        if found or (found := list(_inconsistent_words(catalogue))):
            return found
        # What SQLite reports concerns neither tables nor words, but the file's own bookkeeping.
        return [_damaged(catalogue, reported)] if reported else []
    except IndexLockedError:
        raise
    except IndexingError as error:
        return [_damaged(catalogue, str(error))]


def _reported(catalogue: Catalogue, table: str | None = None) -> str:
    """Return what SQLite reports of the file, or of one table; empty when it is sound.

    From version 3.44 on the report on the file includes the word index.
    """
    argument = "3" if table is None else f"'{table}'"
    lines = [line for (line,) in catalogue.rows(f"PRAGMA integrity_check({argument})")]
    return " ".join("; ".join(line for line in lines if line != "ok").split())


def _unsound_tables(catalogue: Catalogue) -> list[str]:
    """Return the tables that are damaged by themselves; the word index is not among them."""
    tables = catalogue.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL %'"
    )
    return [name for (name,) in tables if _reported(catalogue, name)]


def _damaged(catalogue: Catalogue, reason: str) -> Problem:
    folder = catalogue.path.parent
    return Problem(
        f"{catalogue.path} is damaged: {reason}",
        f"restore a backup of {folder}, or delete it and index the documents again with "
        f"'rag index PATH --collection {folder.name}'",
    )


def _changed_texts(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield a problem when stored texts are not those that were loaded."""
    changed = []
    for document_id, key in catalogue.rows("SELECT id, key FROM documents"):
        # As bytes: after a flipped bit it may not be valid UTF-8.
        [(stored, expected)] = catalogue.rows(
            "SELECT CAST(text AS BLOB), text_sha256 FROM documents WHERE id = ?", document_id
        )
        # Without a hash it was stored by an older version that was still running.
        if expected and hashlib.sha256(stored).hexdigest() != expected:
            changed.append(key)
    if changed:
        collection = catalogue.path.parent.name
        yield Problem(
            f"the stored text of {_names(changed)} is not what was loaded",
            f"'rag documents --collection {collection} --remove {changed[0]}', then index the file "
            "again",
        )


def _incomplete(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield problems of chunks: outside their document, without a vector, or not in the words."""
    size = catalogue.parameters().dimension * _BYTES_PER_NUMBER
    checks: dict[str, tuple[str, Sequence[object]]] = {
        "chunks lie outside their document": (
            "SELECT count(*) FROM chunks JOIN documents ON documents.id = document_id "
            "WHERE start < 0 OR start >= stop OR stop > characters",
            (),
        ),
        "documents lack chunks": (
            "SELECT count(*) FROM documents WHERE chunks != "
            "(SELECT count(*) FROM chunks WHERE document_id = documents.id)",
            (),
        ),
        "chunks lack their vector": (
            "SELECT count(*) FROM chunks LEFT JOIN vectors ON chunk_id = id "
            "WHERE coalesce(length(vector), 0) != ?",
            (size,),
        ),
        "chunks are not found by their words": (
            "SELECT count(*) FROM chunks WHERE id NOT IN (SELECT rowid FROM words)",
            (),
        ),
        "removed chunks are found by their words": (
            "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT id FROM chunks)",
            (),
        ),
    }
    for what, (statement, parameters) in checks.items():
        [(count,)] = catalogue.rows(statement, *parameters)
        if count:
            yield Problem(f"{count} {what}", _reindex(catalogue))


def _inconsistent_words(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield a problem when FTS5 finds its index inconsistent; unknown where nothing is writable."""
    try:
        with catalogue.writing():
            catalogue.execute("INSERT INTO words(words) VALUES ('integrity-check')")
    except DamagedIndexError:
        yield Problem("the index of words does not match the texts", _reindex(catalogue))
    except IndexLockedError:
        raise
    except IndexingError:
        return


def _reindex(catalogue: Catalogue) -> str:
    return f"'rag reindex --collection {catalogue.path.parent.name}'"


def _names(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more
