"""Averages the rows of a run, each figure with its interval and its number of questions.

The same rows and seed give the same summary; everything that depends on the clock stands under
``timings``. Knows no files and no systems.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rag.evaluation.intervals import Proportion, bootstrap_mean
from rag.evaluation.measures.abstention import (
    Outcome,
    abstention_scores,
    error_at_answer_rate,
    risk_coverage,
)
from rag.evaluation.run_folder import Row

ANSWER_RATES = (0.5, 0.7, 0.9)  # the stated answer rates at which the error is reported
_PERCENTILES = (50, 95)


def summarise(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Everything a run says, as JSON types. Rows are put in order of their ids first."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    return {
        "questions": len(ordered),
        "errors": sum(row["error"] is not None for row in ordered),
        "measures": measure_means(ordered, seed),
        "abstention": _abstention(ordered),
        "risk_coverage": _risk_coverage(ordered),
        "tokens": {
            name: _mean(row[name] for row in ordered if row.get(name) is not None)
            for name in ("prompt_tokens", "completion_tokens")
        },
        "timings": _timings(ordered),
    }


def measure_means(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Per measure the mean over the questions for which it is defined, and its interval.

    Measures of 0 and 1 have the Clopper-Pearson interval, all others the bootstrap's.
    """
    means = {}
    for name in sorted({name for row in rows for name in row["measures"]}):
        values = [value for row in rows if (value := row["measures"].get(name)) is not None]
        if values:
            means[name] = _mean_with_interval(values, seed)
    return means


def is_binary(values: Iterable[float]) -> bool:
    return all(value in (0.0, 1.0) for value in values)


def outcomes(rows: Sequence[Row]) -> list[Outcome]:
    """The rows that say something about abstaining: whether the question has an answer is known."""
    return [
        Outcome(
            answerable=row["answerable"],
            answered=row["status"] != "unanswered",
            correct=row["correct"] if row["status"] != "unanswered" else None,
            confidence=row["confidence"],
        )
        for row in rows
        if row["answerable"] is not None and "status" in row
    ]


def proportion(share: Proportion) -> dict[str, Any]:
    """A share as JSON: its value (null when there was nothing to count), interval and counts."""
    low, high = share.interval()
    return {"mean": share.value, "low": low, "high": high, "hits": share.hits, "n": share.total}


def _mean_with_interval(values: Sequence[float], seed: int) -> dict[str, Any]:
    if is_binary(values):
        return proportion(Proportion(round(sum(values)), len(values))) | {
            "interval": "clopper-pearson"
        }
    low, high = bootstrap_mean(values, seed)
    return {
        "mean": _mean(values),
        "low": low,
        "high": high,
        "n": len(values),
        "interval": "bootstrap",
    }


def _abstention(rows: Sequence[Row]) -> dict[str, Any]:
    known = outcomes(rows)
    if not known:
        return {}
    scores = abstention_scores(known)._asdict()
    return {name: proportion(share) for name, share in scores.items()}


def _risk_coverage(rows: Sequence[Row]) -> dict[str, Any]:
    known = outcomes(rows)
    curve = risk_coverage(known)
    at_rates = {f"{rate:g}": error_at_answer_rate(known, rate) for rate in ANSWER_RATES}
    return {
        "points": [list(point) for point in curve.points],
        "area": curve.area,
        "error_at_answer_rate": {
            rate: proportion(share) if share is not None else None
            for rate, share in at_rates.items()
        },
    }


def _timings(rows: Sequence[Row]) -> dict[str, Any]:
    stages = sorted({name for row in rows for name in row["timings"]})
    return {
        stage: _percentiles([row["timings"][stage] for row in rows if stage in row["timings"]])
        for stage in stages
    }


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    """Milliseconds at the nearest rank: a figure that was really measured."""
    ordered = sorted(values)
    ranks = {p: max(1, -(-p * len(ordered) // 100)) for p in _PERCENTILES}
    return {f"p{p}_ms": ordered[rank - 1] for p, rank in ranks.items()} | {"n": len(ordered)}


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
