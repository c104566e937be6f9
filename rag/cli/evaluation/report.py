"""``rag eval report`` and ``rag eval table``: parse, call and write."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import FolderPath, output_option

_runs_argument = click.argument("runs", nargs=-1, required=True, type=FolderPath)


@click.command()
@_runs_argument
@output_option(default=Path("report.html"), show_default=True, help="The page to write.")
def report(runs: tuple[Path, ...], output: Path) -> None:
    """Write one HTML page on the RUNS, side by side, that needs no network."""
    from rag.evaluation.report import read_run, render
    from rag.evaluation.run_folder import RunFolder

    output.write_text(render([read_run(RunFolder(path)) for path in runs]), encoding="utf-8")
    echo(f"Report: {output}")


@click.command()
@_runs_argument
@click.option("--brief", is_flag=True, help="The columns of a first look only.")
def table(runs: tuple[Path, ...], brief: bool) -> None:
    """Print a Markdown table of the RUNS; their summaries are enough."""
    from rag.evaluation.run_folder import SUMMARY_FILE, read_json
    from rag.evaluation.table import markdown

    summaries = [read_json(path / SUMMARY_FILE) for path in runs]
    echo(markdown(summaries, brief=brief), nl=False)
