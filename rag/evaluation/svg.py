"""Small drawings for the report, as SVG elements that stand in the page itself.

Each takes plain numbers and returns markup; colours and fonts come from the page's style sheet by
class. Knows no rows and no measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 560, 300  # two drawings stand side by side on a laptop's screen
LEFT, RIGHT, TOP, BOTTOM = 66, 18, 14, 46  # room for the labels of the axes
NAMES = 150  # room for the names beside the bands of an interval chart
BAR, BAND_GAP = 12, 10  # a bar with its dot, and what keeps the bands apart
TICKS = 5  # quarters of the axis can be read off by eye


class Series(NamedTuple):
    """A named line; ``points`` are (x, y), x rising."""

    name: str
    points: Sequence[tuple[float, float]]


class IntervalRow(NamedTuple):
    """One figure per series: (mean, low, high) in [0, 1], or None where it is not defined."""

    name: str
    values: Sequence[tuple[float, float, float] | None]


def line_chart(
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    *,
    x_max: float = 1.0,
    y_max: float = 1.0,
    x_unit: str = "",
    step: bool = False,
) -> str:
    """Lines over shared axes that begin at 0. With ``step``, y holds until the next x."""
    drawn = [_axes(x_label, y_label, x_max, y_max, x_unit)]
    for number, line in enumerate(series):
        path = _path(_stepped(line.points) if step else line.points, x_max, y_max)
        if path:
            title = f"<title>{escape(line.name)}</title>"
            drawn.append(f'<path class="line s{number}" d="{path}">{title}</path>')
    return _svg(WIDTH, HEIGHT, "".join(drawn), f"{y_label} by {x_label}")


def interval_chart(rows: Sequence[IntervalRow], names: Sequence[str]) -> str:
    """One band per row: a dot at the mean and a bar from low to high, one under the other."""
    plot = WIDTH - NAMES - RIGHT
    band = BAR * len(names) + BAND_GAP
    height = band * len(rows)
    drawn = [_vertical_grid(NAMES, plot, height)]
    for position, row in enumerate(rows):
        top = position * band + BAND_GAP / 2
        drawn.append(
            f'<text class="label" x="{NAMES - 12}" y="{top + BAR * len(names) / 2 + 4:.1f}" '
            f'text-anchor="end">{escape(row.name)}</text>'
        )
        for number, value in enumerate(row.values):
            if value is not None:
                y = top + BAR * (number + 0.5)
                drawn.append(_interval(value, number, y, NAMES, plot, names[number]))
    return _svg(WIDTH, height + 26, "".join(drawn), "means with 95 % intervals")


def cumulative(values: Sequence[float]) -> list[tuple[float, float]]:
    """(value, share of the values that are at most as large), from (0, 0)."""
    ordered = sorted(values)
    return [(0.0, 0.0)] + [(v, (n + 1) / len(ordered)) for n, v in enumerate(ordered)]


def nice_ceiling(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10 times a power of ten, so that ticks are round figures."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= value)


def _interval(
    value: tuple[float, float, float], number: int, y: float, left: int, plot: int, name: str
) -> str:
    mean, low, high = value
    x, x1, x2 = (left + each * plot for each in (mean, low, high))
    return (
        f'<g class="s{number}"><title>{escape(name)}: {mean:.3f} [{low:.3f}, {high:.3f}]</title>'
        f'<line class="bar" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/></g>'
    )


def _vertical_grid(left: int, plot: int, height: int) -> str:
    parts = []
    for tick in range(TICKS):
        share = tick / (TICKS - 1)
        x = left + share * plot
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}"/>')
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{height + 18}" text-anchor="middle">'
            f"{share:g}</text>"
        )
    return "".join(parts)


def _axes(x_label: str, y_label: str, x_max: float, y_max: float, x_unit: str) -> str:
    parts = []
    for tick in range(TICKS):
        share = tick / (TICKS - 1)
        x, y = _place(share * x_max, share * y_max, x_max, y_max)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{share * y_max:g}</text>"
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
            f"{share * x_max:g}{x_unit}</text>"
        )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text class="label" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" '
        f'text-anchor="middle">{escape(x_label)}</text>'
        f'<text class="label" x="14" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle})">{escape(y_label)}</text>'
    )
    return "".join(parts)


def _stepped(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    steps: list[tuple[float, float]] = []
    for x, y in points:
        if steps:
            steps.append((x, steps[-1][1]))
        steps.append((x, y))
    return steps


def _path(points: Sequence[tuple[float, float]], x_max: float, y_max: float) -> str:
    places = [_place(x, y, x_max, y_max) for x, y in points]
    return " ".join(
        f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places)
    )


def _place(x: float, y: float, x_max: float, y_max: float) -> tuple[float, float]:
    """Coordinates of the drawing; values beyond the axis stay at its end."""
    across = min(1.0, x / x_max) * (WIDTH - LEFT - RIGHT)
    up = min(1.0, y / y_max) * (HEIGHT - TOP - BOTTOM)
    return LEFT + across, HEIGHT - BOTTOM - up


def _svg(width: int, height: int, content: str, title: str) -> str:
    # No xmlns: within HTML it is not needed, and the page then holds no address at all.
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"{content}</svg>"
    )
