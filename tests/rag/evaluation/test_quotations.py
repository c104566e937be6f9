"""Quotations are offered to the gate as answers, and counted by a field of their questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pytest

from index.types import Span
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset, GoldSpan, Question
from rag.evaluation.quotations import counted, markdown, measure_quotations
from rag.gate.decide import Gate
from rag.gate.types import Candidate, Decision, Shown, Withheld
from rag.question import Question as Asked
from rag.types import Evidence
from tests.rag.evaluation.scripted import documents

GERMAN = (
    "Die Brücke über den Fluss wurde im Mai 1998 von Anna Berg eröffnet. "
    "Vor der Stadt liegt noch eine zweite, auf der nur die Züge in den Süden fahren."
)
SPAN = Span(GERMAN.index("Anna Berg"), GERMAN.index("Anna Berg") + len("Anna Berg"))


class ScriptedGate(Gate):
    """Shows what has the name, and keeps what it was asked."""

    asked: ClassVar[list[tuple[Asked, Candidate, Evidence]]] = []

    def decide(
        self, question: Asked, candidate: Candidate, evidence: Sequence[Evidence], *_: object
    ) -> Decision:
        self.asked.append((question, candidate, evidence[0]))
        if "Anna Berg" in candidate.text and candidate.quoted:
            return Shown(candidate, tuple(evidence), 1.0)
        return Withheld(candidate, (f"the evidence does not name '{candidate.text}'",))


def dataset(*spans: Span) -> Dataset:
    asked = tuple(
        Question(
            f"q{n}",
            "Wer hat die Brücke über den Fluss eröffnet?",
            ("Anna Berg",),
            ("d1",),
            (GoldSpan("d1", span, span.of(GERMAN)),),
            True,
            extra={"lang": "de"},
        )
        for n, span in enumerate(spans)
    )
    return Dataset("bridges", documents({"d1": GERMAN}), asked)


def test_each_quotation_is_offered_with_its_own_sentence_in_the_language_of_its_document() -> None:
    gate = ScriptedGate()
    gate.asked.clear()
    found = measure_quotations(dataset(SPAN), gate, "lang", seed=0)
    first, second = GERMAN[: GERMAN.index(" Vor")], GERMAN[GERMAN.index("Vor") :]
    assert [(each.offered, each.text, each.outcome) for each in found] == [
        ("sentence", first, "shown"),
        ("answer", "Anna Berg", "withheld"),
        ("other", second, "withheld"),
    ]
    assert [evidence.text for _, _, evidence in gate.asked] == [first, first, second]
    assert [candidate.quoted for _, candidate, _ in gate.asked] == [True, False, True]
    assert {question.language.code for question, _, _ in gate.asked} == {"de"}


def test_outcomes_and_like_reasons_are_counted_by_group() -> None:
    figures = counted(measure_quotations(dataset(SPAN, SPAN), ScriptedGate(), "lang", seed=0))
    assert figures["de"]["sentence"] == {
        "n": 2,
        "shown": 2,
        "tentative": 0,
        "withheld": 0,
        "reasons": {},
    }
    assert figures["de"]["answer"]["reasons"] == {"the evidence does not name …": 2}
    assert markdown(figures, "lang").endswith("| de | 2 / 0 / 0 | 0 / 0 / 2 | 0 / 0 / 2 |\n")


def test_the_gate_that_answers_shows_the_german_sentence_that_answers() -> None:
    [sentence, answer, _] = measure_quotations(dataset(SPAN), Gate(), "lang", seed=0)
    assert (sentence.outcome, answer.outcome) == ("shown", "shown")


def test_without_a_span_within_one_sentence_there_is_nothing_to_offer() -> None:
    with pytest.raises(EvaluationError, match="relevant_spans"):
        measure_quotations(dataset(Span(10, len(GERMAN) - 10)), Gate(), "lang", seed=0)
