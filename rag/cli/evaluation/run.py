"""``rag eval run``: parses, calls and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import (
    ANSWERING_SYSTEMS,
    SYSTEM_NAMES,
    ModelChoice,
    SuiteChoice,
    Tools,
    also_option,
    model_options,
    out_option,
    part_option,
    replies_option,
    resume_option,
    suite_options,
)
from rag.cli.options import json_option, print_json

if TYPE_CHECKING:
    from index.index import Index
    from rag.cli.evaluation.terminal import Advance
    from rag.evaluation.dataset import Dataset
    from rag.evaluation.run import RunOptions
    from rag.evaluation.run_folder import RunFolder
    from rag.evaluation.score import Corpus


@click.command()
@suite_options(also_option, part_option)
@click.option(
    "--system",
    "systems",
    type=click.Choice(SYSTEM_NAMES),
    multiple=True,
    default=("footnote",),
    show_default=True,
    help="What to ask; give it again to compare.",
)
@replies_option
@model_options
@resume_option
@out_option
@json_option
def run(
    chosen: SuiteChoice,
    systems: tuple[str, ...],
    replies: Path | None,
    models: ModelChoice,
    resume: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Ask the questions of SUITE: a folder with corpus.jsonl, or with documents of your own.

    Each system gets a folder OUT/SUITE-SYSTEM with a row per question and a summary; OUT/SUITE.html
    is the report. Stopped with Ctrl-C, it continues with --resume.
    """
    dataset = chosen.dataset()
    tools = _with_replies(models.open(with_llm=bool({*systems} & {*ANSWERING_SYSTEMS})), replies)
    asking = _Asking(dataset, chosen, tools, out, resume)
    summaries = asking.summaries(systems)
    page = asking.write_report(systems)
    if as_json:
        print_json(summaries)
        return
    from rag.cli.evaluation.terminal import print_summaries

    print_summaries(summaries)
    echo(f"Report: {page}", err=True)


def _with_replies(tools: Tools, replies: Path | None) -> Tools:
    """``tools`` whose language model keeps its replies in a file, if one is named."""
    from rag.evaluation.replies import KeptReplies

    if replies is None or tools.llm is None:
        return tools
    return replace(tools, llm=KeptReplies(tools.llm, replies))


@dataclass(frozen=True, slots=True)
class _Asking:
    """One suite asked of several systems; each run has a folder in ``out``."""

    dataset: Dataset
    chosen: SuiteChoice
    tools: Tools
    out: Path
    resume: bool

    def summaries(self, systems: Sequence[str]) -> list[dict[str, Any]]:
        """Run the systems one after the other over one index, and return their summaries."""
        with self.tools.opened(self.dataset) as opened:
            return [self._summary(name, *opened) for name in systems]

    def _summary(self, system: str, index: Index, corpus: Corpus) -> dict[str, Any]:
        from rag.cli.evaluation.terminal import question_bar
        from rag.evaluation.run import run as run_system
        from rag.evaluation.workbench import make_system

        with question_bar(f"{self.dataset.name} · {system}") as advance:
            return run_system(
                self.dataset,
                make_system(system, index, self.tools.llm, self.tools.gate()),
                corpus,
                self._path(system),
                self._options(system),
                resume=self.resume,
                on_progress=partial(_show, advance),
            )

    def _options(self, system: str) -> RunOptions:
        from rag.evaluation.replies import KeptReplies
        from rag.evaluation.run import RunOptions

        llm = self.tools.llm
        return RunOptions(
            timed=not isinstance(llm, KeptReplies),
            part=self.chosen.part,
            limit=self.chosen.limit,
            seed=self.chosen.seed,
            llm=llm.name if llm and system in ANSWERING_SYSTEMS else "",
            embedder=self.tools.embedder.name,
            settings=self.tools.settings,
        )

    def write_report(self, systems: Sequence[str]) -> Path:
        """Write the page on the runs of ``systems``, and return where it is."""
        from rag.evaluation.report import read_run, render

        page = self.out / f"{self.dataset.name}.html"
        runs = [read_run(self._folder(name)) for name in systems]
        page.write_text(render(runs), encoding="utf-8")
        return page

    def _folder(self, system: str) -> RunFolder:
        from rag.evaluation.run_folder import RunFolder

        return RunFolder(self._path(system))

    def _path(self, system: str) -> Path:
        return self.out / f"{self.dataset.name}-{system}"


def _show(advance: Advance, done: int, total: int, row: dict[str, Any] | None) -> None:
    advance(done, total, str(row.get("status", "")) if row else "")
