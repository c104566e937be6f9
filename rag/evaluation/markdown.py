"""Tables in Markdown, and how a share is written in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

ABSENT = "–"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a line for each of ``rows``, which are as long as ``header``."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def share_cell(figure: Mapping[str, Any] | None) -> str:
    """A share as `rag.evaluation.summary.proportion` gives it, with its interval."""
    if not figure or figure["mean"] is None:
        return ABSENT
    return f"{figure['mean']:.2f} ({figure['low']:.2f}–{figure['high']:.2f})"
