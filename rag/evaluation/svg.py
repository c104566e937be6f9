"""Where the lines and dots of the report's drawings stand. The page's template draws them as SVG.

Each function takes plain numbers and returns coordinates, in the units of the drawing's view box.
Knows no rows, no measures and no markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 560, 300  # two drawings stand side by side on a laptop's screen
LEFT, RIGHT, TOP, BOTTOM = 66, 18, 14, 46  # room for the labels of the axes
NAMES = 150  # room for the names beside the bands of an interval chart
BAR, BAND_GAP = 12, 10  # a bar with its dot, and what keeps the bands apart
BELOW = 26  # room for the ticks below an interval chart
TICKS = 5  # quarters of the axis can be read off by eye


class Series(NamedTuple):
    """A named line; ``points`` are (x, y), x rising."""

    name: str
    points: Sequence[tuple[float, float]]


class IntervalRow(NamedTuple):
    """One figure per series: (mean, low, high) in [0, 1], or None where it is not defined."""

    name: str
    values: Sequence[tuple[float, float, float] | None]


class Tick(NamedTuple):
    """A mark of an axis: where it stands along the axis, and what is written there."""

    place: float
    label: str


class Line(NamedTuple):
    """A line as the ``d`` of an SVG path; ``number`` is that of its series, which colours it."""

    number: int
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over shared axes that begin at 0."""

    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]


class Bar(NamedTuple):
    """An interval from ``x1`` to ``x2`` with a dot at ``x``, and what it says in words."""

    number: int
    x: float
    x1: float
    x2: float
    y: float
    title: str


class Band(NamedTuple):
    """A row of an interval chart: its name, the height of the name, and one bar per series."""

    name: str
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """One band per row, one under the other; ``height`` is that of the bands alone."""

    height: float
    ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]


def line_chart(
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    *,
    x_max: float = 1.0,
    y_max: float = 1.0,
    x_unit: str = "",
    step: bool = False,
) -> LineChart:
    """Return the chart of ``series``. With ``step``, y holds until the next x."""
    shares = [tick / (TICKS - 1) for tick in range(TICKS)]
    lines = (
        Line(number, line.name, _path(_stepped(line.points) if step else line.points, x_max, y_max))
        for number, line in enumerate(series)
    )
    return LineChart(
        x_label,
        y_label,
        tuple(Tick(_across(share), f"{share * x_max:g}{x_unit}") for share in shares),
        tuple(Tick(_up(share), f"{share * y_max:g}") for share in shares),
        tuple(line for line in lines if line.path),
    )


def interval_chart(rows: Sequence[IntervalRow], names: Sequence[str]) -> IntervalChart:
    """Return the chart of ``rows``, whose values are those of the series called ``names``."""
    band = BAR * len(names) + BAND_GAP
    shares = [tick / (TICKS - 1) for tick in range(TICKS)]
    return IntervalChart(
        band * len(rows),
        tuple(Tick(_along(share), f"{share:g}") for share in shares),
        tuple(_band(row, place * band + BAND_GAP / 2, names) for place, row in enumerate(rows)),
    )


def cumulative(values: Sequence[float]) -> list[tuple[float, float]]:
    """Return (value, share of the values that are at most as large), from (0, 0)."""
    ordered = sorted(values)
    return [(0.0, 0.0)] + [(v, (n + 1) / len(ordered)) for n, v in enumerate(ordered)]


def nice_ceiling(value: float) -> float:
    """Return the next of 1, 2, 2.5, 5, 10 times a power of ten, so that ticks are round figures."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= value)


def _band(row: IntervalRow, top: float, names: Sequence[str]) -> Band:
    bars = tuple(
        _bar(value, number, top + BAR * (number + 0.5), names[number])
        for number, value in enumerate(row.values)
        if value is not None
    )
    return Band(row.name, top + BAR * len(names) / 2 + 4, bars)


def _bar(value: tuple[float, float, float], number: int, y: float, name: str) -> Bar:
    mean, low, high = value
    title = f"{name}: {mean:.3f} [{low:.3f}, {high:.3f}]"
    return Bar(number, _along(mean), _along(low), _along(high), y, title)


def _stepped(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    steps: list[tuple[float, float]] = []
    for x, y in points:
        if steps:
            steps.append((x, steps[-1][1]))
        steps.append((x, y))
    return steps


def _path(points: Sequence[tuple[float, float]], x_max: float, y_max: float) -> str:
    """The points joined; values beyond the axis stay at its end."""
    places = [(_across(min(1.0, x / x_max)), _up(min(1.0, y / y_max))) for x, y in points]
    return " ".join(
        f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places)
    )


def _across(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _up(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _along(share: float) -> float:
    return NAMES + share * (WIDTH - NAMES - RIGHT)
