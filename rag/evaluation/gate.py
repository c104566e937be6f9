"""Holds runs against committed expected scores, so that a regression fails a build.

The file of expectations is a list of objects, one per figure:

    {"suite": …, "system": …, "measure": "answer.correct" or "abstention.recall" …,
     "expected": 0.81, "tolerance": 0.03, "direction": "higher" or "lower", "command": …}

``direction`` says which way is better, ``tolerance`` how far the wrong way is still no regression,
``command`` how the figure was made. Knows summaries only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from rag.errors import EvaluationError
from rag.evaluation.run_folder import SUMMARY_FILE, read_json

Outcome = Literal["OK", "FAIL", "MISSING"]
Summary = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expectation:
    suite: str
    system: str
    measure: str
    expected: float
    tolerance: float
    direction: Literal["higher", "lower"]
    command: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An expectation beside what was measured; ``actual`` is None when it was not."""

    expectation: Expectation
    actual: float | None
    outcome: Outcome


def read_expectations(path: Path) -> list[Expectation]:
    """Raises `EvaluationError`, naming the entry, when the file is not as described above."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EvaluationError(
            f"{path} does not exist: name the expectations with --expected"
        ) from error
    except json.JSONDecodeError as error:
        raise EvaluationError(f"{path} is not JSON: {error}") from error
    if not isinstance(entries, list):
        raise EvaluationError(f"{path} must hold a list of expectations")
    return [_expectation(entry, f"{path}, entry {n}") for n, entry in enumerate(entries, start=1)]


def read_summaries(runs: Path) -> dict[tuple[str, str], Summary]:
    """The summaries of every run under the folder ``runs``, by suite and system."""
    if not runs.is_dir():
        raise EvaluationError(f"{runs} is not a folder: make the runs with `rag eval run` first")
    found = [read_json(path) for path in sorted(runs.glob(f"*/{SUMMARY_FILE}"))]
    return {(str(each["suite"]), str(each["system"])): each for each in found}


def check(
    expectations: list[Expectation], summaries: Mapping[tuple[str, str], Summary]
) -> list[Checked]:
    """Every expectation beside its figure; one that nobody measured is MISSING."""
    return [_check(each, summaries.get((each.suite, each.system))) for each in expectations]


def passes(checked: list[Checked]) -> bool:
    return all(each.outcome == "OK" for each in checked)


def figure(summary: Summary, measure: str) -> float | None:
    """The figure that an expectation names: a measure's mean, or a block's (``abstention.recall``).

    Also ``risk_coverage.area``. None where the summary has no such figure.
    """
    entry = summary.get("measures", {}).get(measure)
    if entry is None:
        block, _, name = measure.partition(".")
        values = summary.get(block)
        entry = values.get(name) if isinstance(values, Mapping) else None
    value = entry.get("mean") if isinstance(entry, Mapping) else entry
    return float(value) if isinstance(value, int | float) else None


def _check(expectation: Expectation, summary: Summary | None) -> Checked:
    actual = figure(summary, expectation.measure) if summary is not None else None
    if actual is None:
        return Checked(expectation, None, "MISSING")
    shortfall = expectation.expected - actual
    if expectation.direction == "lower":
        shortfall = -shortfall
    # 1e-9: exactly at the tolerance is within it, whatever the rounding of the difference.
    return Checked(
        expectation, actual, "FAIL" if shortfall > expectation.tolerance + 1e-9 else "OK"
    )


def _expectation(entry: Any, where: str) -> Expectation:
    names = {field.name for field in fields(Expectation)}
    if not isinstance(entry, dict) or entry.keys() != names:
        raise EvaluationError(f"{where} must have exactly the fields {', '.join(sorted(names))}")
    if entry["direction"] not in ("higher", "lower"):
        raise EvaluationError(f"{where}: direction must be higher or lower")
    numbers = entry["expected"], entry["tolerance"]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise EvaluationError(f"{where}: expected and tolerance must be numbers")
    return Expectation(**entry)
