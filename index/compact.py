"""Compaction: gives back the disk space of removed documents, and erases their text for good.

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
from index.disk import bytes_on_disk
from index.rebuild import discard, exclusive


@dataclass(frozen=True, slots=True)
class Compaction:
    """The bytes of an index on disk before and after its compaction."""

    before: int
    after: int


def compact(folder: Path) -> Compaction:
    """Rewrite the catalogue without removed documents and without an unfinished reindex.

    Other processes can read meanwhile. An interruption leaves the catalogue as it was. Raises
    NoIndexError, IndexMismatchError for a newer format, IndexLockedError when another process
    writes for long, IndexingError when there is not enough room.
    """
    with closing(Catalogue.existing(folder)) as catalogue, exclusive(folder):
        before = bytes_on_disk(folder)
        discard(catalogue)
        compact_catalogue(catalogue)
        return Compaction(before, bytes_on_disk(folder))


def compact_catalogue(catalogue: Catalogue) -> None:
    """Compact a catalogue inside the caller's ``exclusive``; see ``compact``."""
    with catalogue.writing():  # FTS5 only marks words as removed until it merges its parts
        catalogue.execute("INSERT INTO words(words) VALUES ('optimize')")
    with _scratch_beside(catalogue.path):
        catalogue.execute("VACUUM")
    catalogue.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    vector_file.remove_left_behind(catalogue.path.parent, idle_s=0)


@contextmanager
def _scratch_beside(path: Path) -> Iterator[None]:
    """Have SQLite write its copy beside the file: temporary files may be kept in memory."""
    name = "SQLITE_TMPDIR"
    if name in os.environ:
        yield
        return
    os.environ[name] = str(path.parent)
    try:
        yield
    finally:
        del os.environ[name]
