"""``python -m tests.inputs``: counts by kind which of our own inputs give the text they must.

Exit code 1 where one does not.
"""

from __future__ import annotations

import sys

import click

from tests.inputs.kinds import INPUTS, Input


@click.command()
def main() -> None:
    """Read every input, and say of each kind in which formats it holds."""
    by_kind: dict[str, list[Input]] = {}
    for each in INPUTS:
        by_kind.setdefault(each.kind, []).append(each)
    broken: list[str] = []
    held = 0
    click.echo("| kind | inputs | hold | formats |\n| --- | --- | --- | --- |")
    for kind, inputs in by_kind.items():
        faults = {each.name: each.faults() for each in inputs}
        good = [name for name, found in faults.items() if not found]
        held += len(good)
        broken += [f"{kind}, {name}: {told}" for name, found in faults.items() for told in found]
        formats = " ".join(sorted({f".{each.name.rpartition('.')[2]}" for each in inputs}))
        click.echo(f"| {kind} | {len(inputs)} | {len(good)} | {formats} |")
    click.echo(f"| all | {len(INPUTS)} | {held} | |")
    for told in broken:
        click.echo(f"  {told}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
