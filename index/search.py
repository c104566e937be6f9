"""Hybrid search: a dense ranking and a keyword ranking, fused into hits.

Knows no embedder, only the question's vector, and no model that writes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.fold import expressions
from index.types import Hit
from index.vectors import Vectors, scored
from index.words import joined_words, written_words
from rag.language import FUNCTION_WORDS

DENSE, WORDS = "dense", "words"  # the names of the rankings in ``Hit.ranks``

Ranking = Sequence[tuple[int, float]]  # ids of chunks with their scores, best first

_CLAUSE = re.compile(r"(?<!\d)\d+(?:\.\d+)+", re.ASCII)
_MAX_WORDS = 48  # of a pasted page
_MAX_JOINED = 12  # pairs of its words, that some write as one
# FTS5 takes 1 to 2 µs to rank a chunk. Of 134,000 chunks of English, the rarest words that are in
# 1,000 chunks find what all words find but for 3 points of nDCG@10, ten times as fast.
_RANKED_CHUNKS = 10_000
_FREQUENT_CHUNKS = 30_000  # a word in more chunks is dropped; counting up to here takes 2 ms
DEPTH = 100  # hits of each ranking; 50 measured a little worse, 200 no better


Fused = list[tuple[int, float, dict[str, int]]]  # ids of chunks, scores and ranks, best first


class Fuses(Protocol):
    """Fuses several rankings into one."""

    def fuse(self, rankings: Mapping[str, Ranking]) -> Fused:
        """Return chunk ids with score and ranks (from 1), best first, ties by id."""
        ...


@dataclass(frozen=True, slots=True)
class Fusion:
    """Reciprocal rank fusion: a chunk's score is the sum of ``weight / (k + rank)``.

    See Cormack, Clarke and Büttcher, SIGIR 2009. A ranking without a weight has weight 1.
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
    """Score fusion: a chunk's score is the sum of its scores, each divided by the ranking's best.

    Unlike ranks, scores keep the distance between two chunks. ``words`` is the weight of the
    keyword ranking: with more, questions that paraphrase the document lose most.
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
UNREAD_FUSION: Fuses = ScoreSum(words=4.0)  # of a question whose words the embedder does not know


def find(
    catalogue: Catalogue,
    of_question: Mapping[str, Ranking],
    *,
    limit: int,
    per_document: int | None = None,
    fusion: Fuses = DEFAULT_FUSION,
) -> list[Hit]:
    """Fuse the rankings of a question and return the best ``limit`` hits.

    At most ``per_document`` of them come from one document. Call it inside the
    ``catalogue.reading()`` in which the rankings were made.
    """
    ranked = fusion.fuse(of_question)
    if per_document is not None:
        of = catalogue.document_ids([chunk_id for chunk_id, *_ in ranked])
        ranked = capped(ranked, of, per_document)
    chunks = catalogue.all_chunks([chunk_id for chunk_id, *_ in ranked[:limit]])
    found = zip(chunks, ranked[:limit], strict=True)
    return [Hit(chunk, score, ranks) for chunk, (_, score, ranks) in found]


def ranked_by_words(catalogue: Catalogue, question: str, depth: int) -> Ranking:
    """Return the best ``depth`` chunks by keywords. Call it inside ``catalogue.reading()``."""
    counter = catalogue.word_counter(_FREQUENT_CHUNKS)
    expression = match_expression(question, counter, catalogue.languages())
    return catalogue.ranked_by_words(expression, depth) if expression else []


def rankings(
    catalogue: Catalogue,
    vectors: Vectors,
    vector: NDArray[np.float32],
    keyword_ranking: Callable[[Catalogue], Ranking],
    depth: int,
) -> dict[str, Ranking]:
    """Return the dense ranking and the keyword ranking of a question, each the best ``depth``.

    ``vector`` is the question's, of shape ``(dimension,)``; ``keyword_ranking`` returns the keyword
    ranking for the catalogue's state. What only that ranking holds is added to the dense one with
    its score, so that its similarity counts too. Call it inside ``catalogue.reading()`` with
    ``vectors`` of the same commit.
    """
    dense = vectors.search(catalogue, vector, depth)
    by_words = keyword_ranking(catalogue)
    missing = {chunk_id for chunk_id, _ in by_words} - {chunk_id for chunk_id, _ in dense}
    dense += scored(catalogue, sorted(missing), vector)
    return {DENSE: sorted(dense, key=lambda pair: (-pair[1], pair[0])), WORDS: by_words}


def match_expression(
    question: str, chunks_with: Callable[[str], int], languages: Sequence[str] = ("",)
) -> str:
    """Return an FTS5 expression that matches any of the question's words; "" if it has none.

    ``chunks_with`` counts the chunks that an expression matches. Where the words are in very many,
    a chunk must contain one of the rarest, or two of its words written as one, and the others only
    affect its rank; words in nearly all chunks are dropped. Stop words are dropped unless there are
    no others. Each word is sought in the form that documents in one of ``languages`` have it in.

    Any string is safe: the expression holds only letters and digits, each word in quotes.
    """
    written = written_words(question)
    wanted = [word for word in written if word not in FUNCTION_WORDS] or written
    # FTS5 would take Berlin's as a phrase of two words, which no other form of Berlin matches.
    distinct = dict.fromkeys(word.removesuffix("'s") for word in wanted)
    found = (
        f"({each})" if " OR " in each else each
        for word in distinct
        for each in expressions(word, languages)
    )
    # "2.2" is two words; together they are the number of one clause, and far rarer.
    clauses = (f'"{match[0].replace(".", " ")}"' for match in _CLAUSE.finditer(question))
    every = dict.fromkeys((*clauses, *found))
    counts = {each: chunks_with(each) for each in list(every)[:_MAX_WORDS]}
    # "deep sleep" is "deepsleep" to some who write.
    as_one = [
        expression
        for word in islice(joined_words(question), _MAX_JOINED)
        for expression in expressions(word, languages)
        if 0 < chunks_with(expression) <= _RANKED_CHUNKS
    ]
    return " OR ".join(filter(None, (_expression(counts, chunks_with), *as_one)))


def _expression(counts: Mapping[str, int], chunks_with: Callable[[str], int]) -> str:
    if not counts:
        return ""
    if sum(counts.values()) <= _RANKED_CHUNKS:
        return " OR ".join(counts)
    finding = _rarest(counts)
    if counts[finding[0]] > _RANKED_CHUNKS and chunks_with(together := " AND ".join(counts)):
        return together
    ranking = [word for word in counts if word in finding or counts[word] < _FREQUENT_CHUNKS]
    return f"({' OR '.join(finding)}) AND ({' OR '.join(ranking)})"


def _rarest(counts: Mapping[str, int]) -> list[str]:
    """Return the rarest words, as many as match few enough chunks to rank; at least one."""
    by_rarity = sorted(counts, key=counts.__getitem__)
    found = accumulate(counts[word] for word in by_rarity)
    few = [word for word, sum_ in zip(by_rarity, found, strict=True) if sum_ <= _RANKED_CHUNKS]
    return few or by_rarity[:1]


def capped(
    ranked: Fused,
    document_of: Mapping[int, int],
    per_document: int,
) -> Fused:
    """Return the fused ranking with at most ``per_document`` chunks of one document."""
    taken: Counter[int] = Counter()
    kept = []
    for entry in ranked:
        document_id = document_of[entry[0]]
        if taken[document_id] < per_document:
            taken[document_id] += 1
            kept.append(entry)
    return kept
