"""Sentences that may answer: what the language model writes, or what the reader points at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from index.sentences import is_row
from index.types import Span
from rag.answering.prompts import (
    CONFIRMED,
    NOT_CONFIRMED,
    answer_messages,
    answer_schema,
    confirmation_messages,
)
from rag.answering.reply import ReplySentences
from rag.answering.sources import Sources
from rag.errors import LLMError
from rag.facts import facts_of
from rag.gate.assertion import asks
from rag.gate.types import Candidate, Confirm
from rag.llm import LLM, Generation, Token
from rag.question import Question
from rag.reader.reader import Reader
from rag.types import Evidence, Usage

MAX_ANSWER_TOKENS = 200  # about eight sentences; a longer answer is a report
_MOST_LIKELY = 0.9999  # a logarithm of nothing is none


def asked_of(llm: LLM, question: Question, evidence: Sequence[Evidence]) -> Generation:
    """The language model's reply to ``question``, as it is written. Raises LLMError."""
    titles = {each.sentence.document_id: each.title for each in evidence}
    sentences = [each.sentence for each in evidence]
    return llm.stream(
        answer_messages(question.standalone, sentences, titles),
        schema=answer_schema(len(evidence)),
        max_tokens=MAX_ANSWER_TOKENS,
    )


class Confirmation:
    """Asks ``llm`` whether texts, by themselves, answer ``question``; ``usage`` is what it took."""

    def __init__(self, llm: LLM, question: Question) -> None:
        self.usage = Usage()
        self._llm = llm
        self._question = question

    def __call__(self, cited: Sequence[Evidence]) -> float | None:
        """The log-odds of a yes; None where the language model fails, says something else, or does
        not tell how likely its word was."""
        asked = confirmation_messages(self._question.standalone, cited)
        generation = self._llm.stream(asked, max_tokens=1)
        try:
            said = list(generation)
        except LLMError:
            return None
        finally:
            generation.close()
        self.usage += generation.usage
        return _log_odds(said[0]) if said else None


def _log_odds(said: str) -> float | None:
    """Of a yes; 0 where other words than it are likelier together."""
    signs = {CONFIRMED: 1, NOT_CONFIRMED: -1}
    sign = signs.get(said.strip().lower())
    if sign is None or not isinstance(said, Token):
        return None
    likely = min(math.exp(said.logprob), _MOST_LIKELY)
    return sign * max(0.0, math.log(likely / (1 - likely)))


def written(
    generation: Generation,
    evidence: Sequence[Evidence],
    writer: str = "",
    confirm: Confirm | None = None,
) -> Iterator[Candidate]:
    """The sentences of the reply of the model ``writer``, each as soon as it is complete; where it
    tells how likely its words were, ``confirm`` asks it again. Raises LLMError."""
    languages = {each.language for each in evidence}
    reply = ReplySentences(generation, languages.pop() if len(languages) == 1 else "")
    for sentence in reply:
        chosen = tuple(place for place in reply.evidence if place < len(evidence))
        again = confirm if reply.logprob is not None else None
        yield Candidate(sentence, chosen, writer=writer, logprob=reply.logprob, confirm=again)


def quoted(
    question: Question, evidence: Sequence[Evidence], sources: Sources, reader: Reader
) -> Candidate:
    """The sentence of ``evidence`` (not empty) in which the reader finds the answer; the best of
    it in a language whose words the reader does not know. What asks is not quoted, unless nothing
    else was found: no line is more like a question than the same question is."""
    telling = [each for each in evidence if not asks(each.text)] or list(evidence)
    chosen = telling[_best_place(question, telling, sources, reader)]
    return Candidate(chosen.text, (evidence.index(chosen),), quoted=True)


def _best_place(
    question: Question, evidence: Sequence[Evidence], sources: Sources, reader: Reader
) -> int:
    if question.is_unread and not reader.reads(question.standalone):
        return max(range(len(evidence)), key=lambda place: evidence[place].sentence.score)
    windows = [sources.window(each.sentence) for each in evidence]
    readings = reader.read(question.standalone, [each.text for each in windows])
    best = max(
        range(len(readings)),
        key=lambda place: (readings[place].answers, evidence[place].sentence.score),
    )
    span = readings[best].span
    pointed = windows[best].to_document(span) if span else None
    return _row_asked_for(question, _place_of(pointed, best, evidence), evidence)


def _place_of(pointed: Span | None, best: int, evidence: Sequence[Evidence]) -> int:
    """The place of the sentence in which the answer begins: a window shows several sentences."""
    document_id = evidence[best].sentence.document_id
    answering = (
        place
        for place, each in enumerate(evidence)
        if pointed and each.sentence.document_id == document_id
        if each.sentence.span.start <= pointed.start < each.sentence.span.end
    )
    return next(answering, best)


def _row_asked_for(question: Question, place: int, evidence: Sequence[Evidence]) -> int:
    """Of rows of tables the one that has most of the question's words: their neighbours read alike,
    so that a reader tells them apart badly."""
    if not _is_row(evidence[place]):
        return place
    asked = set(question.facts.content)
    document_id = evidence[place].sentence.document_id

    def fits(at: int) -> tuple[int, bool]:
        told = facts_of(evidence[at].text, question.language).content
        return len(asked & set(told)), at == place

    rows = (
        at
        for at, each in enumerate(evidence)
        if each.sentence.document_id == document_id and _is_row(each)
    )
    return max(rows, key=fits)


def _is_row(evidence: Evidence) -> bool:
    return evidence.sentence.kind == "row" or is_row(evidence.text)
