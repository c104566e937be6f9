"""``rag eval load``: how a server of this machine holds when many ask at once."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from rag.errors import EXIT_ANSWERED, EXIT_ERROR

MAX_CLIENTS = 256  # each has a thread and a connection


@click.command("load")
@click.argument("suite", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--url", default="http://127.0.0.1:8000", show_default=True, help="A server on this machine."
)
@click.option("--collection", metavar="NAME", help="The collection [the server's own].")
@click.option(
    "--clients", default=16, show_default=True, type=click.IntRange(1, MAX_CLIENTS), help="So many."
)
@click.option(
    "--requests", default=64, show_default=True, type=click.IntRange(1, 10_000), help="Altogether."
)
@click.option(
    "--baseline", default=8, show_default=True, type=click.IntRange(1, 1000), help="By one client."
)
@click.option(
    "--seconds",
    default=300,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="After that, nothing more is asked.",
)
@click.option("--key", envvar="FOOTNOTE_KEY", help="An API key, if there are any [FOOTNOTE_KEY].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def load(
    suite: Path,
    url: str,
    collection: str | None,
    clients: int,
    requests: int,
    baseline: int,
    seconds: int,
    key: str | None,
    as_json: bool,
) -> None:
    """Ask the questions of SUITE over HTTP: one client first, then many at the same time.

    Exit code 1 when a request got neither an answer nor a clear refusal.
    """
    from rag.cli.evaluation_terminal import question_bar
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.load import Asked, Clients, text

    questions = [each.question for each in load_dataset(suite).questions if not each.history]
    asking = Clients(url, collection, key)
    loads = []
    for count, number in ((1, baseline), (clients, requests)):
        with question_bar(f"{count} at a time") as advance:
            done: list[Asked] = []

            def on_asked(asked: Asked, done: list[Asked] = done, total: int = number) -> None:
                done.append(asked)
                advance(len(done), total, asked.outcome)

            loads.append(
                asking.ask(
                    questions, clients=count, requests=number, seconds=seconds, on_asked=on_asked
                )
            )
    click.echo(json.dumps([asdict(each) for each in loads], indent=2) if as_json else text(loads))
    lost = sum(each.lost for each in loads)
    if lost:
        click.echo(f"rag: {lost} requests were lost: see what the server says", err=True)
    sys.exit(EXIT_ERROR if lost else EXIT_ANSWERED)
