"""Measures whether what stands in a document, word for word, passes the gate as the answer.

The sentence that holds the gold answer is offered as its quotation, the answer alone as what a
language model wrote; another sentence of the same document, without the answer, is what ought to
be shown seldom. Questions are counted by a field, such as their language. The gate is the one that
the assistant asks, and only the one sentence is its evidence: nothing is searched for.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from index.language import detect
from index.sentences import sentence_spans
from index.types import Span
from rag.answering.sources import CONTEXT_CHARACTERS
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset
from rag.evaluation.dataset import Question as Asked
from rag.evaluation.gate_errors import TYPICAL_LEAD
from rag.evaluation.markdown import markdown_table
from rag.gate.decide import Gate
from rag.gate.types import Candidate, Shown, Tentative
from rag.question import Question
from rag.reader.windows import window
from rag.types import Evidence, Sentence

Offered = Literal["sentence", "answer", "other"]
Outcome = Literal["shown", "tentative", "withheld"]
OFFERED: tuple[Offered, ...] = ("sentence", "answer", "other")
_TOLD = re.compile(r"'[^']*'|\d+(?:\.\d+)?%?|(?<=nothing of ).*")  # what differs in like reasons


@dataclass(frozen=True, slots=True)
class Quotation:
    """What became of one quotation. ``reasons`` say why it was not shown as the answer."""

    id: str
    group: str
    offered: Offered
    text: str
    outcome: Outcome
    reasons: tuple[str, ...] = ()


def measure_quotations(dataset: Dataset, gate: Gate, by: str, seed: int) -> list[Quotation]:
    """Offer the quotations of every question with a gold span within one sentence.

    Raises EvaluationError when there is none.
    """
    found = [each for asked in dataset.questions for each in _offer(asked, dataset, gate, by, seed)]
    if not found:
        raise EvaluationError("no question has a gold span: take a suite with relevant_spans")
    return found


def _offer(asked: Asked, dataset: Dataset, gate: Gate, by: str, seed: int) -> Iterator[Quotation]:
    if not asked.relevant_spans:
        return
    gold = asked.relevant_spans[0]
    document = dataset.documents[gold.document_id]
    code = detect(document.text)
    question = Question.of(asked.question).beside([code])
    spans = sentence_spans(document.text, None, code)
    held = next((each for each in spans if each.contains(gold.span)), None)
    if held is None:
        return
    offers: list[tuple[Offered, Span, str]] = [
        ("sentence", held, held.of(document.text)),
        ("answer", held, gold.text),
    ]
    if others := [each for each in spans if not _answers(each.of(document.text), asked)]:
        other = random.Random(f"{seed} {asked.id}").choice(others)
        offers.append(("other", other, other.of(document.text)))
    for offered, span, text in offers:
        evidence = _evidence(document.title, document.text, span, code)
        candidate = Candidate(text, (0,), quoted=offered != "answer")
        decision = gate.decide(question, candidate, [evidence])
        outcome: Outcome = "withheld"
        if isinstance(decision, Shown | Tentative):
            outcome = "shown" if isinstance(decision, Shown) else "tentative"
        reasons = () if isinstance(decision, Shown) else decision.reasons
        group = str(asked.extra.get(by, ""))
        yield Quotation(asked.id, group, offered, text, outcome, reasons)


def _answers(sentence: str, asked: Asked) -> bool:
    return any(answer.casefold() in sentence.casefold() for answer in asked.answers)


def _evidence(title: str, text: str, span: Span, language: str) -> Evidence:
    """A sentence as the assistant finds it, with the lead of what right answers cite."""
    return Evidence(
        Sentence(1, span, span.of(text), score=1.0, lead=TYPICAL_LEAD),
        title,
        (title, text[max(0, span.start - CONTEXT_CHARACTERS) : span.start]),
        window(title, text, span).text,
        text,
        language,
    )


def counted(quotations: Sequence[Quotation]) -> dict[str, Any]:
    """By group and by what was offered: how many had which outcome, and the kinds of reasons for
    which some were withheld, with their counts."""
    return {
        group: {
            offered: _counts([q for q in quotations if (q.group, q.offered) == (group, offered)])
            for offered in OFFERED
        }
        for group in dict.fromkeys(each.group for each in quotations)
    }


def _counts(quotations: Sequence[Quotation]) -> dict[str, Any]:
    outcomes = Counter(each.outcome for each in quotations)
    withheld = [each for each in quotations if each.outcome == "withheld"]
    reasons = Counter(_TOLD.sub("…", reason) for each in withheld for reason in each.reasons)
    return {
        "n": len(quotations),
        "shown": outcomes["shown"],
        "tentative": outcomes["tentative"],
        "withheld": outcomes["withheld"],
        "reasons": dict(reasons.most_common()),
    }


def markdown(figures: dict[str, Any], by: str) -> str:
    """A line for each group: shown, tentative and withheld of what was offered."""
    names = {"sentence": "the sentence", "answer": "the answer alone", "other": "another sentence"}
    header = [by, *(f"{names[each]}: shown / tentative / withheld" for each in OFFERED)]
    lines = [[group, *(_cell(found[each]) for each in OFFERED)] for group, found in figures.items()]
    return markdown_table(header, lines)


def _cell(found: dict[str, Any]) -> str:
    return f"{found['shown']} / {found['tentative']} / {found['withheld']}"
