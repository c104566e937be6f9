"""Averages the rows of a run, each figure with its interval and its number of questions.

The same rows and seed give the same summary; everything that depends on the clock stands under
``timings``. Knows no files and no systems.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from rag.evaluation.intervals import Proportion, bootstrap_mean
from rag.evaluation.judge import ONE_DOCUMENT_KINDS
from rag.evaluation.measures.abstention import (
    Outcome,
    abstention_scores,
    error_at_answer_rate,
    risk_coverage,
)
from rag.evaluation.measures.outcome import DECIDING, RIGHT_AND_SHOWN, is_shown
from rag.evaluation.run_folder import Row

ONE_DOCUMENT = "about one document"
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
        "error_at_answer_rate": _errors_at_answer_rates(ordered),
        "by_turn": _by_turn(ordered),
        "by_kind": _by_kind(ordered),
        "tokens": {
            name: _median(row[name] for row in ordered if row.get(name) is not None)
            for name in ("prompt_tokens", "completion_tokens")
        },
        "timings": _timings(ordered),
    }


def measure_means(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Per measure the mean over the questions for which it is defined, and its interval.

    Measures of 0 and 1 have the Clopper-Pearson interval, all others the bootstrap's.
    """
    means = {}
    for name in in_order({name for row in rows for name in row["measures"]}):
        values = [value for row in rows if (value := row["measures"].get(name)) is not None]
        if values:
            means[name] = _mean_with_interval(values, seed)
    return means


def in_order(measures: Iterable[str]) -> list[str]:
    """Return the names of measures as they are shown: those that decide, then all others."""
    names = set(measures)
    return [name for name in DECIDING if name in names] + sorted(names - set(DECIDING))


def is_binary(values: Iterable[float]) -> bool:
    return all(value in (0.0, 1.0) for value in values)


def outcomes(rows: Sequence[Row]) -> list[Outcome]:
    """The rows that say something about abstaining: whether the question has an answer is known."""
    return [
        Outcome(
            answerable=row["answerable"],
            answered=is_shown(row["status"]),
            correct=row["correct"] if is_shown(row["status"]) else None,
            confidence=row["confidence"],
        )
        for row in rows
        if row["answerable"] is not None and "status" in row
    ]


def right_outcome(row: Row) -> float | None:
    """Return 1 for a right answer or abstention, else 0; None when neither can be judged.

    A tentative answer counts as an abstention.
    """
    if row["answerable"] is None or "status" not in row:
        return None
    if row["answerable"]:
        return None if row["correct"] is None else float(row["correct"] and is_shown(row["status"]))
    return float(not is_shown(row["status"]))


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


def _by_turn(rows: Sequence[Row]) -> dict[str, Any]:
    """The right outcomes of questions that stand alone and of those that follow on others."""
    shares = {}
    for name, follows in (("first question", False), ("follow-up", True)):
        judged = [right_outcome(row) for row in rows if bool(row["turns"]) is follows]
        known = [value for value in judged if value is not None]
        if known:
            shares[name] = proportion(Proportion(round(sum(known)), len(known)))
    return shares


def _by_kind(rows: Sequence[Row]) -> dict[str, Any]:
    """Right and shown, for each kind of answerable questions; first for all about one document."""
    judged = [
        (str(row["kind"]), float(value))
        for row in rows
        if row["kind"] and (value := row["measures"].get(RIGHT_AND_SHOWN)) is not None
    ]
    kinds = {kind: [value for k, value in judged if k == kind] for kind in sorted(dict(judged))}
    single = [value for kind, value in judged if kind in ONE_DOCUMENT_KINDS]
    groups = ({ONE_DOCUMENT: single} if single else {}) | kinds
    return {
        name: proportion(Proportion(round(sum(values)), len(values)))
        for name, values in groups.items()
    }


def _risk_coverage(rows: Sequence[Row]) -> dict[str, Any]:
    curve = risk_coverage(outcomes(rows))
    return {"points": [list(point) for point in curve.points], "area": curve.area}


def _errors_at_answer_rates(rows: Sequence[Row]) -> dict[str, Any]:
    """The share of wrong answers when at least so many are given; absent if it never is."""
    known = outcomes(rows)
    shares = {f"{rate:g}": error_at_answer_rate(known, rate) for rate in ANSWER_RATES}
    return {rate: proportion(share) for rate, share in shares.items() if share is not None}


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


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
