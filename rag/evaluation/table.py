"""The table of results in Markdown, whole or with the columns of a first look.

Reads summaries and computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Summary = Mapping[str, Any]


def markdown(summaries: Sequence[Summary], *, brief: bool = False) -> str:
    """One row per run, in the order given; each share with its 95 % interval."""
    columns = {name: _COLUMNS[name] for name in (_BRIEF if brief else _COLUMNS)}
    header = ["suite", "system", "questions", *columns]
    lines = [header, ["---"] * len(header)]
    for summary in summaries:
        cells = [read(summary) for read in columns.values()]
        lines.append([summary["suite"], summary["system"], str(summary["questions"]), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _share(block: str, name: str) -> Callable[[Summary], str]:
    def read(summary: Summary) -> str:
        figure = summary[block].get(name)
        if not figure or figure["mean"] is None:
            return "–"
        return f"{figure['mean']:.2f} ({figure['low']:.2f}–{figure['high']:.2f})"

    return read


def _prompt_tokens(summary: Summary) -> str:
    median = summary["tokens"].get("prompt_tokens")
    return "–" if median is None else f"{median:.0f}"


def _seconds(summary: Summary) -> str:
    figure = summary["timings"].get("total")
    return "–" if figure is None else f"{figure['p50_ms'] / 1000:.1f}"


_COLUMNS: Mapping[str, Callable[[Summary], str]] = {
    "right outcome": _share("abstention", "right_outcome_rate"),
    "right among answered": _share("abstention", "accuracy_among_answered"),
    "right among answered answerable": _share("abstention", "accuracy_among_answerable"),
    "right without quotations": _share("measures", "answer.correct_unquoted"),
    "answer contained": _share("measures", "answer.containment"),
    "false refusals": _share("abstention", "false_refusal_rate"),
    "refused of the unanswerable": _share("abstention", "recall"),
    "sentences cited": _share("measures", "citation.cited_share"),
    "citation F1": _share("measures", "citation.f1"),
    "exact offsets": _share("measures", "citation.offset_integrity"),
    "prompt tokens (median)": _prompt_tokens,
    "seconds (p50)": _seconds,
}
_BRIEF = (
    "right outcome",
    "right among answered answerable",
    "false refusals",
    "refused of the unanswerable",
    "sentences cited",
)
