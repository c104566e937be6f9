"""Abstention measures by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.intervals import Proportion
from rag.evaluation.measures.abstention import (
    Outcome,
    abstention_scores,
    error_at_answer_rate,
    risk_coverage,
)

RIGHT = Outcome(answerable=True, answered=True, correct=True, confidence=0.9)
WRONG = Outcome(answerable=True, answered=True, correct=False, confidence=0.5)
UNJUDGED = Outcome(answerable=True, answered=True, correct=None, confidence=0.7)
REFUSED = Outcome(answerable=True, answered=False, correct=None, confidence=0.2)
SILENT = Outcome(answerable=False, answered=False, correct=None, confidence=0.1)
INVENTED = Outcome(answerable=False, answered=True, correct=None, confidence=0.6)


def test_scores_of_a_hand_counted_run() -> None:
    scores = abstention_scores([RIGHT, RIGHT, WRONG, UNJUDGED, REFUSED, SILENT, SILENT, INVENTED])
    assert scores.precision == Proportion(2, 3)
    assert scores.recall == Proportion(2, 3)
    assert scores.false_refusal_rate == Proportion(1, 5)
    assert scores.answer_rate == Proportion(5, 8)
    assert scores.accuracy_among_answered == Proportion(2, 4)  # without the unjudged one
    assert scores.accuracy_among_answerable == Proportion(2, 3)
    assert scores.right_outcome_rate == Proportion(4, 7)


def test_an_answer_to_an_unanswerable_question_is_wrong_whatever_the_judge_says() -> None:
    praised = INVENTED._replace(correct=True)
    assert abstention_scores([praised]).accuracy_among_answered == Proportion(0, 1)


def test_a_withheld_draft_is_no_answer() -> None:
    withheld = REFUSED._replace(correct=True)
    scores = abstention_scores([withheld])
    assert scores.accuracy_among_answered == Proportion(0, 0)
    assert scores.right_outcome_rate == Proportion(0, 1)


def test_without_outcomes_every_share_is_undefined() -> None:
    assert {share.value for share in abstention_scores([])} == {None}


def judged(*pairs: tuple[float, bool]) -> list[Outcome]:
    return [Outcome(True, True, correct, confidence) for confidence, correct in pairs]


def test_risk_coverage_of_a_hand_computed_run() -> None:
    curve = risk_coverage(judged((0.2, False), (0.9, True), (0.8, False), (0.4, True)))
    assert [coverage for coverage, _ in curve.points] == [0.25, 0.5, 0.75, 1.0]
    assert [risk for _, risk in curve.points] == [0.0, 1 / 2, 1 / 3, 1 / 2]
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_equal_confidences_enter_together_in_whatever_order() -> None:
    tied = judged((0.5, False), (0.5, True), (0.9, True))
    curve = risk_coverage(tied)
    assert curve.points == ((1 / 3, 0.0), (1.0, 1 / 3))
    assert curve.area == pytest.approx((0 + 1 / 3 + 1 / 3) / 3)
    assert risk_coverage(tied[::-1]) == curve


def test_abstentions_without_a_draft_keep_coverage_below_one() -> None:
    curve = risk_coverage([RIGHT, WRONG, SILENT, REFUSED, UNJUDGED])
    assert curve.points == ((0.25, 0.0), (0.5, 0.5))
    assert curve.area == pytest.approx(0.25)


def test_withheld_drafts_extend_the_curve() -> None:
    curve = risk_coverage([RIGHT, REFUSED._replace(correct=True), SILENT._replace(correct=False)])
    assert curve.points[-1] == (1.0, 1 / 3)


def test_without_judged_answers_there_is_no_curve() -> None:
    assert risk_coverage([SILENT, REFUSED, UNJUDGED]) == ((), None)


def test_error_at_a_stated_answer_rate() -> None:
    outcomes = judged((0.9, True), (0.8, False), (0.8, True), (0.4, False))
    assert error_at_answer_rate(outcomes, 0.25) == Proportion(0, 1)
    assert error_at_answer_rate(outcomes, 0.5) == Proportion(1, 3)  # the tie enters whole
    assert error_at_answer_rate(outcomes, 1.0) == Proportion(2, 4)
    assert error_at_answer_rate([*outcomes, SILENT], 1.0) is None


@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4]), st.booleans()), min_size=1, max_size=9
    )
)
def test_the_curve_ends_at_the_error_of_answering_everything(
    pairs: list[tuple[float, bool]],
) -> None:
    curve = risk_coverage(judged(*pairs))
    wrong = sum(not correct for _, correct in pairs)
    assert curve.points[-1] == (1.0, wrong / len(pairs))
    assert curve.area is not None
    assert 0.0 <= curve.area <= 1.0
