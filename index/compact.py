"""Gives back the space of removed documents, and with it the last traces of their text.

Knows no embedder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index import vector_file
from index.catalogue import Catalogue
from index.rebuild import alone, discard


@dataclass(frozen=True, slots=True)
class Compaction:
    """The bytes that the folder of an index took before and takes now."""

    before: int
    after: int


def compact(folder: Path) -> Compaction:
    """Writes the catalogue anew without what was removed and without an unfinished reindex.

    Others go on reading meanwhile. Interrupted, it leaves the catalogue as it was. Raises
    NoIndexError, IndexMismatchError for a newer format, IndexLockedError when another process
    writes for long, IndexingError when there is not enough room.
    """
    with closing(Catalogue.existing(folder)) as catalogue, alone(folder):
        before = size_of(folder)
        discard(catalogue)
        compact_alone(catalogue)
        return Compaction(before, size_of(folder))


def compact_alone(catalogue: Catalogue) -> None:
    """As ``compact``, for a caller who is ``alone`` already."""
    with catalogue.writing():  # FTS5 only marks words as removed until it merges its parts
        catalogue.execute("INSERT INTO words(words) VALUES ('optimize')")
    with _scratch_beside(catalogue.path):
        catalogue.execute("VACUUM")
    catalogue.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    vector_file.remove_left_behind(catalogue.path.parent, idle_s=0)


def size_of(folder: Path) -> int:
    """The bytes of the index in ``folder``; not of other files that are kept there."""
    return sum(
        path.stat().st_size
        for pattern in ("catalogue.sqlite", "catalogue.sqlite-wal", "vectors-*")
        for path in folder.glob(pattern)
    )


@contextmanager
def _scratch_beside(path: Path) -> Iterator[None]:
    """SQLite writes its copy beside the file: the folder for temporary files may be in memory."""
    name = "SQLITE_TMPDIR"
    if name in os.environ:
        yield
        return
    os.environ[name] = str(path.parent)
    try:
        yield
    finally:
        del os.environ[name]
