"""Every connection to SQLite has an owner that closes it, also where opening fails."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.catalogue import Catalogue
from index.chunk import Chunking
from index.collections import Collections
from index.errors import IndexingError
from index.index import Index
from index.index_database import FILE_NAME, embedder_of
from tests.connections import TrackedConnection, open_connections
from tests.doubles import HashingEmbedder


def _opened_here(folder: Path) -> list[str]:
    return [each for each in open_connections() if str(folder) in each]


@pytest.fixture
def folder(tmp_path: Path, embedder: HashingEmbedder) -> Path:
    with Index.open(tmp_path / "zoo", embedder, create=True) as index:
        index.add_text("lion", "", "The lion roars.")
    return tmp_path / "zoo"


def _lose_connection(path: Path) -> None:
    sqlite3.connect(path, factory=TrackedConnection)
    gc.collect()  # a connection refers to itself


def test_a_connection_that_nobody_closes_gives_a_warning(tmp_path: Path) -> None:
    with pytest.warns(ResourceWarning, match="lost.sqlite, opened in .*, was not closed"):
        _lose_connection(tmp_path / "lost.sqlite")


def test_tests_get_connections_that_are_tracked(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        assert isinstance(connection, TrackedConnection)
        assert len(_opened_here(tmp_path)) == 1
    assert _opened_here(tmp_path) == []


def test_an_index_closes_its_three_connections(folder: Path, embedder: HashingEmbedder) -> None:
    index = Index.open(folder, embedder)
    assert len(_opened_here(folder)) == 1
    index.add_text("zebra", "", "The zebra runs.")
    assert index.search("zebra")
    assert len(_opened_here(folder)) == 3
    index.close()
    assert _opened_here(folder) == []


def test_a_closed_index_opens_no_connection_again(folder: Path, embedder: HashingEmbedder) -> None:
    index = Index.open(folder, embedder)
    index.close()
    for use in (
        lambda: index.add_text("zebra", "", "The zebra runs."),
        lambda: index.remove("lion"),
        lambda: index.search("lion"),
        index.documents,
    ):
        with pytest.raises(IndexingError):
            use()
    assert _opened_here(folder) == []


def _other_embedder(folder: Path) -> None:
    Index.open(folder, HashingEmbedder("other"))


def _other_chunking(folder: Path) -> None:
    Index.open(folder, HashingEmbedder(), chunking=Chunking(12))


def _newer_format(folder: Path) -> None:
    with closing(Catalogue(folder)) as catalogue:
        catalogue.set_meta("format_version", 99)
    Index.open(folder, HashingEmbedder(), create=True)


def _no_database(folder: Path) -> None:
    (folder / FILE_NAME).write_bytes(b"no database " * 999)
    Index.open(folder, HashingEmbedder())


def _interrupted_creation(folder: Path) -> None:
    (folder / FILE_NAME).write_bytes(b"")
    Index.open(folder, HashingEmbedder())


def _damaged_parameters(folder: Path) -> None:
    with closing(Catalogue(folder)) as catalogue:
        catalogue.execute("DROP TABLE documents")
    Collections(folder.parent).size(folder.name)


@pytest.mark.parametrize(
    "fails",
    [
        _other_embedder,
        _other_chunking,
        _newer_format,
        _no_database,
        _interrupted_creation,
        _damaged_parameters,
    ],
)
def test_opening_that_fails_leaves_no_connection_open(
    folder: Path, fails: Callable[[Path], None]
) -> None:
    with pytest.raises(IndexingError):
        fails(folder)
    assert _opened_here(folder) == []


def test_collection_methods_leave_no_connection_open(
    folder: Path, embedder: HashingEmbedder
) -> None:
    collections = Collections(folder.parent)
    assert collections.size("zoo").documents == 1
    assert collections.problems("zoo") == []
    assert embedder_of(folder) == embedder.name
    collections.reindex("zoo", HashingEmbedder("other"))
    collections.compact("zoo")
    assert _opened_here(folder) == []
