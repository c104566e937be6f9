"""Index: the class that takes documents in and finds them.

Knows no model that writes, no settings file and no HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from index import document_search, vector_file
from index.catalogue import Catalogue
from index.chunk import Chunking
from index.disk import bytes_on_disk
from index.document_search import DocumentMatch
from index.embed import Embedder
from index.errors import IndexingError, UnknownDocumentError
from index.identity import Identity, identify
from index.index_database import require_same
from index.inverted import OnBuilding
from index.kept_vectors import KeptVectors
from index.keyword_search import ConcurrentKeywordSearch
from index.load.base import LOADERS_VERSION, LoadedDocument, normalise
from index.reads import reads
from index.records import IndexParameters
from index.rerank import RERANKED, Reranker, reranked
from index.search import DEFAULT_FUSION, DEPTH, UNREAD_FUSION, Fuses, Ranking, find, rankings
from index.spelling import as_spelt
from index.types import Chunk, Document, DocumentSummary, Hit, Size
from index.vectors import Vectors, build_vectors, load_vectors

if TYPE_CHECKING:
    from index.ingest import IngestReport, OnProgress

DEFAULT_CHUNKING = Chunking()
_CACHED_IDENTITIES = 4096  # a kilobyte each at most
_CACHED_DOCUMENTS = 64  # an answer cites a handful, and the page shows the same ones again


class Index:
    """The index in one folder. Safe to use from several threads.

    Other processes may read and write the same folder: a search sees the last commit. Open it with
    ``Index.open`` and close it with ``close``, or use it as a context manager.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        catalogue: Catalogue,
        chunking: Chunking,
        reranker: Reranker | None = None,
        on_building: OnBuilding | None = None,
    ) -> None:
        self._parameters = catalogue.parameters()
        self.folder = folder
        self._reranker = reranker
        self._on_building = on_building
        self._embedder = embedder
        self._kept_vectors = KeptVectors(embedder)
        self._chunking = chunking
        # One connection reads and one writes, each for one thread at a time, so that a long ingest
        # never blocks a search. A third one is the keyword search's. ``close`` closes all three.
        self._catalogue = catalogue
        self._reading = threading.RLock()
        self._keyword_search = ConcurrentKeywordSearch(folder, self._parameters)
        self._vectors: Vectors | None = None
        self._writer: Catalogue | None = None
        self._writing = threading.RLock()
        self._closed = False
        self._cached_document = lru_cache(_CACHED_DOCUMENTS)(catalogue.document)
        self._cached_identity = lru_cache(_CACHED_IDENTITIES)(self._identify)
        self._cached_spelling = lru_cache(_CACHED_DOCUMENTS)(self._spelt)

    @classmethod
    def open(
        cls,
        folder: Path,
        embedder: Embedder,
        *,
        create: bool = False,
        chunking: Chunking | None = None,
        reranker: Reranker | None = None,
        on_building: OnBuilding | None = None,
    ) -> Index:
        """Open the index in ``folder``; with ``create``, create it where there is none.

        Without ``chunking`` an existing index keeps the chunking it was created with, and a new one
        gets DEFAULT_CHUNKING. A ``reranker`` reorders the best hits of every search.
        ``on_building`` is called with the numbers of chunks (done, total) while a search waits for
        the vector index of a large collection to be built.

        Raises NoIndexError, IndexMismatchError if the index was created with another embedder or
        chunking or by a newer version, and DamagedIndexError if it cannot be read.
        """
        if create:
            new = asdict(chunking or DEFAULT_CHUNKING)
            _create(folder, IndexParameters(embedder.name, embedder.dimension, new))
        catalogue = Catalogue.existing(folder)
        with catalogue.closed_on_error():
            created_with = catalogue.parameters()
            chunking = chunking or Chunking(**created_with.chunking)
            wanted = IndexParameters(embedder.name, embedder.dimension, asdict(chunking))
            require_same(folder, created_with, wanted)
            catalogue.require_parameters(wanted)
            return cls(folder, embedder, catalogue, chunking, reranker, on_building)

    # Adding and removing documents

    def ingest(
        self,
        paths: Iterable[Path],
        *,
        prune: bool = False,
        on_progress: OnProgress | None = None,
        passwords: Sequence[str] = (),
    ) -> IngestReport:
        """Index the files among ``paths`` and in the folders among them, as far as they changed.

        Of an unchanged file only size and modification time are read. A file that cannot be loaded
        is reported and never stops the others. ``prune`` removes documents whose files in these
        folders are gone. After an interruption the next call continues behind the last commit.
        ``passwords`` are tried on files that are encrypted.
        """
        from index.files import find_files, gone, keys_of, no_longer_read, size_of
        from index.ingest import Run, Tally

        paths = list(paths)
        found = find_files(paths)
        files = found.paths
        tally = Tally(skipped=found.skipped, failed=found.failed)
        with self._written() as catalogue:
            run = Run(
                self._embedder,
                self._chunking,
                catalogue,
                tally,
                len(files),
                on_progress,
                sum(map(size_of, files)),
                None if prune else keys_of(files),
                passwords,
            )
            run.files(files)
            if forgotten := no_longer_read(catalogue.files(), paths):
                with catalogue.writing():
                    catalogue.forget_files(forgotten)
            if prune:
                with catalogue.writing():
                    tally.removed += catalogue.remove(gone(run.stamps, paths))
        self._after_writing(tally.changed)
        return tally.report()

    def add(
        self,
        documents: Iterable[tuple[str, LoadedDocument]],
        *,
        on_progress: OnProgress | None = None,
    ) -> IngestReport:
        """Add or replace documents that are already in memory, each with its key."""
        from index.ingest import Run, Tally

        tally = Tally()
        keys = [key for key, _ in documents] if isinstance(documents, Sequence) else None
        total = len(documents) if isinstance(documents, Sized) else None
        with self._written() as catalogue:
            run = Run(
                self._embedder, self._chunking, catalogue, tally, total, on_progress, keys=keys
            )
            run.texts(documents)
        self._after_writing(tally.changed)
        return tally.report()

    def add_text(
        self, key: str, title: str, text: str, media_type: str = "text/plain"
    ) -> IngestReport:
        """Add or replace one document. Raises UnreadableError when ``text`` is blank."""
        from index.load.loading import from_string

        return self.add([(key, from_string(title, text, media_type))])

    def remove(self, key: str) -> None:
        """Remove a document: no later search of any process finds it.

        Raises UnknownDocumentError.
        """
        with self._written() as catalogue, catalogue.writing():
            removed = catalogue.remove([key])
        if not removed:
            raise UnknownDocumentError(
                f"there is no document with the key {key}; `rag documents` lists what there is"
            )
        self._after_writing(removed)

    # Searching and reading

    def search(
        self,
        question: str,
        *,
        limit: int = 10,
        per_document: int | None = None,
        fusion: Fuses | None = None,
    ) -> list[Hit]:
        """Return at most ``limit`` hits, best first; at most ``per_document`` of each document."""
        if not (question := self.as_spelt(question)):
            return []
        limit_found = max(limit, RERANKED) if self._reranker else limit
        with self._ranked(question, max(DEPTH, limit_found)) as (catalogue, found):
            used = fusion or self.fusion(question)
            hits = find(catalogue, found, limit=limit_found, per_document=per_document, fusion=used)
        if self._reranker:  # others may search while it reads
            hits[:RERANKED] = reranked(self._reranker, question, hits[:RERANKED])
        return hits[:limit]

    def rankings(self, question: str, depth: int) -> dict[str, Ranking]:
        """Return the rankings that ``search`` fuses, by name: each the best ``depth`` chunks."""
        with self._ranked(self.as_spelt(question), depth) as (_, found):
            return found

    def search_documents(
        self, question: str, *, limit: int = 10, fusion: Fuses | None = None
    ) -> list[DocumentMatch]:
        """The documents that fit ``question`` as wholes, best first."""
        if not (question := self.as_spelt(question)):
            return []
        with self._ranked(question, DEPTH) as (catalogue, found):
            fused = (fusion or self.fusion(question)).fuse(found)
            return document_search.matching_documents(catalogue, question, fused, limit)

    def search_within(
        self,
        document_ids: Sequence[int],
        question: str,
        *,
        limit: int = 10,
        fusion: Fuses | None = None,
    ) -> list[list[Hit]]:
        """For each of the documents its best ``limit`` hits, best first."""
        if not (question := self.as_spelt(question)):
            return [[] for _ in document_ids]
        vector = self.encode_question(question)
        with self._read() as catalogue:
            expression = " OR ".join(
                document_search.terms(question, catalogue.languages()).values()
            )
            fuses = fusion or self.fusion(question)
            return [
                document_search.hits_within(catalogue, each, expression, vector, fuses, limit)
                for each in document_ids
            ]

    def as_spelt(self, question: str) -> str:
        """``question`` as it is searched: misspelt words as the collection has them."""
        return self._cached_spelling(normalise(question).strip(), self.commit)

    def _spelt(self, question: str, _: int) -> str:
        with self._read() as catalogue:
            return as_spelt(catalogue, question)

    def reads(self, text: str) -> bool:
        """Whether the embedder knows the words of ``text``: those of most are English alone."""
        return reads(self._embedder, text)

    def fusion(self, question: str) -> Fuses:
        """How the rankings of ``question`` are fused."""
        return DEFAULT_FUSION if self.reads(question) else UNREAD_FUSION

    def identity(self, document_id: int) -> Identity:
        """What tells a document from the others that are indexed now: its title, or one from its
        content where the title is a file name, and facts. Raises UnknownDocumentError."""
        return self._cached_identity(document_id, self.commit)

    def _identify(self, document_id: int, _: int) -> Identity:
        document = self.document(document_id)
        with self._read() as catalogue:
            documents, _chunks = catalogue.counts()
            return identify(
                document, documents, lambda each: document_search.documents_with(catalogue, each)
            )

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
        """Return the chunks with these ids, as far as they still exist."""
        with self._read() as catalogue:
            return catalogue.chunks(chunk_ids)

    def documents(
        self, contains: str = "", *, offset: int = 0, limit: int | None = None
    ) -> list[DocumentSummary]:
        """Return documents without their texts, in the order of their keys.

        With ``contains`` only those with this text in their title or source, in upper or lower
        case. At most ``limit`` are returned, from ``offset`` on.
        """
        with self._read() as catalogue:
            return catalogue.documents(contains, offset=offset, limit=limit)

    def count_documents(self, contains: str = "") -> int:
        """Return how many documents ``documents`` returns without a limit."""
        with self._read() as catalogue:
            return catalogue.count_documents(contains)

    def summary(self, document_id: int) -> DocumentSummary:
        """Return a document without its text. Raises UnknownDocumentError."""
        with self._read() as catalogue:
            return catalogue.summary(document_id)

    def has_key(self, key: str) -> bool:
        """Whether there is a document with this key."""
        with self._read() as catalogue:
            return catalogue.has_key(key)

    def documents_of_file(self, key: str) -> list[DocumentSummary]:
        """Return the document with this key and those inside it, as of an archive or a mail."""
        with self._read() as catalogue:
            return catalogue.documents_of_file(key)

    def file_sha256(self, key: str) -> str | None:
        """The SHA-256 of the file with this key when it was indexed; None without one."""
        with self._read() as catalogue:
            return catalogue.file_sha256(key)

    def document_ids_by_key(self) -> dict[str, int]:
        """Return the ids of all documents by their keys."""
        with self._read() as catalogue:
            return catalogue.document_ids_by_key()

    def size(self) -> Size:
        """Return the numbers of documents, of chunks, and of bytes on disk."""
        with self._read() as catalogue:
            documents, chunks = catalogue.counts()
        return Size(documents, chunks, bytes_on_disk(self.folder))

    def failures(self) -> list[tuple[str, str]]:
        """Return the keys of what could not be loaded at the last attempt, each with the reason."""
        with self._read() as catalogue:
            return [failure for file in catalogue.files().values() for failure in file.failures]

    def read_before(self) -> frozenset[str]:
        """Return the keys of the documents that older loaders read; ``ingest`` reads their files
        again."""
        with self._read() as catalogue:
            return catalogue.read_before(LOADERS_VERSION)

    def document(self, document_id: int) -> Document:
        """Return a document by its id, as in ``Chunk.document_id``. Raises UnknownDocumentError.

        An id always refers to the same text: a changed document has a new id.
        """
        with self._read() as catalogue:
            if not catalogue.has_document(document_id):
                self._cached_document.cache_clear()
            return self._cached_document(document_id)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of texts: float32 of shape ``(len(texts), dimension)``."""
        return self._kept_vectors.encode(texts)

    def encode_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question: float32 of shape ``(dimension,)``."""
        (vector,) = self._kept_vectors.encode_questions([question])
        return np.asarray(vector, dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of ``text`` by the embedder's tokenizer."""
        return len(self._embedder.token_starts(text))

    @property
    def commit(self) -> int:
        """The number of the newest commit. It grows whenever search results may change."""
        with self._read() as catalogue:
            return catalogue.commit().number

    def close(self) -> None:
        """Close all connections; the index cannot be used afterwards."""
        with self._writing, self._reading, ExitStack() as stack:
            self._closed = True
            stack.callback(self._catalogue.close)
            if self._writer is not None:
                stack.callback(self._writer.close)
            self._keyword_search.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _ranked(self, question: str, depth: int) -> Iterator[tuple[Catalogue, dict[str, Ranking]]]:
        """Show the rankings of a question, and the catalogue in the state that they are of."""
        keyword_ranking = self._keyword_search.start(question, depth)
        vector = self.encode_question(question)
        with self._read() as catalogue:
            vectors = self._current_vectors()
            yield catalogue, rankings(catalogue, vectors, vector, keyword_ranking, depth)

    @contextmanager
    def _read(self) -> Iterator[Catalogue]:
        self._require_open()
        with self._reading, self._catalogue.reading():
            yield self._catalogue

    @contextmanager
    def _written(self) -> Iterator[Catalogue]:
        with self._writing:
            self._require_open()
            if self._writer is None:
                vector_file.remove_left_behind(self.folder)
                self._writer = Catalogue(self.folder)
                self._writer.require_parameters(self._parameters)
            yield self._writer

    def _require_open(self) -> None:
        if self._closed:
            raise IndexingError(f"the index in {self.folder} is closed; open it again")

    def _current_vectors(self) -> Vectors:
        """Return the vectors of the state that is being read."""
        dimension, on_building = self._embedder.dimension, self._on_building
        if self._vectors is None:
            self._vectors = load_vectors(self.folder, self._catalogue, dimension, on_building)
            self._vectors.save(self.folder, self._catalogue, on_building)
        elif not self._vectors.catch_up(self._catalogue):
            self._vectors = build_vectors(self._catalogue, dimension, on_building)
        return self._vectors

    def _after_writing(self, changed: int) -> None:
        if changed:
            with self._read() as catalogue:
                self._current_vectors().save(self.folder, catalogue, self._on_building)


def _create(folder: Path, settings: IndexParameters) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise IndexingError(
            f"the folder {folder} cannot be made ({error.strerror}); choose another"
        ) from error
    Catalogue.create(folder, settings).close()
