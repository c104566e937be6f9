"""``python -m tests.attacks.openapi``: any request that the OpenAPI document allows, and others.

Requests are made from the document (schemathesis) and sent to the application in this process; what
comes back must be what the document says. Each endpoint has its turn, with other requests each
time, until time is over. Exit code 1 on a finding.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from hypothesis import HealthCheck, given, seed, settings

from rag.evaluation.markdown import markdown_table
from tests.api.openapi_app import CHECKS, SCHEMA, collections_in

EXAMPLES = 20  # of an endpoint in one turn: new ones are like those before for a while


@click.command()
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1))
@click.option("--seed", "start", default=1, show_default=True, help="Of the first turn.")
def main(seconds: int, start: int) -> None:
    """Send requests for SECONDS and compare what comes back with the document."""
    counts: Counter[str] = Counter()
    findings: dict[str, str] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home, collections_in(Path(home)):
        for name, turn in _turns(start):
            if time.monotonic() - began >= seconds:
                break
            try:
                turn(counts)
            except Exception as error:  # noqa: BLE001  # whatever comes out is a finding
                told = "\n".join(str(error).splitlines()[:40])
                findings.setdefault(f"{name}: {type(error).__name__}", told)
    rows = [[name, f"{count:,}"] for name, count in sorted(counts.items())]
    click.echo(markdown_table(["endpoint", "requests"], rows))
    for name, told in findings.items():
        click.echo(f"{name}\n{told}\n", err=True)
    click.echo(
        f"{counts.total():,} requests in {time.monotonic() - began:.0f} s, "
        f"{time.process_time():.0f} of the processor; findings: {len(findings)}"
    )
    sys.exit(1 if findings else 0)


def _turns(start: int) -> Iterator[tuple[str, Callable[[Counter[str]], None]]]:
    """One endpoint after the other, again and again, with a seed that is never the same."""
    operations: list[Any] = [each.ok() for each in SCHEMA.get_all_operations()]  # type: ignore[union-attr]
    number = start
    while True:
        random.Random(number).shuffle(operations)
        for operation in operations:
            yield operation.label, _turn(operation, number)
            number += 1


def _turn(operation: Any, number: int) -> Callable[[Counter[str]], None]:
    def turn(counts: Counter[str]) -> None:
        @seed(number)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def asked(case: Any) -> None:
            counts[operation.label] += 1
            case.call_and_validate(checks=CHECKS)

        asked()

    return turn


if __name__ == "__main__":
    main()
