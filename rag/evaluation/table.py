"""The table of results in Markdown, whole or with the columns of a first look.

Reads summaries and computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.evaluation.markdown import ABSENT, markdown_table, share_cell
from rag.evaluation.measures.outcome import (
    DECIDING,
    RIGHT_AND_SHOWN,
    RIGHT_PAGE_CITED,
    RIGHT_WITH_TENTATIVE,
    WRONG_AND_UNMARKED,
)

Summary = Mapping[str, Any]


def markdown(summaries: Sequence[Summary], *, brief: bool = False) -> str:
    """Return one row per run, in the order given; each share with its 95 % interval.

    The measures that decide stand first; they are left out where no run has them, because it was
    made before they were.
    """
    decided = any(name in each["measures"] for each in summaries for name in DECIDING)
    columns = {**(_DECIDING if decided else {}), **{n: _COLUMNS[n] for n in _names(brief)}}
    header = ["suite", "system", "questions", *columns]
    lines = []
    for summary in summaries:
        cells = [read(summary) for read in columns.values()]
        lines.append([summary["suite"], summary["system"], str(summary["questions"]), *cells])
    return markdown_table(header, lines)


def _names(brief: bool) -> Sequence[str]:
    return _BRIEF if brief else tuple(_COLUMNS)


def _share(block: str, name: str) -> Callable[[Summary], str]:
    def read(summary: Summary) -> str:
        return share_cell(summary[block].get(name))

    return read


def _prompt_tokens(summary: Summary) -> str:
    median = summary["tokens"].get("prompt_tokens")
    return ABSENT if median is None else f"{median:.0f}"


def _seconds(summary: Summary) -> str:
    figure = summary["timings"].get("total")
    return ABSENT if figure is None else f"{figure['p50_ms'] / 1000:.1f}"


_DECIDING: Mapping[str, Callable[[Summary], str]] = {
    "wrong and unmarked": _share("measures", WRONG_AND_UNMARKED),
    "right and shown": _share("measures", RIGHT_AND_SHOWN),
    "right with tentative": _share("measures", RIGHT_WITH_TENTATIVE),
    "right page cited": _share("measures", RIGHT_PAGE_CITED),
}
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
