"""``rag eval scale``: parses, calls and prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

_SIZES = (10_000, 100_000)


@click.command()
@click.argument(
    "suites", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option(
    "--chunks",
    "sizes",
    multiple=True,
    type=click.IntRange(1),
    default=_SIZES,
    show_default=True,
    help="How large a collection to make; give it again for more.",
)
@click.option(
    "--real",
    default=10_000,
    show_default=True,
    type=click.IntRange(2),
    help="How many chunks the embedder embeds.",
)
@click.option("--limit", default=200, show_default=True, help="How many questions to ask.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the collections are kept: a million chunks take 4 GB.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    default=24 * 60,
    show_default=True,
    help="End each ingest after so long, with as many chunks as it has made.",
)
@click.option("--embedder", metavar="NAME", help="The embedder [RAG_EMBEDDER].")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The figures as JSON, sizes measured before included.",
)
def scale(
    suites: tuple[Path, ...],
    sizes: tuple[int, ...],
    real: int,
    limit: int,
    folder: Path,
    minutes: float,
    embedder: str | None,
    output: Path | None,
) -> None:
    """Measure collections of many chunks: disk, memory, opening, questions and updates.

    SUITES give the texts, the first one the questions as well. The vectors of all but the first
    --real chunks are derived from theirs, because embedding a million takes a day.
    """
    from rag.evaluation.dataset import load_dataset, sample
    from rag.evaluation.scale import Asked, measure
    from rag.evaluation.scale_table import markdown
    from rag.settings import DEFAULT_EMBEDDER, Settings

    questions = sample(load_dataset(suites[0]).questions, limit, seed=0)
    name = Settings.from_environment(embedder=embedder).embedder or DEFAULT_EMBEDDER
    texts = tuple(each.question for each in questions)
    asked = Asked(suites, texts, real, folder, name, minutes)
    measured: dict[str, Any] = {}
    if output is not None and output.exists():
        measured = json.loads(output.read_text(encoding="utf-8"))
    for chunks in sizes:
        measured[str(chunks)] = measure(asked, chunks)
        if output is not None:
            output.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    click.echo(markdown([measured[size] for size in sorted(measured, key=int)]), nl=False)
