"""``rag eval compare``: parses, calls and prints."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from rag.cli.evaluation.options import FolderPath, exit_code
from rag.cli.options import json_option, print_json


@click.command()
@click.argument("a", type=FolderPath)
@click.argument("b", type=FolderPath)
@json_option
def compare(a: Path, b: Path, as_json: bool) -> None:
    """Say in which measures run B differs from run A, question by question.

    Exit code 1 when B is worse in any measure, else 0.
    """
    from rag.cli.evaluation.terminal import print_comparison
    from rag.evaluation.compare import compare_runs
    from rag.evaluation.run_folder import RunFolder

    comparisons = compare_runs(RunFolder(a), RunFolder(b))
    if as_json:
        print_json([asdict(each) for each in comparisons])
    else:
        print_comparison(a.name, b.name, comparisons)
    sys.exit(exit_code(all(each.verdict != "worse" for each in comparisons)))
