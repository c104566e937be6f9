"""``rag eval sweep-retrieval``: parses, calls and prints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import (
    FilePath,
    FolderPath,
    ModelChoice,
    SuiteChoice,
    also_option,
    embedder_option,
    limit_option,
    output_option,
)
from rag.cli.options import one_of

if TYPE_CHECKING:
    from index.chunk import Chunking
    from rag.evaluation.dataset import Dataset


@click.command("sweep-retrieval")
@one_of(
    SuiteChoice,
    "chosen",
    click.argument("suite", type=FolderPath),
    click.option("--questions", type=FilePath, help="The questions file, if there are several."),
    also_option,
    limit_option,
)
@click.option("--only", metavar="FIELD=VALUE", help="Only questions with this in the suite's file.")
@click.option("--by", metavar="FIELD", help="A line for each value of this field of the questions.")
@click.option(
    "--chunks",
    "chunkings",
    multiple=True,
    metavar="TOKENS[/OVERLAP]",
    help="A chunk size to try beside the default; give it again for more.",
)
@click.option(
    "--way",
    "ways",
    multiple=True,
    metavar="NAME",
    help="Try only this line of the table beside the default, but with every chunk size; again for "
    "more.",
)
@embedder_option
@output_option(help="The figures as JSON.")
def sweep_retrieval(
    chosen: SuiteChoice,
    only: str | None,
    by: str | None,
    chunkings: tuple[str, ...],
    ways: tuple[str, ...],
    embedder: str | None,
    output: Path | None,
) -> None:
    """Try chunk sizes and ways to fuse the rankings on SUITE, each beside the default.

    The indexes are kept with those of 'rag eval run', so that a second sweep embeds nothing.
    """
    from rag.cli.terminal import ingest_bar
    from rag.evaluation.sweep import sweep
    from rag.evaluation.sweep_table import markdown

    cuts = [_chunking(each) for each in chunkings]
    asked = _asked(chosen, only)
    tools = ModelChoice(embedder=embedder).open(with_llm=False)
    with ingest_bar() as indexing:
        figures = sweep(asked, tools.embedder, tools.cache, cuts, indexing, ways, by)
    if output is not None:
        output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    echo(markdown(figures), nl=False)


def _asked(chosen: SuiteChoice, only: str | None) -> Dataset:
    """The suite with the questions that are asked. Raises UsageError when there are none."""
    from rag.evaluation.dataset import sample
    from rag.evaluation.sweep import SEED

    dataset = chosen.dataset()
    found = [each for each in dataset.questions if only is None or _has(each.extra, only)]
    asked = replace(dataset, questions=sample(found, chosen.limit, SEED))
    if not asked.questions:
        raise click.UsageError(f"{chosen.suite} holds no question with {only}")
    return asked


def _has(extra: Mapping[str, Any], only: str) -> bool:
    field, _, value = only.partition("=")
    return field in extra and str(extra[field]).lower() == value.lower()


def _chunking(written: str) -> Chunking:
    from index.chunk import Chunking

    tokens, _, overlap = written.partition("/")
    try:
        return Chunking(int(tokens), int(overlap or 0))
    except ValueError as error:
        raise click.UsageError(
            f"'{written}' is no chunk size: write 128, or 128/16 for an overlap of 16 tokens"
        ) from error
