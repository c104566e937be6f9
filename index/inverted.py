"""An inverted FAISS index for many chunks: it proposes candidates, the caller scores them exactly.

The vectors are stored in lists around centroids, as codes of one byte per dimension; a search looks
through the nearest lists only. How many these are is chosen by measured recall. Vectors can be
added and removed while the index is in memory. Knows no files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue

if TYPE_CHECKING:
    import faiss

OnBuilding = Callable[[int, int], None]  # called with the numbers of vectors (added, in all)

CANDIDATES = 100  # scored exactly per question: 1 ms, and the codes lose none of the best ten
_LISTS_PER_ROOT = 2  # lists per square root of the number of chunks, as FAISS advises: 1 to 4
_TRAINED_ON = 40  # vectors per list: FAISS warns below 39
_ROUNDS = 8  # of k-means; more changed recall by less than its noise
_SAMPLE_QUESTIONS = 200  # so that the recall is known to about half a percent
_WANTED_RECALL = 0.985  # at ten, on the sample; 0.97 is promised
_BEST = 10
# The cosine of a sample question to the chunk that it is made of: that of 200 real questions to
# their nearest chunks was .69 in the middle. With .6, eight times as many lists would be needed.
_LIKENESS = 0.7
_EQUAL = 1e-5  # scores as near as that differ by rounding only
_SEED = 0  # the same catalogue gives the same index


def build(
    catalogue: Catalogue, dimension: int, chunks: int, on_building: OnBuilding | None = None
) -> faiss.IndexIVFScalarQuantizer:
    """Build the index of all vectors of the catalogue, which holds ``chunks`` chunks."""
    import faiss

    lists = int(_LISTS_PER_ROOT * chunks**0.5)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,  # codes of the vectors, not of their distances from the centroids
    )
    index.cp.niter = _ROUNDS
    index.cp.seed = _SEED
    index.cp.min_points_per_centroid = 1  # or FAISS prints a warning about few vectors
    report = on_building or _no_report
    report(0, chunks)
    index.train(sampled(catalogue, _TRAINED_ON * lists))
    nearest = Nearest(sample_questions(catalogue, _SAMPLE_QUESTIONS), _BEST)
    for ids, vectors in catalogue.vector_blocks():
        index.add_with_ids(vectors, ids)
        nearest.see(ids, vectors)
        report(int(index.ntotal), chunks)
    index.nprobe = _enough_probes(index, nearest)
    return index


def _no_report(done: int, total: int) -> None:
    pass


def outgrown(index: faiss.IndexIVF, chunks: int) -> bool:
    """Whether the index was built for far fewer chunks, so that its lists are too long now."""
    return chunks > 8 * (int(index.nlist) / _LISTS_PER_ROOT) ** 2  # 8 times: a question, 3 times


def propose(
    index: faiss.IndexIVF,
    vector: NDArray[np.float32],
    count: int,
    selector: faiss.IDSelector | None = None,
) -> list[int]:
    """Return the ids of the ``count`` best candidates, or as many as the searched lists hold."""
    import faiss

    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = int(index.nprobe)
    parameters.sel = selector
    _, ids = index.search(vector.reshape(1, -1), count, params=parameters)
    return [int(i) for i in ids[0] if i != -1]


def sampled(catalogue: Catalogue, count: int) -> NDArray[np.float32]:
    """Return about ``count`` vectors drawn at random, the same ones for the same catalogue."""
    chunks, highest = catalogue.extent()
    draws = min(highest, round(count * highest / max(1, chunks)))  # some ids are gone
    drawn = np.random.default_rng(_SEED).choice(highest, size=draws, replace=False) + 1
    return catalogue.vectors(drawn.tolist())[1]


def sample_questions(catalogue: Catalogue, count: int) -> NDArray[np.float32]:
    """Return vectors that stand for questions: as far from some chunk as real questions are."""
    vectors = sampled(catalogue, count)
    noise = np.random.default_rng(_SEED).standard_normal(vectors.shape).astype(np.float32)
    noise -= (noise * vectors).sum(axis=1, keepdims=True) * vectors
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return _LIKENESS * vectors + np.float32(1 - _LIKENESS**2) ** 0.5 * noise


class Nearest:
    """The exact ``count`` nearest chunks of each question, found in blocks of vectors."""

    def __init__(self, questions: NDArray[np.float32], count: int) -> None:
        self.questions = questions
        self._count = count
        self._scores = np.zeros((len(questions), 0), dtype=np.float32)
        self._ids = np.zeros((len(questions), 0), dtype=np.int64)

    def see(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Compare the questions with one more block of chunks."""
        scores = self.questions @ vectors.T
        best = _largest(scores, self._count)
        scores = np.hstack([self._scores, np.take_along_axis(scores, best, axis=1)])
        best_ids = np.hstack([self._ids, ids[best]])
        best = _largest(scores, self._count)
        self._scores = np.take_along_axis(scores, best, axis=1)
        self._ids = np.take_along_axis(best_ids, best, axis=1)

    def recall(self, proposed: NDArray[np.int64]) -> float:
        """Return the share of the nearest chunks that are among the ``proposed`` ids."""
        hits = sum(
            len(np.intersect1d(wanted, given))
            for wanted, given in zip(self._ids, proposed, strict=True)
        )
        return hits / self._ids.size if self._ids.size else 1.0

    def recall_of_scores(self, found: Sequence[Sequence[float]]) -> float:
        """Return the share of the nearest chunks that were ``found``, judged by exact scores.

        Copies of a text are equally near, so that finding any of them counts.
        """
        hits = sum(
            sum(score >= worst - _EQUAL for score in scores)
            for worst, scores in zip(self._scores.min(axis=1, initial=1.0), found, strict=True)
        )
        return hits / self._ids.size if self._ids.size else 1.0


def _largest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the columns of the ``count`` largest values of each row, in no order."""
    if scores.shape[1] <= count:
        return np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    return np.argpartition(-scores, count - 1, axis=1)[:, :count]


def _enough_probes(index: faiss.IndexIVF, nearest: Nearest) -> int:
    """Return the smallest power of two of lists that reaches the wanted recall."""
    probes = 8
    while probes < index.nlist:
        index.nprobe = probes
        if nearest.recall(index.search(nearest.questions, CANDIDATES)[1]) >= _WANTED_RECALL:
            break
        probes *= 2
    return min(probes, int(index.nlist))
