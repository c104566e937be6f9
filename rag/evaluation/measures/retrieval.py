"""Measures of finding: was the right document, the right sentence, the right text found?

Rankings are document ids, best first. Relevance is binary. A measure is None where it is not
defined (nothing is relevant), so that such a question is left out of an average instead of
counting as a failure. Knows nothing of the index or of how the ranking came about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import log2
from typing import NamedTuple

from rag.evaluation.measures.spans import DocumentSpan, union

# Sentences are shown without the white space between them (" " or "\n\n"); a gap of two characters
# cannot hide a word, which would need a space on either side of it.
SENTENCE_GAP = 2

_WORD = re.compile(r"\w+")


def first_occurrences(ranked: Iterable[str]) -> list[str]:
    """The ids in order, each at its best rank only: chunks of one document become one document."""
    return list(dict.fromkeys(ranked))


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """Recall at ``k``: the share of the relevant documents that stand among the first ``k``.

    trec_eval's ``recall_k`` (``R@k``). None when nothing is relevant.
    """
    wanted = set(relevant)
    if not wanted:
        return None
    return len(wanted.intersection(first_occurrences(ranked)[:k])) / len(wanted)


def ndcg(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float | None:
    """Normalised discounted cumulative gain at ``k`` for binary relevance.

    DCG = sum of 1 / log2(rank + 1) over the relevant among the first ``k`` (Järvelin and
    Kekäläinen 2002, as in trec_eval's ``ndcg_cut_k``), divided by the DCG of a perfect ranking.
    None when nothing is relevant.
    """
    wanted = set(relevant)
    if not wanted:
        return None
    ranks = _relevant_ranks(ranked, wanted, k)
    return _gain(ranks) / _gain(range(1, min(len(wanted), k) + 1))


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float | None:
    """1 / rank of the first relevant document among the first ``k``, 0 when there is none.

    Its mean over questions is MRR@k (Voorhees 1999). None when nothing is relevant.
    """
    wanted = set(relevant)
    if not wanted:
        return None
    return next((1 / rank for rank in _relevant_ranks(ranked, wanted, k)), 0.0)


def _relevant_ranks(ranked: Iterable[str], relevant: set[str], k: int) -> Iterator[int]:
    first = first_occurrences(ranked)[:k]
    return (rank for rank, document in enumerate(first, start=1) if document in relevant)


def _gain(ranks: Iterable[int]) -> float:
    return sum(1 / log2(rank + 1) for rank in ranks)


def evidence_recall(gold: Sequence[DocumentSpan], shown: Sequence[DocumentSpan]) -> float | None:
    """Whether the model was shown the evidence: 1.0 or 0.0 for one question.

    Gold spans are alternatives of one answer: one of them, lying wholly inside the union of the
    shown spans, is enough. Shown spans at most ``SENTENCE_GAP`` characters apart count as joined.
    None without gold spans.
    """
    if not gold:
        return None
    covered = union(shown, bridge=SENTENCE_GAP)
    return float(any(span.contains(wanted) for wanted in gold for span in covered))


class TokenOverlap(NamedTuple):
    """Shares in [0, 1] of word tokens; see ``token_overlap``."""

    precision: float
    recall: float
    iou: float


def token_overlap(
    gold: Sequence[DocumentSpan], retrieved: Sequence[DocumentSpan], texts: Mapping[str, str]
) -> TokenOverlap | None:
    r"""How exactly the retrieved chunks cover the gold spans, in word tokens (``\w+``).

    The definitions of Chroma's "Evaluating Chunking Strategies for Retrieval" (Smith and Troynikov
    2024), with g the gold tokens, r the retrieved tokens and b the tokens in both:

        precision = b / r        recall = b / g        iou = b / (g + r - b)

    A token is a place in a document, so the same word elsewhere is another token. g and b count
    each place once. r counts a place once for every retrieved chunk that covers it, so that
    overlapping chunks cost precision and iou. A token belongs to the span in which it begins, so
    that adjacent chunks never share one. ``texts`` maps document ids to texts; a span of a document
    that it lacks raises KeyError. None when the gold spans hold no token; all three are 0.0 when
    nothing was retrieved.
    """
    wanted = set(_tokens(gold, texts))
    if not wanted:
        return None
    counts = Counter(_tokens(retrieved, texts))
    both, total = len(wanted & counts.keys()), counts.total()
    precision = both / total if total else 0.0
    return TokenOverlap(precision, both / len(wanted), both / (len(wanted) + total - both))


def _tokens(spans: Iterable[DocumentSpan], texts: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """(document, offset) of each word that begins within a span, once for each such span."""
    for document, start, end in spans:
        for word in _WORD.finditer(texts[document], _word_start(texts[document], start), end):
            yield document, word.start()


def _word_start(text: str, start: int) -> int:
    """``start``, or past the word in the middle of which it falls."""
    if start == 0 or not _WORD.match(text, start - 1):
        return start
    inside = _WORD.match(text, start)
    return inside.end() if inside else start
