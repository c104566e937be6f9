"""Rows that nobody wrote so: each use of such an index says what to do, and none breaks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.collections import Collections
from index.errors import IndexingError
from index.index import Index
from index.index_database import FILE_NAME
from tests.doubles import HashingEmbedder

CHANGES = [
    "UPDATE documents SET headings = 'no json'",
    "UPDATE documents SET headings = '[1]'",
    "UPDATE documents SET page_starts = 'x'",
    "UPDATE documents SET text = x'ff'",
    "UPDATE documents SET characters = 'x', chunks = 'y'",
    "DELETE FROM documents",
    "UPDATE vectors SET vector = x'00'",
    "DELETE FROM vectors WHERE chunk_id = 1",
    "UPDATE chunks SET start = -5, stop = 100000",
    "UPDATE chunks SET headings = 'x'",
    "UPDATE chunks SET document_id = 999",
    "UPDATE meta SET value = 'x'",
    "UPDATE meta SET value = '\"x\"' WHERE name = 'format_version'",
    "UPDATE meta SET value = '{\"a\": 1}' WHERE name = 'chunking'",
    "DELETE FROM meta",
    "DELETE FROM meta WHERE name = 'embedder'",
    "DELETE FROM commits",
    "INSERT INTO files VALUES ('k', 's', 1, 1, 1, 'no json')",
    "DROP TABLE chunks",
    "DROP TABLE words",
]


@pytest.fixture
def collections(tmp_path: Path, embedder: HashingEmbedder) -> Collections:
    found = Collections(tmp_path)
    with found.open("law", embedder, create=True) as index:
        index.add_text("a.txt", "A", "The giraffe eats leaves. It sleeps.")
        index.add_text("b.txt", "B", "The lion eats meat. It roars.")
    return found


def _uses(collections: Collections, index: Index | None) -> Iterator[Callable[[], object]]:
    yield lambda: collections.embedder_name("law")
    yield lambda: collections.size("law")
    yield lambda: collections.problems("law")
    if index is not None:
        yield lambda: index.search("giraffe leaves")
        yield lambda: index.search("giraffe leaves", per_document=1)
        yield lambda: index.search_documents("giraffe")
        yield lambda: [index.document(each.id) for each in index.documents()]
        yield lambda: [index.identity(each.id) for each in index.documents()]
        yield index.failures
        yield lambda: index.add_text("c.txt", "C", "A new text.")
        yield lambda: index.commit


@pytest.mark.parametrize("change", CHANGES)
def test_rows_that_do_not_fit_together_are_told(
    collections: Collections, embedder: HashingEmbedder, change: str
) -> None:
    with closing(sqlite3.connect(collections.path("law") / FILE_NAME)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute(change)
        database.commit()
    for file in collections.path("law").iterdir():
        if not file.name.startswith(FILE_NAME):
            file.unlink()  # what is derived from the rows
    told, index = [], None
    try:
        index = collections.open("law", embedder)
    except IndexingError as error:
        told.append(str(error))
    for use in _uses(collections, index):
        try:
            use()
        except IndexingError as error:
            told.append(str(error))
    assert all(str(collections.folder) in each for each in told)
    if index is not None:
        index.close()
