"""The file of vectors is disposable: lost, damaged, stale or foreign, the hits stay the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index import vectors as vectors_module
from index.index import Index
from tests.doubles import HashingEmbedder

_QUESTION = "red bridge number 7"


def _fill(folder: Path, numbers: range, embedder: HashingEmbedder) -> None:
    with Index.open(folder, embedder, create=True) as index:
        for n in numbers:
            index.add_text(f"k{n}", "", f"The red bridge number {n} is {'very ' * n} old.")


def _hits(folder: Path, embedder: HashingEmbedder) -> list[tuple[int, float]]:
    with Index.open(folder, embedder) as index:
        return [(hit.chunk.id, hit.score) for hit in index.search(_QUESTION)]


def _file(folder: Path) -> Path:
    (path,) = folder.glob("vectors-*.faiss")
    return path


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


def _forge_commit(path: Path) -> None:
    record = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(record | {"token": "another life"}))


def _lose_record(path: Path) -> None:
    path.with_suffix(".json").unlink()


@pytest.mark.parametrize(
    "harm",
    [
        _truncate,
        _flip,
        _forge_commit,
        _lose_record,
        Path.unlink,
        lambda path: path.write_bytes(b""),
    ],
)
def test_a_harmed_file_is_built_again_with_the_same_hits(
    tmp_path: Path, embedder: HashingEmbedder, harm: Callable[[Path], None]
) -> None:
    _fill(tmp_path, range(9), embedder)
    before = _hits(tmp_path, embedder)
    sound = _file(tmp_path).read_bytes()
    harm(_file(tmp_path))
    assert _hits(tmp_path, embedder) == before
    assert len(_file(tmp_path).read_bytes()) == len(sound)


def test_a_stale_file_is_brought_up_to_date(
    tmp_path: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, range(9), embedder)
    stale = tmp_path / "stale"
    stale.mkdir()
    for path in tmp_path.glob("vectors-*"):
        shutil.copy(path, stale)
    with Index.open(tmp_path, embedder) as index:
        index.remove("k7")
        index.add_text("k3", "", "The red bridge number 7 was moved here.")
        index.add_text("new", "", "A red bridge.")
        after = [(hit.chunk.id, hit.score) for hit in index.search(_QUESTION)]
    for path in tmp_path.glob("vectors-*"):
        path.unlink()
    for path in stale.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(vectors_module, "build_vectors", None)  # not needed: the log is enough
    assert _hits(tmp_path, embedder) == after


def test_a_restored_backup_is_noticed_by_an_open_index(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    live, other = tmp_path / "live", tmp_path / "other"
    _fill(live, range(3), embedder)
    _fill(other, range(5, 9), embedder)
    with Index.open(live, embedder) as index, Index.open(other, embedder) as source:
        index.search(_QUESTION)
        source._catalogue._db.backup(index._catalogue._db)
        assert [(hit.chunk.id, hit.score) for hit in index.search(_QUESTION)] == [
            (hit.chunk.id, hit.score) for hit in source.search(_QUESTION)
        ]


def test_only_the_newest_file_stays(tmp_path: Path, embedder: HashingEmbedder) -> None:
    _fill(tmp_path, range(5), embedder)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name for name in names if name.startswith("vectors")] == [
        "vectors-5.faiss",
        "vectors-5.json",
    ]


def test_a_newer_file_of_another_process_stays(
    tmp_path: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, range(3), embedder)
    replace = vectors_module._replace

    def overtaken(path: Path, data: bytes) -> None:
        replace(path, data)
        if path.suffix == ".json":
            (tmp_path / "vectors-99.faiss").write_bytes(b"newer")
            path.unlink()
            path.with_suffix(".faiss").unlink()  # as whoever wrote the newer one does

    monkeypatch.setattr(vectors_module, "_replace", overtaken)
    _fill(tmp_path, range(3, 6), embedder)
    assert (tmp_path / "vectors-99.faiss").exists()
    assert len(_hits(tmp_path, embedder)) == 6


def test_small_changes_of_a_large_index_do_not_write_the_file_again(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    _fill(tmp_path, range(30), embedder)
    before = _file(tmp_path).name
    with Index.open(tmp_path, embedder) as index:
        index.add_text("new", "", "One more.")
    assert _file(tmp_path).name == before


def test_a_folder_that_cannot_be_written_still_answers(
    tmp_path: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, range(9), embedder)
    before = _hits(tmp_path, embedder)
    _file(tmp_path).unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vectors_module, "_replace", full)
    assert _hits(tmp_path, embedder) == before
    assert not list(tmp_path.glob("*.faiss"))
