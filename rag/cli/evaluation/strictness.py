"""``rag eval strictness``: parses, calls and prints."""

from __future__ import annotations

from pathlib import Path

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import FolderPath
from rag.cli.options import wiring_of


@click.command()
@click.argument("runs", nargs=-1, required=True, type=FolderPath)
@click.option("--quoted", is_flag=True, help="The RUNS are of 'extractive'.")
def strictness(runs: tuple[Path, ...], quoted: bool) -> None:
    """Print what each strictness shows and hides of the answers in RUNS, as Markdown.

    With the calibration that ships, or that of RAG_CALIBRATION; nothing is asked again.
    """
    from rag.evaluation.run_folder import RunFolder
    from rag.evaluation.strictness import markdown
    from rag.gate.calibration import default_calibrations
    from rag.settings import Settings

    calibrations = wiring_of(Settings.from_environment()).calibrations() or default_calibrations()
    echo(markdown([RunFolder(path) for path in runs], calibrations, quoted=quoted), nl=False)
