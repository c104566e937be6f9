"""Evidence: the few sentences of the hits that are shown to the language model.

Sentences are scored against the question and the best are taken, in document order, until a token
budget is full. Knows no language model, prompt or answer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from index.index import Index
from index.sentences import sentence_spans
from index.types import Document, Hit
from rag.facts import facts_of
from rag.language import Language
from rag.question import Question
from rag.types import Sentence

EVIDENCE_TOKENS = 220  # with instructions and question under 400 prompt tokens
# Chosen together on 423 dev questions of four sets (qed_nq, nq_oracle, clapnq, squad2_sample): the
# mean evidence recall is .980 at a median of 160 tokens; without CHUNK_WEIGHT and the floor it is
# .971 at 217. A sentence below this share of the best score only distracts a small model.
MIN_SHARE_OF_BEST = 0.7
# Weights of the score, beside the cosine of question and sentence, whose weight is 1.
WORDS_WEIGHT = 0.5  # share of the question's words that the sentence has, rare words counting more
KIND_WEIGHT = 0.1  # the sentence has what a "how many" or "when" asks for
HIT_WEIGHT = 0.4  # the place of the chunk among the hits
_PLACES = 10.0  # the share of a chunk falls to a half at this place, however scores are fused
CHUNK_WEIGHT = 1.0  # the best score in its chunk: what answers often stands beside what was asked


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of a hit with what its score is made of."""

    sentence: Sentence
    title: str
    chunk_id: int
    hit_score: float


def select(
    question: Question, hits: Sequence[Hit], index: Index, *, max_tokens: int = EVIDENCE_TOKENS
) -> tuple[Sentence, ...]:
    """The sentences of ``hits`` that most likely answer ``question``, at most ``max_tokens`` long.

    Tokens are the embedder's. At least one sentence is returned when there is a hit. Sentences of
    one document stand together in document order, the document of the best sentence first.
    """
    ordered = ranked(question, hits, index)
    return within(max_tokens, ordered, index, question.language)


def ranked(question: Question, hits: Sequence[Hit], index: Index) -> list[Sentence]:
    """All sentences of ``hits`` with their scores, best first."""
    candidates = _candidates(hits, index)
    if not candidates:
        return []
    scores = _scores(question, candidates, index)
    best_first = sorted(zip(scores, candidates, strict=True), key=lambda pair: -pair[0])
    return [replace(each.sentence, score=round(score, 4)) for score, each in best_first]


def within(
    max_tokens: int, sentences: Sequence[Sentence], index: Index, language: Language
) -> tuple[Sentence, ...]:
    """Of sentences that are ranked, the best that fit into ``max_tokens``. See `select`."""
    close = [each for each in sentences if each.score >= MIN_SHARE_OF_BEST * sentences[0].score]
    return _in_document_order(_fill(close, _predecessors(sentences), index, max_tokens, language))


def _candidates(hits: Sequence[Hit], index: Index) -> list[_Candidate]:
    found: dict[tuple[int, int], _Candidate] = {}
    for place, hit in enumerate(hits):
        document = index.document(hit.chunk.document_id)
        share = _PLACES / (_PLACES + place)
        for sentence in _sentences(document, hit):
            key = (document.id, sentence.span.start)
            found.setdefault(key, _Candidate(sentence, document.title, hit.chunk.id, share))
    return list(found.values())


def _sentences(document: Document, hit: Hit) -> Iterable[Sentence]:
    headings = {heading.span.start for heading in document.headings}
    for span in sentence_spans(document.text, hit.chunk.span):
        if span.start not in headings:
            path = document.heading_path(span.start)
            yield Sentence(document.id, span, span.of(document.text), path)


def _scores(question: Question, candidates: Sequence[_Candidate], index: Index) -> list[float]:
    vectors = index.encode([question.standalone, *(each.sentence.text for each in candidates)])
    cosines = vectors[1:] @ vectors[0]
    shares = _word_shares(question, candidates)
    kind, language = question.kind, question.language
    texts = [facts_of(each.sentence.text, language) for each in candidates]
    kinds = [float(kind is not None and each.has_kind(kind)) for each in texts]
    hit_scores = np.array([each.hit_score for each in candidates])
    own = cosines + WORDS_WEIGHT * shares + KIND_WEIGHT * np.array(kinds) + HIT_WEIGHT * hit_scores
    best: dict[int, float] = {}
    for score, each in zip(own, candidates, strict=True):
        best[each.chunk_id] = max(score, best.get(each.chunk_id, score))
    return [
        float(score + CHUNK_WEIGHT * best[each.chunk_id])
        for score, each in zip(own, candidates, strict=True)
    ]


def _word_shares(question: Question, candidates: Sequence[_Candidate]) -> np.ndarray:
    """Share of the question's stems in each sentence and what stands above it; rare ones count
    more.
    """
    asked, language = set(question.facts.content), question.language
    own = [asked & set(facts_of(each.sentence.text, language).content) for each in candidates]
    above = [
        asked & set(facts_of(" ".join((each.title, *each.sentence.headings)), language).content)
        for each in candidates
    ]
    frequency = Counter(stem for stems in own for stem in stems)
    weight = {stem: math.log(1 + len(candidates) / (1 + frequency[stem])) for stem in asked}
    total = sum(weight.values()) or 1.0
    return (
        np.array(
            [
                # A word of the title is about the whole document, so it counts half.
                sum(weight[s] for s in mine) + 0.5 * sum(weight[s] for s in titled - mine)
                for mine, titled in zip(own, above, strict=True)
            ]
        )
        / total
    )


def _fill(
    ranked: Sequence[Sentence],
    before: Mapping[tuple[int, int], Sentence],
    index: Index,
    max_tokens: int,
    language: Language,
) -> list[Sentence]:
    chosen: dict[tuple[int, int], Sentence] = {}
    texts: set[str] = set()
    left = max_tokens
    for sentence in ranked:
        if sentence.text in texts:  # of a copy of the document: it tells nothing more
            continue
        group = [sentence]
        if facts_of(sentence.text, language).refers_back and (
            previous := before.get(_key(sentence))
        ):
            group.append(previous)  # whom or what the sentence speaks of stands there
        group = [each for each in group if _key(each) not in chosen]
        cost = sum(index.count_tokens(each.text) for each in group)
        if cost > left and chosen:
            continue
        chosen.update((_key(each), each) for each in group)
        texts.update(each.text for each in group)
        left -= cost
    return list(chosen.values())


def _key(sentence: Sentence) -> tuple[int, int]:
    return sentence.document_id, sentence.span.start


def _predecessors(sentences: Sequence[Sentence]) -> dict[tuple[int, int], Sentence]:
    ordered = sorted(sentences, key=_key)
    return {
        _key(following): earlier
        for earlier, following in pairwise(ordered)
        if earlier.document_id == following.document_id
    }


def _in_document_order(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    best: dict[int, float] = {}
    for sentence in sentences:
        best[sentence.document_id] = max(best.get(sentence.document_id, 0.0), sentence.score)
    return tuple(
        sorted(sentences, key=lambda each: (-best[each.document_id], each.document_id, each.span))
    )
