"""Progress on a terminal: on stderr, and only where somebody is watching. Knows no commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

if TYPE_CHECKING:
    from index.ingest import Progress as IngestProgress


def console() -> Console:
    return Console(stderr=True)


@contextmanager
def status(text: str) -> Iterator[None]:
    """A spinner with ``text`` while the block runs."""
    with console().status(text) if console().is_terminal else _nothing():
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
            TextColumn("{task.description}"),
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
    """A bar over the files of a run, with the name of the one in work."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console(),
        disable=not console().is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task("Indexing", total=None)

        def update(event: IngestProgress) -> None:
            progress.update(task, completed=event.done, total=event.total, description=event.name)

        yield update
