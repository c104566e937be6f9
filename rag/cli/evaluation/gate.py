"""``rag eval gate``: parses, calls and prints."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from rag.cli.evaluation.options import FilePath, exit_code, out_option
from rag.cli.options import json_option, print_json

DEFAULT_EXPECTATIONS = Path("docs/results/expected.json")


@click.command()
@click.option(
    "--expected", type=FilePath, default=DEFAULT_EXPECTATIONS, show_default=True, help="Scores."
)
@out_option
@json_option
def gate(expected: Path, out: Path, as_json: bool) -> None:
    """Hold the runs in OUT against committed scores.

    Exit code 1 on a regression or a missing run.
    """
    from rag.cli.evaluation.terminal import print_gate
    from rag.evaluation.gate import check, passes, read_expectations, read_summaries

    checked = check(read_expectations(expected), read_summaries(out))
    if as_json:
        print_json([asdict(each) for each in checked])
    else:
        print_gate(checked)
    sys.exit(exit_code(passes(checked)))
