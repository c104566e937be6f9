"""Documents as wholes: which are asked about, and the best chunks within one.

All that a question says may stand in different chunks of one document. What tells documents apart
are the words that few of them hold: a registration, a case number, the name of a town. Knows no
embedder (it is given the question's vector) and no model that writes.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.fold import expressions, phrases
from index.search import Fused, Fuses, Ranking
from index.types import Hit
from index.words import combining_marks, content_words

_PART = rf"[\w{combining_marks()}]+"
_TERM = re.compile(rf"{_PART}(?:['’]{_PART}|[-./]{_PART})*")
_RUNS = re.compile(r"\d+|[^\W\d_]+")  # N2151J may be written N-2151-J
_MAX_TERMS = 32  # of a pasted page
_TELLING_CHUNKS = 5_000  # a word in more than these chunks tells no document; reading so far: 5 ms
NAMED_WEIGHT = 0.15  # enough to lead (`CLEAR_LEAD`) what fits alike, too little to lead by far
DOCUMENTS = 24  # that are compared as wholes: those of the best chunks


@dataclass(frozen=True, slots=True)
class DocumentMatch:
    """How well a document as a whole fits a question.

    ``coverage`` in [0, 1] is the share of the question's words that it holds, rare ones counting
    more; ``nearness`` in [0, 1] how near its best chunk is, 1 for the nearest of all; ``named`` in
    [0, 1] the share that its title and facts have of what those of some documents alone have.
    ``words`` are the terms of the question that it holds (see `terms`).
    """

    document_id: int
    coverage: float
    nearness: float
    named: float = 0.0
    words: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """In [0, 2.15]."""
        return self.coverage + self.nearness + NAMED_WEIGHT * self.named


def matching_documents(
    catalogue: Catalogue, question: str, ranked: Fused, limit: int = DOCUMENTS
) -> list[DocumentMatch]:
    """The documents that fit ``question``, best first: those of the best chunks, and those that
    hold its rare words. To be called inside ``catalogue.reading()``."""
    holding = _holding(catalogue, question)
    nearness = _nearness(catalogue, ranked)
    documents, _ = catalogue.counts()
    weights = {term: math.log((documents + 1) / (len(ids) + 0.5)) for term, ids in holding.items()}
    total = sum(weights.values())
    covered: dict[int, float] = defaultdict(float)
    for term, ids in holding.items():
        for document_id in ids:
            covered[document_id] += weights[term] / total if total > 0 else 1.0
    matches = [
        DocumentMatch(each, min(1.0, covered.get(each, 0.0)), nearness.get(each, 0.0))
        for each in {*nearness, *covered}
    ]
    best = sorted(matches, key=lambda each: (-each.score, each.document_id))[:limit]
    return [
        replace(each, words=tuple(term for term, ids in holding.items() if each.document_id in ids))
        for each in best
    ]


def _nearness(catalogue: Catalogue, ranked: Fused) -> dict[int, float]:
    of = catalogue.document_ids([chunk_id for chunk_id, *_ in ranked])
    best: dict[int, float] = {}
    for chunk_id, score, _ in ranked:
        best[of[chunk_id]] = max(score, best.get(of[chunk_id], 0.0))
    highest = max(best.values(), default=0.0) or 1.0
    return {document_id: max(0.0, score / highest) for document_id, score in best.items()}


def _holding(catalogue: Catalogue, question: str) -> dict[str, frozenset[int]]:
    """For each telling word of the question the documents that hold it."""
    found = {}
    for term, expression in terms(question, catalogue.languages()).items():
        rows = catalogue.rows(
            "SELECT document_id FROM chunks WHERE id IN "
            "(SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)",
            expression,
            _TELLING_CHUNKS,
        )
        if 0 < len(rows) < _TELLING_CHUNKS:
            found[term] = frozenset(document_id for (document_id,) in rows)
    return found


def documents_with(catalogue: Catalogue, phrase: str) -> int:
    """How many documents hold a phrase, its words in this order. To be called inside
    ``catalogue.reading()``."""
    told = phrases(phrase, catalogue.languages())
    if not told:
        return 0
    ((count,),) = catalogue.rows(
        "SELECT count(DISTINCT document_id) FROM chunks WHERE id IN "
        "(SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)",
        " OR ".join(told),
        _TELLING_CHUNKS,
    )
    return int(count)


def terms(question: str, languages: Sequence[str] = ("",)) -> dict[str, str]:
    """For each content word of a question the FTS5 expression that finds it, in the forms that
    documents in one of ``languages`` have it in.

    What holds letters and digits is also found where it is written in parts: *PA-28* as *PA28*.
    """
    found: dict[str, str] = {}
    for match in _TERM.finditer(question.lower()):
        word = match.group().replace("’", "'").removesuffix("'s")
        if not content_words(word):
            continue
        told = _expressions(word, languages)
        for expression in told[: _MAX_TERMS - len(found)]:
            found.setdefault(word if len(told) == 1 else expression, expression)
    return found


def _expressions(word: str, languages: Sequence[str]) -> list[str]:
    runs = _RUNS.findall(word)
    if len(runs) > 1 and any(run.isdigit() for run in runs):
        forms = (word, "".join(runs), " ".join(runs))
        found = dict.fromkeys(each for form in forms for each in phrases(form, languages))
        return [" OR ".join(found)] if found else []
    return expressions(word, languages)


def hits_within(
    catalogue: Catalogue,
    document_id: int,
    expression: str,
    vector: NDArray[np.float32],
    fusion: Fuses,
    limit: int,
) -> list[Hit]:
    """The best ``limit`` chunks of one document, best first, for an FTS5 ``expression`` and a
    ``vector`` of shape ``(dimension,)``. To be called inside ``catalogue.reading()``."""
    ids = [row[0] for row in catalogue.rows(_OF_DOCUMENT, document_id)]
    if not ids:
        return []
    found, vectors = catalogue.vectors(ids)
    rankings: Mapping[str, Ranking] = {
        "dense": _best_first(found, vectors @ vector),
        "words": _by_words(catalogue, expression, ids),
    }
    ranked = fusion.fuse(rankings)[:limit]
    chunks = catalogue.chunks([chunk_id for chunk_id, *_ in ranked])
    return [Hit(chunks[chunk_id], score, ranks) for chunk_id, score, ranks in ranked]


_OF_DOCUMENT = "SELECT id FROM chunks WHERE document_id = ? ORDER BY id"


def _best_first(ids: NDArray[np.int64], scores: NDArray[np.float32]) -> Ranking:
    pairs = zip(ids.tolist(), scores.tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _by_words(catalogue: Catalogue, expression: str, ids: Sequence[int]) -> Ranking:
    """Chunks of a document are stored together, so that their ids are a range."""
    if not expression:
        return []
    of_document = set(ids)
    rows = catalogue.rows(
        "SELECT rowid, -rank FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? "
        "ORDER BY rank, rowid",
        expression,
        ids[0],
        ids[-1],
    )
    return [(chunk_id, score) for chunk_id, score in rows if chunk_id in of_document]
