"""``rag eval decisions``: parses, calls and prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import (
    FilePath,
    ModelChoice,
    SuiteChoice,
    exit_code,
    model_options,
    output_option,
    part_option,
    replies_option,
    suite_options,
)
from rag.cli.options import json_option, one_of, print_json

if TYPE_CHECKING:
    from rag.evaluation.dataset import Dataset
    from rag.evaluation.decisions import Decision, Difference

DECIDING_SYSTEMS = ("footnote", "extractive")


@dataclass(frozen=True, slots=True)
class _Files:
    """Where the decisions are written, and those that they are compared with."""

    output: Path | None
    digests: bool
    against: Path | None
    accepted: Path | None

    def write(self, made: Sequence[Decision]) -> None:
        """Write ``made`` to the file that is named, if one is."""
        from rag.evaluation.decisions import digested, write_decisions

        if self.output is not None:
            written = [digested(each) for each in made] if self.digests else list(made)
            write_decisions(written, self.output)


@click.command()
@suite_options(part_option)
@click.option(
    "--system",
    type=click.Choice(DECIDING_SYSTEMS),
    default="footnote",
    show_default=True,
    help="What to ask.",
)
@replies_option
@model_options
@one_of(
    _Files,
    "files",
    output_option(help="Write the decisions to this file."),
    click.option(
        "--digests", is_flag=True, help="Write the SHA-256 of texts instead of the texts."
    ),
    click.option("--against", type=FilePath, help="Compare with the decisions in this file."),
    click.option("--accepted", type=FilePath, help="Lines of JSON: the id and reason of a change."),
)
@json_option
def decisions(
    chosen: SuiteChoice,
    system: str,
    replies: Path | None,
    models: ModelChoice,
    files: _Files,
    as_json: bool,
) -> None:
    """Write down what is decided on each question of SUITE, and compare it with earlier decisions.

    The questions are those of 'rag eval run' with the same --limit, --seed and --part. Exit code 1
    when a decision differs from --against and is not listed in --accepted.
    """
    from rag.evaluation.decisions import differences, read_accepted, read_decisions

    before = read_decisions(files.against) if files.against else None
    reasons = read_accepted(files.accepted) if files.accepted else {}
    dataset = chosen.sampled()
    after = _decide(dataset, system, models, replies)
    files.write(after)
    found = differences(before, after, reasons) if before is not None else []
    if as_json:
        print_json({"decisions": len(after), "differences": [asdict(each) for each in found]})
    else:
        _print_differences(f"{dataset.name} · {system}", len(after), found, files.against)
    sys.exit(exit_code(all(each.accepted for each in found)))


def _decide(
    dataset: Dataset, system: str, models: ModelChoice, replies: Path | None
) -> list[Decision]:
    """Ask the questions; say how many replies the file of kept ones did not hold."""
    from rag.cli.evaluation.terminal import question_bar
    from rag.evaluation.decisions import decision_of
    from rag.evaluation.replies import KeptReplies
    from rag.evaluation.run import ask
    from rag.evaluation.workbench import make_system

    # Loading a language model is not worth its seconds where all replies are kept.
    tools = models.open(with_llm=system == "footnote", warm=replies is None)
    kept = KeptReplies(tools.llm, replies) if replies and tools.llm else None
    decided = []
    with (
        tools.opened(dataset) as (index, corpus),
        question_bar(f"{dataset.name} · {system}") as advance,
    ):
        answering = make_system(system, index, kept or tools.llm, tools.gate())
        for done, question in enumerate(dataset.questions, start=1):
            decided.append(decision_of(ask(answering, question, corpus)))
            advance(done, len(dataset.questions), decided[-1]["status"])
    if kept is not None and kept.asked:
        echo(f"{kept.asked} replies were not in {replies}: they were asked for", err=True)
    return decided


def _print_differences(
    title: str, count: int, found: Sequence[Difference], against: Path | None
) -> None:
    for each in found:
        echo(f"{each.id}  {each.field}" + (f"  (accepted: {each.accepted})" * bool(each.accepted)))
        echo(f"  before: {_shown(each.before)}")
        echo(f"  after:  {_shown(each.after)}")
    if against is None:
        echo(f"{title}: {count} decisions")
        return
    changed = {each.id for each in found}
    open_ids = {each.id for each in found if not each.accepted}
    echo(
        f"{title}: {count} decisions, {len(changed)} differ from {against}, "
        f"{len(open_ids)} of them not accepted"
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
