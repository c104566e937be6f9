"""``rag search``: parses, calls and renders."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.options import (
    collection_options,
    json_option,
    opened_index,
    print_json,
    server_option,
    verbose_option,
    waiting,
)
from rag.cli.question import question_argument, question_text
from rag.errors import EXIT_ANSWERED, EXIT_UNANSWERED

if TYPE_CHECKING:
    from index.types import Hit
    from rag.wiring import Wiring


@click.command()
@question_argument
@click.option(
    "--limit", default=5, show_default=True, type=click.IntRange(1, 100), help="How many chunks."
)
@server_option
@verbose_option
@json_option
@collection_options
def search(question: str | None, limit: int, wiring: Wiring, as_json: bool, verbose: bool) -> None:
    """Show the chunks closest to QUESTION (or standard input); needs no language model."""
    from rag.answering.unfamiliar import told_of_search
    from rag.cli import own_server
    from rag.cli.render import hits_text

    asked = question_text(question)
    wiring.require_collection()
    say = own_server.saying(verbose)
    found = own_server.hits(wiring.settings, asked, limit, say)
    hits, titles, words_alone = found or _found(wiring, asked, limit)
    if as_json:
        print_json([asdict(hit) for hit in hits])
    else:
        echo(hits_text(hits, titles) if hits else "Nothing is indexed that could be close.")
    if note := told_of_search(words_alone=words_alone):
        echo(f"rag: {note}", err=True)
    sys.exit(EXIT_ANSWERED if hits else EXIT_UNANSWERED)


def _found(wiring: Wiring, question: str, limit: int) -> tuple[list[Hit], dict[int, str], bool]:
    """The hits, the titles of their documents, and whether words alone were searched."""
    with opened_index(wiring) as opened, waiting("Searching"):
        hits = opened.search(question, limit=limit)
        documents = {hit.chunk.document_id for hit in hits}
        titles = {each: opened.document(each).title for each in documents}
        return hits, titles, not opened.reads(question)
