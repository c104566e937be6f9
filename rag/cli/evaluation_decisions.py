"""``rag eval decisions``: parses, calls and prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.errors import EXIT_ANSWERED, EXIT_ERROR

if TYPE_CHECKING:
    from rag.evaluation.dataset import Dataset
    from rag.evaluation.decisions import Decision, Difference
    from rag.evaluation.split import Part

FilePath = click.Path(path_type=Path, dir_okay=False)
FolderPath = click.Path(path_type=Path, file_okay=False)
PARTS = ("train", "calibration", "test")
DECIDING_SYSTEMS = ("footnote", "extractive")


@click.command("decisions")
@click.argument("suite", type=FolderPath)
@click.option("--questions", type=FilePath, help="The questions file, if there are several.")
@click.option("--limit", type=click.IntRange(1), help="Ask at most so many questions.")
@click.option("--seed", default=0, show_default=True, help="For every random draw.")
@click.option(
    "--part", type=click.Choice(PARTS), help="Only questions on this part of the documents."
)
@click.option(
    "--system",
    type=click.Choice(DECIDING_SYSTEMS),
    default="footnote",
    show_default=True,
    help="What to ask.",
)
@click.option("--replies", type=FilePath, help="The language model's kept replies.")
@click.option("--llm", metavar="NAME", help="The language model, as in rag ask [RAG_LLM].")
@click.option("--embedder", metavar="NAME", help="The embedder [RAG_EMBEDDER].")
@click.option("-o", "--output", type=FilePath, help="Write the decisions to this file.")
@click.option("--digests", is_flag=True, help="Write the SHA-256 of texts instead of the texts.")
@click.option("--against", type=FilePath, help="Compare with the decisions in this file.")
@click.option("--accepted", type=FilePath, help="Lines of JSON: the id and reason of a change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def decisions(
    suite: Path,
    questions: Path | None,
    limit: int | None,
    seed: int,
    part: Part | None,
    system: str,
    replies: Path | None,
    llm: str | None,
    embedder: str | None,
    output: Path | None,
    digests: bool,
    against: Path | None,
    accepted: Path | None,
    as_json: bool,
) -> None:
    """Write down what is decided on each question of SUITE, and compare it with earlier decisions.

    The questions are those of 'rag eval run' with the same --limit, --seed and --part. Exit code 1
    when a decision differs from --against and is not listed in --accepted.
    """
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.decisions import (
        differences,
        digested,
        read_accepted,
        read_decisions,
        write_decisions,
    )
    from rag.evaluation.split import only

    before = read_decisions(against) if against else None
    reasons = read_accepted(accepted) if accepted else {}
    dataset = load_dataset(suite, questions)
    if part is not None:
        dataset = only(part, dataset)
    after = _decide(dataset, system, llm, embedder, replies, limit, seed)
    if output is not None:
        write_decisions([digested(each) for each in after] if digests else after, output)
    found = differences(before, after, reasons) if before is not None else []
    if as_json:
        _print_json({"decisions": len(after), "differences": [asdict(each) for each in found]})
    else:
        _print_differences(f"{dataset.name} · {system}", len(after), found, against)
    sys.exit(EXIT_ANSWERED if all(each.accepted for each in found) else EXIT_ERROR)


def _decide(
    dataset: Dataset,
    system: str,
    llm: str | None,
    embedder: str | None,
    replies: Path | None,
    limit: int | None,
    seed: int,
) -> list[Decision]:
    """Ask the sampled questions; say how many replies the file of kept ones did not hold."""
    from rag.cli import evaluation
    from rag.cli.evaluation_terminal import question_bar
    from rag.cli.terminal import ingest_bar
    from rag.evaluation.dataset import sample
    from rag.evaluation.decisions import decision_of
    from rag.evaluation.replies import KeptReplies
    from rag.evaluation.run import ask
    from rag.evaluation.workbench import make_system, opened_corpus

    writes = system == "footnote"
    # Loading a language model is not worth its seconds where all replies are kept.
    tools = evaluation.open_tools(llm, embedder, with_llm=writes, warm=replies is None)
    kept = KeptReplies(tools.llm, replies) if replies and tools.llm else None
    asked = sample(dataset.questions, limit, seed)
    decided = []
    with (
        ingest_bar() as indexing,
        opened_corpus(dataset, tools.embedder, tools.cache, indexing) as (index, corpus),
        question_bar(f"{dataset.name} · {system}") as advance,
    ):
        answering = make_system(system, index, kept or tools.llm, tools.calibrations)
        for done, question in enumerate(asked, start=1):
            decided.append(decision_of(ask(answering, question, corpus)))
            advance(done, len(asked), decided[-1]["status"])
    if kept is not None and kept.asked:
        click.echo(f"{kept.asked} replies were not in {replies}: they were asked for", err=True)
    return decided


def _print_differences(
    title: str, count: int, found: Sequence[Difference], against: Path | None
) -> None:
    for each in found:
        click.echo(
            f"{each.id}  {each.field}" + (f"  (accepted: {each.accepted})" * bool(each.accepted))
        )
        click.echo(f"  before: {_shown(each.before)}")
        click.echo(f"  after:  {_shown(each.after)}")
    if against is None:
        click.echo(f"{title}: {count} decisions")
        return
    changed = {each.id for each in found}
    open_ids = {each.id for each in found if not each.accepted}
    click.echo(
        f"{title}: {count} decisions, {len(changed)} differ from {against}, "
        f"{len(open_ids)} of them not accepted"
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
