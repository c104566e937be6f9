"""``rag eval generate``: parses, calls and prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import FolderPath, ModelChoice, Tools, model_options, output_option
from rag.errors import EvaluationError

if TYPE_CHECKING:
    from rag.evaluation.dataset import Dataset

DEFAULT_COUNT = 30  # the intervals of fewer questions say nothing, more are not read through


@click.command()
@click.argument("documents", type=FolderPath)
@output_option(required=True, help="The questions file to write.")
@click.option(
    "--count",
    default=DEFAULT_COUNT,
    show_default=True,
    type=click.IntRange(1),
    help="How many questions to draft.",
)
@click.option("--seed", default=0, show_default=True, help="Chooses the sentences.")
@model_options
def generate(documents: Path, output: Path, count: int, seed: int, models: ModelChoice) -> None:
    """Draft questions with gold spans from the folder DOCUMENTS, a third of them unanswerable.

    Read them through and edit them: what this assistant got wrong is not among them.
    """
    from rag.cli.evaluation.terminal import question_bar
    from rag.evaluation.dataset import Dataset, read_own_documents

    if output.exists():
        raise EvaluationError(f"{output} exists: name another file with -o, or remove it")
    found = {document.id: document for document in read_own_documents(documents)}
    dataset = Dataset(documents.resolve().name, found, ())
    rows = _drafted(dataset, models.open(), count, seed)
    kept = 0
    with output.open("w", encoding="utf-8") as file, question_bar("Drafting") as advance:
        for kept, row in enumerate(rows, 1):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            advance(kept, count, row["question"])
    echo(
        f"{kept} of {count} questions kept in {output}. Edit them, then: "
        f"rag eval run {documents} --questions {output}"
    )


def _drafted(dataset: Dataset, tools: Tools, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """The rows of the questions, as they are drafted."""
    from rag.evaluation.generate import generate as drafted
    from rag.evaluation.workbench import make_system, opened_corpus

    if tools.llm is None:
        raise EvaluationError("drafting needs a language model: choose one with --llm")
    with opened_corpus(dataset, tools.embedder, tools.cache) as (index, corpus):
        system = make_system("footnote", index, tools.llm)
        yield from drafted(dataset, corpus, tools.llm, system, count, seed)
