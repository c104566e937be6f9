"""``rag index``: brings documents into a collection. Parses, calls and renders.

Importing this loads no model library.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.errors import DocumentError
from rag.errors import EXIT_ANSWERED, EXIT_ERROR
from rag.options import (
    collection_options,
    ingest_progress,
    json_option,
    opened_index,
    print_json,
)

if TYPE_CHECKING:
    from index.ingest import IngestReport
    from index.load import LoadedDocument
    from rag.settings import Settings


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--prune", is_flag=True, help="Remove documents below PATHS whose files are gone.")
@json_option
@collection_options
def index(paths: tuple[str, ...], prune: bool, settings: Settings, as_json: bool) -> None:
    """Index files, folders and web addresses; what has not changed costs nothing.

    Exit code 1 when a file could not be read; the others are indexed all the same.
    """
    from index.load.web import is_address

    addresses = [path for path in paths if is_address(path)]
    files = [Path(path) for path in paths if not is_address(path)]
    with opened_index(settings, create=True) as opened, ingest_progress() as on_progress:
        pages, failed = _fetched(addresses, settings)
        report = opened.ingest(files, prune=prune, on_progress=on_progress)
        if pages:
            report += opened.add(pages, on_progress=on_progress)
    failed += [(str(path), reason) for path, reason in report.failed]
    if as_json:
        print_json(_report_json(report, failed))
    else:
        click.echo(_report_text(report, settings.collection, len(failed)))
    for path, reason in failed:
        click.echo(f"rag: {path}: {reason}", err=True)
    sys.exit(EXIT_ERROR if failed else EXIT_ANSWERED)


def _fetched(
    addresses: list[str], settings: Settings
) -> tuple[list[tuple[str, LoadedDocument]], list[tuple[str, str]]]:
    """The documents at web addresses by key, and the addresses that failed with the reason."""
    from index.load.web import load_address

    pages: list[tuple[str, LoadedDocument]] = []
    failed: list[tuple[str, str]] = []
    for address in addresses:
        try:
            pages += load_address(address, offline=settings.offline)
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
