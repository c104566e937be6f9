"""``rag ask``: parses, calls and renders."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.options import (
    answer_option,
    building_lines,
    collection_options,
    json_option,
    llm_option,
    print_json,
    server_option,
    strictness_option,
    verbose_option,
    waiting,
)
from rag.cli.question import question_argument, question_text
from rag.errors import EXIT_ANSWERED, EXIT_TENTATIVE, EXIT_UNANSWERED
from rag.types import Status

if TYPE_CHECKING:
    from rag.types import Answer, Verified
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
@answer_option
@server_option
@verbose_option
@json_option
@collection_options
def ask(question: str | None, wiring: Wiring, as_json: bool, verbose: bool) -> None:
    """Answer QUESTION (or standard input) with citations.

    Each sentence is printed as soon as it is proved. Exit code 0: answered; 4: uncertain, and shown
    with the reason; 3: the documents do not answer, and the closest text is shown.
    """
    from rag.cli.render import answer_text, rest_text, sentence_text

    printed: list[str] = []

    def show(sentence: Verified) -> None:
        if not as_json:
            echo(" " * bool(printed) + sentence_text(sentence), nl=False)
            printed.append(sentence.text)

    text = question_text(question)
    answer = _of_server(wiring, text, show, verbose)
    if answer is None and printed:
        printed.clear()
        echo("\n")
        echo("rag: the running server broke off; the answer begins anew", err=True)
    answer = answer or _answer(wiring, text, show)
    if as_json:
        print_json(answer.as_dict())
    else:
        echo(f"\n\n{rest_text(answer)}" if printed else answer_text(answer))
        echo(f"\n— {answer.llm}, {sum(answer.timings.values()) / 1000:.1f} s", err=True)
    sys.exit(_EXIT_CODES[answer.status])


def _of_server(
    wiring: Wiring, question: str, show: Callable[[Verified], None], verbose: bool
) -> Answer | None:
    """The answer of a running server of this user; None where there is none that would do."""
    from rag.cli.own_server import answer, saying

    wiring.require_collection()
    with ExitStack() as spinner:
        spinner.enter_context(waiting("Reading"))

        def shown(sentence: Verified) -> None:
            spinner.close()
            show(sentence)

        return answer(wiring.settings, question, shown, saying(verbose))


def _answer(wiring: Wiring, question: str, show: Callable[[Verified], None]) -> Answer:
    """The whole answer, each of its sentences given to ``show`` once it passed."""
    from rag.types import Finished, Verified

    opened = wiring.opened_assistant(
        language_model=wiring.settings.answer != "quick", on_building=building_lines()
    )
    with opened as assistant, ExitStack() as spinner:
        spinner.enter_context(waiting("Loading the models and reading"))
        assistant.warm(language_model=assistant.mode == "written")
        for event in assistant.stream(question):
            if isinstance(event, Verified):
                spinner.close()  # what is proved stands in its place
                show(event)
        assert isinstance(event, Finished)
        return event.answer
