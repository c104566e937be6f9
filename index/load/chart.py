"""The figures behind a chart of an Office document, as rows: a label and a value of each series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.load.build import tidy
from index.load.number_format import shown_number
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_X = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_CATEGORIES = (f"{_C}catAx", f"{_C}dateAx")
Series = tuple[str, list[tuple[str, str]]]  # its name, and its points: label and value


def chart_lines(chart: Element) -> list[str]:
    """The title of a chart and one line for each label: ``Q1; Revenue: 300; Profit: 20``.

    The title of an axis of values, mostly their unit, stands behind the names of its series.
    """
    if next(chart.iter(f"{_X}chartData"), None) is not None:
        title, series, corner = _title(chart, _X), _newer_series(chart), ""
    else:
        title = _title(next(chart.iter(f"{_C}chart"), chart), _C)
        axis = next(chart.iter(*_CATEGORIES), None)
        series, corner = _series(chart), "" if axis is None else _title(axis, _C)
    return [*filter(None, [title]), *_rows(series, corner)]


def _rows(series: list[Series], corner: str) -> list[str]:
    names = [name for name, _ in series]
    values: dict[tuple[str, int], dict[int, str]] = {}  # by label and which one of it, then series
    for at, (_, points) in enumerate(series):
        seen: Counter[str] = Counter()
        for label, value in points:
            seen[label] += 1
            values.setdefault((label, seen[label]), {})[at] = value
    rows = [
        [label, *(of.get(at, "") for at in range(len(names)))]
        for (label, _), of in values.items()
        if any(of.values())
    ]
    return table_lines([[corner, *names], *rows], marked=True) if rows else []


def _series(chart: Element) -> list[Series]:
    units = {
        id_.get("val", ""): _title(axis, _C)
        for axis in chart.iter(f"{_C}valAx")
        for id_ in axis.iter(f"{_C}axId")
    }
    found: list[Series] = []
    for series in chart.iter(f"{_C}ser"):
        name = " ".join(_points(series.find(f"{_C}tx")).values()) or f"Series {len(found) + 1}"
        labels = _points(_first(series, "cat", "xVal"))
        axes = [each.get("val", "") for each in series.itersiblings(f"{_C}axId")]
        unit = units.get(axes[1], "") if len(axes) > 1 else ""  # the first is that of the labels
        for kind, suffix in (("val", ""), ("yVal", ""), ("bubbleSize", " (size)")):
            if (holder := series.find(f"{_C}{kind}")) is not None:
                points = [(labels.get(at, at), value) for at, value in _points(holder).items()]
                found.append((f"{name}{suffix}{_behind(unit, suffix)}", points))
    return found


def _behind(unit: str, suffix: str) -> str:
    return f" ({unit})" if unit and not suffix else ""


def _newer_series(chart: Element) -> list[Series]:
    """Of the charts that came with Office 2016, which have another form: waterfalls, treemaps."""
    data = {each.get("id", ""): each for each in chart.iter(f"{_X}data")}
    found: list[Series] = []
    for series in chart.iter(f"{_X}series"):
        name = tidy(series.findtext(f"{_X}tx/{_X}txData/{_X}v") or "")
        id_ = series.find(f"{_X}dataId")
        of = data.get("" if id_ is None else id_.get("val", ""))
        if of is None:
            continue
        labels = _by_place(of.findall(f"{_X}strDim/{_X}lvl"))
        level = of.find(f"{_X}numDim/{_X}lvl")
        code = "" if level is None else level.get("formatCode", "")
        values = _by_place([] if level is None else [level])
        values = {at: _shown(value, code) for at, value in values.items()}
        points = [(labels.get(at, at), value) for at, value in values.items()]
        found.append((name or f"Series {len(found) + 1}", points))
    return found


def _title(holder: Element, space: str) -> str:
    title = next((each for each in holder if each.tag == f"{space}title"), None)
    if title is None and space == _X:
        title = next(holder.iter(f"{_X}title"), None)
    if title is None:
        return ""
    texts = [each.text or "" for each in title.iter(f"{_A}t")]
    return tidy("".join(texts) or next((each.text or "" for each in title.iter(f"{space}v")), ""))


def _first(series: Element, *kinds: str) -> Element | None:
    found = (series.find(f"{_C}{kind}") for kind in kinds)
    return next((each for each in found if each is not None), None)


def _points(holder: Element | None) -> dict[str, str]:
    """The texts that the file keeps of the cells it refers to, by their place."""
    if holder is None:
        return {}
    levels = list(holder.iter(f"{_C}lvl"))
    if levels:
        return _by_place(levels)
    code = next((each.text or "" for each in holder.iter(f"{_C}formatCode")), "")
    points = {
        each.get("idx", ""): _shown(_said(each), each.get("formatCode", code))
        for each in holder.iter(f"{_C}pt")
    }
    return points or {"0": tidy(holder.findtext(f"{_C}v") or "")}


def _shown(said: str, code: str) -> str:
    """A number as its format shows it: 7.5 % for 0.075; a text as it is."""
    try:
        return shown_number(float(said), code) if code else said
    except ValueError:
        return said


def _by_place(levels: Sequence[Element]) -> dict[str, str]:
    """Labels of several levels, the innermost first in the file: ``2024, Q1``.

    A label of an outer level stands at the first of the places that it holds for.
    """
    if not levels:
        return {}
    inner, *outer = ({each.get("idx", ""): _said(each) for each in level} for level in levels)
    for level in outer:
        label = ""
        for at in sorted(inner, key=lambda each: int(each) if each.isdecimal() else 0):
            label = level.get(at, label)
            inner[at] = f"{label}, {inner[at]}" if label else inner[at]
    return inner


def _said(point: Element) -> str:
    return tidy(point.findtext(f"{_C}v") or point.text or "")
