"""Index: the one class through which documents go in and hits come out.

Knows no model that writes, no settings file and no HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index import vector_file
from index.catalogue import Catalogue, Settings
from index.chunk import Chunking
from index.embed import Embedder
from index.errors import (
    DocumentError,
    IndexingError,
    IndexMismatchError,
    UnknownDocumentError,
)
from index.files import find_files, gone, key_of, size_of
from index.ingest import IngestReport, OnProgress, Run, Tally
from index.inverted import OnBuilding
from index.keyword_search import ConcurrentKeywordSearch
from index.load import LoadedDocument, from_string, normalise
from index.rerank import RERANKED, Reranker, reranked
from index.search import DEFAULT_FUSION, DEPTH, Fuses, Ranking, find, rankings
from index.types import Chunk, Document, DocumentSummary, Hit, Size
from index.vectors import Vectors, build_vectors, load_vectors

DEFAULT_CHUNKING = Chunking()
_CACHED_DOCUMENTS = 64  # an answer cites a handful; a page showing sources asks for the same again


class Index:
    """The index in one folder. Safe to use from several threads.

    Other processes may read and write the same folder: a search sees what was committed last.
    Opened with ``Index.open``; a context manager.
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
        self._settings = catalogue.settings()
        self.folder = folder
        self._reranker = reranker
        self._on_building = on_building
        self._embedder = embedder
        self._chunking = chunking
        # One connection reads and one writes, each in turns: a long ingest never blocks a search.
        # A third one ranks words while a question is encoded.
        self._catalogue = catalogue
        self._reading = threading.RLock()
        self._words = ConcurrentKeywordSearch(folder, self._settings)
        self._vectors: Vectors | None = None
        self._writer: Catalogue | None = None
        self._writing = threading.RLock()
        self._cached_document = lru_cache(_CACHED_DOCUMENTS)(catalogue.document)

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
        """The index in ``folder``; with ``create`` a new one where there is none.

        Without ``chunking`` an index goes on as it was made, so that one of a version with another
        default keeps working, and a new one is made with DEFAULT_CHUNKING. A ``reranker`` orders
        the best hits of every search anew. ``on_building`` hears of it when a question must wait
        until the index of many vectors is made.

        Raises NoIndexError, IndexMismatchError if it was made with another embedder or chunking or
        by a newer version, DamagedIndexError if it cannot be read.
        """
        if create:
            new = asdict(chunking or DEFAULT_CHUNKING)
            _create(folder, Settings(embedder.name, embedder.dimension, new))
        catalogue = Catalogue.existing(folder)
        made_with = catalogue.settings()
        chunking = chunking or Chunking(**made_with.chunking)
        wanted = Settings(embedder.name, embedder.dimension, asdict(chunking))
        try:
            _check_same(folder, made_with, wanted)
        except IndexingError:
            catalogue.close()
            raise
        catalogue.hold_to(wanted)
        return cls(folder, embedder, catalogue, chunking, reranker, on_building)

    # Documents go in

    def ingest(
        self,
        paths: Iterable[Path],
        *,
        prune: bool = False,
        on_progress: OnProgress | None = None,
    ) -> IngestReport:
        """Brings the index in line with the files named and those in the folders named.

        Unchanged files cost a look at their size and time. A file that cannot be loaded is reported
        and never stops the others. ``prune`` removes documents whose files in these folders are
        gone. Interrupted, it keeps what was committed and goes on from there the next time.
        """
        paths = list(paths)
        tally = Tally()
        files = find_files(paths, tally)
        with self._written() as catalogue:
            run = Run(
                self._embedder,
                self._chunking,
                catalogue,
                tally,
                len(files),
                on_progress,
                sum(map(size_of, files)),
                None if prune else _keys(files),
            )
            for path in files:
                run.file(path)
            run.finish()
            if forgotten := gone(catalogue.files(), paths):
                with catalogue.writing():
                    catalogue.forget_files(forgotten)
            if prune:
                with catalogue.writing():
                    tally.removed += catalogue.remove(gone(run.stamps, paths))
        self._after_writing(tally)
        return tally.report()

    def add(
        self,
        documents: Iterable[tuple[str, LoadedDocument]],
        *,
        on_progress: OnProgress | None = None,
    ) -> IngestReport:
        """Adds or replaces documents that are in memory already, each under its key."""
        tally = Tally()
        keys = [key for key, _ in documents] if isinstance(documents, Sequence) else None
        total = len(documents) if isinstance(documents, Sized) else None
        with self._written() as catalogue:
            run = Run(
                self._embedder, self._chunking, catalogue, tally, total, on_progress, keys=keys
            )
            for key, loaded in documents:
                run.text(key, loaded)
            run.finish()
        self._after_writing(tally)
        return tally.report()

    def add_text(
        self, key: str, title: str, text: str, media_type: str = "text/plain"
    ) -> IngestReport:
        """Adds or replaces one document. Raises UnreadableError when ``text`` is blank."""
        return self.add([(key, from_string(title, text, media_type))])

    def remove(self, key: str) -> None:
        """Removes a document; no later search finds it, anywhere. Raises UnknownDocumentError."""
        with self._written() as catalogue, catalogue.writing():
            removed = catalogue.remove([key])
        if not removed:
            raise UnknownDocumentError(
                f"there is no document with the key {key}; `rag documents` lists what there is"
            )
        self._after_writing(Tally(removed=removed))

    # Hits and documents come out

    def search(
        self,
        question: str,
        *,
        limit: int = 10,
        per_document: int | None = None,
        fusion: Fuses = DEFAULT_FUSION,
    ) -> list[Hit]:
        """The best ``limit`` hits, best first; at most ``per_document`` from each document."""
        question = normalise(question).strip()
        if not question:
            return []
        limit_found = max(limit, RERANKED) if self._reranker else limit
        with self._ranked(question, max(DEPTH, limit_found)) as (catalogue, found):
            hits = find(
                catalogue, found, limit=limit_found, per_document=per_document, fusion=fusion
            )
        if self._reranker:  # others may search while it reads
            hits[:RERANKED] = reranked(self._reranker, question, hits[:RERANKED])
        return hits[:limit]

    def rankings(self, question: str, depth: int) -> dict[str, Ranking]:
        """What ``search`` fuses: the best ``depth`` chunks by meaning and by words, with scores."""
        with self._ranked(normalise(question).strip(), depth) as (_, found):
            return found

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks with these ids, as far as they are still there."""
        with self._read() as catalogue:
            return catalogue.chunks(chunk_ids)

    def documents(self) -> list[DocumentSummary]:
        """All documents without their texts, in the order of their keys."""
        with self._read() as catalogue:
            return catalogue.documents()

    def size(self) -> Size:
        """How much is indexed."""
        with self._read() as catalogue:
            documents, chunks = catalogue.counts()
        return Size(documents, chunks, sum(map(_bytes, self.folder.glob("*"))))

    def failures(self) -> list[tuple[str, str]]:
        """The keys of what could not be loaded when it was last tried, each with the reason."""
        with self._read() as catalogue:
            return [failure for file in catalogue.files().values() for failure in file.failures]

    def document(self, document_id: int) -> Document:
        """A document by the id that its chunks bear. Raises UnknownDocumentError.

        An id always means the same text: a changed document has a new one.
        """
        with self._read() as catalogue:
            if not catalogue.has_document(document_id):
                self._cached_document.cache_clear()
            return self._cached_document(document_id)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The embedder's vectors: float32 of shape ``(len(texts), dimension)``, each normalised."""
        return self._embedder.encode(texts)

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as the embedder sees it."""
        return len(self._embedder.token_starts(text))

    @property
    def commit(self) -> int:
        """The number of the newest commit: it grows whenever a search may find something else."""
        with self._read() as catalogue:
            return catalogue.commit().number

    def close(self) -> None:
        """Closes the files; the index cannot be used afterwards."""
        with self._writing, self._reading:
            self._words.close()
            self._catalogue.close()
            if self._writer is not None:
                self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _ranked(self, question: str, depth: int) -> Iterator[tuple[Catalogue, dict[str, Ranking]]]:
        """The rankings of a question, and the state of the catalogue that they were made in."""
        words_of = self._words.begin(question, depth)
        vector = self.encode([question])[0]
        with self._read() as catalogue:
            yield catalogue, rankings(catalogue, self._current_vectors(), vector, words_of, depth)

    @contextmanager
    def _read(self) -> Iterator[Catalogue]:
        with self._reading, self._catalogue.reading():
            yield self._catalogue

    @contextmanager
    def _written(self) -> Iterator[Catalogue]:
        with self._writing:
            if self._writer is None:
                vector_file.remove_left_behind(self.folder)
                self._writer = Catalogue(self.folder)
                self._writer.hold_to(self._settings)
            yield self._writer

    def _current_vectors(self) -> Vectors:
        """The vectors of the state that is being read."""
        dimension, tell = self._embedder.dimension, self._on_building
        if self._vectors is None:
            self._vectors = load_vectors(self.folder, self._catalogue, dimension, tell)
            self._vectors.save(self.folder, self._catalogue, tell)
        elif not self._vectors.catch_up(self._catalogue):
            self._vectors = build_vectors(self._catalogue, dimension, tell)
        return self._vectors

    def _after_writing(self, tally: Tally) -> None:
        if tally.added or tally.updated or tally.removed:
            with self._read() as catalogue:
                self._current_vectors().save(self.folder, catalogue, self._on_building)


def _keys(files: Iterable[Path]) -> list[str]:
    """The keys of the files whose names are text; the others are no documents."""
    keys = []
    for path in files:
        with suppress(DocumentError):
            keys.append(key_of(path))
    return keys


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # replaced by a newer one in this instant
        return 0


def _create(folder: Path, settings: Settings) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexingError(
            f"the folder {folder} cannot be made ({error.strerror}); choose another"
        ) from error
    Catalogue.create(folder, settings).close()


def _check_same(folder: Path, made_with: Settings, wanted: Settings) -> None:
    new = wanted.as_dict()
    differing = [
        f"{name} {old}, not {new[name]}"
        for name, old in made_with.as_dict().items()
        if old != new[name]
    ]
    if differing:
        raise IndexMismatchError(
            f"the index in {folder} was made with {' and '.join(differing)}; use it as it was "
            f"made, or make it anew from its stored texts with `rag reindex --collection "
            f"{folder.name} --embedder {wanted.embedder}`"
        )
