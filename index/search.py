"""Search: a ranking by meaning and one by words, fused into hits.

Knows no embedder (it is given the question's vector) and no model that writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.types import Hit
from index.vectors import Vectors, scored
from index.words import content_words, words

DENSE, WORDS = "dense", "words"  # the names of the rankings in ``Hit.ranks``

Ranking = Sequence[tuple[int, float]]  # ids of chunks with their scores, best first

_MAX_WORDS = 48  # of a pasted page
# FTS5 takes 1 to 2 µs to rank a chunk. Of 134,000 chunks of English, the rarest words that are in
# 1,000 chunks find what all words find but for 3 points of nDCG@10, ten times as fast.
_RANKED_CHUNKS = 10_000
_TELLING_CHUNKS = 30_000  # a word in more than these ranks nothing; counting so far takes 2 ms
DEPTH = 100  # hits of each ranking; 50 measured a little worse, 200 no better


Fused = list[tuple[int, float, dict[str, int]]]  # ids of chunks, scores and ranks, best first


class Fuses(Protocol):
    """How several rankings become one."""

    def fuse(self, rankings: Mapping[str, Ranking]) -> Fused:
        """Chunk ids with score and ranks (from 1), best first, ties by id."""
        ...


@dataclass(frozen=True, slots=True)
class Fusion:
    """By ranks alone: a chunk's score is the sum of ``weight / (k + rank)``.

    Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) with weights, 1 for names that
    have none.
    """

    k: float = 10.0
    weights: Mapping[str, float] | None = None

    def fuse(self, rankings: Mapping[str, Ranking]) -> Fused:
        """See ``Fuses.fuse``."""
        weights = self.weights or {}
        return _summed(
            {
                name: [(i, weights.get(name, 1.0) / (self.k + n)) for n, (i, _) in enumerate(r, 1)]
                for name, r in rankings.items()
            }
        )


@dataclass(frozen=True, slots=True)
class ScoreSum:
    """By scores: a chunk's score is the sum of its scores as shares of each ranking's best.

    How far apart two chunks are counts, not only which is before the other. The words' share is
    weighted: with more, questions in other words than the document's lose most.
    """

    words: float = 0.75

    def fuse(self, rankings: Mapping[str, Ranking]) -> Fused:
        """See ``Fuses.fuse``."""
        return _summed(
            {
                name: _shares(ranking, self.words if name == WORDS else 1.0)
                for name, ranking in rankings.items()
            }
        )


def _shares(ranking: Ranking, weight: float) -> Ranking:
    best = max((score for _, score in ranking), default=0.0)
    return [(chunk_id, weight * score / best if best > 0 else 0.0) for chunk_id, score in ranking]


def _summed(rankings: Mapping[str, Ranking]) -> Fused:
    ranks: dict[int, dict[str, int]] = {}
    sums: dict[int, float] = {}
    for name, ranking in rankings.items():
        for rank, (chunk_id, score) in enumerate(ranking, 1):
            ranks.setdefault(chunk_id, {})[name] = rank
            sums[chunk_id] = sums.get(chunk_id, 0.0) + score
    fused = [(chunk_id, sums[chunk_id], of) for chunk_id, of in ranks.items()]
    return sorted(fused, key=lambda entry: (-entry[1], entry[0]))


DEFAULT_FUSION: Fuses = ScoreSum()  # measured beside others: docs/results/retrieval.md


def find(
    catalogue: Catalogue,
    of_question: Mapping[str, Ranking],
    *,
    limit: int,
    per_document: int | None = None,
    fusion: Fuses = DEFAULT_FUSION,
) -> list[Hit]:
    """The best ``limit`` hits of the rankings of a question.

    ``per_document`` caps how many of them come from one document. To be called inside the
    ``catalogue.reading()`` that the rankings were made in.
    """
    ranked = fusion.fuse(of_question)
    if per_document is not None:
        of = catalogue.document_ids([chunk_id for chunk_id, *_ in ranked])
        ranked = capped(ranked, of, per_document)
    chunks = catalogue.chunks([chunk_id for chunk_id, *_ in ranked[:limit]])
    return [Hit(chunks[chunk_id], score, ranks) for chunk_id, score, ranks in ranked[:limit]]


def ranked_by_words(catalogue: Catalogue, question: str, depth: int) -> Ranking:
    """The best ``depth`` chunks by words. To be called inside ``catalogue.reading()``."""
    expression = match_expression(question, catalogue.word_counter(_TELLING_CHUNKS))
    return catalogue.ranked_by_words(expression, depth) if expression else []


def rankings(
    catalogue: Catalogue,
    vectors: Vectors,
    vector: NDArray[np.float32],
    keyword_ranking: Callable[[Catalogue], Ranking],
    depth: int,
) -> dict[str, Ranking]:
    """The best ``depth`` chunks by meaning, for a question's ``vector`` of shape ``(dimension,)``,
    and by words, as ``keyword_ranking`` returns them for the same state of the catalogue.

    Those by meaning are followed by the best by words that are not among them: how near a chunk is
    counts also where others are nearer. To be called inside ``catalogue.reading()`` with
    ``vectors`` of the same commit.
    """
    dense = vectors.search(catalogue, vector, depth)
    by_words = keyword_ranking(catalogue)
    missing = {chunk_id for chunk_id, _ in by_words} - {chunk_id for chunk_id, _ in dense}
    dense += scored(catalogue, sorted(missing), vector)
    return {DENSE: sorted(dense, key=lambda pair: (-pair[1], pair[0])), WORDS: by_words}


def match_expression(question: str, chunks_with: Callable[[str], int]) -> str:
    """An FTS5 expression for any of the question's words, or "" if it has none.

    ``chunks_with`` counts the chunks that an expression finds. Where the words are in very many, a
    chunk must hold one of the rarest, and the others only rank it; words in nearly all are dropped.

    Any string is safe: only letters and digits get into the expression, each word in quotes. Stop
    words are dropped unless there is nothing else.
    """
    telling = content_words(question) or words(question)
    # FTS5 would take Berlin's as a phrase of two words, which no other form of Berlin matches.
    distinct = list(dict.fromkeys(word.removesuffix("'s") for word in telling))[:_MAX_WORDS]
    counts = {f'"{word}"': chunks_with(f'"{word}"') for word in distinct}
    if sum(counts.values()) <= _RANKED_CHUNKS:
        return " OR ".join(counts)
    finding = _rarest(counts)
    if counts[finding[0]] > _RANKED_CHUNKS and chunks_with(together := " AND ".join(counts)):
        return together
    ranking = [word for word in counts if word in finding or counts[word] < _TELLING_CHUNKS]
    return f"({' OR '.join(finding)}) AND ({' OR '.join(ranking)})"


def _rarest(counts: Mapping[str, int]) -> list[str]:
    """The words that are in few chunks, as many as may be ranked; at least one."""
    by_rarity = sorted(counts, key=counts.__getitem__)
    found = accumulate(counts[word] for word in by_rarity)
    few = [word for word, sum_ in zip(by_rarity, found, strict=True) if sum_ <= _RANKED_CHUNKS]
    return few or by_rarity[:1]


def capped(
    ranked: Fused,
    document_of: Mapping[int, int],
    per_document: int,
) -> Fused:
    """What was fused without what is beyond ``per_document`` chunks of one document."""
    taken: Counter[int] = Counter()
    kept = []
    for entry in ranked:
        document_id = document_of[entry[0]]
        if taken[document_id] < per_document:
            taken[document_id] += 1
            kept.append(entry)
    return kept
