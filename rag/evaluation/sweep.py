"""Retrieval under many settings: chunk sizes, and ways to make one ranking of two.

A suite is indexed once for each chunking and both rankings of each question are asked for once;
all fusions are then computed over the same rankings, question by question, so that any two can be
compared pairwise. Knows no terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.chunk import Chunking
from index.embed import Embedder
from index.index import DEFAULT_CHUNKING, Index
from index.ingest import Progress
from index.search import (
    DEFAULT_FUSION,
    DENSE,
    WORDS,
    Fuses,
    Fusion,
    Ranking,
    ScoreSum,
    capped,
)
from index.types import Chunk, Hit
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset, Question
from rag.evaluation.intervals import bootstrap_mean, paired_difference
from rag.evaluation.score import Corpus, score
from rag.evaluation.systems import DENSE_ONLY, RETRIEVAL_DEPTH, WORDS_ONLY, Trace
from rag.evaluation.workbench import opened_corpus

Values = dict[str, dict[str, float]]  # measure -> question id -> value

MEASURES = ("ndcg@10", "recall@10", "token_recall@5", "token_precision@5", "token_iou@5")
DEEPEST = 200  # hits of each ranking that are asked for
DEFAULT_DEPTH = 100  # as the product asks for
SEED = 0


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make a ranking; ``name`` says what differs from the default.

    Without a ``fusion`` it is the product's: another where the embedder does not know the words.
    """

    name: str
    fusion: Fuses | None = None
    depth: int = DEFAULT_DEPTH
    per_document: int | None = None


DEFAULT_WAY = Way("default")
ALONE = (Way("dense alone", DENSE_ONLY), Way("words alone", WORDS_ONLY))
FUSIONS = (
    *(Way(f"ranks, k {k:g}", Fusion(k)) for k in (2, 5, 10, 20, 60)),
    *(
        Way(f"ranks, words {weight:g}", Fusion(weights={WORDS: weight}))
        for weight in (0.5, 0.75, 1.5, 2)
    ),
    *(
        Way(f"scores, words {weight:g}", ScoreSum(weight))
        for weight in (0.25, 0.5, 0.75, 1, 1.25, 1.5)
        if ScoreSum(weight) != DEFAULT_FUSION
    ),
    *(Way(f"depth {depth}", depth=depth) for depth in (20, 50, 200)),
    *(Way(f"{most} per document", per_document=most) for most in (1, 2, 3)),
)
WAYS = {way.name: way for way in (DEFAULT_WAY, *ALONE, *FUSIONS)}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with both rankings, and the chunks that stand in them."""

    question: Question
    fusion: Fuses
    rankings: Mapping[str, Ranking]
    chunks: Mapping[int, Chunk]


def sweep(
    dataset: Dataset,
    embedder: Embedder,
    cache: Path,
    chunkings: Sequence[Chunking],
    on_progress: Callable[[Progress], None] | None = None,
    ways: Sequence[str] = (),
    by: str | None = None,
) -> dict[str, Any]:
    """The figures of every chunking and way, each beside the product's default.

    ``ways`` are the names of those to try with every chunking, beside the default. Without names
    all are tried with the default chunking, and with others each ranking alone. With ``by``, the
    questions of each value of that field of the suite's file have rows of their own.

    Raises EvaluationError for a name that no way has, and when a question lacks the field.
    """
    for name in ways:
        _way(name)
    ordered = dict.fromkeys((DEFAULT_CHUNKING, *chunkings))
    rows: list[dict[str, Any]] = []
    default: dict[str, Values] = {}
    for chunking in ordered:
        is_default = chunking == DEFAULT_CHUNKING
        with opened_corpus(dataset, embedder, cache, on_progress, chunking) as (index, corpus):
            asked = [_ask(index, question) for question in dataset.questions]
            chunks = index.size().chunks
        tried = ways or [way.name for way in (*ALONE, *(FUSIONS if is_default else ()))]
        for group, those in _groups(asked, by).items():
            for way in map(_way, dict.fromkeys((DEFAULT_WAY.name, *tried))):
                values = _measured(those, corpus, way)
                about = {"chunking": _name(chunking), "chunks": chunks, "way": way.name}
                measures = _figures(values, default.setdefault(group, values))
                rows.append({**about, **({by: group} if by else {}), "measures": measures})
    about_all = {"suite": dataset.name, "questions": len(dataset.questions)}
    return {**about_all, **({"by": by} if by else {}), "rows": rows}


def _groups(asked: Sequence[Asked], by: str | None) -> dict[str, list[Asked]]:
    """The questions of each value of the field ``by``; all of them without one."""
    if by and not all(by in each.question.extra for each in asked):
        raise EvaluationError(f"not every question has the field {by!r}: name one that all have")
    groups: dict[str, list[Asked]] = {}
    for each in asked:
        groups.setdefault(str(each.question.extra[by]) if by else "", []).append(each)
    return groups


def _way(name: str) -> Way:
    try:
        return WAYS[name]
    except KeyError as error:
        raise EvaluationError(f"unknown way {name!r}: known are {'; '.join(WAYS)}") from error


def _name(chunking: Chunking) -> str:
    overlap = f", overlap {chunking.overlap_tokens}" if chunking.overlap_tokens else ""
    return f"{chunking.max_tokens} tokens{overlap}"


def _ask(index: Index, question: Question) -> Asked:
    rankings = index.rankings(question.question, DEEPEST)
    ids = {chunk_id for ranking in rankings.values() for chunk_id, _ in ranking}
    fusion = index.fusion(question.question)
    return Asked(question, fusion, rankings, index.chunks(sorted(ids)))


def _measured(asked: Sequence[Asked], corpus: Corpus, way: Way) -> Values:
    values: Values = {}
    for each in asked:
        row = score(each.question, Trace(None, tuple(_hits(each, way))), corpus)
        for measure in MEASURES:
            value = row["measures"][f"retrieval.{measure}"]
            if value is not None:
                values.setdefault(measure, {})[each.question.id] = value
    return values


def _hits(asked: Asked, way: Way) -> Iterator[Hit]:
    fused = (way.fusion or asked.fusion).fuse(_cut(asked.rankings, way.depth))
    if way.per_document is not None:
        of = {chunk_id: chunk.document_id for chunk_id, chunk in asked.chunks.items()}
        fused = capped(fused, of, way.per_document)
    for chunk_id, score_, ranks in fused[:RETRIEVAL_DEPTH]:
        yield Hit(asked.chunks[chunk_id], score_, ranks)


def _cut(rankings: Mapping[str, Ranking], depth: int) -> dict[str, Ranking]:
    """What the index would have returned when asked for ``depth`` hits of each ranking."""
    by_words = rankings[WORDS][:depth]
    kept = {chunk_id for chunk_id, _ in (*rankings[DENSE][:depth], *by_words)}
    return {DENSE: [pair for pair in rankings[DENSE] if pair[0] in kept], WORDS: by_words}


def _figures(values: Values, default: Values) -> dict[str, Any]:
    """Each measure's mean and interval, and its paired difference from the default."""
    return {name: _figure(of, default[name]) for name, of in values.items()}


def _figure(values: Mapping[str, float], default: Mapping[str, float]) -> dict[str, Any]:
    interval = bootstrap_mean(values.values(), SEED)
    difference = paired_difference(default, values, SEED)
    return {
        "mean": sum(values.values()) / len(values),
        "low": interval.low,
        "high": interval.high,
        "n": len(values),
        "difference": difference.mean,
        "difference_low": difference.interval.low,
        "difference_high": difference.interval.high,
        "p": difference.p,
    }
