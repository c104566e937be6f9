"""The catalogue: commits are all or nothing, ids never come back, errors say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import database, index_database
from index.catalogue import Catalogue
from index.errors import (
    DamagedIndexError,
    IndexingError,
    IndexLockedError,
    UnknownDocumentError,
)
from index.index_database import exists
from index.load.base import LoadedDocument
from index.records import Commit, IndexParameters, NewChunk, NewDocument, Stamp
from index.types import Heading, Span

_PARAMETERS = IndexParameters("hashing", 2, {"max_tokens": 160})


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue.create(tmp_path, _PARAMETERS)
    yield catalogue
    catalogue.close()


def _document(
    key: str, *texts: str
) -> tuple[NewDocument, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    text, chunks = "", []
    for piece in texts:
        chunks.append(NewChunk(Span(len(text), len(text) + len(piece)), ("Top",)))
        text += piece + "\n"
    loaded = LoadedDocument(
        f"T{key}", "text/plain", text, (0, 2), (Heading(Span(0, 1), 1),), ("3 notes",), (2,)
    )
    vectors = np.arange(2 * len(texts), dtype=np.float32).reshape(-1, 2)
    stamp = Stamp("sha", 3, 4)
    return NewDocument(key, f"source {key}", loaded, stamp, tuple(chunks), 1, "el"), vectors


def _put(catalogue: Catalogue, *documents: tuple[str, ...]) -> None:
    with catalogue.writing():
        catalogue.put([_document(*document) for document in documents])


def test_a_document_comes_back_as_it_was_put(catalogue: Catalogue) -> None:
    _put(catalogue, ("a", "é one 文", "two"))
    document = catalogue.document(1)
    assert (document.key, document.title, document.source) == ("a", "Ta", "source a")
    assert (document.text, document.page_starts) == ("é one 文\ntwo\n", (0, 2))
    assert document.headings == (Heading(Span(0, 1), 1),)
    assert (document.recognised, document.language) == ((2,), "el")
    summary = catalogue.summary(1)
    assert (summary.left_out, summary.recognised, summary.language) == (("3 notes",), (2,), "el")
    chunks = catalogue.chunks([1, 2])
    assert [chunks[1].text, chunks[2].text] == ["é one 文", "two"]
    assert all(chunk.span.of(document.text) == chunk.text for chunk in chunks.values())
    assert chunks[1].headings == ("Top",)
    ids, vectors = catalogue.vectors()
    assert ids.tolist() == [1, 2]
    assert vectors.tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert catalogue.stamps() == {"a": Stamp("sha", 3, 4)}


def test_stamps_of_a_key_include_documents_inside_it(catalogue: Catalogue) -> None:
    for key in ("a.zip", "a.zip!/b", "a.zip!/c!/d", "a.zip!", "a.zip0", "a.zi", "e"):
        _put(catalogue, (key, "text"))
    assert sorted(catalogue.stamps(["a.zip", "e", "f"])) == [
        "a.zip",
        "a.zip!/b",
        "a.zip!/c!/d",
        "e",
    ]


def test_a_replaced_document_gets_new_ids_and_loses_its_old_words(catalogue: Catalogue) -> None:
    _put(catalogue, ("a", "giraffe"), ("b", "lion"))
    before = catalogue.commit()
    _put(catalogue, ("a", "zebra"))
    assert [(d.id, d.key) for d in catalogue.documents()] == [(3, "a"), (2, "b")]
    assert catalogue.ranked_by_words('"giraff"', 9) == []
    assert [chunk_id for chunk_id, _ in catalogue.ranked_by_words('"zebra"', 9)] == [3]
    assert catalogue.changes_since(before) == ([3], [1])
    with pytest.raises(UnknownDocumentError):
        catalogue.document(1)


def test_the_last_of_two_documents_with_one_key_is_kept(catalogue: Catalogue) -> None:
    _put(catalogue, ("a", "one"))
    with catalogue.writing():
        assert catalogue.put([_document("b", "two"), _document("b", "2"), _document("a", "1")]) == 2
    assert [(d.key, catalogue.document(d.id).text) for d in catalogue.documents()] == [
        ("a", "1\n"),
        ("b", "2\n"),
    ]


def test_ids_are_never_reused(catalogue: Catalogue) -> None:
    _put(catalogue, ("a", "one"))
    with catalogue.writing():
        assert catalogue.remove(["a", "never there"]) == 1
    _put(catalogue, ("a", "one"))
    assert catalogue.documents()[0].id == 2
    assert catalogue.vectors()[0].tolist() == [2]


def test_removing_nothing_is_no_commit(catalogue: Catalogue) -> None:
    before = catalogue.commit()
    with catalogue.writing():
        assert catalogue.remove(["never there"]) == 0
    assert catalogue.commit() == before


def test_a_failed_commit_changes_nothing(catalogue: Catalogue) -> None:
    _put(catalogue, ("a", "giraffe"))
    before = catalogue.commit()
    catalogue._db.execute(
        "CREATE TEMP TRIGGER fail BEFORE INSERT ON vectors WHEN new.chunk_id > 2 "
        "BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"
    )
    with pytest.raises(IndexingError, match="disk on fire"):
        _put(catalogue, ("a", "zebra"), ("b", "lion"))
    assert catalogue.commit() == before
    assert [d.key for d in catalogue.documents()] == ["a"]
    found = catalogue.ranked_by_words('"giraff" OR "zebra" OR "lion"', 9)
    assert [chunk_id for chunk_id, _ in found] == [1]


def test_a_reader_keeps_its_state_while_another_writes(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    other = Catalogue(tmp_path)
    with other.reading():
        assert other.documents() == []
        _put(catalogue, ("a", "one"))
        assert other.documents() == []
    assert len(other.documents()) == 1
    other.close()


def test_a_second_writer_gets_a_clear_error(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 1)
    other = Catalogue(tmp_path)
    with catalogue.writing(), pytest.raises(IndexLockedError, match="try again"), other.writing():
        pass
    other.close()


def test_the_log_forgets_old_commits(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_database, "_KEPT_COMMITS", 2)
    _put(catalogue, ("a", "one"))
    first = catalogue.commit()
    for key in "bcd":
        _put(catalogue, (key, "one"))
    assert not catalogue.knows(first)
    assert catalogue.knows(catalogue.commit())
    assert not catalogue.knows(Commit(catalogue.commit().number, "of a restored backup"))
    assert catalogue.rows("SELECT min(number) FROM changes") == [(2,)]


def test_creating_a_catalogue_twice_keeps_its_contents(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    _put(catalogue, ("a", "one"))
    again = Catalogue.create(tmp_path, IndexParameters("other", 3, {}))
    assert again.parameters() == _PARAMETERS
    assert len(again.documents()) == 1
    again.close()


def test_a_file_that_is_no_database_is_reported_as_damaged(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite").write_bytes(b"no database at all" * 99)
    with pytest.raises(DamagedIndexError, match="rag index"):
        Catalogue(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexingError, match="permissions"):
        Catalogue(tmp_path / "missing")
    assert not exists(tmp_path)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR_SHMSIZE])
@pytest.mark.parametrize("log_beside", [True, False])
def test_a_catalogue_that_cannot_be_written_is_read(
    tmp_path: Path,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    log_beside: bool,
    code: int,
) -> None:
    _put(catalogue, ("a", "one"))
    if not log_beside:
        catalogue.close()
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=_Forbidding))
    monkeypatch.setattr(_Forbidding, "code", code)
    reader = Catalogue(tmp_path)
    assert [document.key for document in reader.documents()] == ["a"]
    with pytest.raises(IndexingError, match="permissions"):
        _put(reader, ("b", "two"))
    reader.close()


class _Forbidding(sqlite3.Connection):
    """A connection as SQLite behaves without permission to write, or on a disk without room."""

    code = sqlite3.SQLITE_OK

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql.startswith("PRAGMA journal_mode"):
            error = sqlite3.OperationalError("attempt to write a readonly database")
            error.sqlite_errorcode = self.code
            raise error
        return super().execute(sql, parameters)
