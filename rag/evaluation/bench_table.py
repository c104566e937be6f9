"""What ``rag bench … --json`` printed, as a table in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.errors import EvaluationError
from rag.evaluation.markdown import markdown_table

_Row = Mapping[str, Any]


def markdown(rows: Sequence[_Row]) -> str:
    """A line for each of ``rows``, with a column for whatever one of them has.

    Raises EvaluationError where they are not such rows.
    """
    try:
        kept = {name: [cell(row) for row in rows] for name, cell in _COLUMNS.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(
            "these are no rows of a benchmark: give a file that 'rag bench … --json' wrote"
        ) from error
    columns = {name: cells for name, cells in kept.items() if any(cells)}
    return markdown_table(tuple(columns), zip(*columns.values(), strict=True))


def _ratio(name: str) -> Callable[[_Row], str]:
    def cell(row: _Row) -> str:
        if row.get(name) is None:
            return ""
        ratio, low, high = (_figures(row[each]) for each in (name, f"{name}_low", f"{name}_high"))
        return f"{ratio} ({low}–{high})"

    return cell


def _seconds(name: str) -> Callable[[_Row], str]:
    return lambda row: "" if row.get(name) is None else _figures(row[name])


def _whole(name: str, per: float = 1.0) -> Callable[[_Row], str]:
    return lambda row: "" if row.get(name) is None else f"{row[name] / per:,.0f}"


def _figures(value: float) -> str:
    """As many digits as tell something: 13.0, 0.68, 0.071."""
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


_COLUMNS: Mapping[str, Callable[[_Row], str]] = {
    "what": lambda row: str(row["name"]),
    "times": _whole("n"),
    "seconds, median": _seconds("wall_s"),
    "beside its baseline": _ratio("ratio"),
    "of the processor": _seconds("cpu_s"),
    "beside its baseline, of the processor": _ratio("cpu_ratio"),
    "95th percentile of an answer, seconds": _seconds("p95_s"),
    "lost": _whole("lost"),
    "tokens": _whole("tokens"),
    "MB of memory at most": _whole("peak_bytes", 1e6),
}
