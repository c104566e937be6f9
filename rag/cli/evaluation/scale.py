"""``rag eval scale``: parses, calls and prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import FolderPath, embedder_option, output_option
from rag.cli.options import one_of

if TYPE_CHECKING:
    from rag.evaluation.scale import Asked

_SIZES = (10_000, 100_000)
_A_DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is measured, and where the collections are kept."""

    suites: tuple[Path, ...]
    real: int
    limit: int
    folder: Path
    minutes: float
    embedder: str | None

    def asked(self) -> Asked:
        """Return it with the questions of the first suite and the embedder's name."""
        from rag.evaluation.dataset import load_dataset, sample
        from rag.evaluation.scale import Asked
        from rag.settings import DEFAULT_EMBEDDER, Settings

        questions = sample(load_dataset(self.suites[0]).questions, self.limit, seed=0)
        texts = tuple(each.question for each in questions)
        settings = Settings.from_environment(embedder=self.embedder)
        name = settings.embedder or DEFAULT_EMBEDDER
        return Asked(self.suites, texts, self.real, self.folder, name, self.minutes)


@click.command()
@one_of(
    _Plan,
    "plan",
    click.argument(
        "suites",
        nargs=-1,
        required=True,
        type=click.Path(path_type=Path, file_okay=False, exists=True),
    ),
    click.option(
        "--real",
        default=10_000,
        show_default=True,
        type=click.IntRange(2),
        help="How many chunks the embedder embeds.",
    ),
    click.option("--limit", default=200, show_default=True, help="How many questions to ask."),
    click.option(
        "--folder",
        type=FolderPath,
        required=True,
        help="Where the collections are kept: a million chunks take 4 GB.",
    ),
    click.option(
        "--minutes",
        type=click.FloatRange(0, min_open=True),
        default=_A_DAY,
        show_default=True,
        help="End each ingest after so long, with as many chunks as it has made.",
    ),
    embedder_option,
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
@output_option(help="The figures as JSON, sizes measured before included.")
def scale(plan: _Plan, sizes: tuple[int, ...], output: Path | None) -> None:
    """Measure collections of many chunks: disk, memory, opening, questions and updates.

    SUITES give the texts, the first one the questions as well. The vectors of all but the first
    --real chunks are derived from theirs, because embedding a million takes a day.
    """
    from rag.evaluation.scale import measure
    from rag.evaluation.scale_table import markdown

    asked = plan.asked()
    measured: dict[str, Any] = {}
    if output is not None and output.exists():
        measured = json.loads(output.read_text(encoding="utf-8"))
    for chunks in sizes:
        measured[str(chunks)] = measure(asked, chunks)
        if output is not None:
            output.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    echo(markdown([measured[size] for size in sorted(measured, key=int)]), nl=False)
