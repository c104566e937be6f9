"""The figures behind a chart of an Office document, as rows: a label and a value of each series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.load.build import tidy
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def chart_lines(chart: Element) -> list[str]:
    """One line for each label of a chart: ``Q1; Revenue: 300; Profit: 20``."""
    names: list[str] = []
    values: dict[str, dict[str, str]] = {}  # by label, then by series
    for number, series in enumerate(chart.iter(f"{_C}ser"), 1):
        name = " ".join(_points(series.find(f"{_C}tx")).values()) or f"Series {number}"
        names.append(name)
        labels = _points(_first(series, "cat", "xVal"))
        for at, value in _points(_first(series, "val", "yVal")).items():
            values.setdefault(labels.get(at, at), {})[name] = value
    rows = [[label, *(of.get(name, "") for name in names)] for label, of in values.items()]
    return table_lines([["", *names], *rows], marked=True) if rows else []


def _first(series: Element, *kinds: str) -> Element | None:
    found = (series.find(f"{_C}{kind}") for kind in kinds)
    return next((each for each in found if each is not None), None)


def _points(holder: Element | None) -> dict[str, str]:
    """The texts that the file keeps of the cells it refers to, by their place."""
    if holder is None:
        return {}
    points = {
        each.get("idx", ""): tidy(each.findtext(f"{_C}v") or "") for each in holder.iter(f"{_C}pt")
    }
    return points or {"0": holder.findtext(f"{_C}v") or ""}
