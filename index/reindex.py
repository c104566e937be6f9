"""Reindexing: chunks and embeds the stored texts again, with another embedder or chunking.

Knows no files but those of the index: the original documents need not exist any more.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from index.catalogue import Catalogue
from index.chunk import Chunking
from index.compact import compact_catalogue
from index.cut import cut
from index.embed import Embedder
from index.encoding import encoded
from index.errors import IndexingError, UnknownDocumentError
from index.index import DEFAULT_CHUNKING
from index.ingest import BATCH_CHUNKS, OnProgress, Progress, text_stamp
from index.inverted import OnBuilding
from index.load.base import LoadedDocument
from index.rebuild import Rebuild, exclusive
from index.records import IndexParameters, NewDocument
from index.vectors import build_vectors

_ROOM = 2  # times the size of the catalogue: the new chunks, and the copy when it is compacted


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What a reindex did.

    Of the ``documents``, ``resumed`` had been done before an interruption; ``chunks`` were embedded
    now. ``compacted`` is False when the space of the old chunks could not be given back.
    """

    documents: int
    resumed: int
    chunks: int
    compacted: bool


def reindex(
    folder: Path,
    embedder: Embedder,
    *,
    chunking: Chunking = DEFAULT_CHUNKING,
    on_progress: OnProgress | None = None,
    on_building: OnBuilding | None = None,
) -> ReindexReport:
    """Chunk and embed all documents of the index in ``folder`` again.

    The old chunks are searched until all new ones exist, also after an interruption; the next call
    with the same embedder continues from there. Raises NoIndexError, IndexMismatchError for a newer
    format, IndexLockedError when another process rebuilds or compacts the index, and IndexingError
    when there is not enough room on the disk.
    """
    with closing(Catalogue.existing(folder)) as catalogue, exclusive(folder):
        _require_room(catalogue.path)
        wanted = IndexParameters(embedder.name, embedder.dimension, asdict(chunking))
        run = _Run(catalogue, Rebuild(catalogue, wanted), embedder, chunking, on_progress)
        run.complete()
        compacted = _compacted(catalogue)
        with catalogue.reading():
            build_vectors(catalogue, embedder.dimension, on_building).save(folder, catalogue)
        return ReindexReport(run.total, run.resumed, run.chunks, compacted)


class _Run:
    """One reindex: does it batch by batch and reports its progress."""

    def __init__(
        self,
        catalogue: Catalogue,
        rebuild: Rebuild,
        embedder: Embedder,
        chunking: Chunking,
        on_progress: OnProgress | None,
    ) -> None:
        self._catalogue = catalogue
        self._rebuild = rebuild
        self._embedder = embedder
        self._chunking = chunking
        self._on_progress = on_progress
        self._name = ""
        self.total, _ = catalogue.counts()
        self.resumed = self._done = self.total - len(rebuild.missing())
        self.chunks = 0

    def complete(self) -> None:
        """Chunk and embed documents until none is missing, then switch to the new chunks."""
        while True:
            for batch in self._batches():
                self._make(batch)
            if self._rebuild.switch():
                return

    def _batches(self) -> Iterator[list[tuple[int, NewDocument]]]:
        batch: list[tuple[int, NewDocument]] = []
        for document_id in self._rebuild.missing():
            try:
                batch.append((document_id, self._cut(document_id)))
            except UnknownDocumentError:  # removed meanwhile
                continue
            if sum(len(document.chunks) for _, document in batch) >= BATCH_CHUNKS:
                yield batch
                batch = []
        if batch:
            yield batch

    def _cut(self, document_id: int) -> NewDocument:
        of = self._catalogue.document(document_id)
        self._name = of.title or of.key
        loaded = LoadedDocument(of.title, of.media_type, of.text, of.page_starts, of.headings)
        return cut(of.key, loaded, text_stamp(loaded), self._embedder, self._chunking)

    def _make(self, batch: list[tuple[int, NewDocument]]) -> None:
        vectors = encoded([document for _, document in batch], self._embedder, self._embedded)
        self._rebuild.put([(*each, of_each) for each, of_each in zip(batch, vectors, strict=True)])
        self._done += len(batch)
        self._embedded(0)

    def _embedded(self, chunks: int) -> None:
        self.chunks += chunks
        if self._on_progress is not None:
            share = min(1.0, self._done / max(1, self.total))
            self._on_progress(Progress(self._done, self.total, self._name, self.chunks, share))


def _compacted(catalogue: Catalogue) -> bool:
    """Give back the space of the old chunks; return whether that was possible."""
    try:
        compact_catalogue(catalogue)
    except IndexingError:
        return False
    return True


def _require_room(path: Path) -> None:
    needed, free = _ROOM * path.stat().st_size, shutil.disk_usage(path.parent).free
    if free < needed:
        raise IndexingError(
            f"a reindex needs {needed >> 20} MiB on the disk of {path.parent}, where "
            f"{free >> 20} MiB are free; make room, then run it again"
        )
