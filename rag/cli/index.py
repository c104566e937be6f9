"""``rag index``: brings documents into a collection. Parses, calls and renders.

Importing this loads no model library.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from index.errors import DocumentError, IndexingError, IndexLockedError
from rag.cli.echo import echo
from rag.cli.options import (
    collection_options,
    ingest_progress,
    json_option,
    opened_index,
    print_json,
)
from rag.errors import EXIT_ANSWERED, EXIT_ERROR

if TYPE_CHECKING:
    from index.index import Index
    from index.ingest import IngestReport
    from index.load.base import LoadedDocument
    from rag.wiring import Wiring

_RETRY_TICKS = 30  # seconds, about as long as a large batch or a tidying user takes


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--prune", is_flag=True, help="Remove documents below PATHS whose files are gone.")
@click.option(
    "--watch", is_flag=True, help="Go on until Ctrl-C: index what changes, remove what goes."
)
@click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="Passwords of encrypted PDFs, one a line, tried in turn and kept nowhere.",
)
@json_option
@collection_options
def index(
    paths: tuple[str, ...],
    prune: bool,
    watch: bool,
    password_file: TextIO | None,
    wiring: Wiring,
    as_json: bool,
) -> None:
    """Index files, folders and web addresses; what has not changed costs nothing.

    Exit code 1 when a file could not be read; the others are indexed all the same.
    """
    from index.load.web import is_address
    from rag.answering.unfamiliar import told_of_documents, unread_languages

    passwords = password_file.read().splitlines() if password_file else []
    if watch:
        _watch([Path(path) for path in paths], wiring, passwords, as_json)
        return
    addresses = [path for path in paths if is_address(path)]
    files = [Path(path) for path in paths if not is_address(path)]
    with opened_index(wiring, create=True) as opened, ingest_progress() as on_progress:
        pages, failed = _fetched(addresses, offline=wiring.settings.offline)
        report = opened.ingest(files, prune=prune, on_progress=on_progress, passwords=passwords)
        if pages:
            report += opened.add(pages, on_progress=on_progress)
        changed = report.added or report.updated
        unread = unread_languages(opened, opened.documents()) if changed else ()
    failed += [(str(path), reason) for path, reason in report.failed]
    if as_json:
        print_json(_report_json(report, failed) | {"unread_languages": unread})
    else:
        echo(_report_text(report, wiring.settings.collection, len(failed)))
    if note := told_of_documents(unread):
        echo(f"rag: {note}", err=True)
    _tell_failures(failed)
    sys.exit(EXIT_ERROR if failed else EXIT_ANSWERED)


def _watch(folders: list[Path], wiring: Wiring, passwords: Sequence[str], as_json: bool) -> None:
    """Keeps the index in line with the folders until Ctrl-C, which is no error.

    A write that fails because another one is under way or the disk is full is tried again.
    """
    from index.watch import changes

    for folder in folders:
        if not folder.is_dir():
            raise click.UsageError(f"--watch takes folders, and {folder} is none")
    told: set[tuple[str, str]] = set()
    pending, rest = True, 0
    # Ctrl-C in the middle of an ingest is as good an end as any: what was finished is kept.
    with suppress(KeyboardInterrupt), opened_index(wiring, create=True) as opened:
        for changed in changes(folders):
            pending, rest = pending or changed, max(0, rest - 1)
            if pending and not rest:
                report = _caught_up(opened, folders, passwords)
                pending, rest = report is None, 0 if report else _RETRY_TICKS
                if report:
                    _tell_change(report, wiring.settings.collection, told, as_json)
    echo("rag: no longer watching", err=True)


def _caught_up(opened: Index, folders: list[Path], passwords: Sequence[str]) -> IngestReport | None:
    """What an ingest of the folders did; None when it is to be tried again later."""
    try:
        with ingest_progress() as on_progress:
            return opened.ingest(folders, prune=True, on_progress=on_progress, passwords=passwords)
    except IndexingError as error:
        if type(error) not in (IndexLockedError, IndexingError):
            raise
        echo(f"rag: {error}; trying again in {_RETRY_TICKS} s", err=True)
        return None


def _tell_change(
    report: IngestReport, collection: str, told: set[tuple[str, str]], as_json: bool
) -> None:
    """Tells what a change did, and of the failures those that were not told before."""
    failed = [(str(path), reason) for path, reason in report.failed]
    new = [each for each in failed if each not in told]
    told.clear()
    told.update(failed)
    if report.added or report.updated or report.removed or new:
        if as_json:
            echo(json.dumps(_report_json(report, failed), ensure_ascii=False))
        else:
            echo(_report_text(report, collection, len(failed)))
    _tell_failures(new)


def _tell_failures(failed: list[tuple[str, str]]) -> None:
    for path, reason in failed:
        echo(f"rag: {path}: {reason}", err=True)


def _fetched(
    addresses: list[str], *, offline: bool
) -> tuple[list[tuple[str, LoadedDocument]], list[tuple[str, str]]]:
    """The documents at web addresses by key, and the addresses that failed with the reason."""
    from index.load.web import load_address

    pages: list[tuple[str, LoadedDocument]] = []
    failed: list[tuple[str, str]] = []
    for address in addresses:
        try:
            pages += load_address(address, offline=offline)
        except DocumentError as error:
            failed.append((address, str(error)))
    return pages, failed


def _report_text(report: IngestReport, collection: str, failed: int) -> str:
    counts = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "skipped": report.skipped,
        "failed": failed,
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{collection}: {told or 'nothing found to index'}"


def _report_json(report: IngestReport, failed: list[tuple[str, str]]) -> dict[str, Any]:
    reasons = [{"path": path, "reason": reason} for path, reason in failed]
    return {**asdict(report), "failed": reasons}
