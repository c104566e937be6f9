"""The commands that keep collections in good order: ``reindex``, ``compact`` and ``doctor``.

They parse, call and render; importing this loads no model library.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.options import (
    building_lines,
    collection_options,
    ingest_progress,
    json_option,
    llm_option,
    megabytes,
    print_json,
    waiting,
    wiring_of,
)
from rag.errors import EXIT_ANSWERED, EXIT_ERROR

if TYPE_CHECKING:
    from rag.doctor import Finding
    from rag.wiring import Wiring


@click.command()
@json_option
@collection_options
def reindex(wiring: Wiring, as_json: bool) -> None:
    """Embed the stored texts of a collection anew, with another embedder if one is named.

    The collection answers as before until all is done, and an interruption loses nothing: the same
    command goes on. Files need not be there any more.
    """
    collection = wiring.settings.collection
    wiring.require_collection()
    embedder = wiring.open_embedder()
    with ingest_progress() as on_progress:
        report = wiring.collections.reindex(
            collection, embedder, on_progress=on_progress, on_building=building_lines()
        )
    if as_json:
        print_json({"embedder": embedder.name, **asdict(report)})
    else:
        resumed = f" ({report.resumed} of them before the interruption)" if report.resumed else ""
        echo(f"{collection}: embedded with {embedder.name}: {report.documents} documents{resumed}")
    if not report.compacted:
        echo(
            "rag: the space of the old index is not given back yet: run "
            f"'rag compact --collection {collection}'",
            err=True,
        )


@click.command()
@json_option
@collection_options
def compact(wiring: Wiring, as_json: bool) -> None:
    """Give back the space of removed documents, and of a reindex that is not to be finished.

    Afterwards nothing of a removed text is left in the collection's files.
    """
    collection = wiring.settings.collection
    with waiting("Compacting"):
        done = wiring.collections.compact(collection)
    if as_json:
        print_json({"bytes_before": done.before, "bytes_after": done.after})
    else:
        echo(f"{collection}: {megabytes(done.after)}, {megabytes(done.before)} before")


@click.command()
@click.option("--collection", metavar="NAME", help="Look at this collection only.")
@llm_option
@json_option
def doctor(collection: str | None, llm: str | None, as_json: bool) -> None:
    """Check this machine, the models, the language model's server and the collections.

    Each finding that is not in order comes with its remedy. Exit code 1 when something is broken.
    """
    from rag.doctor import examine
    from rag.settings import Settings

    wiring = wiring_of(Settings.from_environment(collection=collection, llm=llm))
    if collection:
        wiring.require_collection()
    findings = []
    looked_at = examine(wiring, [collection] if collection else wiring.collections.names())
    while finding := _next(looked_at):
        findings.append(finding)
        if not as_json:
            echo(_told(finding))
    if as_json:
        print_json([asdict(each) for each in findings])
    broken = any(each.state == "broken" for each in findings)
    sys.exit(EXIT_ERROR if broken else EXIT_ANSWERED)


def _next(findings: Iterator[Finding]) -> Finding | None:
    with waiting("Looking"):
        return next(findings, None)


def _told(finding: Finding) -> str:
    lines = [f"{finding.state:<8} {finding.check}: {finding.what}"]
    if finding.remedy:
        lines.append(f"{'':<8} → {finding.remedy}")
    return "\n".join(lines)
