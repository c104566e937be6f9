"""The process that is killed: does what its orders say, and tells after each step that it is done.

A step that was told as done must stand afterwards, whenever the kill comes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any
from unittest.mock import patch

from index import compact, reindex
from index.database import Database
from index.index import Index
from index.vectors import Vectors
from tests.doubles import HashingEmbedder

BATCH_CHUNKS = 6  # many commits in a short time

BETWEEN, COMMITTING, SAVING = range(3)  # where the child is, for the report


@dataclass(frozen=True, slots=True)
class Step:
    """``text`` is put under ``key``; None removes it. Without a key: all of the files."""

    key: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """What the child is to do to the index in ``folder``."""

    work: str
    folder: Path
    files: Path
    embedder: str
    steps: tuple[Step, ...] = (Step(),)


def embedder(name: str) -> HashingEmbedder:
    """A double whose dimension is in its name: ``hash-64``."""
    return HashingEmbedder(name, dimension=int(name.rpartition("-")[2]))


def work(orders: Orders, told: Connection, where: Synchronized[int]) -> None:
    """Carries out the orders, and sends the number of each step that is done."""
    _watch(where)
    for name in ("index.ingest.BATCH_CHUNKS", "index.reindex.BATCH_CHUNKS"):
        patch(name, BATCH_CHUNKS).start()
    told.send("begun")
    for number, _ in enumerate(_WORK[orders.work](orders)):
        told.send(number)


def _steps(orders: Orders) -> Iterator[None]:
    with Index.open(orders.folder, embedder(orders.embedder), create=True) as opened:
        for step in orders.steps:
            if step.text is None:
                opened.remove(step.key)
            else:
                opened.add_text(step.key, "", step.text)
            yield


def _ingest(orders: Orders) -> Iterator[None]:
    with Index.open(orders.folder, embedder(orders.embedder), create=True) as opened:
        opened.ingest([orders.files], prune=True)
        yield


def _reindex(orders: Orders) -> Iterator[None]:
    reindex.reindex(orders.folder, embedder(orders.embedder))
    yield


def _compact(orders: Orders) -> Iterator[None]:
    compact.compact(orders.folder)
    yield


_WORK: dict[str, Callable[[Orders], Iterator[None]]] = {
    "add": _steps,
    "update": _steps,
    "remove": _steps,
    "ingest": _ingest,
    "reindex": _reindex,
    "compact": _compact,
}


def _watch(where: Synchronized[int]) -> None:
    """Lets the parent see where the child was when it was killed."""
    writing, save, compact_catalogue = Database.writing, Vectors.save, compact.compact_catalogue

    def watched(self: Database) -> AbstractContextManager[None]:
        return _at(COMMITTING, where, writing(self))

    def watched_save(*arguments: Any) -> None:
        with _at(SAVING, where):
            save(*arguments)

    def watched_compact(*arguments: Any) -> None:
        with _at(COMMITTING, where):
            compact_catalogue(*arguments)

    patch.object(Database, "writing", watched).start()
    patch.object(Vectors, "save", watched_save).start()
    for name in ("index.compact.compact_catalogue", "index.reindex.compact_catalogue"):
        patch(name, watched_compact).start()


@contextlib.contextmanager
def _at(
    place: int,
    where: Synchronized[int],
    inner: AbstractContextManager[None] | None = None,
) -> Iterator[None]:
    where.value = place
    try:
        with inner or contextlib.nullcontext():
            yield
    finally:
        where.value = BETWEEN
