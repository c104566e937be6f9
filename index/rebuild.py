"""A second set of chunks, built batch by batch beside the first and swapped in with one commit.

The old chunks are searched until then. A document that is removed or replaced meanwhile leaves both
sets, because its chunks refer to it. Knows no embedder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.errors import IndexingError, IndexLockedError
from index.records import IndexParameters, NewDocument
from index.schema import chunk_tables, drop_chunk_tables, rename_chunk_tables

_PREFIX = "next_"
_META = "rebuilding"  # the entry of ``meta`` with the parameters of the unfinished chunks
_LOCK = "rebuild.lock"
_DOCUMENTS = """
CREATE TABLE next_documents (
    id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    chunks INTEGER NOT NULL
)
"""


class Rebuild:
    """The new chunks of all documents, built with ``parameters``.

    With the same parameters it continues an interrupted rebuild. Use it inside ``exclusive``.
    """

    def __init__(self, catalogue: Catalogue, parameters: IndexParameters) -> None:
        self._catalogue = catalogue
        self._parameters = parameters
        with catalogue.writing():
            if catalogue.meta(_META) != parameters.as_dict():
                _discard(catalogue)
                self._begin()

    def _begin(self) -> None:
        self._catalogue.set_meta(_META, self._parameters.as_dict())
        for statement in (_DOCUMENTS, *chunk_tables(_PREFIX)):
            self._catalogue.execute(statement)
        self._catalogue.execute(  # new chunks get ids that no old chunk has
            "INSERT INTO sqlite_sequence SELECT ?, seq FROM sqlite_sequence WHERE name = 'chunks'",
            (f"{_PREFIX}chunks",),
        )

    def missing(self) -> list[int]:
        """Return the ids of the documents that have no new chunks yet."""
        rows = self._catalogue.rows(
            "SELECT id FROM documents WHERE id NOT IN (SELECT id FROM next_documents) ORDER BY id"
        )
        return [document_id for (document_id,) in rows]

    def put(self, documents: Sequence[tuple[int, NewDocument, NDArray[np.float32]]]) -> None:
        """Store the new chunks of documents, given as (id, document, vectors)."""
        catalogue = self._catalogue
        with catalogue.writing():
            # Some may have been removed or replaced meanwhile.
            present = [each for each in documents if catalogue.has_document(each[0])]
            catalogue.insert_chunks(present, _PREFIX)
            catalogue.execute_many(
                "INSERT INTO next_documents VALUES (?, ?)",
                ((document_id, len(vectors)) for document_id, _, vectors in present),
            )

    def switch(self) -> bool:
        """Replace the old chunks by the new ones; return False when a document has none yet."""
        catalogue = self._catalogue
        with catalogue.writing():
            if self.missing():
                return False
            number = catalogue.commit().number + 1
            catalogue.execute(
                "DELETE FROM next_words WHERE rowid NOT IN (SELECT id FROM next_chunks)"
            )
            drop_chunk_tables(catalogue)
            rename_chunk_tables(catalogue, _PREFIX)
            catalogue.execute(
                "UPDATE documents SET chunks = "
                "(SELECT chunks FROM next_documents AS made WHERE made.id = documents.id)"
            )
            _discard(catalogue)
            catalogue.set_parameters(self._parameters)
            # A process with older vectors finds its commit in no log, and reads all vectors again.
            catalogue.execute("DELETE FROM commits")
            catalogue.begin_commit(number)
        return True


def unfinished(catalogue: Catalogue) -> IndexParameters | None:
    """Return the parameters of an unfinished rebuild; None without one."""
    stored = catalogue.meta(_META)
    return IndexParameters(**stored) if stored else None


def discard(catalogue: Catalogue) -> None:
    """Delete the chunks of an unfinished rebuild. Use it inside ``exclusive``."""
    with catalogue.writing():
        _discard(catalogue)


def _discard(catalogue: Catalogue) -> None:
    catalogue.set_meta(_META, None)
    drop_chunk_tables(catalogue, _PREFIX)
    catalogue.execute("DROP TABLE IF EXISTS next_documents")


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Let only one process at a time rebuild or compact an index; others can read and write it.

    Raises IndexLockedError when another one does, IndexingError when the folder is not writable.
    """
    try:
        with FileLock(folder / _LOCK, timeout=0):
            yield
    except Timeout as error:
        raise IndexLockedError(
            f"the index in {folder} is being rebuilt or compacted by another process; "
            "try again when it has finished"
        ) from error
    except OSError as error:
        raise IndexingError(
            f"{folder} cannot be written ({error.strerror}); check free space and permissions"
        ) from error
