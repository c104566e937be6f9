"""``rag eval sweep-retrieval``: parses, calls and prints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from index.chunk import Chunking

_Folder = click.Path(path_type=Path, file_okay=False)
_File = click.Path(path_type=Path, dir_okay=False)


@click.command("sweep-retrieval")
@click.argument("suite", type=_Folder)
@click.option("--questions", type=_File, help="The questions file, if there are several.")
@click.option("--also", type=_Folder, multiple=True, help="Add this suite's documents as well.")
@click.option("--limit", type=click.IntRange(1), help="Ask at most so many questions.")
@click.option("--only", metavar="FIELD=VALUE", help="Only questions with this in the suite's file.")
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
@click.option("--embedder", metavar="NAME", help="The embedder [RAG_EMBEDDER].")
@click.option("-o", "--output", type=_File, help="The figures as JSON.")
def sweep_retrieval(
    suite: Path,
    questions: Path | None,
    also: tuple[Path, ...],
    limit: int | None,
    only: str | None,
    chunkings: tuple[str, ...],
    ways: tuple[str, ...],
    embedder: str | None,
    output: Path | None,
) -> None:
    """Try chunk sizes and ways to fuse the rankings on SUITE, each beside the default.

    The indexes are kept with those of 'rag eval run', so that a second sweep embeds nothing.
    """
    from dataclasses import replace

    from rag.cli.evaluation import open_tools
    from rag.cli.terminal import ingest_bar
    from rag.evaluation.dataset import load_dataset, sample
    from rag.evaluation.sweep import SEED, sweep
    from rag.evaluation.sweep_table import markdown

    cuts = [_chunking(each) for each in chunkings]
    dataset = load_dataset(suite, questions, also)
    chosen = [each for each in dataset.questions if only is None or _has(each.extra, only)]
    asked = replace(dataset, questions=sample(chosen, limit, SEED))
    if not asked.questions:
        raise click.UsageError(f"{suite} holds no question with {only}")
    tools = open_tools(None, embedder, with_llm=False)
    with ingest_bar() as indexing:
        figures = sweep(asked, tools.embedder, tools.cache, cuts, indexing, ways)
    if output is not None:
        output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    click.echo(markdown(figures), nl=False)


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
