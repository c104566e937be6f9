from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from index.types import Span
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset, GoldSpan, Question
from rag.evaluation.gate_errors import (
    ALL,
    UNCHANGED,
    Trial,
    as_a_later_sentence,
    as_the_answer,
    changed_sentences,
    labelled_claims,
    measure_gate,
    trials_of,
)
from rag.gate.decide import Gate
from rag.reader.reader import Reader, Reading
from tests.rag.evaluation.scripted import documents

TEXT = "The bridge opened in May 1998. It is not 330 metres long, said Anna Berg in Oslo."
SENTENCE = "It is not 330 metres long, said Anna Berg in Oslo."


def dataset(**extra: Any) -> Dataset:
    start = TEXT.index("330")
    gold = GoldSpan("d1", Span(start, start + 3), "330")
    asked = Question("q1", "How long?", ("330",), ("d1",), (gold,), True, extra=extra)
    return Dataset("bridges", documents({"d1": TEXT}), (asked,))


def lets_everything_through(_: Trial) -> bool:
    return True


def strips_everything(_: Trial) -> bool:
    return False


def test_a_gate_that_lets_everything_through_passes_every_false_claim() -> None:
    errors = measure_gate(changed_sentences(dataset(), seed=1), lets_everything_through)
    assert {share.value for share in errors.false_pass.values()} == {1.0}
    assert {share.value for share in errors.false_strip.values()} == {0.0}
    assert {"number", "negation", ALL} <= set(errors.false_pass)
    assert UNCHANGED in errors.false_strip
    assert errors.balanced_accuracy == 0.5
    assert not errors.stripped_wrongly
    assert len(errors.passed_wrongly) == errors.false_pass[ALL].total


def test_a_gate_that_strips_everything_strips_every_true_claim() -> None:
    errors = measure_gate(changed_sentences(dataset(), seed=1), strips_everything)
    assert {share.value for share in errors.false_pass.values()} == {0.0}
    assert {share.value for share in errors.false_strip.values()} == {1.0}
    assert errors.balanced_accuracy == 0.5


class _Reads(Reader):
    """Finds everything uncarried, and remembers what it was shown."""

    def __init__(self) -> None:
        self.read_texts: list[tuple[str, list[str]]] = []

    def read(self, first: str, texts: Sequence[str]) -> list[Reading]:
        self.read_texts.append((first, list(texts)))
        return [Reading(-9.0, -9.0, -9.0, None) for _ in texts]


def test_the_gate_reads_the_sentence_that_aligns_with_the_claim() -> None:
    claim = "Anna Berg said in Oslo that it is not 330 metres long."
    trial = Trial("reworded", True, claim, (TEXT,), "How long is the bridge?")
    reader = _Reads()
    assert not as_a_later_sentence(Gate(reader))(trial)
    assert reader.read_texts == [(claim, [TEXT])]  # the sentence, with the one before it
    assert as_a_later_sentence(Gate())(trial)


def test_as_the_answer_a_claim_must_answer_its_question() -> None:
    trial = Trial(UNCHANGED, True, SENTENCE, (TEXT,), "Who said in Oslo that it is long?")
    assert as_the_answer(Gate())(trial)
    other = trial._replace(question="How much does the ferry to Bergen cost?")
    assert not as_the_answer(Gate())(other)
    assert as_a_later_sentence(Gate())(other)


def test_a_gate_that_compares_exactly_is_right_on_changed_and_unchanged_sentences() -> None:
    errors = measure_gate(
        changed_sentences(dataset(), seed=1), lambda trial: trial.claim in trial.evidence
    )
    assert errors.false_pass[ALL].hits == 0
    assert errors.false_strip[UNCHANGED].hits == 0


def test_the_sentence_around_a_gold_span_is_the_claim_and_its_evidence() -> None:
    trials = changed_sentences(dataset(), seed=1)
    assert trials[0] == Trial(UNCHANGED, True, SENTENCE, (SENTENCE,), "How long?")
    assert all(trial.evidence == (SENTENCE,) for trial in trials)
    assert all(trial.claim != SENTENCE for trial in trials[1:])


def test_a_named_support_sentence_comes_before_the_spans() -> None:
    named = {"doc_id": "d1", "start": 0, "end": 30, "text": "The bridge opened in May 1998."}
    trials = changed_sentences(dataset(support_sentence=named), seed=1)
    assert trials[0].claim == "The bridge opened in May 1998."


@pytest.mark.parametrize(
    ("label", "faithful"),
    [
        ("Complete", True),
        ("SUPPORT", True),
        ("Incomplete", False),
        ("CONTRADICT", False),
        ("supported", True),
        ("not_supported", False),
        ("partially_supported", False),
    ],
)
def test_labels_of_people_say_what_ought_to_pass(label: str, faithful: bool) -> None:
    (trial,) = trials_of(dataset(label=label), seed=1)
    assert trial == Trial(label, faithful, "How long?", (TEXT,))


def test_partial_support_and_claims_without_evidence_are_left_out() -> None:
    assert not labelled_claims(dataset(label="Partial"))
    asked = replace(dataset(label="Complete").questions[0], relevant_ids=())
    assert not labelled_claims(replace(dataset(), questions=(asked,)))
    with pytest.raises(EvaluationError, match="nothing to put to the gate"):
        measure_gate([], lets_everything_through)


def test_balanced_accuracy_weighs_true_and_false_claims_alike() -> None:
    trials = [Trial("SUPPORT", True, "yes", ("e",))] * 9 + [Trial("NEI", False, "no", ("e",))]
    errors = measure_gate(trials, lambda trial: trial.claim == "yes")
    assert errors.balanced_accuracy == 1.0
    errors = measure_gate(trials, lets_everything_through)
    assert errors.balanced_accuracy == 0.5
    assert errors.as_dict()["false_pass"][ALL]["n"] == 1
