"""Fits from which probability on an answer is shown, and says what the data can certify.

Reads the rows of runs and learns two things: a logistic model of whether a judged sentence is right
(`rag.gate.calibration.Signals`), and the lowest threshold above which so few of the answers shown
are wrong as was asked for. Knows no index and no language model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import EvaluationError
from rag.evaluation.extra import require
from rag.evaluation.intervals import Proportion
from rag.evaluation.run_folder import Row, RunFolder
from rag.gate.calibration import OF_WRITER, Calibration, Signals
from rag.types import Strictness

CONFIDENCE = 0.9  # that the share of wrong answers stays below the bound, when it is certified
FEWEST = 30  # judged answers; fewer say nothing of six weights
PENALTY = 10.0  # L2, on the weights of standardised signals: strong, for few answers
FOLDS = 5  # so that four fifths of few answers are left to fit
# Of the bound that is asked for, which share of wrong answers each strictness allows.
BOUNDS: dict[Strictness, float] = {"strict": 0.5, "balanced": 1.0, "eager": 1.2}
# Worth a look at what it cites: of 13 answers between this and 0.2 three were right, of 18 between
# 0.2 and 0.35 three as well (dev and calibration parts).
WORTH_SHOWING = 0.1
SIGNALS = tuple(each.name for each in fields(Signals))
AGAINST = ("doubts",)  # the signals that speak against an answer


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence that was judged, and whether it is a right answer to an answerable question."""

    suite: str
    signals: dict[str, float]
    right: bool


def judged_answers(suite: str, rows: Iterable[Row]) -> list[Judged]:
    """The judged sentences of a run's rows, shown or withheld, where their rightness is known, in
    a language that the reader knows."""
    found = []
    for row in rows:
        judgement = row.get("judgement")
        if judgement is None or row["answerable"] is None:
            continue
        right = False if row["answerable"] is False else judgement["correct"]
        if right is not None and "answers" in judgement["signals"]:
            found.append(Judged(suite, judgement["signals"], bool(right)))
    return found


def calibrate_runs(runs: Sequence[RunFolder], bound: float, *, scored: bool = False) -> Calibration:
    """`calibrate` on the rows of ``runs``; with ``scored``, on those where the language model's own
    signals are known, for the one that wrote them. Raises EvaluationError."""
    judged = [each for run in runs for each in judged_answers(run.identity()["suite"], run.rows())]
    if not scored:
        return calibrate(judged, bound)
    writers = {run.identity()["llm"] for run in runs}
    if len(writers) != 1:
        raise EvaluationError(
            "the signals of several language models cannot be weighed together: name runs of "
            f"one, not of {', '.join(sorted(map(str, writers)))}"
        )
    return calibrate(
        [each for each in judged if each.signals.keys() >= OF_WRITER], bound, writer=writers.pop()
    )


def calibrate(
    judged: Sequence[Judged], bound: float, confidence: float = CONFIDENCE, writer: str = ""
) -> Calibration:
    """Fit the model and its threshold for at most ``bound`` wrong among the answers shown.

    What a language model tells is weighed where all are answers of ``writer``. Raises
    EvaluationError when there are too few judged answers, right ones or wrong ones.
    """
    names = tuple(each for each in SIGNALS if writer or each not in OF_WRITER)
    right = [each.right for each in judged]
    if len(judged) < FEWEST or min(right.count(True), right.count(False)) < FOLDS:
        raise EvaluationError(
            f"{len(judged)} judged answers, of which {right.count(True)} right, are not enough to "
            f"calibrate with: {FEWEST} are needed, {FOLDS} of them right and {FOLDS} wrong"
        )
    fitted = _logistic(judged, names)
    probabilities = _held_out_probabilities(judged, names)
    found = {
        strictness: threshold_for(probabilities, right, min(1.0, factor * bound), confidence)
        for strictness, factor in BOUNDS.items()
    }
    balanced, certified = found["balanced"]
    # Where one bound can be certified and another not, the order could be lost.
    ordered = {
        "strict": max(balanced, found["strict"][0]),
        "balanced": balanced,
        "eager": min(balanced, found["eager"][0]),
    }
    thresholds = {each: max(WORTH_SHOWING, ordered[each]) for each in BOUNDS}
    return Calibration(
        weights=fitted.weights,
        intercept=fitted.intercept,
        thresholds=thresholds,
        tentative=WORTH_SHOWING,
        bound=bound,
        confidence=confidence,
        certified=certified,
        evidence=_evidence(judged, _wrong(probabilities, right, balanced), confidence)
        | _areas(judged, probabilities, names),
        writer=writer,
    )


def threshold_for(
    probabilities: Sequence[float], right: Sequence[bool], bound: float, confidence: float
) -> tuple[float, bool]:
    """The threshold for ``bound``, and whether the data certify it at ``confidence``.

    Thresholds at which 50, 52 … 100 % of the judged answers are shown are tried in this order, and
    the first that fails ends the search (fixed sequence testing, after Angelopoulos et al. 2021,
    Learn then Test, arXiv:2110.01052): one passes when the upper Clopper-Pearson limit of the share
    of wrong answers is within the bound. Where the first one fails, the lowest threshold whose
    observed share is within the bound is given, and not certified.
    """
    shares = [(each, _wrong(probabilities, right, each)) for each in _tried(probabilities)]
    passed = takewhile(lambda pair: pair[1].interval(2 * confidence - 1).high <= bound, shares)
    certified = [threshold for threshold, _ in passed]
    if certified:
        return certified[-1], True
    observed = [
        threshold
        for threshold in sorted({_rounded_down(each) for each in probabilities})
        if (wrong := _wrong(probabilities, right, threshold)).hits <= bound * wrong.total
    ]
    return (observed[0] if observed else 1.0), False


def _wrong(probabilities: Sequence[float], right: Sequence[bool], threshold: float) -> Proportion:
    """The wrong answers among those that ``threshold`` shows."""
    shown = [ok for value, ok in zip(probabilities, right, strict=True) if value >= threshold]
    return Proportion(shown.count(False), len(shown))


def _tried(probabilities: Sequence[float]) -> list[float]:
    ordered = sorted(probabilities, reverse=True)
    counts = [max(1, percent * len(ordered) // 100) for percent in range(50, 101, 2)]
    return [_rounded_down(ordered[count - 1]) for count in counts]


def _rounded_down(value: float) -> float:
    return float(np.floor(value * 1e4) / 1e4)


def _held_out_probabilities(judged: Sequence[Judged], names: Sequence[str]) -> list[float]:
    """Each answer's probability by a model that was fitted without it: the threshold must not rest
    on answers that the weights have seen."""
    require("sklearn")
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    found = [0.0] * len(judged)
    right = [each.right for each in judged]
    for fitted, held in folds.split(np.zeros(len(judged)), right):
        model = _logistic([judged[place] for place in fitted], names)
        for place in held:
            found[place] = model.probability(judged[place])
    return found


def _areas(
    judged: Sequence[Judged], held_out: Sequence[float], names: Sequence[str]
) -> dict[str, float | None]:
    """How well right answers are told from wrong ones, as the area under the ROC curve: by models
    that had not seen the answer, and by models that had seen nothing of its suite."""
    area = _area(judged, held_out)
    suites = {each.suite for each in judged}
    if len(suites) == 1:
        return {"area": area, "area_unseen_suites": None}
    without = {
        suite: _logistic([each for each in judged if each.suite != suite], names)
        for suite in suites
    }
    unseen = [without[each.suite].probability(each) for each in judged]
    return {"area": area, "area_unseen_suites": _area(judged, unseen)}


def _area(judged: Sequence[Judged], probabilities: Sequence[float]) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score([each.right for each in judged], probabilities)), 3)


@dataclass(frozen=True, slots=True)
class _Logistic:
    """A logistic model of the signals that have a weight."""

    weights: dict[str, float]
    intercept: float

    def probability(self, judged: Judged) -> float:
        weighed = (weight * judged.signals[name] for name, weight in self.weights.items())
        return float(1 / (1 + np.exp(-(sum(weighed) + self.intercept))))


def _logistic(judged: Sequence[Judged], names: Sequence[str]) -> _Logistic:
    """The model of the signals ``names`` as they are, fitted on standardised ones.

    No signal may weigh against its meaning: few answers would else make accidents of a suite into
    rules for all (that naming more of the question makes an answer less likely, for one).
    """
    require("scipy")
    from scipy.optimize import minimize

    values = np.array([[each.signals[name] for name in names] for each in judged])
    right = np.array([float(each.right) for each in judged])
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation[deviation == 0] = 1.0  # a signal that never varies says nothing
    standard = (values - mean) / deviation

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """The negative log likelihood with its L2 penalty, and its gradient."""
        logits = standard @ found[:-1] + found[-1]
        off = 1 / (1 + np.exp(-logits)) - right
        value = (
            np.sum(np.logaddexp(0, logits) - right * logits) + PENALTY / 2 * found[:-1] @ found[:-1]
        )
        return float(value), np.append(standard.T @ off + PENALTY * found[:-1], off.sum())

    bounds = [(None, 0) if name in AGAINST else (0, None) for name in names]
    fitted = minimize(
        loss,
        np.zeros(len(names) + 1),
        jac=True,
        bounds=[*bounds, (None, None)],
        method="L-BFGS-B",
    ).x
    weights = fitted[:-1] / deviation
    intercept = float(fitted[-1] - weights @ mean)
    rounded = (round(float(weight), 6) for weight in weights)
    return _Logistic(dict(zip(names, rounded, strict=True)), round(intercept, 6))


def _evidence(judged: Sequence[Judged], wrong: Proportion, confidence: float) -> dict[str, Any]:
    limit = wrong.interval(2 * confidence - 1).high  # of a two-sided interval: one-sided at it
    return {
        "suites": {
            name: sum(each.suite == name for each in judged)
            for name in sorted({each.suite for each in judged})
        },
        "judged": len(judged),
        "right": sum(each.right for each in judged),
        "shown": wrong.total,
        "wrong_shown": wrong.hits,
        "upper_limit": round(limit, 4),
    }
