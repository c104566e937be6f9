"""A second set of chunks beside the first, made batch by batch and put in its place in one commit.

The old chunks answer until then, and a document that is removed or replaced meanwhile goes from
both sets, because its chunks refer to it. Knows no embedder.
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
_NOTE = "rebuilding"  # the entry of ``meta`` with the settings of the chunks that are being made
_LOCK = "rebuild.lock"
_DOCUMENTS = """
CREATE TABLE next_documents (
    id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    chunks INTEGER NOT NULL
)
"""


class Rebuild:
    """The chunks of all documents made anew, with the vectors of ``settings``.

    Begun again with the same settings, it goes on where it was interrupted. To be used inside
    ``exclusive``.
    """

    def __init__(self, catalogue: Catalogue, settings: IndexParameters) -> None:
        self._catalogue = catalogue
        self._settings = settings
        with catalogue.writing():
            if catalogue.meta(_NOTE) != settings.as_dict():
                _discard(catalogue)
                self._begin()

    def _begin(self) -> None:
        self._catalogue.set_meta(_NOTE, self._settings.as_dict())
        for statement in (_DOCUMENTS, *chunk_tables(_PREFIX)):
            self._catalogue.execute(statement)
        self._catalogue.execute(  # the new chunks get ids that no chunk of now has
            "INSERT INTO sqlite_sequence SELECT ?, seq FROM sqlite_sequence WHERE name = 'chunks'",
            (f"{_PREFIX}chunks",),
        )

    def missing(self) -> list[int]:
        """The ids of the documents that have not been made anew yet."""
        rows = self._catalogue.rows(
            "SELECT id FROM documents WHERE id NOT IN (SELECT id FROM next_documents) ORDER BY id"
        )
        return [document_id for (document_id,) in rows]

    def put(self, documents: Sequence[tuple[int, NewDocument, NDArray[np.float32]]]) -> None:
        """Takes in documents by id, each cut anew, with the vectors of their chunks."""
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
        """Lets the new chunks answer from now on; False when documents came in meanwhile."""
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
            catalogue.set_parameters(self._settings)
            # Whoever holds vectors of before finds no way from there to here, and reads all anew.
            catalogue.execute("DELETE FROM commits")
            catalogue.begin_commit(number)
        return True


def unfinished(catalogue: Catalogue) -> IndexParameters | None:
    """The settings of chunks that were begun to be made anew and not finished."""
    noted = catalogue.meta(_NOTE)
    return IndexParameters(**noted) if noted else None


def discard(catalogue: Catalogue) -> None:
    """Forgets the chunks that were begun to be made anew. To be used inside ``exclusive``."""
    with catalogue.writing():
        _discard(catalogue)


def _discard(catalogue: Catalogue) -> None:
    catalogue.set_meta(_NOTE, None)
    drop_chunk_tables(catalogue, _PREFIX)
    catalogue.execute("DROP TABLE IF EXISTS next_documents")


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Only one process at a time rebuilds or compacts an index; others may read and write it.

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
