"""How much of the gold evidence is shown to the language model, against how much may be shown.

Chooses nothing: it measures the evidence of `rag.answering` at several budgets of tokens.
Knows no language model and no terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from index.index import Index
from rag.answering.evidence import ranked, within
from rag.assistant import HITS, followup_retrieval
from rag.evaluation.dataset import Dataset, Question
from rag.evaluation.intervals import bootstrap_mean
from rag.evaluation.measures.answer import containment
from rag.evaluation.measures.retrieval import evidence_recall
from rag.evaluation.measures.spans import DocumentSpan
from rag.evaluation.score import Corpus
from rag.question import Question as Asked
from rag.types import Sentence

ALL_KINDS = "all"  # the kind of a row that counts every question

Say = Callable[[int, int, str], None]  # questions done, all, and a word on the newest


@dataclass(frozen=True, slots=True)
class Shown:
    """What one question's evidence holds at one budget.

    ``recall`` is of the gold spans, where a suite has none of the gold documents; ``answer`` says
    whether a gold answer stands in it, and ``line`` whether a sentence of it shows a gold span, or
    the part of one that answers. ``right_document`` is the share of the tokens that comes from a
    gold document. ``seconds`` are those from the question to the evidence.
    """

    kind: str
    recall: float
    line: bool
    answer: bool
    right_document: float
    tokens: int
    seconds: float


def curve(
    dataset: Dataset,
    questions: Sequence[Question],
    index: Index,
    corpus: Corpus,
    budgets: Sequence[int],
    seed: int,
    say: Say,
) -> list[dict[str, Any]]:
    """Two rows per budget, for the first search alone and for all that is shown; where questions
    have kinds, two more for each kind.

    Means with 95 % bootstrap intervals over the answerable questions. The second search has its
    own budget, which stays what it is.
    """
    asked = [each for each in questions if each.answerable and each.relevant_ids]
    shown: dict[tuple[int, int], list[Shown]] = {
        (budget, searches): [] for budget in budgets for searches in (1, 2)
    }
    for done, question in enumerate(asked, 1):
        for key, each in _of_question(question, index, corpus, budgets):
            shown[key].append(each)
        say(done, len(asked), "")
    kinds = dict.fromkeys((ALL_KINDS, *filter(None, map(_kind, asked))))
    return [
        {"suite": dataset.name, "kind": kind, "budget": budget, "searches": searches}
        | _figures([each for each in found if kind in (ALL_KINDS, each.kind)], seed)
        for kind in kinds
        for (budget, searches), found in shown.items()
    ]


def _kind(question: Question) -> str:
    """The kind that the suite gives a question; "" where it gives none."""
    return str(question.extra.get("kind", ""))


def _of_question(
    question: Question, index: Index, corpus: Corpus, budgets: Sequence[int]
) -> Iterator[tuple[tuple[int, int], Shown]]:
    """What is shown at each budget after the first search and after the second."""
    started = time.perf_counter()
    parsed = Asked.of(question.question)
    sentences = ranked(parsed, index.search(parsed.standalone, limit=HITS), index)
    searched = time.perf_counter() - started
    for budget in budgets:
        started = time.perf_counter()
        first = within(budget, sentences, index, parsed.language)
        once = searched + time.perf_counter() - started
        yield (budget, 1), _measured(question, first, index, corpus, once)
        started = time.perf_counter()
        both = (*first, *followup_retrieval(parsed, first, index))
        twice = once + time.perf_counter() - started
        yield (budget, 2), _measured(question, both, index, corpus, twice)


def _measured(
    question: Question, evidence: Sequence[Sentence], index: Index, corpus: Corpus, seconds: float
) -> Shown:
    spans = [
        DocumentSpan(corpus.ids[each.document_id], each.span.start, each.span.end)
        for each in evidence
    ]
    gold = [DocumentSpan(g.document_id, g.span.start, g.span.end) for g in question.relevant_spans]
    wanted = set(question.relevant_ids)
    recall = evidence_recall(gold, spans)
    if recall is None:
        recall = len(wanted & {span.document for span in spans}) / len(wanted)
    answers = [bool(containment(each.text, question.answers)) for each in evidence]
    tokens = [index.count_tokens(each.text) for each in evidence]
    right = [n for n, span in zip(tokens, spans, strict=True) if span.document in wanted]
    return Shown(
        kind=_kind(question),
        recall=recall,
        line=bool(recall)
        or any(
            answer and any(span.overlaps(each) for each in gold)
            for answer, span in zip(answers, spans, strict=True)
        ),
        answer=any(answers),
        right_document=sum(right) / (sum(tokens) or 1),
        tokens=sum(tokens),
        seconds=seconds,
    )


def _figures(found: Sequence[Shown], seed: int) -> dict[str, Any]:
    return {
        "questions": len(found),
        "recall": _mean([each.recall for each in found], seed),
        "line": _mean([float(each.line) for each in found], seed),
        "answer": _mean([float(each.answer) for each in found], seed),
        "right_document": round(sum(each.right_document for each in found) / len(found), 3),
        "tokens": median(each.tokens for each in found),
        "seconds": round(median(each.seconds for each in found), 3),
    }


def _mean(values: Sequence[float], seed: int) -> dict[str, float]:
    low, high = bootstrap_mean(values, seed)
    return {"mean": sum(values) / len(values), "low": low, "high": high}


_COLUMNS = {
    "suite": "suite",
    "kind": "kind",
    "questions": "questions",
    "budget": "budget",
    "searches": "searches",
    "tokens": "tokens shown (median)",
    "seconds": "seconds (median)",
    "recall": "evidence recall",
    "line": "gold line in it",
    "answer": "answer in it",
    "right_document": "share from the right document",
}


def markdown(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The lines of the table."""
    yield f"| {' | '.join(_COLUMNS.values())} |"
    yield f"|{' --- |' * len(_COLUMNS)}"
    for row in rows:
        yield f"| {' | '.join(_cell(row[name]) for name in _COLUMNS)} |"


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['mean']:.3f} ({value['low']:.3f}–{value['high']:.3f})"
    return str(value)
