"""The table of a retrieval sweep, in Markdown. Reads figures and computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.evaluation.markdown import markdown_table

_SIGNIFICANCE = 0.05  # the level of the 95 % intervals beside it


def markdown(figures: Mapping[str, Any]) -> str:
    """One line per chunking and way; a * marks what differs from the default at the 5 % level."""
    rows = figures["rows"]
    measures = list(rows[0]["measures"])
    by = figures.get("by")
    head = ["suite", by] if by else ["suite"]
    lines = []
    for row in rows:
        cells = [_cell(row["measures"].get(name)) for name in measures]
        size = f"{row['chunks']:,}"
        group = [row[by]] if by else []
        lines.append([figures["suite"], *group, row["chunking"], size, row["way"], *cells])
    return markdown_table([*head, "chunks of", "chunks", "way", *measures], lines)


def _cell(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "–"
    differs = "*" if figure["p"] < _SIGNIFICANCE and figure["difference"] else ""
    return f"{figure['mean']:.3f}{differs} ({figure['low']:.3f}–{figure['high']:.3f})"
