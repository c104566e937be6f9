"""``rag models try``: a few questions to one language model, each with its verdict and its time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.options import json_option, print_json, waiting, wiring_of
from rag.errors import EXIT_ANSWERED, EXIT_ERROR, LLMUnavailableError

if TYPE_CHECKING:
    from rag.evaluation.trial import Tried
    from rag.settings import Settings


@click.command("try")
@click.argument("name")
@click.option(
    "--suite",
    default="seeds",
    show_default=True,
    type=click.Path(path_type=Path),
    help="A folder of documents with a questions file.",
)
@json_option
def try_model(name: str, suite: Path, as_json: bool) -> None:
    """Ask the language model NAME five questions: form, seconds, right or wrong.

    Exit code 1 when it answers none rightly.
    """
    from rag.settings import Settings

    settings = Settings.from_environment(llm=name)
    rows, manner = [], ""
    for tried, manner in _trial(settings, suite):  # noqa: B007 # the last one is told below
        rows.append(tried)
        if not as_json:
            echo(_told(tried))
    right = sum(each.right for each in rows)
    seconds = sum(each.seconds for each in rows)
    if as_json:
        print_json({"llm": name, "form": manner, "questions": [asdict(each) for each in rows]})
    else:
        echo(f"{name}: {right} of {len(rows)} right, {seconds / len(rows):.1f} s a question")
        echo(f"Form: {manner}")
    sys.exit(EXIT_ANSWERED if right else EXIT_ERROR)


def _told(tried: Tried) -> str:
    verdict = "right" if tried.right else "wrong"
    lines = [f"{verdict:<6} {tried.seconds:6.1f} s  {tried.question}", f"{'':<16} {tried.said}"]
    if tried.notice:
        lines.append(f"{'':<16} ! {tried.notice}")
    return "\n".join(lines)


def _trial(settings: Settings, suite: Path) -> Iterator[tuple[Tried, str]]:
    """Each question with, so far, the manner in which the model is asked."""
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.trial import trial, tried_questions
    from rag.evaluation.workbench import opened_corpus

    dataset = tried_questions(load_dataset(suite))
    wiring = wiring_of(settings)
    llm = wiring.open_llm()
    if llm is None:
        raise LLMUnavailableError("'none' is no language model: name one to try")
    cache = settings.collections_folder.parent / "eval"  # where 'rag eval' keeps its indexes
    with opened_corpus(dataset, wiring.open_embedder(), cache) as (index, _):
        assistant = wiring.assistant(index, llm)
        with waiting("Loading the models"):
            assistant.warm()
        for tried in trial(dataset, assistant):
            manner = getattr(llm, "manner", None)
            yield tried, str(manner) if manner else "replies held to a JSON schema"
