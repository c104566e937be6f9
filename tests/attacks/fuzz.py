"""``python -m tests.attacks.fuzz LOADER…``: looks for files that a loader does not take in order.

A fuzzer that follows which code a file reaches (atheris, of the extra ``[fuzz]``) changes files.
A finding is a file that breaks a law of loaded documents or takes too long. Any other exception is
what the worker tells in words; each place that one comes from is shown once.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from tests.attacks.fuzz_read import checked_read, targets
from tests.attacks.fuzz_run import Fuzzed, fuzzed
from tests.attacks.fuzz_seeds import seeds

_HEAD = (
    "| loader | files | s | of the processor | places reached | ended | findings |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


@click.command()
@click.argument("loaders", nargs=-1, required=True, type=click.Choice([*targets(), "all"]))
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1))
@click.option("--at-once", default=1, show_default=True, type=click.IntRange(1))
@click.option("--kept", type=click.Path(path_type=Path), help="Keep what reached new code here.")
@click.option(
    "--found",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Keep what broke something here.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Add the results as JSON Lines.")
def main(
    loaders: Sequence[str],
    seconds: int,
    at_once: int,
    kept: Path | None,
    found: Path,
    out: Path | None,
) -> None:
    """Change files for SECONDS and give them to each of LOADERS; exit with 1 on a finding."""
    names = list(targets()) if "all" in loaders else loaders
    _instrument(names)
    found.mkdir(parents=True, exist_ok=True)
    failed = []
    click.echo(_HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for result in fuzzed(names, seconds, at_once, kept or Path(folder), found):
            click.echo(_row(result))
            for told in (*result.findings, *result.told):
                click.echo(f"{result.loader}: {told}", err=True)
            failed += result.findings
            if out:
                with out.open("a") as lines:
                    print(json.dumps(asdict(result)), file=lines)
    sys.exit(1 if failed else 0)


def _row(result: Fuzzed) -> str:
    counts = (result.files, result.seconds, result.cpu_s, result.coverage, result.ended)
    cells = [result.loader, *(f"{each:,.0f}" for each in counts), str(len(result.findings))]
    return f"| {' | '.join(cells)} |"


def _instrument(names: Sequence[str]) -> None:
    """Counts what code is reached, once for all the processes that are forked from this one."""
    import atheris

    for name in names:  # many modules are imported only when a file of their kind is read
        read = checked_read(targets()[name])
        for seed in seeds(targets()[name]):
            read(seed)
    atheris.instrument_all()


if __name__ == "__main__":
    main()
