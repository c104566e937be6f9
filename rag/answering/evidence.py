"""Evidence: the few sentences of the hits that are shown to the language model.

Sentences are scored against the question and the best are taken, in document order, until a token
budget is full. Knows no language model, prompt or answer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise

import numpy as np

from index.index import Index
from index.types import Hit
from index.words import joined_words
from rag.answering.lines import Line, Lines, lines_of
from rag.dates import Date, dates, stated
from rag.facts import facts_of
from rag.gate.assertion import asks
from rag.language import Language
from rag.question import CLAUSE, Question
from rag.types import Sentence

EVIDENCE_TOKENS = 300  # with instructions and question under 500 prompt tokens
# Chosen together on 423 dev questions of four sets (qed_nq, nq_oracle, clapnq, squad2_sample): the
# mean evidence recall is .980 at a median of 160 tokens; without CHUNK_WEIGHT and the floor it is
# .971 at 217. A sentence below this share of the best score only distracts a small model.
MIN_SHARE_OF_BEST = 0.7
PAIR_MIN_SHARE = 0.5  # of pairs and rows: few words say little of what they are about
# Weights of the score, beside the cosine of question and sentence, whose weight is 1.
WORDS_WEIGHT = 0.5  # share of the question's words that the sentence has, rare words counting more
KIND_WEIGHT = 0.1  # the sentence has what a "how many" or "when" asks for
HIT_WEIGHT = 0.4  # the place of the chunk among the hits
FORM_HIT_WEIGHT = 0.1  # in a form all chunks are near: the header has the words of most questions
DOCUMENT_WEIGHT = 0.3  # how much is lost where the document fits the question not at all
FORM_WEIGHT = 1.5  # the same of a form, whose lines are those of all its neighbours
CHUNK_WEIGHT = 1.0  # the best score in its chunk: what answers often stands beside what was asked
CLAUSE_WEIGHT = 1.0  # the line stands in the clause whose number is asked for: "section 2.2"


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
    found = lines_of(question, hits, index)
    if not found.lines:
        return []
    scores = _scores(question, found, index)
    best_first = sorted(zip(scores, found.lines, strict=True), key=lambda pair: -pair[0])
    return [replace(each.sentence, score=round(score, 4)) for score, each in best_first]


def within(
    max_tokens: int, sentences: Sequence[Sentence], index: Index, language: Language
) -> tuple[Sentence, ...]:
    """Of sentences that are ranked, the best that fit into ``max_tokens``. See `select`."""
    close = [each for each in sentences if each.score >= _least(each) * sentences[0].score]
    return _in_document_order(_fill(close, _neighbours(sentences, language), index, max_tokens))


def _least(sentence: Sentence) -> float:
    return MIN_SHARE_OF_BEST if sentence.kind == "prose" else PAIR_MIN_SHARE


def _scores(question: Question, found: Lines, index: Index) -> list[float]:
    lines, forms = found.lines, found.in_forms
    # In a form the words that say which form is meant stand in its header and answer nothing.
    asked = index.as_spelt(found.asked_within if forms else question.standalone)
    vectors = index.encode([_with_heading(each.sentence) for each in lines])
    kind, language = question.kind, question.language
    told = [facts_of(each.sentence.text, language) for each in lines]
    kinds = [float(kind is not None and each.has_kind(kind)) for each in told]
    own = (
        vectors @ index.encode_question(asked)
        + WORDS_WEIGHT * _word_shares(asked, lines, question)
        + KIND_WEIGHT * np.array(kinds)
        + CLAUSE_WEIGHT * _in_clause(question.clauses, lines)
        + (FORM_HIT_WEIGHT if forms else HIT_WEIGHT) * np.array([each.hit_share for each in lines])
    )
    best: dict[object, float] = {}
    for score, each in zip(own, lines, strict=True):
        best[_group(each)] = max(score, best.get(_group(each), score))
    lost = FORM_WEIGHT if forms else DOCUMENT_WEIGHT
    return [
        float(score + CHUNK_WEIGHT * best[_group(each)])
        * max(0.0, 1 - lost * (1 - each.document_share))
        for score, each in zip(own, lines, strict=True)
    ]


def _in_clause(asked: Set[str], found: Sequence[Line]) -> np.ndarray:
    """1 for each line that begins with a clause's number of the question, or stands below it."""
    begins = (
        [CLAUSE.match(text) for text in (each.sentence.text, *each.sentence.headings)]
        for each in found
    )
    return np.array(
        [float(any(match and match[0] in asked for match in matches)) for matches in begins]
    )


def _group(each: Line) -> object:
    """What shares the score of its best line: the prose of a chunk. A pair stands for itself."""
    return each.chunk_id if each.sentence.kind == "prose" else each.sentence.span


def _with_heading(sentence: Sentence) -> str:
    """What a pair or row means hangs on the part of the form, or the table, that it is in."""
    if sentence.kind == "prose" or not sentence.headings:
        return sentence.text
    return f"{sentence.headings[-1]}: {sentence.text}"


def _word_shares(asked_text: str, found: Sequence[Line], question: Question) -> np.ndarray:
    """Share of the question's stems in each sentence and what stands above it; rare ones count
    more.
    """
    language = question.language
    asked = set(facts_of(asked_text, language).content)
    joined, when = _joined(asked_text, language), dates(question.standalone, language)
    own = [asked & _told(each.sentence.text, joined, when, language) for each in found]
    above = [
        asked & set(facts_of(" ".join((each.identity, *each.sentence.headings)), language).content)
        for each in found
    ]
    frequency = Counter(stem for each in own for stem in each)
    weight = {stem: math.log(1 + len(found) / (1 + frequency[stem])) for stem in asked}
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


def _told(
    text: str, joined: Mapping[str, Sequence[str]], when: Sequence[Date], language: Language
) -> set[str]:
    """The stems of ``text``, also of what it writes as one word or as two where the question has
    it the other way (``joined``), and of the dates ``when``, however it writes them."""
    stems = {*facts_of(text, language).content}
    parts = (part for whole in joined.keys() & stems for part in joined[whole])
    days = (facts_of(each.text, language).content for each in stated(when, text, language))
    return stems.union(parts, _joined(text, language), *days)


def _joined(text: str, language: Language) -> dict[str, tuple[str, ...]]:
    """The stems of words of ``text`` that stand beside each other, by the stem of both as one."""
    stem = language.stem
    return {stem(whole): tuple(map(stem, parts)) for whole, parts in joined_words(text).items()}


def _fill(
    ranked: Sequence[Sentence],
    neighbours: Mapping[tuple[int, int], Sentence],
    index: Index,
    max_tokens: int,
) -> list[Sentence]:
    chosen: dict[tuple[int, int], Sentence] = {}
    texts: set[str] = set()
    left = max_tokens
    for sentence in ranked:
        if sentence.text in texts:  # of a copy of the document: it tells nothing more
            continue
        told = (sentence, neighbours.get(_key(sentence)))
        group = [each for each in told if each and _key(each) not in chosen]
        cost = sum(index.count_tokens(each.text) for each in group)
        if cost > left and chosen:
            continue
        chosen.update((_key(each), each) for each in group)
        texts.update(each.text for each in group)
        left -= cost
    return list(chosen.values())


def _key(sentence: Sentence) -> tuple[int, int]:
    return sentence.document_id, sentence.span.start


def _neighbours(
    sentences: Sequence[Sentence], language: Language
) -> dict[tuple[int, int], Sentence]:
    """The sentences without which others tell nothing, by the keys of those: what answers stands
    behind what asks, and whom a sentence speaks of before one that refers back."""
    found = {}
    for earlier, following in pairwise(sorted(sentences, key=_key)):
        if earlier.document_id != following.document_id:
            continue
        if asks(earlier.text):
            found[_key(earlier)] = following
        if facts_of(following.text, language).refers_back:
            found.setdefault(_key(following), earlier)
    return found


def _in_document_order(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    best: dict[int, float] = {}
    for sentence in sentences:
        best[sentence.document_id] = max(best.get(sentence.document_id, 0.0), sentence.score)
    return tuple(
        sorted(sentences, key=lambda each: (-best[each.document_id], each.document_id, each.span))
    )
