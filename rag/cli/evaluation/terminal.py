"""Tables and bars of the evaluation commands. Knows how things look and not how they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from rag.cli.terminal import console
from rag.evaluation.compare import Comparison
from rag.evaluation.gate import Checked

Summary = Mapping[str, Any]
Advance = Callable[[int, int, str], None]

_COLOURS = {"better": "green", "worse": "red", "OK": "green", "FAIL": "red", "MISSING": "yellow"}


@contextmanager
def question_bar(title: str) -> Iterator[Advance]:
    """A bar with the time left; called with done, total and a word on the newest question."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[note]}"),
        console=console(),
        disable=not console().is_terminal,
    ) as progress:
        task = progress.add_task(title, total=None, note="")

        def advance(done: int, total: int, note: str) -> None:
            progress.update(task, completed=done, total=total, note=note)

        yield advance


def print_summaries(summaries: Sequence[Summary]) -> None:
    """Every figure of the runs side by side."""
    title = f"{summaries[0]['suite']}: mean, 95 % interval (questions)"
    table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure", no_wrap=True)
    for summary in summaries:
        table.add_column(str(summary["system"]), justify="right")
    for block in ("measures", "abstention", "error_at_answer_rate", "by_turn", "by_kind"):
        for name in dict.fromkeys(key for each in summaries for key in each[block]):
            shown = f"error at answer rate {name}" if block == "error_at_answer_rate" else name
            table.add_row(shown, *(_figure(each[block].get(name)) for each in summaries))
        table.add_section()
    for name in dict.fromkeys(key for each in summaries for key in each["timings"]):
        table.add_row(
            f"{name}, p50 / p95", *(_time(each["timings"].get(name)) for each in summaries)
        )
    table.add_row("errors", *(str(each["errors"]) for each in summaries))
    Console().print(table)


def print_comparison(a: str, b: str, comparisons: Sequence[Comparison]) -> None:
    table = Table(title=f"{b} against {a}", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("measure", "n", "a", "b", "b - a (95 %)", ""):
        is_text = name in ("measure", "")
        table.add_column(name, justify="left" if is_text else "right", no_wrap=True)
    for each in comparisons:
        table.add_row(
            each.measure,
            str(each.n),
            f"{each.a:.3f}",
            f"{each.b:.3f}",
            f"{each.difference:+.2f} ({each.low:+.2f}…{each.high:+.2f})",
            "" if each.verdict == "no difference" else _coloured(each.verdict),
        )
    Console().print(table)
    by_chance = len(comparisons) * 0.05
    Console().print(
        f"[dim]{len(comparisons)} measures are tested one by one: between equal systems about "
        f"{by_chance:.1f} would differ at this level by chance."
    )


def print_gate(checked: Sequence[Checked]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "suite", "system", "measure", "expected", "measured"):
        table.add_column(name, no_wrap=True)
    for each in checked:
        wanted = each.expectation
        table.add_row(
            _coloured(each.outcome),
            wanted.suite,
            wanted.system,
            wanted.measure,
            f"{wanted.expected:.3f} ± {wanted.tolerance:.2f}",
            "–" if each.actual is None else f"{each.actual:.3f}",
        )
    Console().print(table)
    for each in checked:
        if each.outcome != "OK":
            Console().print(f"make it again with: {each.expectation.command}", markup=False)


def print_shares(title: str, blocks: Mapping[str, Mapping[str, Any]]) -> None:
    """One line per name of each block: its share, interval and counts."""
    table = Table(title=title)
    for name in ("", "kind", "share", "95 % interval", "of"):
        table.add_column(name, justify="left" if name in ("", "kind") else "right")
    for block, shares in blocks.items():
        for kind, share in shares.items():
            mean = "–" if share["mean"] is None else f"{share['mean']:.3f}"
            interval = f"{share['low']:.3f} … {share['high']:.3f}"
            table.add_row(block, kind, mean, interval, f"{share['hits']}/{share['n']}")
        table.add_section()
    Console().print(table)


def _figure(figure: Mapping[str, Any] | None) -> str:
    if not figure or figure["mean"] is None:
        return "–"
    interval = f"{figure['low']:.2f}…{figure['high']:.2f}"
    return f"{figure['mean']:.3f} [dim]{interval} ({figure['n']})[/dim]"


def _time(figure: Mapping[str, Any] | None) -> str:
    if not figure:
        return "–"
    return f"{figure['p50_ms'] / 1000:.2f} / {figure['p95_ms'] / 1000:.2f} s"


def _coloured(word: str) -> str:
    return f"[{_COLOURS[word]}]{word}[/]" if word in _COLOURS else word
