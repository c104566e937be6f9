"""Measures of knowing when not to answer.

Every share is a ``Proportion``: hits and total, with its exact interval. Knows nothing of how an
answer was judged or where its confidence comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from rag.evaluation.intervals import Proportion


class Outcome(NamedTuple):
    """What came of one question.

    ``correct`` is None when no answer was judged. It may be set for an abstention too: the answer
    was drafted, judged and then withheld; ``risk_coverage`` can then look below the threshold.
    ``confidence`` is any number that grows with the system's trust in its answer.
    """

    answerable: bool
    answered: bool
    correct: bool | None
    confidence: float


class AbstentionScores(NamedTuple):
    """Shares of questions; see ``abstention_scores``."""

    precision: Proportion
    recall: Proportion
    false_refusal_rate: Proportion
    answer_rate: Proportion
    accuracy_among_answered: Proportion
    accuracy_among_answerable: Proportion
    right_outcome_rate: Proportion


def abstention_scores(outcomes: Sequence[Outcome]) -> AbstentionScores:
    """The seven shares of abstaining rightly.

    precision                  unanswerable questions among the abstentions
    recall                     abstentions among the unanswerable questions
    false_refusal_rate         abstentions among the answerable questions
    answer_rate                answers among all questions
    accuracy_among_answered    right answers among the judged answers
    accuracy_among_answerable  the same, of answers to answerable questions alone
    right_outcome_rate         right answers and right abstentions among all judged questions

    Any answer to an unanswerable question is wrong; an abstention needs no judge.
    """
    abstained = [outcome for outcome in outcomes if not outcome.answered]
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    refused = sum(outcome.answerable for outcome in abstained)
    kept_silent = len(abstained) - refused
    errors = [error for each in outcomes if each.answered if (error := _error(each)) is not None]
    right = errors.count(False)
    judged = [each for each in answerable if each.answered and each.correct is not None]
    return AbstentionScores(
        precision=Proportion(kept_silent, len(abstained)),
        recall=Proportion(kept_silent, len(outcomes) - len(answerable)),
        false_refusal_rate=Proportion(refused, len(answerable)),
        answer_rate=Proportion(len(outcomes) - len(abstained), len(outcomes)),
        accuracy_among_answered=Proportion(right, len(errors)),
        accuracy_among_answerable=Proportion(right, len(judged)),
        right_outcome_rate=Proportion(right + kept_silent, len(errors) + len(abstained)),
    )


class RiskCoverage(NamedTuple):
    """``points`` are (coverage, risk), coverage rising; ``area`` is their mean risk."""

    points: tuple[tuple[float, float], ...]
    area: float | None


def risk_coverage(outcomes: Sequence[Outcome]) -> RiskCoverage:
    """The risk-coverage curve of selective answering (El-Yaniv and Wiener 2010) and its area.

    Answers are taken in order of falling confidence. At each threshold, coverage is the share of
    the questions that are answered, risk the share of wrong ones among these answers. Answers of
    equal confidence cannot be told apart by a threshold: they enter together and make one point.
    ``area`` is AURC (Geifman and El-Yaniv 2017): the mean over the answers of the risk at their own
    threshold. Where abstentions hold no judged draft the curve ends at a coverage below 1, and the
    area is the mean risk up to there: compare areas only of curves that reach equally far. Answers
    that nobody judged are left out. No points and no area without a judged answer.
    """
    total, steps = _steps(outcomes)
    points = tuple((step.total / total, step.hits / step.total) for step in steps)
    if not steps:
        return RiskCoverage((), None)
    entered = [step.total - before for step, before in zip(steps, _before(steps), strict=True)]
    weighted = sum(count * risk for count, (_, risk) in zip(entered, points, strict=True))
    return RiskCoverage(points, weighted / steps[-1].total)


def error_at_answer_rate(outcomes: Sequence[Outcome], rate: float) -> Proportion | None:
    """Wrong answers among the answers, at the highest threshold that answers at least ``rate``.

    ``rate`` is a share of all questions in (0, 1]. None when the system never answers so many.
    """
    total, steps = _steps(outcomes)
    # 1e-9: 0.3 of 10 questions is 3 of them, whatever the rounding of the product.
    return next((step for step in steps if step.total >= rate * total - 1e-9), None)


def _error(outcome: Outcome) -> bool | None:
    """Whether the answer (or withheld draft) is wrong; None when there is nothing to judge."""
    if outcome.answerable or not outcome.answered:
        return None if outcome.correct is None else not (outcome.correct and outcome.answerable)
    return True


def _steps(outcomes: Sequence[Outcome]) -> tuple[int, list[Proportion]]:
    """The number of questions, and wrong answers out of answers at each distinct threshold."""
    judged = [(each.confidence, error) for each in outcomes if (error := _error(each)) is not None]
    silent = sum(not each.answered and _error(each) is None for each in outcomes)
    steps: list[Proportion] = []
    wrong = count = 0
    judged.sort(reverse=True)
    for _, tied in groupby(judged, key=lambda pair: pair[0]):
        errors = [error for _, error in tied]
        wrong, count = wrong + sum(errors), count + len(errors)
        steps.append(Proportion(wrong, count))
    return len(judged) + silent, steps


def _before(steps: Iterable[Proportion]) -> list[int]:
    """The number of answers in front of each step."""
    return [0, *(step.total for step in steps)][:-1]
