"""Finding: loads documents, cuts them into chunks, embeds, stores and searches them.

This is the public interface; submodules are private. Names are loaded when they are first used, so
that importing this package loads no library::

    from pathlib import Path

    from index import Collections, SentenceTransformerEmbedder

    embedder = SentenceTransformerEmbedder(Path("models/all-MiniLM-L6-v2"), "all-MiniLM-L6-v2")
    with Collections(Path("collections")).open("law", embedder, create=True) as index:
        index.ingest([Path("contracts")])
        for hit in index.search("how many clauses?", limit=3):
            document = index.document(hit.chunk.document_id)
            print(document.title, hit.chunk.span, hit.chunk.text)

Knows no model that writes, no prompt and no HTTP.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.chunk import Chunking
    from index.collections import Collections
    from index.compact import Compaction
    from index.embed import Embedder, SentenceTransformerEmbedder
    from index.errors import (
        CollectionNameError,
        DamagedIndexError,
        DocumentError,
        EmbedderError,
        IndexingError,
        IndexLockedError,
        IndexMismatchError,
        NoIndexError,
        RerankerError,
        UnknownDocumentError,
        UnreadableError,
        UnsupportedFormatError,
    )
    from index.index import DEFAULT_CHUNKING, Index
    from index.ingest import IngestReport, Progress
    from index.integrity import Problem
    from index.load.base import LoadedDocument
    from index.reindex import ReindexReport
    from index.rerank import CrossEncoderReranker, Reranker
    from index.search import DEFAULT_FUSION, DENSE, WORDS, Fuses, Fusion, Ranking, ScoreSum
    from index.types import Chunk, Document, DocumentSummary, Heading, Hit, Size, Span

__all__ = [
    "DEFAULT_CHUNKING",
    "DEFAULT_FUSION",
    "DENSE",
    "WORDS",
    "Chunk",
    "Chunking",
    "CollectionNameError",
    "Collections",
    "Compaction",
    "CrossEncoderReranker",
    "DamagedIndexError",
    "Document",
    "DocumentError",
    "DocumentSummary",
    "Embedder",
    "EmbedderError",
    "Fuses",
    "Fusion",
    "Heading",
    "Hit",
    "Index",
    "IndexLockedError",
    "IndexMismatchError",
    "IndexingError",
    "IngestReport",
    "LoadedDocument",
    "NoIndexError",
    "Problem",
    "Progress",
    "Ranking",
    "ReindexReport",
    "Reranker",
    "RerankerError",
    "ScoreSum",
    "SentenceTransformerEmbedder",
    "Size",
    "Span",
    "UnknownDocumentError",
    "UnreadableError",
    "UnsupportedFormatError",
]

_EXPORTS = {
    "index.chunk": ("Chunking",),
    "index.collections": ("Collections",),
    "index.compact": ("Compaction",),
    "index.embed": ("Embedder", "SentenceTransformerEmbedder"),
    "index.errors": (
        "CollectionNameError",
        "DamagedIndexError",
        "DocumentError",
        "EmbedderError",
        "IndexLockedError",
        "IndexMismatchError",
        "IndexingError",
        "NoIndexError",
        "RerankerError",
        "UnknownDocumentError",
        "UnreadableError",
        "UnsupportedFormatError",
    ),
    "index.index": ("DEFAULT_CHUNKING", "Index"),
    "index.ingest": ("IngestReport", "Progress"),
    "index.integrity": ("Problem",),
    "index.load.base": ("LoadedDocument",),
    "index.reindex": ("ReindexReport",),
    "index.rerank": ("CrossEncoderReranker", "Reranker"),
    "index.search": ("DEFAULT_FUSION", "DENSE", "WORDS", "Fuses", "Fusion", "Ranking", "ScoreSum"),
    "index.types": ("Chunk", "Document", "DocumentSummary", "Heading", "Hit", "Size", "Span"),
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its module when it is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
