"""Says which measures differ between two runs of the same questions, question by question.

Knows rows and nothing of the systems that made them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.errors import EvaluationError
from rag.evaluation.intervals import mcnemar, paired_difference
from rag.evaluation.measures.outcome import LOWER_IS_BETTER
from rag.evaluation.run_folder import Row, RunFolder
from rag.evaluation.summary import in_order, is_binary, right_outcome

SIGNIFICANCE = 0.05  # the level of the 95 % intervals beside it
ABSTENTION_MEASURE = "abstention.right_outcome"

Verdict = Literal["better", "worse", "no difference"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure in two runs: b - a over the ``n`` questions for which both define it.

    ``p`` is the exact McNemar test's for measures of 0 and 1, else the paired bootstrap's.
    ``verdict`` says what b is beside a: higher is better, but for what is wrong and unmarked.
    """

    measure: str
    n: int
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    test: Literal["mcnemar", "bootstrap"]
    verdict: Verdict


def compare_runs(a: RunFolder, b: RunFolder) -> list[Comparison]:
    """Compare two runs on disk; `EvaluationError` when they asked different suites."""
    one, other = a.identity(), b.identity()
    if one["dataset_sha256"] != other["dataset_sha256"]:
        raise EvaluationError(
            f"{a.path} asked {one['suite']}, {b.path} {other['suite']}, or the files changed in "
            "between: compare runs of the same documents and questions"
        )
    return compare_rows(a.rows(), b.rows(), one["seed"])


def compare_rows(a: Sequence[Row], b: Sequence[Row], seed: int) -> list[Comparison]:
    """Every measure that both runs define for some common question, those that decide first.

    Tests are made for each measure alone: of twenty measures of two equally good systems, one is
    expected to differ at the 5 % level by chance. `EvaluationError` without a common question.
    """
    one, other = _values(a), _values(b)
    comparisons = [
        _compare(name, one[name], other[name], seed)
        for name in in_order(one.keys() & other.keys())
        if one[name].keys() & other[name].keys()
    ]
    if not comparisons:
        raise EvaluationError("the two runs have no question in common: compare runs of one suite")
    return comparisons


def _compare(name: str, a: Mapping[str, float], b: Mapping[str, float], seed: int) -> Comparison:
    common = sorted(a.keys() & b.keys())
    difference = paired_difference(a, b, seed)
    binary = is_binary(a[id] for id in common) and is_binary(b[id] for id in common)
    p = _mcnemar(a, b, common) if binary else difference.p
    return Comparison(
        measure=name,
        n=difference.n,
        a=sum(a[id] for id in common) / len(common),
        b=sum(b[id] for id in common) / len(common),
        difference=difference.mean,
        low=difference.interval.low,
        high=difference.interval.high,
        p=p,
        test="mcnemar" if binary else "bootstrap",
        verdict=_verdict(name, difference.mean, p),
    )


def _mcnemar(a: Mapping[str, float], b: Mapping[str, float], common: Sequence[str]) -> float:
    return mcnemar(sum(a[id] > b[id] for id in common), sum(b[id] > a[id] for id in common))


def _verdict(measure: str, difference: float, p: float) -> Verdict:
    if p >= SIGNIFICANCE or not difference:
        return "no difference"
    return "better" if (difference > 0) is (measure not in LOWER_IS_BETTER) else "worse"


def _values(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """measure -> question id -> value, for the questions where the measure is defined."""
    values: dict[str, dict[str, float]] = {}
    for row in rows:
        measures = {**row["measures"], ABSTENTION_MEASURE: right_outcome(row)}
        for name, value in measures.items():
            if value is not None:
                values.setdefault(name, {})[row["id"]] = value
    return values
