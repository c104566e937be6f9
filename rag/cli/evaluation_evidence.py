"""``rag eval evidence``: parses, calls and prints."""

from __future__ import annotations

import json
from pathlib import Path

import click

BUDGETS = (60, 110, 160, 220, 300, 400)  # tokens; 220 is what the assistant shows


@click.command("evidence")
@click.argument("suites", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--limit", type=click.IntRange(1), help="Ask at most so many questions of a suite.")
@click.option("--seed", default=0, show_default=True, help="For every random draw.")
@click.option(
    "--budget",
    "budgets",
    multiple=True,
    type=click.IntRange(1),
    default=BUDGETS,
    show_default=True,
    help="How many tokens of evidence may be shown; give it again for a curve.",
)
@click.option("--embedder", metavar="NAME", help="The embedder [RAG_EMBEDDER].")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The figures as JSON."
)
def evidence(
    suites: tuple[Path, ...],
    limit: int | None,
    seed: int,
    budgets: tuple[int, ...],
    embedder: str | None,
    output: Path | None,
) -> None:
    """Measure how much of the gold evidence of SUITES is shown, at several budgets of tokens."""
    from rag.cli.evaluation import open_tools
    from rag.cli.evaluation_terminal import question_bar
    from rag.cli.terminal import ingest_bar
    from rag.evaluation.dataset import load_dataset, sample
    from rag.evaluation.evidence_curve import curve, markdown
    from rag.evaluation.workbench import opened_corpus

    tools = open_tools(None, embedder, with_llm=False)
    rows = []
    for suite in suites:
        dataset = load_dataset(suite)
        asked = sample(dataset.questions, limit, seed)
        with (
            ingest_bar() as indexing,
            opened_corpus(dataset, tools.embedder, tools.cache, indexing) as (index, corpus),
            question_bar(dataset.name) as advance,
        ):
            rows += curve(dataset, asked, index, corpus, budgets, seed, advance)
    if output is not None:
        output.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    click.echo("\n".join(markdown(rows)))
