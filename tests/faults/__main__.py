"""``python -m tests.faults --kills 200``: kills a real process again and again, and counts.

Exit code 1 when a law was broken.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from pathlib import Path

import click

from tests.faults.harness import PLACES, WORK, Harness, Report


@click.command()
@click.option("--kills", default=200, show_default=True, help="How many times to kill.")
@click.option("--seed", default=0, show_default=True, help="Decides what is done, not when.")
@click.option("--seconds", default=math.inf, help="Stop after so many, however often it killed.")
def main(kills: int, seed: int, seconds: float) -> None:
    """Kill a process that changes an index KILLS times, and check the index after each."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Harness(Path(folder), seed).run(kills, seconds=seconds)
    click.echo(_table(report))
    took = time.monotonic() - started
    click.echo(
        f"\n{report.total} kills in {took:.0f} s, {report.finished} times the work was done "
        f"before; violations: {len(report.violations)}"
    )
    for violation in report.violations:
        click.echo(f"  {violation}")
    sys.exit(1 if report.violations else 0)


def _table(report: Report) -> str:
    """A row for each work: the kills by where they struck, then how the work had ended."""
    outcomes = ("nothing done", "a part done", "all done", "as before")
    head = ["work", *PLACES.values(), *outcomes]
    rows = [
        [
            work,
            *(str(report.kills[work, place]) for place in PLACES.values()),
            *(str(report.outcomes[work, outcome]) for outcome in outcomes),
        ]
        for work in WORK
    ]
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
