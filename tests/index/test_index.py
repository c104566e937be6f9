"""The index from outside: ingest, changes, failures, several processes and threads, kill -9."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import database
from index.catalogue import Catalogue
from index.chunk import Chunking
from index.errors import (
    IndexingError,
    IndexLockedError,
    IndexMismatchError,
    NoIndexError,
    UnknownDocumentError,
    UnreadableError,
)
from index.index import Index
from index.ingest import IngestReport, Progress
from index.load.base import LoadedDocument
from index.load.loading import from_string
from tests.doubles import HashingEmbedder


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        yield index


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "b.txt").write_text("Two giraffes live in the zoo.")
    (folder / "sub" / "a.md").write_text("# Library\n\nIt opens at nine.")
    for path in (folder / "b.txt", folder / "sub" / "a.md"):
        os.utime(path, (1e9, 1e9))  # not just now, when a file may change and keep its time
    return folder


def _keys(index: Index, question: str) -> list[str]:
    return [Path(index.document(hit.chunk.document_id).key).name for hit in index.search(question)]


def test_a_folder_is_read_in_order_without_hidden_and_unsupported_files(
    index: Index, files: Path
) -> None:
    (files / "film.mp4").write_bytes(b"\x89PNG")
    (files / ".hidden.txt").write_text("secret")
    (files / ".git").mkdir()
    (files / ".git" / "c.txt").write_text("secret")
    told: list[Progress] = []
    report = index.ingest([files], on_progress=told.append)
    assert report == IngestReport(added=2, skipped=1, chunks=2)
    assert [document.key for document in index.documents()] == [
        str(files / "b.txt"),
        str(files / "sub" / "a.md"),
    ]
    assert [(p.done, p.total, p.name) for p in told[:2]] == [(1, 2, "b.txt"), (2, 2, "a.md")]
    assert told[-1].chunks == 2
    assert _keys(index, "giraffes")[0] == "b.txt"


def test_unchanged_files_are_neither_read_nor_embedded(
    index: Index, files: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.ingest([files])
    commit = index.commit
    embedder.encoded.clear()
    monkeypatch.setattr("index.files.read", None)
    assert index.ingest([files]) == IngestReport(unchanged=2)
    assert embedder.encoded == []
    assert index.commit == commit


def test_a_file_written_again_with_the_same_bytes_is_unchanged(
    index: Index, files: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.ingest([files])
    embedder.encoded.clear()
    os.utime(files / "b.txt", ns=(1, 1))
    assert index.ingest([files]).unchanged == 2
    assert embedder.encoded == []
    monkeypatch.setattr("index.files.read", None)  # the new time was noted
    assert index.ingest([files]).unchanged == 2


def test_a_changed_file_replaces_its_older_version(index: Index, files: Path) -> None:
    index.ingest([files])
    (files / "b.txt").write_text("Three lions live in the zoo now.")
    assert index.ingest([files]) == IngestReport(updated=1, unchanged=1, chunks=1)
    assert len(index.documents()) == 2
    assert "words" not in index.search("giraffes")[0].ranks
    assert _keys(index, "lions")[0] == "b.txt"


def test_a_bad_file_stops_no_other_and_keeps_its_older_version(index: Index, files: Path) -> None:
    index.ingest([files])
    (files / "b.txt").write_bytes(bytes(range(256)) * 4)
    (files / "c.txt").write_text("")
    (files / "d.txt").write_text("New and good.")
    report = index.ingest([files])
    assert (report.added, report.unchanged) == (1, 1)
    assert [(path.name, reason.split()[-1]) for path, reason in report.failed] == [
        ("b.txt", "first"),
        ("c.txt", "text"),
    ]
    assert _keys(index, "giraffes")[0] == "b.txt"


def test_named_files_that_cannot_be_loaded_are_failures(index: Index, tmp_path: Path) -> None:
    (tmp_path / "film.avi").write_bytes(b"RIFF")
    report = index.ingest([tmp_path / "film.avi", tmp_path / "missing.txt"])
    assert {path.name for path, _ in report.failed} == {"film.avi", "missing.txt"}
    assert report.skipped == 0


def test_a_file_name_that_is_not_utf8_is_a_failure(index: Index, files: Path) -> None:
    Path(os.fsdecode(os.fsencode(files) + b"/caf\xe9.txt")).write_text("Some text.")
    report = index.ingest([files])
    assert (report.added, len(report.failed)) == (2, 1)
    assert "rename" in report.failed[0][1]


def test_a_folder_that_may_not_be_opened_is_reported_and_not_pruned(
    index: Index, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.ingest([files])
    scandir, sub = os.scandir, files / "sub"

    def forbidding(path: str) -> object:
        if Path(path) == sub:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", forbidding)
    report = index.ingest([files], prune=True)
    assert (report.unchanged, report.removed) == (1, 0)
    assert report.failed == ((sub, f"{sub} cannot be opened: Permission denied"),)


def test_a_file_reached_twice_is_one_document(index: Index, files: Path) -> None:
    assert index.ingest([files / "b.txt", files, files / "sub" / ".." / "b.txt"]).added == 2


def test_equal_texts_are_two_documents(index: Index, files: Path) -> None:
    (files / "copy.txt").write_text((files / "b.txt").read_text())
    assert index.ingest([files]).added == 3


def test_prune_removes_missing_files_of_the_given_folders_only(
    index: Index, files: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Elsewhere.")
    index.ingest([files, other])
    index.add_text("memo", "", "Not a file.")
    other.unlink()
    (files / "b.txt").unlink()
    assert index.ingest([files]).removed == 0
    assert index.ingest([files], prune=True) == IngestReport(unchanged=1, removed=1)
    assert {Path(d.key).name for d in index.documents()} == {"memo", "other.txt", "a.md"}
    assert index.ingest([tmp_path / "unplugged drive"], prune=True).removed == 0


def test_an_interrupted_ingest_continues_after_its_last_commit(
    index: Index, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHUNKS", 1)

    def interrupt(progress: Progress) -> None:
        if progress.name == "a.md":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.ingest([files], on_progress=interrupt)
    assert _keys(index, "giraffes library") == ["b.txt"]
    assert index.ingest([files]) == IngestReport(added=1, unchanged=1, chunks=1)


def test_a_small_batch_that_took_long_to_read_is_committed(
    index: Index, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = index.commit
    monkeypatch.setattr("index.ingest._BATCH_SECONDS", 0.0)
    index.ingest([files])
    assert index.commit == before + 2


def test_documents_in_memory_are_embedded_together(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [(f"k{n}", from_string(f"Title {n}", f"Text number {n}.")) for n in range(600)]
    assert index.add(documents) == IngestReport(added=600, chunks=600)
    assert index.commit == 3  # 256 + 256 + 88
    assert index.add(iter(documents)) == IngestReport(unchanged=600)
    assert index.add([("k5", from_string("Title 5", "Changed."))]).updated == 1


def test_the_last_document_of_a_repeated_key_is_kept(index: Index) -> None:
    documents = [("k", from_string("", "First one.")), ("k", from_string("", "Second one."))]
    index.add(documents)
    (document,) = index.documents()
    assert index.document(document.id).text == "Second one."
    assert len(index.search("one")) == 1


def test_embedded_texts_begin_with_title_and_headings(
    index: Index, files: Path, embedder: HashingEmbedder
) -> None:
    (files / "sub" / "a.md").write_text("# Library\n\n## Hours\n\nNine.\n\n## Rooms\n\nRed.")
    index.ingest([files / "sub"])
    assert sorted(embedder.encoded) == [
        "# Library\n\n## Hours\n\nNine.",
        "Library\n## Rooms\n\nRed.",
    ]
    hits = {hit.chunk.text: hit.chunk.headings for hit in index.search("hours rooms")}
    assert hits == {
        "# Library\n\n## Hours\n\nNine.": ("Library", "Hours"),
        "## Rooms\n\nRed.": ("Library", "Rooms"),
    }


def test_a_long_title_is_truncated_and_never_the_chunk(tmp_path: Path) -> None:
    embedder = HashingEmbedder(max_tokens=6)
    with Index.open(tmp_path, embedder, create=True) as index:
        index.add_text("k", "one two three four five", "Red sky at night.")
    assert embedder.encoded == ["one\nRed sky at night."]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1), title=st.text())
def test_every_hit_is_an_exact_part_of_its_document(index: Index, title: str, text: str) -> None:
    try:
        index.add_text("k", title, text)
    except UnreadableError:
        return
    for hit in index.search(text):
        document = index.document(hit.chunk.document_id)
        assert document.text[hit.chunk.span.start : hit.chunk.span.end] == hit.chunk.text


def test_a_removed_document_is_not_found_by_any_open_index(
    index: Index, files: Path, embedder: HashingEmbedder
) -> None:
    index.ingest([files])
    with Index.open(index.folder, embedder) as other:
        hit = other.search("giraffes")[0]
        assert other.document(hit.chunk.document_id).key.endswith("b.txt")
        index.remove(str(files / "b.txt"))
        assert _keys(other, "giraffes") == ["a.md"]
        with pytest.raises(UnknownDocumentError):
            other.document(hit.chunk.document_id)
        assert other.commit == index.commit
    with pytest.raises(UnknownDocumentError, match="rag documents"):
        index.remove(str(files / "b.txt"))


def test_a_failed_commit_leaves_the_old_index_answering(
    index: Index, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.ingest([files])
    before = index.commit
    (files / "b.txt").write_text("Three lions live in the zoo now.")
    put = Catalogue.put

    def failing(catalogue: Catalogue, documents: list[object]) -> None:
        put(catalogue, documents)  # type: ignore[arg-type]
        catalogue._db.execute("INSERT INTO documents (id) VALUES (NULL)")

    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "put", failing)
        with pytest.raises(IndexingError, match="free space"):
            index.ingest([files])
    assert index.commit == before
    assert _keys(index, "giraffes")[0] == "b.txt"
    assert index.ingest([files]).updated == 1


def test_a_second_writer_gets_a_clear_error(
    index: Index, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 1)
    with Index.open(index.folder, embedder) as other, index._written() as catalogue:
        with catalogue.writing(), pytest.raises(IndexLockedError):
            other.add_text("k", "", "Text.")
        assert other.add_text("k", "", "Text.").added == 1


def test_many_threads_search_while_one_writes(index: Index) -> None:
    index.add_text("first", "", "The red bridge is old.")

    def ask(_: int) -> str:
        return index.search("red bridge", limit=1)[0].chunk.text

    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(ask, range(100))
        for n in range(20):
            index.add_text(f"k{n}", "", f"A lion has the number {n}.")
        assert set(answers) == {"The red bridge is old."}


def test_a_missing_index_is_named_with_the_next_step(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    with pytest.raises(NoIndexError, match="rag index PATH"):
        Index.open(tmp_path / "none", embedder)
    assert not (tmp_path / "none").exists()
    (tmp_path / "catalogue.sqlite").touch()  # as an interrupted creation leaves it
    with pytest.raises(NoIndexError):
        Index.open(tmp_path, embedder)
    Index.open(tmp_path, embedder, create=True).close()


def test_an_index_with_other_parameters_is_refused(index: Index) -> None:
    with pytest.raises(IndexMismatchError, match="embedder hashing, not other"):
        Index.open(index.folder, HashingEmbedder(name="other"))
    with pytest.raises(IndexMismatchError, match="dimension 256, not 8"):
        Index.open(index.folder, HashingEmbedder(dimension=8), create=True)
    with pytest.raises(IndexMismatchError, match="chunking"):
        Index.open(index.folder, HashingEmbedder(), chunking=Chunking(20))


def test_an_index_keeps_its_chunking_when_the_default_changes(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    sentences = "The red bridge is old. " * 12
    with Index.open(tmp_path, embedder, create=True, chunking=Chunking(12)) as index:
        index.add_text("first", "", sentences)
    with Index.open(tmp_path, embedder, create=True) as index:
        index.add_text("second", "", sentences)
        assert [each.chunks for each in index.documents()] == [6, 6]
        assert len(index.search("red bridge", limit=99)) == 12


def test_a_folder_that_cannot_be_created_is_named(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IndexingError, match="choose another"):
        Index.open(tmp_path / "file" / "index", embedder, create=True)


def test_loaded_documents_may_have_no_title(index: Index) -> None:
    index.add([("k", LoadedDocument("", "text/plain", "Some text."))])
    assert index.search("text")[0].chunk.text == "Some text."
