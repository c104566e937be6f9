"""The errors of finding. Each message names the next step to take.

    IndexingError
    ├── NoIndexError          nothing has been indexed in this collection yet
    ├── CollectionNameError   no collection can have this name
    ├── IndexMismatchError    the index was made with another embedder, chunker or format
    ├── IndexLockedError      another process is writing
    ├── DamagedIndexError     the catalogue cannot be read
    ├── EmbedderError         the embedding model's folder cannot be used
    ├── RerankerError         the reranker's folder cannot be used
    ├── DocumentError         one file cannot be loaded; the run goes on
    │   ├── UnreadableError
    │   └── UnsupportedFormatError
    └── UnknownDocumentError  no document with this id or key

Exceptions of libraries (sqlite3, OSError, UnicodeError) are translated where they occur.
"""

from __future__ import annotations


class IndexingError(Exception):
    """Anything that goes wrong while indexing or finding."""


class NoIndexError(IndexingError):
    pass


class CollectionNameError(IndexingError):
    pass


class IndexMismatchError(IndexingError):
    pass


class IndexLockedError(IndexingError):
    pass


class DamagedIndexError(IndexingError):
    pass


class EmbedderError(IndexingError):
    pass


class RerankerError(IndexingError):
    pass


class DocumentError(IndexingError):
    pass


class UnreadableError(DocumentError):
    pass


class UnsupportedFormatError(DocumentError):
    pass


class UnknownDocumentError(IndexingError):
    pass
