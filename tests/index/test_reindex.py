"""A reindex: the old chunks answer until the new ones do, whatever comes in between."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from index import reindex as reindex_module
from index.chunk import Chunking
from index.compact import compact
from index.disk import bytes_on_disk
from index.errors import IndexingError, IndexLockedError, IndexMismatchError, NoIndexError
from index.index import Index
from index.ingest import Progress
from index.rebuild import unfinished
from index.reindex import ReindexReport, reindex
from tests.doubles import HashingEmbedder

OTHER = HashingEmbedder("other", dimension=64)
ANIMALS = ("giraffe", "lion", "zebra", "walrus", "heron", "newt")


def _text(animal: str) -> str:
    return f"# The {animal}\n\nOne {animal} lives in the zoo. It eats early in the morning."


@pytest.fixture
def folder(tmp_path: Path, embedder: HashingEmbedder) -> Path:
    with Index.open(tmp_path, embedder, create=True) as index:
        for animal in ANIMALS:
            index.add_text(animal, "", _text(animal))
    return tmp_path


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each document is a batch."""
    monkeypatch.setattr(reindex_module, "BATCH_CHUNKS", 1)


def _keys(index: Index, question: str) -> list[str]:
    return [index.document(hit.chunk.document_id).key for hit in index.search(question)]


def _stop_at(number: int) -> object:
    def on_progress(progress: Progress) -> None:
        if progress.done == number:
            raise KeyboardInterrupt

    return on_progress


def _interrupt(folder: Path, embedder: HashingEmbedder, at: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        reindex(folder, embedder, on_progress=_stop_at(at))  # type: ignore[arg-type]


def test_all_documents_are_found_with_the_new_embedder_under_their_ids(
    folder: Path, embedder: HashingEmbedder
) -> None:
    with Index.open(folder, embedder) as index:
        before = {each.id: each.key for each in index.documents()}
    assert reindex(folder, OTHER) == ReindexReport(6, 0, 6, compacted=True)
    with Index.open(folder, OTHER) as index:
        assert {each.id: each.key for each in index.documents()} == before
        for animal in ANIMALS:
            assert _keys(index, animal)[0] == animal
            assert index.search(animal)[0].ranks == {"dense": 1, "words": 1}
    with pytest.raises(IndexMismatchError, match=r"other, not hashing.*rag reindex"):
        Index.open(folder, embedder)


def test_documents_are_chunked_with_the_current_default(
    folder: Path, embedder: HashingEmbedder
) -> None:
    assert reindex(folder, embedder, chunking=Chunking(12)).chunks > len(ANIMALS)
    with Index.open(folder, embedder, chunking=Chunking(12)) as index:
        listed = index.documents()
        assert sum(each.chunks for each in listed) > len(ANIMALS)
        hits = index.search("morning", limit=99)
        assert all(
            hit.chunk.span.of(index.document(hit.chunk.document_id).text) == hit.chunk.text
            for hit in hits
        )
        assert len(hits) == sum(each.chunks for each in listed)


@pytest.mark.usefixtures("one_by_one")
def test_the_old_embedder_works_until_the_switch(folder: Path, embedder: HashingEmbedder) -> None:
    with Index.open(folder, embedder) as index:

        def meanwhile(progress: Progress) -> None:
            if progress.done == 2 and len(index.documents()) == len(ANIMALS):
                assert _keys(index, "lion")[0] == "lion"
                index.remove("giraffe")  # of the first batch
                index.remove("walrus")  # of one to come
                index.remove("newt")
                index.add_text("lion", "", "The lion was replaced.")
                index.add_text("crab", "", "The crab is new.")

        reindex(folder, OTHER, on_progress=meanwhile)
        with pytest.raises(IndexMismatchError, match="again"):
            index.search("lion")
        with pytest.raises(IndexMismatchError, match="again"):
            index.add_text("late", "", "Of the old embedder.")
    with Index.open(folder, OTHER) as index:
        assert {each.key for each in index.documents()} == {"lion", "zebra", "heron", "crab"}
        assert _keys(index, "crab")[0] == "crab"
        assert index.search("lion")[0].chunk.text == "The lion was replaced."
        assert not any("words" in hit.ranks for hit in index.search("giraffe"))
        assert index._catalogue.rows("SELECT count(*) FROM words") == [(4,)]


@pytest.mark.usefixtures("one_by_one")
def test_an_interrupted_reindex_keeps_the_old_chunks_and_continues(
    folder: Path, embedder: HashingEmbedder
) -> None:
    _interrupt(folder, OTHER, at=4)
    with Index.open(folder, embedder) as index:
        assert [_keys(index, animal)[0] for animal in ANIMALS] == list(ANIMALS)
        found = unfinished(index._catalogue)
        assert found
        assert found.embedder == "other"
    OTHER.encoded.clear()
    assert reindex(folder, OTHER) == ReindexReport(6, 4, 2, compacted=True)
    assert len(OTHER.encoded) == 2
    with Index.open(folder, OTHER) as index:
        assert unfinished(index._catalogue) is None
        assert [_keys(index, animal)[0] for animal in ANIMALS] == list(ANIMALS)


@pytest.mark.usefixtures("one_by_one")
def test_another_embedder_starts_the_reindex_again(folder: Path) -> None:
    _interrupt(folder, OTHER, at=4)
    third = HashingEmbedder("third", dimension=32)
    assert reindex(folder, third) == ReindexReport(6, 0, 6, compacted=True)
    with Index.open(folder, third) as index:
        assert _keys(index, "newt")[0] == "newt"


def test_a_reader_with_the_same_embedder_does_not_notice(
    folder: Path, embedder: HashingEmbedder
) -> None:
    with Index.open(folder, embedder) as index:
        before = [(hit.chunk.text, hit.score) for hit in index.search("lion")]
        reindex(folder, embedder)
        assert [(hit.chunk.text, hit.score) for hit in index.search("lion")] == before


def test_only_one_reindex_runs_at_a_time(folder: Path) -> None:
    with FileLock(folder / "rebuild.lock"):
        for run in (lambda: reindex(folder, OTHER), lambda: compact(folder)):
            with pytest.raises(IndexLockedError, match="try again"):
                run()


def test_without_disk_space_no_reindex_is_started(
    folder: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(IndexingError, match="make room"):
        reindex(folder, OTHER)
    with Index.open(folder, embedder) as index:
        assert unfinished(index._catalogue) is None


def test_reindexing_a_missing_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError):
        reindex(tmp_path, OTHER)
    with pytest.raises(NoIndexError):
        compact(tmp_path)


def test_a_reindex_succeeds_when_compaction_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise IndexLockedError("another process is writing")

    monkeypatch.setattr(reindex_module, "compact_catalogue", locked)
    assert not reindex(folder, OTHER).compacted
    with Index.open(folder, OTHER) as index:
        assert _keys(index, "lion")[0] == "lion"


# Compaction


@pytest.fixture
def large(folder: Path, embedder: HashingEmbedder) -> Path:
    with Index.open(folder, embedder) as index:
        for n in range(40):
            index.add_text(f"large {n}", "", f"Xylograph{n} stands here. " * 300)
        for n in range(40):
            index.remove(f"large {n}")
    return folder


def test_compaction_gives_back_space_and_erases_removed_text(
    large: Path, embedder: HashingEmbedder
) -> None:
    done = compact(large)
    assert done.after < done.before / 4
    assert done.after == bytes_on_disk(large)
    assert not any(b"ylograph" in path.read_bytes().lower() for path in large.iterdir())
    with Index.open(large, embedder) as index:
        assert [_keys(index, animal)[0] for animal in ANIMALS] == list(ANIMALS)


@pytest.mark.usefixtures("one_by_one")
def test_compaction_discards_an_unfinished_reindex(folder: Path, embedder: HashingEmbedder) -> None:
    _interrupt(folder, OTHER, at=4)
    (folder / "vectors-3.faiss.99.tmp").write_bytes(b"of a writer that was killed")
    compact(folder)
    assert not list(folder.glob("*.tmp"))
    with Index.open(folder, embedder) as index:
        assert unfinished(index._catalogue) is None
        assert not index._catalogue.has_table("next_chunks")
        assert _keys(index, "lion")[0] == "lion"


def test_readers_continue_during_compaction(large: Path, embedder: HashingEmbedder) -> None:
    with Index.open(large, embedder) as index, index._read() as catalogue:
        before = catalogue.documents()
        compact(large)
        assert catalogue.documents() == before
    with Index.open(large, embedder) as index:
        assert index.documents() == before
