"""``rag eval robustness``: parses, calls and prints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.evaluation.options import (
    ANSWERING_SYSTEMS,
    FolderPath,
    ModelChoice,
    SuiteChoice,
    Tools,
    model_options,
    out_option,
    resume_option,
    suite_options,
)
from rag.cli.options import json_option, print_json
from rag.errors import EvaluationError

if TYPE_CHECKING:
    from rag.evaluation.dataset import Dataset
    from rag.evaluation.misleading import Case


@click.command()
@suite_options()
@click.option(
    "--system", type=click.Choice(ANSWERING_SYSTEMS), default="footnote", help="What to ask."
)
@click.option("--true-documents", type=FolderPath, help="The suite that holds the truth.")
@click.option("--group", default="", help="Only groups of cases whose name contains this.")
@model_options
@resume_option
@out_option
@json_option
def robustness(
    chosen: SuiteChoice,
    system: str,
    true_documents: Path | None,
    group: str,
    models: ModelChoice,
    resume: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Ask over documents made to mislead: noise, false, poisoned and instructing ones.

    --limit counts the cases of each group.
    """
    from rag.cli.evaluation.terminal import question_bar
    from rag.evaluation.robustness import run_cases
    from rag.evaluation.run_folder import RunFolder
    from rag.evaluation.workbench import system_opener

    dataset = chosen.dataset()
    cases = _cases(dataset, chosen, true_documents, group)
    tools = models.open()
    title = f"{dataset.name} · {system}"
    with question_bar(title) as advance:
        summary = run_cases(
            cases,
            system_opener(system, tools.embedder, tools.llm),
            RunFolder(out / f"{dataset.name}-{system}-robustness"),
            _identity(dataset, chosen, system, group, tools),
            resume=resume,
            on_progress=lambda done, total: advance(done, total, ""),
        )
    if as_json:
        print_json(summary)
    else:
        _print(title, summary)


def _cases(
    dataset: Dataset, chosen: SuiteChoice, true_documents: Path | None, group: str
) -> list[Case]:
    """The cases of the groups asked for. Raises EvaluationError when there are none."""
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.misleading import cases_of
    from rag.evaluation.misleading import chosen as of_groups

    truth = load_dataset(true_documents) if true_documents else None
    made = cases_of(chosen.suite, dataset, truth, chosen.seed)
    cases = of_groups(made, chosen.limit, chosen.seed, group)
    if not cases:
        raise EvaluationError(f"no group of cases has {group!r} in its name: leave out --group")
    return cases


def _identity(
    dataset: Dataset, chosen: SuiteChoice, system: str, group: str, tools: Tools
) -> dict[str, Any]:
    """What a run that is resumed must have in common with the one that was stopped."""
    return {
        "suite": dataset.name,
        "system": system,
        "dataset_sha256": dataset.sha256(),
        "limit": chosen.limit,
        "seed": chosen.seed,
        "group": group,
        "settings": tools.settings,
        "llm": tools.llm.name if tools.llm else "",
    }


def _print(title: str, summary: Mapping[str, Any]) -> None:
    from rag.cli.evaluation.terminal import print_shares

    shares = {
        name: {key: value for key, value in figures.items() if isinstance(value, dict)}
        for name, figures in summary["groups"].items()
    }
    print_shares(title, shares)
