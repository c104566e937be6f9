"""The set of lines that assert nothing, its controls, and the shares made of them."""

from __future__ import annotations

from collections import Counter

import pytest

from index.load.base import LoadedDocument
from index.types import Span
from rag.errors import EvaluationError
from rag.evaluation.assertions import (
    ALL,
    GROUPS,
    PARTS,
    Group,
    Trial,
    Verdicts,
    by_the_gate,
    doubted_gold,
    measure_false_yes,
    trials,
)
from rag.evaluation.dataset import Dataset, GoldSpan, SourceDocument
from rag.evaluation.dataset import Question as Asked
from rag.gate.decide import Gate

SILENT = Verdicts(affirmed=False, yes=False, no=False)


def line(group: Group, text: str = "Is the gate open?", frame: str = "question") -> Trial:
    return Trial(group, frame, "Is the gate open?", text, "the gate is open", "dev")


def test_the_set_is_as_large_as_its_figures_need() -> None:
    by_group = Counter(each.group for each in trials())
    by_hand = [each for each in trials() if each.frame.startswith("by hand")]
    assert by_group["nothing"] >= 160
    assert by_group["asserted"] >= 60
    assert sum(each.group == "nothing" for each in by_hand) >= 30
    assert len({each.statement for each in trials()}) >= 15


def test_no_line_is_asked_twice_and_no_place_is_left_unfilled() -> None:
    asked = [(each.question, each.line) for each in trials()]
    assert len(set(asked)) == len(asked)
    assert not any("{" in each.line or "  " in each.line for each in trials())


def test_every_part_has_lines_of_every_group() -> None:
    groups = {(each.group, each.part) for each in trials()}
    assert groups == {(group, part) for group in GROUPS for part in PARTS}


def test_shares_are_counted_by_frame_and_failures_are_named() -> None:
    asked = [line("nothing"), line("nothing", frame="if"), line("asserted"), line("denied")]
    affirmed = Verdicts(affirmed=True, yes=False, no=False)
    found = measure_false_yes(asked, lambda trial: affirmed if trial.frame == "if" else SILENT)
    assert {name: (each.hits, each.total) for name, each in found.false_yes.items()} == {
        ALL: (1, 2),
        "question": (0, 1),
        "if": (1, 1),
    }
    assert found.true_yes[ALL].hits == 0
    assert found.true_no[ALL].total == 1
    assert found.failed == tuple(asked[1:])
    assert found.as_dict()["false_yes"][ALL]["mean"] == 0.5


def test_a_set_without_lines_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no line"):
        measure_false_yes([], lambda _: SILENT)


@pytest.mark.parametrize(
    ("group", "text", "shown"),
    [
        ("nothing", "Is the gate open?", SILENT),
        ("nothing", "Unless the gate is open, ring twice.", SILENT),
        ("asserted", "The gate is open.", Verdicts(affirmed=True, yes=True, no=False)),
        ("denied", "The gate is not open.", Verdicts(affirmed=False, yes=False, no=True)),
    ],
)
def test_the_gate_affirms_only_what_a_line_asserts(
    group: Group, text: str, shown: Verdicts
) -> None:
    assert by_the_gate(Gate())(line(group, text)) == shown


def test_no_sample_of_lines_that_assert_nothing_proves_a_yes() -> None:
    nothing = [each for each in trials() if each.group == "nothing" and each.part == "dev"]
    found = measure_false_yes(nothing[::12], by_the_gate(Gate()))
    assert found.false_yes[ALL].hits == 0, found.failed


def test_marked_answers_that_are_taken_to_assert_nothing_are_counted_by_mark() -> None:
    text = "If it rains the toll is 6 euros. The bridge opened in 1904."
    document = SourceDocument("bridge.txt", LoadedDocument("Bridge", "text/plain", text))

    def asked(id: str, question: str, answer: str) -> Asked:
        start = text.index(answer)
        gold = GoldSpan(document.id, Span(start, start + len(answer)), answer)
        return Asked(id, question, (answer,), (document.id,), (gold,), answerable=True)

    questions = (
        asked("1", "How much is the toll?", "6 euros"),
        asked("2", "When did the bridge open?", "1904"),
    )
    found = doubted_gold(Dataset("bridges", {document.id: document}, questions))
    assert {mark: (each["hits"], each["n"]) for mark, each in found.items()} == {
        "all marks": (1, 2),
        "if": (1, 2),
    }
    with pytest.raises(EvaluationError, match="name another suite"):
        doubted_gold(Dataset("bridges", {document.id: document}, (Asked("3", "Why?"),)))
