"""``rag eval calibrate``: parses, calls and prints."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import FolderPath, output_option

_runs_option = partial(click.option, type=FolderPath, multiple=True)
_bound_option = partial(
    click.option,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
)


@click.command()
@_runs_option("--written", help="A run of 'footnote'.")
@_runs_option(
    "--scored",
    help="A run of 'footnote', for its language model alone; if none is named, those of --written.",
)
@_runs_option("--quoted", help="A run of 'extractive'.")
@_bound_option(
    "--scored-bound",
    default=0.16,
    help="The share of wrong answers that you accept among those shown of the model of the runs.",
)
@_bound_option(
    "--bound",
    default=0.2,
    help="The same for models that do not tell how likely they found what they wrote.",
)
@_bound_option(
    "--quoted-bound",
    default=0.38,
    help="The same for quoted sentences, which show themselves how far they answer.",
)
@output_option(required=True, help="The calibration to write.")
def calibrate(
    written: tuple[Path, ...],
    scored: tuple[Path, ...],
    quoted: tuple[Path, ...],
    scored_bound: float,
    bound: float,
    quoted_bound: float,
    output: Path,
) -> None:
    """Fit when to abstain, on runs whose questions have known answers.

    A part for which no run is named stays as it ships. Make the runs with 'rag eval run SUITE
    --part calibration --system footnote --system extractive' and use the calibration with
    RAG_CALIBRATION.
    """
    from rag.evaluation.calibrate import calibrate_runs
    from rag.evaluation.run_folder import RunFolder
    from rag.gate.calibration import default_calibrations

    of_scored, of_written, of_quoted = (
        [RunFolder(path) for path in runs] for runs in (scored or written, written, quoted)
    )
    if not (of_scored or of_quoted):
        raise click.UsageError("name runs with --written, --scored or --quoted")
    fitted = default_calibrations()
    if of_scored:
        fitted = replace(fitted, scored=calibrate_runs(of_scored, scored_bound, scored=True))
    if of_written:
        fitted = replace(fitted, written=calibrate_runs(of_written, bound))
    if of_quoted:
        fitted = replace(fitted, quoted=calibrate_runs(of_quoted, quoted_bound))
    fitted.write(output)
    for name in ("scored", "written", "quoted"):
        echo(f"{name}: {getattr(fitted, name).summary()}")
