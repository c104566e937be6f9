"""Progress on a terminal: on stderr, and only where somebody is watching. Knows no commands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from rag.cli.throughput import Throughput, in_words
from rag.printable import printable

if TYPE_CHECKING:
    from index.ingest import Progress as IngestProgress

_NAME_CHARACTERS = 30  # of a file: the rest of the line tells how far it is
_LINE_SECONDS = 30.0  # between the lines in a log, which somebody may read later


def console() -> Console:
    return Console(stderr=True)


@contextmanager
def status(text: str) -> Iterator[None]:
    """A spinner with ``text`` while the block runs."""
    with console().status(escape(text)) if console().is_terminal else _nothing():
        yield


@contextmanager
def _nothing() -> Iterator[None]:
    yield


class DownloadBar:
    """A bar for one download of ``total_bytes``, which begins anew with each source that is tried.

    Closing it gives the terminal back, also after a download that failed.
    """

    def __init__(self, name: str, total_bytes: int) -> None:
        self._name = name
        self._total_bytes = total_bytes
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console(),
            disable=not console().is_terminal,
        )
        self._task = self._progress.add_task(name, total=total_bytes)

    def __call__(self, done_bytes: int, source: str) -> None:
        description = f"{self._name} ({source})"
        self._progress.update(self._task, completed=done_bytes, description=description)
        if done_bytes < self._total_bytes:
            self._progress.start()
        else:
            self._progress.stop()

    def close(self) -> None:
        self._progress.stop()


@contextmanager
def ingest_bar() -> Iterator[Callable[[IngestProgress], None]]:
    """Show how far an ingest is, its throughput and the time left.

    On a terminal it is a bar, in a log now and then a line.
    """
    bar = _bar() if console().is_terminal else _lines()
    with bar as update:
        yield update


@contextmanager
def _bar() -> Iterator[Callable[[IngestProgress], None]]:
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
        console=console(),
        transient=True,
    ) as progress:
        throughput = Throughput()
        task = progress.add_task("Indexing", total=None, told="")

        def update(event: IngestProgress) -> None:
            done, total = (event.done, event.total) if event.share is None else (event.share, 1.0)
            progress.update(
                task,
                completed=done,
                total=total,
                description=printable(event.name)[:_NAME_CHARACTERS],
                told=in_words(event, throughput(event)),
            )

        yield update


@contextmanager
def _lines() -> Iterator[Callable[[IngestProgress], None]]:
    throughput = Throughput()
    next_s = time.monotonic() + _LINE_SECONDS

    def update(event: IngestProgress) -> None:
        nonlocal next_s
        told = in_words(event, throughput(event))
        if time.monotonic() >= next_s:
            console().print(
                f"Indexing: {printable(told)}", highlight=False, soft_wrap=True, markup=False
            )
            next_s = time.monotonic() + _LINE_SECONDS

    yield update
