"""A trial of one language model: a few questions of a suite, each with its verdict and its time.

It shows whether a model works and about how long it takes; how good it is, a run tells. Knows no
terminal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.answering.draft import UNWRITTEN
from rag.answering.quoting import unquoted
from rag.assistant import Assistant
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset, Question
from rag.evaluation.judge import is_correct
from rag.evaluation.measures.outcome import is_shown

ANSWERABLE, UNANSWERABLE = 4, 1  # of the questions: enough to see a model fail, soon enough done


@dataclass(frozen=True, slots=True)
class Tried:
    """One question of a trial. ``right`` is also true of a rightly withheld answer."""

    question: str
    said: str
    right: bool
    seconds: float
    notice: str | None = None


def tried_questions(dataset: Dataset) -> Dataset:
    """Return ``dataset`` with the questions of a trial only, the first that stand alone.

    Raises EvaluationError when it has none.
    """
    alone = [each for each in dataset.questions if not each.history]
    answerable = [each for each in alone if each.answerable and each.answers][:ANSWERABLE]
    others = [each for each in alone if each.answerable is False][:UNANSWERABLE]
    if not answerable:
        raise EvaluationError(f"{dataset.name} has no questions with answers: name another suite")
    return replace(dataset, questions=(*answerable, *others))


def trial(dataset: Dataset, assistant: Assistant) -> Iterator[Tried]:
    """Ask the questions of ``dataset`` one by one. Raises what `Assistant.ask` raises."""
    for question in dataset.questions:
        yield _tried(question, assistant)


def _tried(question: Question, assistant: Assistant) -> Tried:
    started = time.perf_counter()
    answer = assistant.ask(question.question)
    seconds = time.perf_counter() - started
    abstained = not is_shown(answer.status)  # a tentative answer does not claim to know
    # What stands in the quoted sentence alone is not the model's: it may have answered otherwise.
    own = unquoted(answer.text) or answer.text
    right = bool(is_correct(question, own)) if question.answerable else abstained
    # A line that the reader pointed at may be right, but it is not the model's.
    quoted = answer.extractive or (question.answerable and UNWRITTEN in (answer.uncertainty or ""))
    right = right and not quoted
    return Tried(question.question, answer.text, right, seconds, answer.notice)
