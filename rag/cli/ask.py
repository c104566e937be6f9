"""``rag ask``: parses, calls and renders."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from rag.cli.options import (
    building_lines,
    collection_options,
    json_option,
    llm_option,
    print_json,
    strictness_option,
    waiting,
)
from rag.cli.question import question_argument, question_text
from rag.errors import EXIT_ANSWERED, EXIT_TENTATIVE, EXIT_UNANSWERED
from rag.types import Status

if TYPE_CHECKING:
    from rag.types import Answer
    from rag.wiring import Wiring

_EXIT_CODES: Mapping[Status, int] = {
    "answered": EXIT_ANSWERED,
    "conflicting": EXIT_ANSWERED,
    "tentative": EXIT_TENTATIVE,
    "unanswered": EXIT_UNANSWERED,
}


@click.command()
@question_argument
@llm_option
@strictness_option
@json_option
@collection_options
def ask(question: str | None, wiring: Wiring, as_json: bool) -> None:
    """Answer QUESTION (or standard input) with citations.

    Exit code 0: answered; 4: uncertain, and shown with the reason; 3: the documents do not answer,
    and the closest text is shown.
    """
    from rag.cli.render import answer_text

    answer = _answer(wiring, question_text(question))
    if as_json:
        print_json(answer.as_dict())
    else:
        click.echo(answer_text(answer))
        click.echo(f"\n— {answer.llm}, {sum(answer.timings.values()) / 1000:.1f} s", err=True)
    sys.exit(_EXIT_CODES[answer.status])


def _answer(wiring: Wiring, question: str) -> Answer:
    with (
        wiring.opened_assistant(on_building=building_lines()) as assistant,
        waiting("Loading the models and reading"),
    ):
        return assistant.warm().ask(question)
