"""``rag reader``: makes the reader's weights again from the recipe. Parses, calls and prints."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from rag.cli.echo import echo
from rag.cli.options import wiring_of
from rag.reader import RECIPE_NEEDS

_output = partial(
    click.option,
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
)


@click.group()
def reader() -> None:
    """The small reader that judges answers: train it again from its recipe."""


@reader.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A reader's folder, such as rag/reader/weights: go on from its weights.",
)
@_output(help="The folder for the weights and their metrics.")
def train(data: Path, start: Path | None, output: Path) -> None:
    """Train on the suites in the folder DATA: 75 minutes on two cores."""
    from rag.errors import SettingsError
    from rag.evaluation.training.recipe import make_reader
    from rag.settings import DEFAULT_EMBEDDER, Settings

    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise SettingsError(f"training needs more packages: {RECIPE_NEEDS}") from error
    embedder = wiring_of(Settings.from_environment()).store().path(DEFAULT_EMBEDDER)
    make_reader(data, embedder, output, lambda line: echo(line, err=True), start)
    echo(f"Weights and metrics: {output}")


@reader.command()
@click.argument("squad", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_output(help="The suite's folder, such as DATA/squad2_train.")
def lesson(squad: Path, output: Path) -> None:
    """Make a suite of SQUAD, a file in the format of SQuAD 2.0, to train on."""
    from rag.evaluation.training.squad import write_suite

    count = write_suite(squad, output)
    echo(f"{count:,} questions: {output}")
