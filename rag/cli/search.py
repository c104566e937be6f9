"""``rag search``: parses, calls and renders."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.options import collection_options, json_option, opened_index, print_json, waiting
from rag.cli.question import question_argument, question_text
from rag.errors import EXIT_ANSWERED, EXIT_UNANSWERED

if TYPE_CHECKING:
    from rag.wiring import Wiring


@click.command()
@question_argument
@click.option(
    "--limit", default=5, show_default=True, type=click.IntRange(1, 100), help="How many chunks."
)
@json_option
@collection_options
def search(question: str | None, limit: int, wiring: Wiring, as_json: bool) -> None:
    """Show the chunks closest to QUESTION (or standard input); needs no language model."""
    from rag.cli.render import hits_text

    asked = question_text(question)
    with opened_index(wiring) as opened, waiting("Searching"):
        hits = opened.search(asked, limit=limit)
        titles = {
            hit.chunk.document_id: opened.document(hit.chunk.document_id).title for hit in hits
        }
    if as_json:
        print_json([asdict(hit) for hit in hits])
    else:
        echo(hits_text(hits, titles) if hits else "Nothing is indexed that could be close.")
    sys.exit(EXIT_ANSWERED if hits else EXIT_UNANSWERED)
