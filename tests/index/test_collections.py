"""Collections: which there are, opening, deleting, and what is told of one without opening it."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from index.chunk import Chunking
from index.collections import Collections, require_valid_name
from index.errors import CollectionNameError, DamagedIndexError, IndexingError, NoIndexError
from index.index_database import FILE_NAME
from tests.doubles import HashingEmbedder

NO_NAMES = ["", "../up", "a b", "-", ".hidden", "x" * 65, "a/b", "law\n"]


@pytest.fixture
def collections(tmp_path: Path) -> Collections:
    return Collections(tmp_path / "collections")


@pytest.fixture
def law(collections: Collections, embedder: HashingEmbedder) -> Collections:
    """Collections with one of the name ``law``, of one document."""
    with collections.open("law", embedder, create=True) as index:
        index.add_text("lease.txt", "Lease", "The lease has 37 clauses.")
    return collections


def test_names_are_those_of_collections_that_were_created(
    collections: Collections, embedder: HashingEmbedder
) -> None:
    assert collections.names() == []
    for name in ("tax", "law"):
        collections.open(name, embedder, create=True).close()
    (collections.folder / "empty").mkdir()
    assert collections.names() == ["law", "tax"]


def test_a_folder_whose_name_is_not_valid_is_not_listed(law: Collections) -> None:
    (law.folder / "law").rename(law.folder / "my law")
    assert law.names() == []


def test_an_opened_collection_finds_what_was_added(
    law: Collections, embedder: HashingEmbedder
) -> None:
    with law.open("law", embedder) as index:
        assert [hit.chunk.text for hit in index.search("lease")] == ["The lease has 37 clauses."]


def test_a_missing_collection_is_not_created_by_opening_it(
    law: Collections, embedder: HashingEmbedder
) -> None:
    with pytest.raises(NoIndexError, match="rag index PATH --collection tax"):
        law.open("tax", embedder)
    assert law.names() == ["law"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_an_invalid_name_is_refused_and_never_exists(
    law: Collections, embedder: HashingEmbedder, name: str
) -> None:
    assert not law.exists(name)
    with pytest.raises(CollectionNameError, match="use letters, digits"):
        law.open(name, embedder, create=True)
    with pytest.raises(CollectionNameError):
        law.path(name)
    with pytest.raises(NoIndexError):
        law.delete(name)
    assert law.names() == ["law"]


def test_a_path_to_an_index_outside_of_the_folder_is_no_collection(
    law: Collections, embedder: HashingEmbedder
) -> None:
    inner = Collections(law.folder / "inner")
    assert not inner.exists("../law")
    assert inner.embedder_name("../law") is None


@pytest.mark.parametrize("name", ["a", "Law-2026", "v1.2_final", "x" * 64])
def test_a_valid_name_is_accepted(name: str) -> None:
    require_valid_name(name)


def test_deleting_removes_the_folder_with_everything_in_it(law: Collections) -> None:
    (law.path("law") / "uploads").mkdir()
    (law.path("law") / "uploads" / "lease.txt").write_text("The lease.", encoding="utf-8")
    law.delete("law")
    assert list(law.folder.iterdir()) == []
    with pytest.raises(NoIndexError):
        law.delete("law")


def test_deletions_at_the_same_time_do_not_stop_each_other(
    collections: Collections, embedder: HashingEmbedder
) -> None:
    names = [f"law-{number}" for number in range(4)]
    for name in names * 5:
        if not collections.exists(name):
            collections.open(name, embedder, create=True).close()
            for number in range(50):
                (collections.path(name) / str(number)).touch()
        if sum(map(collections.exists, names)) == len(names):
            with ThreadPoolExecutor(len(names)) as threads:
                list(threads.map(collections.delete, names))
    assert list(collections.folder.iterdir()) == []


def test_who_deletes_what_another_is_deleting_is_told_that_it_is_gone(
    law: Collections, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def late(path: Path, target: Path) -> Path:
        rename(path, path.with_name(".deleted-by-another"))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(NoIndexError):
        law.delete("law")


def test_deletion_goes_on_where_somebody_still_writes(
    law: Collections, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = iter(
        [OSError(errno.ENOTEMPTY, "Directory not empty"), FileNotFoundError(errno.ENOENT, "gone")]
    )
    rmtree = shutil.rmtree

    def hindered(folder: Path) -> None:
        for error in failed:
            raise error
        rmtree(folder)

    monkeypatch.setattr(shutil, "rmtree", hindered)
    law.delete("law")
    assert list(law.folder.iterdir()) == []


def test_deletion_that_fails_names_the_folder(
    law: Collections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", denied)
    with pytest.raises(IndexingError, match=r"law cannot be deleted \(Permission denied\)"):
        law.delete("law")


def test_size_counts_documents_chunks_and_bytes_of_the_index(law: Collections) -> None:
    size = law.size("law")
    assert (size.documents, size.chunks) == (1, 1)
    stored = (law.path("law") / FILE_NAME).stat().st_size
    assert stored <= size.bytes_on_disk <= law.disk_bytes("law")


def test_disk_bytes_include_uploaded_files_and_size_does_not(law: Collections) -> None:
    size, on_disk = law.size("law").bytes_on_disk, law.disk_bytes("law")
    (law.path("law") / "uploads").mkdir()
    (law.path("law") / "uploads" / "a.txt").write_bytes(b"x" * 1000)
    assert law.size("law").bytes_on_disk == size
    assert law.disk_bytes("law") == on_disk + 1000


def test_the_embedder_name_is_the_one_it_was_created_with(
    law: Collections, embedder: HashingEmbedder
) -> None:
    assert law.embedder_name("law") == embedder.name
    assert law.embedder_name("tax") is None


def test_a_change_moves_the_time_of_the_last_change(
    law: Collections, embedder: HashingEmbedder
) -> None:
    for file in law.path("law").iterdir():
        os.utime(file, (1_000_000_000, 1_000_000_000))
    before = law.changed_at("law")
    assert before.isoformat() == "2001-09-09T01:46:40+00:00"
    with law.open("law", embedder) as index:
        index.add_text("b.txt", "B", "Another lease.")
    assert law.changed_at("law") > before


def test_reindexing_changes_the_embedder_of_the_collection(law: Collections) -> None:
    other = HashingEmbedder("another")
    report = law.reindex("law", other, chunking=Chunking())
    assert report.documents == 1
    assert law.embedder_name("law") == "another"


def test_compacting_gives_back_the_space_of_removed_documents(
    law: Collections, embedder: HashingEmbedder
) -> None:
    with law.open("law", embedder) as index:
        index.add_text("long.txt", "Long", "A word after another. " * 20_000)
        index.remove("long.txt")
    done = law.compact("law")
    assert done.after < done.before


def test_a_sound_collection_has_no_problems(law: Collections) -> None:
    assert law.problems("law") == []


def test_a_changed_text_is_named_as_a_problem(law: Collections) -> None:
    with closing(sqlite3.connect(law.path("law") / FILE_NAME)) as db, db:
        db.execute("UPDATE documents SET text = replace(text, '37', '38')")
    (problem,) = law.problems("law")
    assert "lease.txt" in problem.what


def test_a_file_that_is_no_database_cannot_be_checked(law: Collections) -> None:
    (law.path("law") / FILE_NAME).write_bytes(b"no database " * 999)
    with pytest.raises(DamagedIndexError):
        law.problems("law")
