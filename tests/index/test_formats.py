"""Catalogues of older and newer formats: brought up to date, or refused with what to do.

``fixtures/format-N`` was written by the version whose format was N, and is never written again.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index import schema
from index.catalogue import Catalogue
from index.errors import IndexingError, IndexMismatchError
from index.index import Index
from index.schema import FORMAT_VERSION, text_sha256
from tests.doubles import HashingEmbedder

FIXTURES = Path(__file__).parents[1] / "fixtures"
OLDER = range(1, FORMAT_VERSION)
# What every fixture holds, beside a document "gone" that was removed again.
TEXTS = {
    "café": "Das Café öffnet um neun Uhr. 営業時間は九時からです。",
    "giraffes": "Two giraffes live in the zoo.\n\nThey eat 34 kg of leaves a day.",
    "library": "The library has 12,000 books and a red door.",
}


@pytest.fixture(params=OLDER)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES / f"format-{request.param}", tmp_path / "older"))


def _format(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as db:
        [(version,)] = db.execute("SELECT value FROM meta WHERE name = 'format_version'")
    return int(version)


def test_an_older_format_is_migrated_with_all_its_contents(
    older: Path, embedder: HashingEmbedder
) -> None:
    with Index.open(older, embedder) as index:
        documents = [index.document(each.id) for each in index.documents()]
        assert {each.key: each.text for each in documents} == TEXTS
        assert [each.id for each in documents] == [2, 1, 3]  # what was cited stays citable
        (hit,) = index.search("giraffes zoo leaves", limit=1)
        assert hit.chunk.span.of(index.document(hit.chunk.document_id).text) == hit.chunk.text
        assert index.failures() == []
        assert index.search("CAFE ÖFFNET", limit=1)[0].ranks["words"] == 1  # words made anew
        assert index.search("営業時間", limit=1)[0].ranks["words"] == 1
        assert [each.language for each in index.documents()] == ["ja", "en", "en"]
    assert len(embedder.encoded) == 3  # questions: the vectors are those of before
    assert _format(older) == FORMAT_VERSION
    catalogue = Catalogue(older)
    noted = dict(catalogue.rows("SELECT key, text_sha256 FROM documents"))
    catalogue.close()
    assert noted == {key: text_sha256(text) for key, text in TEXTS.items()}


def test_what_came_from_a_file_was_read_by_older_loaders(
    older: Path, embedder: HashingEmbedder
) -> None:
    if _format(older) > 2:
        pytest.skip("it tells itself which loaders read a document")
    with closing(sqlite3.connect(older / "catalogue.sqlite")) as db, db:
        db.execute("UPDATE documents SET size = 9 WHERE key = 'library'")
        db.execute("UPDATE documents SET key = 'a.zip!/café' WHERE key = 'café'")
    with Index.open(older, embedder) as index:
        assert index.read_before() == {"library", "a.zip!/café"}
        assert [each.left_out for each in index.documents()] == [()] * 3


def test_documents_are_added_to_and_removed_from_an_older_format(
    older: Path, embedder: HashingEmbedder, tmp_path: Path
) -> None:
    (tmp_path / "bad.txt").write_bytes(bytes(range(256)) * 4)
    with Index.open(older, embedder) as index:
        assert index.add_text("lions", "", "Three lions roar.").added == 1
        index.remove("library")
        assert len(index.ingest([tmp_path / "bad.txt"]).failed) == 1
        assert [key for key, _ in index.failures()] == [str(tmp_path / "bad.txt")]
        assert [each.key for each in index.documents()] == ["café", "giraffes", "lions"]


def test_a_failed_migration_leaves_the_older_format(
    older: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _format(older)

    def failing(step: Any, database: Any) -> None:
        step(database)
        raise IndexingError("the disk is full; make room")

    steps = {version: partial(failing, step) for version, step in schema._STEPS.items()}
    with monkeypatch.context() as patch:
        patch.setattr(schema, "_STEPS", steps)
        with pytest.raises(IndexMismatchError, match=r"older version.*make room.*rag documents"):
            Index.open(older, embedder)
    assert _format(older) == before
    with Index.open(older, embedder) as index:
        assert len(index.documents()) == len(TEXTS)


def test_a_newer_format_is_refused_and_not_touched(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    with Index.open(tmp_path, embedder, create=True) as index:
        index.add_text("k", "", "Some text.")
    catalogue = Catalogue(tmp_path)
    catalogue.set_meta("format_version", 99)
    catalogue.execute("DROP TABLE words")  # whatever the newer one looks like
    catalogue.close()
    before = (tmp_path / "catalogue.sqlite").read_bytes()
    for create in (False, True):
        with pytest.raises(IndexMismatchError, match=r"newer version.*pip install --upgrade"):
            Index.open(tmp_path, embedder, create=create)
    assert (tmp_path / "catalogue.sqlite").read_bytes() == before
