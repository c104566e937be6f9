"""Search: a ranking by meaning and one by words, fused by rank into hits.

Knows no embedder (it is given the question's vector) and no model that writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.types import Hit
from index.vectors import Vectors
from index.words import content_words, words

DENSE, WORDS = "dense", "words"  # the names of the rankings in ``Hit.ranks``

_MAX_WORDS = 48  # of a pasted page; each word of an OR costs about 4 ms on 100,000 chunks
_DEPTH = 50  # hits of each ranking: nDCG@10 on SciFact .698 with 20, .702 with 50, .700 with 200


@dataclass(frozen=True, slots=True)
class Fusion:
    """How two rankings become one: a chunk's score is the sum of ``weight / (k + rank)``.

    Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) with weights.
    """

    k: float = 10.0  # nDCG@10 on SciFact .702; their 60, which flattens the ranks, .687
    # By name, 1 for the others: equal weights measured best on SciFact.
    weights: Mapping[str, float] | None = None

    def fuse(
        self, rankings: Mapping[str, Sequence[int]]
    ) -> list[tuple[int, float, dict[str, int]]]:
        """Chunk ids with score and ranks (from 1), best first, ties by id."""
        ranks: dict[int, dict[str, int]] = {}
        for name, ranking in rankings.items():
            for rank, chunk_id in enumerate(ranking, 1):
                ranks.setdefault(chunk_id, {})[name] = rank
        fused = [(chunk_id, self._score(of), of) for chunk_id, of in ranks.items()]
        return sorted(fused, key=lambda entry: (-entry[1], entry[0]))

    def _score(self, ranks: Mapping[str, int]) -> float:
        weights = self.weights or {}
        return sum(weights.get(name, 1.0) / (self.k + rank) for name, rank in ranks.items())


DEFAULT_FUSION = Fusion()


def find(
    catalogue: Catalogue,
    vectors: Vectors,
    question: str,
    vector: NDArray[np.float32],
    *,
    limit: int,
    per_document: int | None = None,
    fusion: Fusion = DEFAULT_FUSION,
) -> list[Hit]:
    """The best ``limit`` hits for a question and its ``vector`` of shape ``(dimension,)``.

    ``per_document`` caps how many of them come from one document. To be called inside
    ``catalogue.reading()`` with ``vectors`` of the same commit.
    """
    depth = max(_DEPTH, limit)
    expression = match_expression(question)
    ranked = fusion.fuse(
        {
            DENSE: vectors.search(vector, depth)[0],
            WORDS: catalogue.ranked_by_words(expression, depth) if expression else [],
        }
    )
    if per_document is not None:
        of = catalogue.document_ids([chunk_id for chunk_id, *_ in ranked])
        ranked = _capped(ranked, of, per_document)
    chunks = catalogue.chunks([chunk_id for chunk_id, *_ in ranked[:limit]])
    return [Hit(chunks[chunk_id], score, ranks) for chunk_id, score, ranks in ranked[:limit]]


def match_expression(question: str) -> str:
    """An FTS5 expression for any of the question's words, or "" if it has none.

    Any string is safe: only letters and digits get into the expression, each word in quotes. Stop
    words are dropped unless there is nothing else.
    """
    telling = content_words(question) or words(question)
    # FTS5 would take Berlin's as a phrase of two words, which no other form of Berlin matches.
    distinct = dict.fromkeys(word.removesuffix("'s") for word in telling)
    return " OR ".join(f'"{word}"' for word in list(distinct)[:_MAX_WORDS])


def _capped(
    ranked: Sequence[tuple[int, float, dict[str, int]]],
    document_of: Mapping[int, int],
    per_document: int,
) -> list[tuple[int, float, dict[str, int]]]:
    taken: Counter[int] = Counter()
    kept = []
    for entry in ranked:
        document_id = document_of[entry[0]]
        if taken[document_id] < per_document:
            taken[document_id] += 1
            kept.append(entry)
    return kept
