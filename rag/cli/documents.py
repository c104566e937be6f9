"""``rag documents``: parses, calls and renders."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.options import collection_options, json_option, opened_index, print_json

if TYPE_CHECKING:
    from index.index import Index
    from index.types import DocumentSummary
    from rag.wiring import Wiring


@click.command()
@click.option("--remove", metavar="KEY", multiple=True, help="Remove the document of this path.")
@click.option("--failed", is_flag=True, help="List what could not be read instead, and why.")
@click.option("--left-out", is_flag=True, help="List what of each file is not in its text instead.")
@json_option
@collection_options
def documents(
    remove: tuple[str, ...], failed: bool, left_out: bool, wiring: Wiring, as_json: bool
) -> None:
    """List the documents of the collection, or remove some."""
    from rag.answering.unfamiliar import told_of_documents, unread_languages
    from rag.cli.render import documents_text

    with opened_index(wiring) as opened:
        for key in remove:
            opened.remove(_document_key(opened, key))
        listed, failures = opened.documents(), opened.failures()
        unread = () if failed or left_out else unread_languages(opened, listed)
    if failed:
        _print_failures(failures, as_json)
    elif left_out:
        _print_left_out(listed, as_json)
    elif as_json:
        print_json([asdict(each) | {"words_alone": each.language in unread} for each in listed])
    else:
        echo(documents_text(listed) if listed else "The collection is empty.")
        if note := told_of_documents(unread):
            echo(f"Note: {note}")


def _document_key(opened: Index, given: str) -> str:
    """The key that ``given`` means: itself, or the absolute path of a file."""
    absolute = str(Path(given).resolve())
    return absolute if opened.has_key(absolute) else given


def _print_left_out(listed: list[DocumentSummary], as_json: bool) -> None:
    found = [each for each in listed if each.left_out]
    if as_json:
        print_json([{"path": each.key, "left_out": each.left_out} for each in found])
        return
    for each in found:
        echo(f"{each.key}: {', '.join(each.left_out)}")
    if not found:
        echo("Nothing was left out of any document.")


def _print_failures(failures: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json([{"path": path, "reason": reason} for path, reason in failures])
        return
    for path, reason in failures:
        echo(f"{path}: {reason}")
    if not failures:
        echo("Every file could be read.")
