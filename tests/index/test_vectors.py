"""The file of vectors is disposable: lost, damaged, stale or foreign, the hits stay the same.

So they do when the index is no longer flat; tests that take ``size`` run on both kinds.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index import inverted, vector_file
from index import vectors as vectors_module
from index.catalogue import Catalogue
from index.index import Index
from index.load.loading import from_string
from index.vectors import Vectors, load_vectors, measured_recall
from tests.doubles import HashingEmbedder

_QUESTION = "red bridge number 7"


@pytest.fixture(params=["flat", "inverted"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which index 9 chunks or more are kept in."""
    if request.param == "inverted":
        monkeypatch.setattr(vectors_module, "FLAT_LIMIT", 8)
    return str(request.param)


def _fill(folder: Path, numbers: range, embedder: HashingEmbedder) -> None:
    with Index.open(folder, embedder, create=True) as index:
        texts = [f"The red bridge number {n} is {'very ' * n} old." for n in numbers]
        index.add((f"k{n}", from_string("", text)) for n, text in zip(numbers, texts, strict=True))


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


@pytest.mark.usefixtures("size")
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
def test_a_damaged_file_is_rebuilt_with_the_same_hits(
    tmp_path: Path, embedder: HashingEmbedder, harm: Callable[[Path], None]
) -> None:
    _fill(tmp_path, range(9), embedder)
    before = _hits(tmp_path, embedder)
    sound = _file(tmp_path).read_bytes()
    harm(_file(tmp_path))
    assert _hits(tmp_path, embedder) == before
    assert len(_file(tmp_path).read_bytes()) == len(sound)


@pytest.mark.usefixtures("size")
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
    monkeypatch.setattr(Catalogue, "vector_blocks", None)  # not needed: the log is enough
    assert _hits(tmp_path, embedder) == after


def test_an_open_index_notices_a_restored_backup(tmp_path: Path, embedder: HashingEmbedder) -> None:
    live, other = tmp_path / "live", tmp_path / "other"
    _fill(live, range(3), embedder)
    _fill(other, range(5, 9), embedder)
    with Index.open(live, embedder) as index, Index.open(other, embedder) as source:
        index.search(_QUESTION)
        source._catalogue._db.backup(index._catalogue._db)
        assert [(hit.chunk.id, hit.score) for hit in index.search(_QUESTION)] == [
            (hit.chunk.id, hit.score) for hit in source.search(_QUESTION)
        ]


def test_only_the_newest_file_is_kept(tmp_path: Path, embedder: HashingEmbedder) -> None:
    _fill(tmp_path, range(5), embedder)
    _fill(tmp_path, range(5, 9), embedder)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name for name in names if name.startswith("vectors")] == [
        "vectors-2.faiss",
        "vectors-2.json",
    ]


def test_a_newer_file_of_another_process_is_kept(
    tmp_path: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, range(3), embedder)
    replace = vector_file._replace

    def overtaken(path: Path, fill: Callable[[Path], None]) -> None:
        replace(path, fill)
        if path.suffix == ".json":
            (tmp_path / "vectors-99.faiss").write_bytes(b"newer")
            path.unlink()
            path.with_suffix(".faiss").unlink()  # as whoever wrote the newer one does

    monkeypatch.setattr(vector_file, "_replace", overtaken)
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


@pytest.mark.usefixtures("size")
def test_an_index_in_a_read_only_folder_can_be_searched(
    tmp_path: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, range(9), embedder)
    before = _hits(tmp_path, embedder)
    _file(tmp_path).unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vector_file, "_replace", full)
    assert _hits(tmp_path, embedder) == before
    assert not list(tmp_path.glob("*.faiss"))


@pytest.fixture
def many(tmp_path: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of 400 chunks with an inverted index in its file, every list of which is looked at.

    So what is found is the same as with a flat one, whatever is added and removed.
    """
    monkeypatch.setattr(vectors_module, "FLAT_LIMIT", 200)
    monkeypatch.setattr(inverted, "_WANTED_RECALL", 2.0)
    with Index.open(tmp_path, embedder, create=True) as index:
        index.add((f"k{n}", from_string("", _text(n))) for n in range(400))
    return tmp_path


def _text(n: int) -> str:
    return f"Bridge {n % 7} of road {n % 31} near town {n % 13}, {'very ' * (n % 5)}old as {n}."


@pytest.fixture
def catalogue(many: Path) -> Iterator[Catalogue]:
    with closing(Catalogue(many)) as opened:
        yield opened


def _vectors(folder: Path, catalogue: Catalogue, embedder: HashingEmbedder) -> Vectors:
    with catalogue.reading():
        return load_vectors(folder, catalogue, embedder.dimension)


def _is_exact(vectors: Vectors, catalogue: Catalogue, embedder: HashingEmbedder) -> bool:
    """Whether ``vectors`` finds what comparing with every chunk finds, with the same scores."""
    for n in range(0, 400, 57):
        (question,) = embedder.encode([_text(n)])
        with catalogue.reading():
            assert vectors.catch_up(catalogue)
            ids, all_vectors = catalogue.vectors()
            found = vectors.search(catalogue, question, 10)
        scores = all_vectors @ question
        best = sorted(zip(ids.tolist(), scores.tolist(), strict=True), key=lambda p: (-p[1], p[0]))
        if [score for _, score in found] != pytest.approx([score for _, score in best[:10]]):
            return False
        if not {chunk_id for chunk_id, _ in found} <= set(ids.tolist()):
            return False
    return True


def test_an_inverted_index_gives_exact_scores(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder
) -> None:
    vectors = _vectors(many, catalogue, embedder)
    assert not vectors.is_exact
    assert _is_exact(vectors, catalogue, embedder)


def test_changes_are_found_at_once_and_after_the_file_is_written(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder
) -> None:
    vectors = _vectors(many, catalogue, embedder)
    first = _file(many).name
    with Index.open(many, embedder) as index:
        for n in range(30):
            index.remove(f"k{n}")
        index.add_text("k57", "", _text(0))
        assert _is_exact(vectors, catalogue, embedder)
        assert _file(many).name == first
        index.add((f"new{n}", from_string("", _text(n))) for n in range(0, 400, 2))
    assert _file(many).name != first
    assert _is_exact(vectors, catalogue, embedder)  # although its file has gone
    assert _is_exact(_vectors(many, catalogue, embedder), catalogue, embedder)


def test_a_shrunken_index_is_searched_flat_again(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder
) -> None:
    with Index.open(many, embedder) as index:
        for n in range(250):
            index.remove(f"k{n}")
    vectors = _vectors(many, catalogue, embedder)
    assert vectors.is_exact
    assert _is_exact(vectors, catalogue, embedder)


def test_a_grown_index_is_searched_through_an_inverted_index(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_module, "FLAT_LIMIT", 500)
    with Index.open(many, embedder) as index:
        index.search("bridge")
        index.add((f"new{n}", from_string("", _text(n))) for n in range(300))
        vectors = _vectors(many, catalogue, embedder)
        assert not vectors.is_exact
        assert _is_exact(vectors, catalogue, embedder)


def test_building_an_inverted_index_reports_its_progress(
    many: Path, embedder: HashingEmbedder
) -> None:
    calls: list[tuple[int, int]] = []

    def on_building(done: int, total: int) -> None:
        calls.append((done, total))

    with Index.open(many, embedder, on_building=on_building) as index:
        index.search("bridge")
        assert calls == []  # the file is there
    _file(many).unlink()
    with Index.open(many, embedder, on_building=on_building) as index:
        index.search("bridge")
        assert calls == [(0, 400), (400, 400)]
        index.search("giraffe")
        assert len(calls) == 2


@pytest.mark.parametrize("idle_s", [0, 3600])
def test_a_writer_removes_only_abandoned_temporary_files(
    many: Path, embedder: HashingEmbedder, idle_s: int
) -> None:
    aside = many / "vectors-7.faiss.99.tmp"
    aside.write_bytes(b"half a file")
    os.utime(aside, (time.time() - idle_s,) * 2)
    with Index.open(many, embedder) as index:
        index.search("bridge")
        assert aside.exists()  # whoever only reads leaves it alone
        index.add_text("new", "", "A giraffe.")
    assert aside.exists() == (idle_s == 0)


def test_a_flipped_byte_in_a_list_changes_no_score_and_is_detected(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder
) -> None:
    path = _file(many)
    assert vector_file.is_sound(path)
    data = bytearray(path.read_bytes())
    for position in range(len(data) - 400 * 8, len(data), 911):  # codes and ids
        data[position] ^= 0xFF
    path.write_bytes(data)
    assert not vector_file.is_sound(path)
    vectors = _vectors(many, catalogue, embedder)
    assert vectors._path == path
    (question,) = embedder.encode([_text(57)])
    with catalogue.reading():
        for chunk_id, score in vectors.search(catalogue, question, 10):
            ids, stored = catalogue.vectors([chunk_id])
            assert ids.tolist() == [chunk_id]
            assert score == pytest.approx(float(stored[0] @ question))


def test_a_flipped_byte_in_the_structure_forces_a_rebuild(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder
) -> None:
    path = _file(many)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    vectors = _vectors(many, catalogue, embedder)
    assert vectors._path is None


def test_recall_is_measured_against_exact_search(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder
) -> None:
    vectors = _vectors(many, catalogue, embedder)
    with catalogue.reading():
        assert measured_recall(catalogue, vectors) == 1.0
        assert vectors._base is not None
        vectors._base.nprobe = 1
        assert measured_recall(catalogue, vectors) < 1.0


def test_no_more_lists_are_searched_than_the_wanted_recall_needs(
    many: Path, catalogue: Catalogue, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    probes = {}
    for wanted in (0.0, 2.0):
        monkeypatch.setattr(inverted, "_WANTED_RECALL", wanted)
        with catalogue.reading():
            probes[wanted] = int(inverted.build(catalogue, embedder.dimension, 400).nprobe)
    assert probes == {0.0: 8, 2.0: 40}
