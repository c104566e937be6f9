"""Files that hold several documents, and files that fail: what is remembered of them."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, BinaryIO

import docx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from openpyxl import Workbook

from index import ingest, read_ahead
from index.chunk import Chunking
from index.cut import cut
from index.encoding import texts_to_embed
from index.errors import EmbedderError
from index.index import Index
from index.ingest import IngestReport, Progress, text_stamp
from index.load.base import LoadedDocument
from index.load.loading import Part, load_parts
from index.reads import reads
from tests.doubles import HashingEmbedder


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        yield index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def _pack(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def _texts(index: Index, folder: Path) -> dict[str, str]:
    return {
        each.key.removeprefix(f"{folder}/"): index.document(each.id).text
        for each in index.documents()
    }


@given(st.text(), st.text(), st.integers(1, 40), st.integers(1, 80))
def test_token_bounds_do_not_change_what_is_embedded(
    title: str, text: str, chunk_tokens: int, max_tokens: int
) -> None:
    """The bound may only spare the counting, also where a chunk begins within a word."""
    embedder = HashingEmbedder(max_tokens=max_tokens)
    loaded = LoadedDocument(title, "text/plain", text)
    document = cut("key", loaded, text_stamp(loaded), embedder, Chunking(chunk_tokens))
    uncounted = tuple(replace(chunk, tokens=None) for chunk in document.chunks)
    texts = texts_to_embed(document, embedder)
    assert texts == texts_to_embed(replace(document, chunks=uncounted), embedder)
    for chunk, each in zip(document.chunks, texts, strict=True):
        assert each.endswith(chunk.span.of(text))
        if reads(embedder, text):  # else the words find it, and only its beginning is embedded
            assert len(embedder.token_starts(each)) <= max_tokens


_FILES = {"notes.txt": "The giraffe is tall.", "sub/page.md": "The lion roars.", "x.mp4": "x"}


def test_each_file_of_an_archive_has_its_own_key(index: Index, folder: Path) -> None:
    _pack(folder / "a.zip", _FILES)
    assert index.ingest([folder]) == IngestReport(added=2, skipped=1, chunks=2)
    assert _texts(index, folder) == {
        "a.zip!/notes.txt": "The giraffe is tall.",
        "a.zip!/sub/page.md": "The lion roars.",
    }


def test_an_unchanged_archive_is_not_read_again(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _pack(folder / "a.zip", _FILES)
    index.ingest([folder])
    os.utime(path, ns=(1, 1))
    assert index.ingest([folder]) == IngestReport(unchanged=2)  # by its bytes
    monkeypatch.setattr("index.files.read", None)
    assert index.ingest([folder]) == IngestReport(unchanged=2)  # by its size and time


def test_of_a_changed_archive_only_what_changed_is_embedded_again(
    index: Index, folder: Path, embedder: HashingEmbedder
) -> None:
    _pack(folder / "a.zip", {**_FILES, "old.txt": "It will go."})
    index.ingest([folder])
    embedder.encoded.clear()
    _pack(folder / "a.zip", {**_FILES, "notes.txt": "The giraffe sleeps.", "new.txt": "New."})
    report = index.ingest([folder])
    assert report == IngestReport(added=1, updated=1, unchanged=1, removed=1, skipped=1, chunks=2)
    assert set(_texts(index, folder)) == {
        "a.zip!/notes.txt",
        "a.zip!/sub/page.md",
        "a.zip!/new.txt",
    }
    assert len(embedder.encoded) == 2


def test_an_archive_that_became_damaged_keeps_its_documents(index: Index, folder: Path) -> None:
    path = _pack(folder / "a.zip", _FILES)
    index.ingest([folder])
    path.write_bytes(path.read_bytes()[:-40])
    report = index.ingest([folder])
    assert [str(failed) for failed, _ in report.failed] == [str(path)]
    assert len(index.documents()) == 2


def test_prune_removes_the_documents_of_an_archive_that_is_gone(index: Index, folder: Path) -> None:
    path = _pack(folder / "a.zip", _FILES)
    index.ingest([folder])
    assert index.ingest([folder], prune=True).removed == 0
    path.unlink()
    assert index.ingest([folder], prune=True).removed == 2
    assert index.documents() == []


def test_a_folder_name_that_ends_like_an_archive_key_is_a_folder(
    index: Index, folder: Path
) -> None:
    (folder / "wow!").mkdir()
    path = folder / "wow!" / "a.txt"
    path.write_text("Some text.")
    index.ingest([folder])
    assert index.ingest([folder], prune=True) == IngestReport(unchanged=1)
    path.unlink()
    assert index.ingest([folder], prune=True).removed == 1


def _mail(*attached: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Zoo"
    message.set_content("The zoo opens.")
    for number, text in enumerate(attached):
        message.add_attachment(text, filename=f"{number}.txt")
    return message.as_bytes()


def test_attachments_are_added_and_removed_with_their_mail(index: Index, folder: Path) -> None:
    (folder / "m.eml").write_bytes(_mail("One.", "Two."))
    assert index.ingest([folder]).added == 3
    assert set(_texts(index, folder)) == {"m.eml", "m.eml!/0.txt", "m.eml!/1.txt"}
    (folder / "m.eml").write_bytes(_mail("One."))
    assert index.ingest([folder]) == IngestReport(unchanged=2, removed=1)


def test_an_archive_whose_reading_was_interrupted_is_read_again(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH_CHUNKS", 1)
    _pack(folder / "a.zip", {f"{n}.txt": f"Text {n}." for n in range(5)})

    def interrupt(progress: Progress) -> None:
        if progress.chunks == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.ingest([folder], on_progress=interrupt)
    kept = len(index.documents())
    assert 0 < kept < 5
    assert index.ingest([folder]) == IngestReport(added=5 - kept, unchanged=kept, chunks=5 - kept)


def test_a_failed_file_is_not_tried_again_until_it_changes(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.pdf"
    path.write_bytes(b"%PDF-1.4 broken")
    first = index.ingest([folder])
    assert [failed for failed, _ in first.failed] == [path]
    assert index.failures() == [(str(path), first.failed[0][1])]
    with monkeypatch.context() as patch:
        patch.setattr(read_ahead, "load_parts", None)
        assert index.ingest([folder]) == first
    path.write_bytes(b"%PDF-1.4 broken otherwise")
    assert len(index.ingest([folder]).failed) == 1
    path.write_text("{\\rtf1 Now it is text}")
    assert index.ingest([folder]) == IngestReport(added=1, chunks=1)
    assert index.failures() == []


def _book() -> bytes:
    book = Workbook()
    book.active.append(["The giraffe", "is tall"])
    return _saved(book)


def _letter() -> bytes:
    letter = docx.Document()
    letter.add_paragraph("The giraffe is tall.")
    return _saved(letter)


def _saved(document: Any) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


@pytest.mark.parametrize(("name", "make"), [("a.xlsx", _book), ("a.docx", _letter)])
def test_a_half_copied_file_is_read_once_it_is_complete(
    index: Index, folder: Path, name: str, make: Callable[[], bytes]
) -> None:
    data = make()
    (folder / name).write_bytes(data[: len(data) // 2])
    (folder / "b.txt").write_text("The lion roars.")
    report = index.ingest([folder])
    assert (report.added, [path.name for path, _ in report.failed]) == (1, [name])
    assert index.ingest([folder]) == IngestReport(unchanged=1, failed=report.failed)
    (folder / name).write_bytes(data)
    assert index.ingest([folder]) == IngestReport(added=1, unchanged=1, chunks=1)
    assert "giraffe" in _texts(index, folder)[name]
    assert index.failures() == []


def test_failures_are_tried_again_by_better_loaders(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.txt").write_bytes(bytes(range(256)) * 9)
    index.ingest([folder])
    monkeypatch.setattr(ingest, "LOADERS_VERSION", 99)
    tried: list[str] = []

    def counting(data: bytes, name: str, passwords: Sequence[str]) -> Iterator[Part]:
        tried.append(name)
        return load_parts(data, name)

    monkeypatch.setattr(read_ahead, "load_parts", counting)
    index.ingest([folder])
    index.ingest([folder])
    assert tried == ["a.txt"]


def test_documents_are_read_again_by_better_loaders(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.txt").write_text("One thing.")
    (folder / "b.txt").write_text("Another thing.")
    _pack(folder / "c.zip", {"d.txt": "A third."})
    index.ingest([folder])
    index.add_text("note", "", "No file.")
    before = {each.key: each for each in index.documents()}
    assert index.read_before() == frozenset()
    monkeypatch.setattr(ingest, "LOADERS_VERSION", 99)
    monkeypatch.setattr("index.index.LOADERS_VERSION", 99)

    def better(data: bytes, name: str, passwords: Sequence[str]) -> Iterator[Part]:
        for part in load_parts(data, name):
            assert isinstance(part.outcome, LoadedDocument)
            text = part.outcome.text.replace("Another", "One more")
            yield Part(part.inner, replace(part.outcome, text=text, left_out=("1 stamp",)))

    monkeypatch.setattr(read_ahead, "load_parts", better)
    assert index.read_before() == frozenset(before) - {"note"}
    assert index.ingest([folder]) == IngestReport(updated=1, unchanged=2, chunks=1)
    assert index.read_before() == frozenset()
    assert _texts(index, folder)["b.txt"] == "One more thing."
    after = {each.key: each for each in index.documents()}
    for key, each in after.items():
        assert each.left_out == (() if key == "note" else ("1 stamp",))
        assert (each.id == before[key].id) == (Path(key).name != "b.txt")  # cited as before
    monkeypatch.setattr(read_ahead, "load_parts", None)
    assert index.ingest([folder]).unchanged == 3


def test_a_file_that_may_not_be_read_is_tried_every_time(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.txt").write_text("Some text.")
    with monkeypatch.context() as patch:

        def forbidden(path: Path) -> BinaryIO:
            raise PermissionError(13, "Permission denied")

        patch.setattr("index.load.loading.open_regular", forbidden)
        assert "permissions" in index.ingest([folder]).failed[0][1]
        assert len(index.failures()) == 1
    assert index.ingest([folder]).added == 1
    assert index.failures() == []


def test_a_failure_in_an_archive_names_both(index: Index, folder: Path) -> None:
    path = _pack(folder / "a.zip", {"bad.pdf": b"%PDF-1.4 broken", "good.txt": "Good."})
    report = index.ingest([folder])
    assert report.added == 1
    assert [str(failed) for failed, _ in report.failed] == [f"{path}!/bad.pdf"]
    assert index.ingest([folder]).failed == report.failed
    assert [key for key, _ in index.failures()] == [f"{path}!/bad.pdf"]


def test_the_failure_of_a_deleted_file_is_forgotten(index: Index, folder: Path) -> None:
    path = folder / "a.pdf"
    path.write_bytes(b"%PDF-1.4 broken")
    index.ingest([folder])
    path.unlink()
    index.ingest([folder])
    assert index.failures() == []


class _WaitingEmbedder(HashingEmbedder):
    """Encodes nothing before a text with ``word`` was cut."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word
        self._cut = threading.Event()

    def token_starts(self, text: str) -> list[int]:
        if self._word in text:
            self._cut.set()
        return super().token_starts(text)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self._cut.wait(60), "nothing is cut while a batch is encoded"
        return super().encode(texts)


def test_one_batch_is_encoded_while_the_next_is_cut(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH_CHUNKS", 1)
    (folder / "a.txt").write_text("The giraffe is tall.")
    (folder / "b.txt").write_text("The lion roars.")
    with Index.open(tmp_path / "beside", _WaitingEmbedder("lion"), create=True) as index:
        assert index.ingest([folder]) == IngestReport(added=2, chunks=2)


class _FailingEmbedder(HashingEmbedder):
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any("lion" in text for text in texts):
            raise EmbedderError("the model's server is gone; start it")
        return super().encode(texts)


def test_what_was_encoded_before_the_embedder_failed_is_kept(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH_CHUNKS", 1)
    for name, text in (("a.txt", "The giraffe."), ("b.txt", "The lion."), ("c.txt", "A hen.")):
        (folder / name).write_text(text)
    with Index.open(tmp_path / "kept", _FailingEmbedder(), create=True) as index:
        with pytest.raises(EmbedderError, match="start it"):
            index.ingest([folder])
        assert [Path(each.key).name for each in index.documents()] == ["a.txt"]
    assert not [thread for thread in threading.enumerate() if thread.name == "encoding"]
    with Index.open(tmp_path / "kept", HashingEmbedder()) as index:
        assert index.ingest([folder]) == IngestReport(added=2, unchanged=1, chunks=2)
