"""``rag eval load``: how a server of this machine holds when many ask at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import FolderPath, exit_code
from rag.cli.options import json_option, one_of, print_json

if TYPE_CHECKING:
    from rag.evaluation.load import Asked, Clients, Load

MAX_CLIENTS = 1_000  # each has a thread and a connection, of which a server takes 500


@dataclass(frozen=True, slots=True)
class _Plan:
    """How many clients ask how many questions: one client first, then all of them."""

    clients: int
    requests: int
    baseline: int
    seconds: int

    def rounds(self) -> tuple[tuple[int, int], ...]:
        """Clients and requests of each round."""
        return (1, self.baseline), (self.clients, self.requests)


@click.command()
@click.argument("suite", type=FolderPath)
@click.option(
    "--url", default="http://127.0.0.1:8000", show_default=True, help="A server on this machine."
)
@click.option("--collection", metavar="NAME", help="The collection [the server's own].")
@one_of(
    _Plan,
    "plan",
    click.option(
        "--clients",
        default=16,
        show_default=True,
        type=click.IntRange(1, MAX_CLIENTS),
        help="So many.",
    ),
    click.option(
        "--requests",
        default=64,
        show_default=True,
        type=click.IntRange(1, 10_000),
        help="Altogether.",
    ),
    click.option(
        "--baseline",
        default=8,
        show_default=True,
        type=click.IntRange(1, 1000),
        help="By one client.",
    ),
    click.option(
        "--seconds",
        default=300,
        show_default=True,
        type=click.IntRange(1, 3600),
        help="After that, nothing more is asked.",
    ),
)
@click.option("--key", envvar="FOOTNOTE_KEY", help="An API key, if there are any [FOOTNOTE_KEY].")
@json_option
def load(
    suite: Path, url: str, collection: str | None, plan: _Plan, key: str | None, as_json: bool
) -> None:
    """Ask the questions of SUITE over HTTP: one client first, then many at the same time.

    Exit code 1 when a request got neither an answer nor a clear refusal.
    """
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.load import Clients, text

    questions = [each.question for each in load_dataset(suite).questions if not each.history]
    loads = _asked(Clients(url, collection, key), questions, plan)
    if as_json:
        print_json([asdict(each) for each in loads])
    else:
        echo(text(loads))
    lost = sum(each.lost for each in loads)
    if lost:
        why = ", ".join(sorted({reason for each in loads for reason in each.why}))
        echo(f"rag: {lost} requests were lost ({why}): see what the server says", err=True)
    sys.exit(exit_code(not lost))


def _asked(clients: Clients, questions: Sequence[str], plan: _Plan) -> list[Load]:
    from rag.cli.evaluation.terminal import question_bar

    loads = []
    for count, number in plan.rounds():
        with question_bar(f"{count} at a time") as advance:
            done: list[Asked] = []

            def on_asked(asked: Asked, done: list[Asked] = done, total: int = number) -> None:
                done.append(asked)
                advance(len(done), total, asked.outcome)

            loads.append(
                clients.ask(
                    questions,
                    clients=count,
                    requests=number,
                    seconds=plan.seconds,
                    on_asked=on_asked,
                )
            )
    return loads
