"""``rag eval evidence``: parses, calls and prints."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import (
    FolderPath,
    ModelChoice,
    embedder_option,
    limit_option,
    output_option,
    seed_option,
)

BUDGETS = (60, 110, 160, 220, 300, 400)  # tokens; 300 is what the assistant shows


@click.command()
@click.argument("suites", nargs=-1, required=True, type=FolderPath)
@limit_option
@seed_option
@click.option(
    "--budget",
    "budgets",
    multiple=True,
    type=click.IntRange(1),
    default=BUDGETS,
    show_default=True,
    help="How many tokens of evidence may be shown; give it again for a curve.",
)
@embedder_option
@output_option(help="The figures as JSON.")
def evidence(
    suites: tuple[Path, ...],
    limit: int | None,
    seed: int,
    budgets: tuple[int, ...],
    embedder: str | None,
    output: Path | None,
) -> None:
    """Measure how much of the gold evidence of SUITES is shown, at several budgets of tokens."""
    from rag.cli.evaluation.terminal import question_bar
    from rag.evaluation.dataset import load_dataset, sample
    from rag.evaluation.evidence_curve import curve, markdown

    tools = ModelChoice(embedder=embedder).open(with_llm=False)
    rows = []
    for suite in suites:
        dataset = load_dataset(suite)
        asked = sample(dataset.questions, limit, seed)
        with (
            tools.opened(dataset) as (index, corpus),
            question_bar(dataset.name) as advance,
        ):
            rows += curve(dataset, asked, index, corpus, budgets, seed, advance)
    if output is not None:
        output.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    echo("\n".join(markdown(rows)))
