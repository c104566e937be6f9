"""``rag ask``: parses, calls and renders."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rag.cli.options import (
    building_lines,
    collection_options,
    json_option,
    llm_option,
    print_json,
    waiting,
)
from rag.cli.question import question_argument, question_text
from rag.errors import EXIT_ANSWERED, EXIT_UNANSWERED

if TYPE_CHECKING:
    from rag.types import Answer
    from rag.wiring import Wiring


@click.command()
@question_argument
@llm_option
@json_option
@collection_options
def ask(question: str | None, wiring: Wiring, as_json: bool) -> None:
    """Answer QUESTION (or standard input) with citations.

    Exit code 0: answered; 3: the documents do not answer, and the closest text is shown.
    """
    from rag.cli.render import answer_text

    answer = _answer(wiring, question_text(question))
    if as_json:
        print_json(answer.as_dict())
    else:
        click.echo(answer_text(answer))
        click.echo(f"\n— {answer.llm}, {sum(answer.timings.values()) / 1000:.1f} s", err=True)
    sys.exit(EXIT_UNANSWERED if answer.status == "unanswered" else EXIT_ANSWERED)


def _answer(wiring: Wiring, question: str) -> Answer:
    with (
        wiring.opened_assistant(on_building=building_lines()) as assistant,
        waiting("Loading the models and reading"),
    ):
        return assistant.warm().ask(question)
