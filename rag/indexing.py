"""The commands that bring documents into a collection and keep it in good order.

They parse, call and render; importing this loads no model library.
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
    megabytes,
    model_store,
    opened_index,
    print_json,
    waiting,
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


@click.command()
@json_option
@collection_options
def reindex(settings: Settings, as_json: bool) -> None:
    """Embed the stored texts of a collection anew, with another embedder if one is named.

    The collection answers as before until all is done, and an interruption loses nothing: the same
    command goes on. Files need not be there any more.
    """
    from index.reindex import reindex as reindexed

    settings.require_collection()
    embedder = settings.open_embedder(model_store(settings))
    with ingest_progress() as on_progress:
        report = reindexed(settings.index_folder, embedder, on_progress=on_progress)
    if as_json:
        print_json({"embedder": embedder.name, **asdict(report)})
    else:
        resumed = f" ({report.resumed} of them before the interruption)" if report.resumed else ""
        click.echo(
            f"{settings.collection}: embedded with {embedder.name}: {report.documents} documents"
            f"{resumed}"
        )
    if not report.compacted:
        click.echo(
            "rag: the space of the old index is not given back yet: run "
            f"'rag compact --collection {settings.collection}'",
            err=True,
        )


@click.command()
@json_option
@collection_options
def compact(settings: Settings, as_json: bool) -> None:
    """Give back the space of removed documents, and of a reindex that is not to be finished.

    Afterwards nothing of a removed text is left in the collection's files.
    """
    from index.compact import compact as compacted

    settings.require_collection()
    with waiting("Compacting"):
        done = compacted(settings.index_folder)
    if as_json:
        print_json({"bytes_before": done.before, "bytes_after": done.after})
    else:
        click.echo(
            f"{settings.collection}: {megabytes(done.after)}, {megabytes(done.before)} before"
        )


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
