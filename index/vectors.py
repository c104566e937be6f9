"""Dense search: a FAISS index derived from the catalogue, which may be lost at any time.

Knows no text and no embedder. Up to ``FLAT_LIMIT`` chunks the index is flat and therefore exact:
nothing measured was faster at the same recall. Beyond that, an inverted index proposes candidates,
which are scored exactly with the catalogue's vectors. The inverted index is mapped from its file
and never changed: newer vectors are kept in a flat index beside it and removed ones are filtered
out, until so much has changed that a new file is written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index import inverted, vector_file
from index.catalogue import Catalogue
from index.inverted import OnBuilding
from index.records import Commit

if TYPE_CHECKING:
    import faiss

_log = logging.getLogger(__name__)
FLAT_LIMIT = 50_000  # chunks: 20 ms a question on one core; the inverted index takes 1 to 2 ms
_RESAVE_SHARE = 0.1  # of the vectors changed: until then catching up costs less than writing all
_RESAVE_MOST = 20_000  # changes: more would make opening and searching slow
_BEST = 10  # the recall that is promised


class Vectors:
    """The vectors of all chunks as of ``commit``, searched by inner product.

    ``recent`` is flat and holds what ``base``, an inverted index, does not; without a base it holds
    everything. ``path`` is the file that the base is mapped from, None while it is in memory.
    """

    def __init__(
        self,
        recent: faiss.IndexIDMap2,
        commit: Commit,
        unsaved: int,
        base: faiss.IndexIVF | None = None,
        path: Path | None = None,
    ) -> None:
        self._recent = recent
        self.commit = commit
        self._unsaved = unsaved
        self._gone: set[int] = set()  # ids that the base may hold and the catalogue does not
        self._filter: faiss.IDSelector | None = None  # leaves out the same ids
        self._set_base(base, path)

    @property
    def is_exact(self) -> bool:
        """Whether every chunk is compared with the question."""
        return self._base is None

    def search(
        self, catalogue: Catalogue, vector: NDArray[np.float32], limit: int
    ) -> list[tuple[int, float]]:
        """Return ids and inner products of the nearest chunks, best first, ties by id.

        ``vector`` has the shape ``(dimension,)``; ``catalogue`` is at the same commit.
        """
        found = self._searched_recent(vector, limit)
        if self._base is not None:
            count = max(inverted.CANDIDATES, 2 * limit)
            proposed = inverted.propose(self._base, vector, count, self._filter)
            found += scored(catalogue, proposed, vector)
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:limit]

    def catch_up(self, catalogue: Catalogue) -> bool:
        """Apply the commits since ``commit``; return False when the index must be rebuilt instead.

        That is when the log does not reach back that far, or when applying the changes would take
        more memory than rebuilding.
        """
        commit = catalogue.commit()
        if commit == self.commit:
            return True
        if not catalogue.knows(self.commit) or catalogue.count_changes(self.commit) > FLAT_LIMIT:
            return False
        added, removed = catalogue.changes_since(self.commit)
        if removed:
            self._recent.remove_ids(_selector(removed))
            if self._base is not None:
                self._gone.update(removed)
                self._filter = _all_but(self._gone)
        if added:
            ids, vectors = catalogue.vectors(added)
            self._recent.add_with_ids(vectors, ids)
        self.commit = commit
        self._unsaved += len(added) + len(removed)
        return True

    def save(
        self, folder: Path, catalogue: Catalogue, on_building: OnBuilding | None = None
    ) -> None:
        """Write the file for this commit if enough has changed, and remove older ones.

        A folder that is not writable is no error, because a missing file only costs time: the next
        attempt follows after as many changes again. ``catalogue`` is at the same commit.
        """
        if self._unsaved == 0 or self._unsaved < min(_RESAVE_SHARE * self._size(), _RESAVE_MOST):
            return
        self._merge(catalogue, on_building)
        self._unsaved = 0
        index = self._recent if self._base is None else self._base
        try:
            path = vector_file.write(folder, index, self.commit)
        except OSError as error:
            _log.info("vectors are kept in memory only: %s", error)
            return
        if self._base is not None and (written := _loaded(path, int(self._recent.d))):
            self._set_base(written._base, path)  # mapped: its memory is given back

    def _merge(self, catalogue: Catalogue, on_building: OnBuilding | None) -> None:
        """Merge all into one index: afterwards ``recent`` is empty or there is no base."""
        chunks, _ = catalogue.extent()
        if self._base is None and chunks <= FLAT_LIMIT:
            return
        base = self._changeable_base()
        if base is None or chunks <= FLAT_LIMIT or inverted.outgrown(base, chunks):
            anew = build_vectors(catalogue, int(self._recent.d), on_building)
            self._recent, base = anew._recent, anew._base
        else:
            base.remove_ids(_selector(self._gone))
            if recent := _ids(self._recent):
                ids, vectors = catalogue.vectors(recent)
                base.add_with_ids(vectors, ids)
            self._recent = _flat(int(self._recent.d))
        self._set_base(base, None)

    def _set_base(self, base: faiss.IndexIVF | None, path: Path | None) -> None:
        self._base = base
        self._path = path
        self._gone = set()
        self._filter = None

    def _changeable_base(self) -> faiss.IndexIVF | None:
        """Return the base in memory, because a mapped one cannot be changed."""
        import faiss

        if self._path is None:
            return self._base
        try:
            index = faiss.read_index(str(self._path))
        except RuntimeError:  # another process has put a newer file in its place
            return None
        return index if isinstance(index, faiss.IndexIVF) else None

    def _searched_recent(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        count = min(limit, int(self._recent.ntotal))
        if count < 1:
            return []
        scores, ids = self._recent.search(vector.reshape(1, -1), count)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i != -1]

    def _size(self) -> int:
        """Return the number of vectors, including those that are filtered out."""
        return int(self._recent.ntotal) + (int(self._base.ntotal) if self._base is not None else 0)


def load_vectors(
    folder: Path, catalogue: Catalogue, dimension: int, on_building: OnBuilding | None = None
) -> Vectors:
    """Return the vectors of the newest commit, from the newest sound file or from the catalogue.

    Call it inside ``catalogue.reading()``.
    """
    for path in vector_file.files(folder):
        vectors = _loaded(path, dimension)
        if vectors is not None and vectors.catch_up(catalogue):
            return vectors
    return build_vectors(catalogue, dimension, on_building)


def build_vectors(
    catalogue: Catalogue, dimension: int, on_building: OnBuilding | None = None
) -> Vectors:
    """Build the vectors of the newest commit from the catalogue.

    ``on_building`` is called with the progress of an inverted index, which takes a minute for a
    million vectors.
    """
    chunks, _ = catalogue.extent()
    recent, base = _flat(dimension), None
    if chunks > FLAT_LIMIT:
        _log.info("building the index of %d vectors", chunks)
        base = inverted.build(catalogue, dimension, chunks, on_building)
    else:
        for ids, vectors in catalogue.vector_blocks():
            recent.add_with_ids(vectors, ids)
    return Vectors(recent, catalogue.commit(), unsaved=chunks, base=base)


def measured_recall(catalogue: Catalogue, vectors: Vectors, questions: int = 50) -> float:
    """Return the share of the ten nearest chunks that a search finds, over sample questions.

    The sample questions are made from stored vectors, each as far from its chunk as real questions
    are. Reads all vectors when the index is not exact: some seconds for a million. Call it inside
    ``catalogue.reading()`` with ``vectors`` of the same commit.
    """
    if vectors.is_exact:
        return 1.0
    nearest = inverted.Nearest(inverted.sample_questions(catalogue, questions), _BEST)
    for ids, block in catalogue.vector_blocks():
        nearest.see(ids, block)
    return nearest.recall_of_scores(
        [
            [score for _, score in vectors.search(catalogue, question, _BEST)]
            for question in nearest.questions
        ]
    )


def scored(
    catalogue: Catalogue, chunk_ids: Sequence[int], vector: NDArray[np.float32]
) -> list[tuple[int, float]]:
    """Return the chunks that the catalogue holds, with their exact inner products."""
    ids, vectors = catalogue.vectors(chunk_ids)
    return list(zip(ids.tolist(), (vectors @ vector).tolist(), strict=True)) if len(ids) else []


def _loaded(path: Path, dimension: int) -> Vectors | None:
    import faiss

    read = vector_file.read(path)
    if read is None:
        return None
    index, commit = read
    if isinstance(index, faiss.IndexIVF):
        return Vectors(_flat(dimension), commit, 0, index, path)
    return Vectors(index, commit, 0) if isinstance(index, faiss.IndexIDMap2) else None


def _flat(dimension: int) -> faiss.IndexIDMap2:
    import faiss

    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _selector(ids: Iterable[int]) -> faiss.IDSelectorBatch:
    import faiss

    return faiss.IDSelectorBatch(np.fromiter(ids, dtype=np.int64))


def _all_but(ids: Iterable[int]) -> faiss.IDSelector:
    import faiss

    return faiss.IDSelectorNot(_selector(ids))


def _ids(index: faiss.IndexIDMap2) -> list[int]:
    import faiss

    return [int(i) for i in faiss.vector_to_array(index.id_map)]
