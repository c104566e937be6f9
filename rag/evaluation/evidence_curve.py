"""How much of the gold evidence is shown to the language model, against how much may be shown.

Chooses nothing: it measures the evidence of `rag.answering` at several budgets of tokens.
Knows no language model and no terminal.
"""

from __future__ import annotations

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

Say = Callable[[int, int, str], None]  # questions done, all, and a word on the newest


@dataclass(frozen=True, slots=True)
class Shown:
    """What one question's evidence holds at one budget. ``recall`` is of the gold spans, where a
    suite has none of the gold documents; ``answer`` says whether a gold answer stands in it."""

    recall: float
    answer: bool
    tokens: int


def curve(
    dataset: Dataset,
    questions: Sequence[Question],
    index: Index,
    corpus: Corpus,
    budgets: Sequence[int],
    seed: int,
    say: Say,
) -> list[dict[str, Any]]:
    """Two rows per budget, for the first search alone and for all that is shown.

    Means with 95 % bootstrap intervals over the answerable questions. The second search has its
    own budget, which stays what it is.
    """
    asked = [each for each in questions if each.answerable and each.relevant_ids]
    shown: dict[tuple[int, int], list[Shown]] = {
        (budget, searches): [] for budget in budgets for searches in (1, 2)
    }
    for done, question in enumerate(asked, 1):
        parsed = Asked.of(question.question)
        sentences = ranked(parsed, index.search(parsed.standalone, limit=HITS), index)
        for budget in budgets:
            first = within(budget, sentences, index, parsed.language)
            both = (*first, *followup_retrieval(parsed, first, index))
            shown[budget, 1].append(_measured(question, first, index, corpus))
            shown[budget, 2].append(_measured(question, both, index, corpus))
        say(done, len(asked), "")
    return [
        {
            "suite": dataset.name,
            "budget": budget,
            "searches": searches,
            "questions": len(found),
            "recall": _mean([each.recall for each in found], seed),
            "answer": _mean([float(each.answer) for each in found], seed),
            "tokens": median(each.tokens for each in found),
        }
        for (budget, searches), found in shown.items()
    ]


def _measured(
    question: Question, evidence: Sequence[Sentence], index: Index, corpus: Corpus
) -> Shown:
    spans = [
        DocumentSpan(corpus.ids[each.document_id], each.span.start, each.span.end)
        for each in evidence
    ]
    gold = [DocumentSpan(g.document_id, g.span.start, g.span.end) for g in question.relevant_spans]
    documents = {span.document for span in spans}
    recall = evidence_recall(gold, spans)
    if recall is None:
        wanted = set(question.relevant_ids)
        recall = len(wanted & documents) / len(wanted)
    return Shown(
        recall,
        any(containment(each.text, question.answers) for each in evidence),
        sum(index.count_tokens(each.text) for each in evidence),
    )


def _mean(values: Sequence[float], seed: int) -> dict[str, float]:
    low, high = bootstrap_mean(values, seed)
    return {"mean": sum(values) / len(values), "low": low, "high": high}


def markdown(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The lines of the table."""
    names = ("suite", "questions", "budget", "searches", "tokens")
    told = ("tokens shown (median)" if name == "tokens" else name for name in names)
    yield f"| {' | '.join((*told, 'evidence recall', 'answer in it'))} |"
    yield f"|{' --- |' * (len(names) + 2)}"
    for row in rows:
        figures = (_figure(row[name]) for name in ("recall", "answer"))
        yield f"| {' | '.join((*(str(row[name]) for name in names), *figures))} |"


def _figure(share: dict[str, float]) -> str:
    return f"{share['mean']:.3f} ({share['low']:.3f}–{share['high']:.3f})"
