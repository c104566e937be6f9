"""``python -m tests.attacks``: tries to break the product in every way that is known, and counts.

Exit code 1 when an attack got through. ``python -m tests.attacks.fuzz`` looks for new ways.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from tests.attacks.areas import AREAS
from tests.attacks.suite import Result, tried


@click.command()
@click.option("--area", "names", multiple=True, type=click.Choice(list(AREAS)), help="Only these.")
@click.option(
    "--every", default=1, show_default=True, type=click.IntRange(1), help="Try one in so many."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the results as JSON.")
def main(names: Sequence[str], every: int, out: Path | None) -> None:
    """Try the attacks on each area, and say how many were held."""
    results = []
    click.echo("| area | tried | held | s |\n| --- | --- | --- | --- |")
    for name in names or AREAS:
        results.append(tried(AREAS[name], every))
        click.echo(_row(results[-1]))
    for result in results:
        for told in result.broken:
            click.echo(f"  {result.area}: {told}")
    if out:
        out.write_text(json.dumps([asdict(each) for each in results], indent=2) + "\n")
    sys.exit(1 if any(result.broken for result in results) else 0)


def _row(result: Result) -> str:
    return f"| {result.area} | {result.tried} | {result.held} | {result.seconds:.0f} |"


if __name__ == "__main__":
    main()
