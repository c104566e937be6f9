"""What may go wrong around an index: kills, full disks, other writers, folders, clocks."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.database import Database
from index.errors import IndexingError
from index.index import Index
from index.ingest import IngestReport
from index.integrity import problems
from index.load.loading import from_string
from index.reindex import reindex
from tests.doubles import HashingEmbedder
from tests.faults.child import Orders, Step
from tests.faults.harness import WORK, Harness, finished

ROOT = Path(__file__).parents[2]
TEXT = "The giraffe lives in the zoo. " * 40


@pytest.fixture
def folder(tmp_path: Path, embedder: HashingEmbedder) -> Path:
    with Index.open(tmp_path / "zoo", embedder, create=True) as index:
        index.add_text("giraffe", "", TEXT)
    return tmp_path / "zoo"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    for n in range(12):
        (made / f"{n:02}.txt").write_text(f"The lion number {n} roars. " * 60)
    return made


def _keys(folder: Path, embedder: HashingEmbedder) -> list[str]:
    with Index.open(folder, embedder) as index:
        assert problems(index._catalogue) == []
        return [Path(each.key).name for each in index.documents()]


# Kills


def test_after_a_kill_the_index_is_consistent(tmp_path: Path) -> None:
    # The same harness kills hundreds of times as "python -m tests.faults".
    report = Harness(tmp_path, seed=time.time_ns()).run(2 * len(WORK))
    assert report.violations == []
    assert {work for work, _ in report.kills} == set(WORK)


def test_the_harness_notices_a_lost_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = Harness(tmp_path, seed=1)
    read = harness._read
    monkeypatch.setattr(harness, "_read", lambda: dict(list(read().items())[1:]))
    assert "not the state" in harness.run(1, ("update",)).violations[0]


def test_the_harness_notices_a_removed_text_that_is_found(tmp_path: Path) -> None:
    harness = Harness(tmp_path, seed=1)
    harness._fill()
    harness._retired.append("lives")
    harness.run(1, ("compact",))
    assert "lives answers and was removed" in harness.report.violations[0]


# A full disk


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the file of a catalogue not grow beyond some pages, in connections made from now on."""
    connect = Database._connect

    def limit(pages: int) -> None:
        def limited(self: Database) -> sqlite3.Connection:
            db = connect(self)
            db.execute(f"PRAGMA max_page_count = {pages}")
            return db

        monkeypatch.setattr(Database, "_connect", limited)

    return limit


def test_an_ingest_continues_after_the_disk_was_full(
    folder: Path,
    documents: Path,
    embedder: HashingEmbedder,
    full: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_CHUNKS", 1)
    pages = (folder / "catalogue.sqlite").stat().st_size // 4096
    with monkeypatch.context():
        full(pages + 12)
        with (
            Index.open(folder, embedder) as index,
            pytest.raises(IndexingError, match=r"disk of .* is full.*make room"),
        ):
            index.ingest([documents])
        full(2**30)
    kept = _keys(folder, embedder)
    assert 1 < len(kept) < 13
    with Index.open(folder, embedder) as index:
        report = index.ingest([documents])
        assert (report.added, report.unchanged) == (13 - len(kept), len(kept) - 1)
    assert len(_keys(folder, embedder)) == 13


def _reindexed(folder: Path) -> None:
    reindex(folder, HashingEmbedder("other", dimension=2000))


def _added(folder: Path) -> None:
    with Index.open(folder, HashingEmbedder()) as index:
        index.add_text("lion", "", TEXT * 99)


@pytest.mark.parametrize("work", [_reindexed, _added])
def test_a_full_disk_leaves_the_index_as_it_was(
    folder: Path,
    embedder: HashingEmbedder,
    full: Callable[[int], None],
    work: Callable[[Path], object],
) -> None:
    full((folder / "catalogue.sqlite").stat().st_size // 4096 + 4)
    with pytest.raises(IndexingError, match="make room"):
        work(folder)
    full(2**30)
    assert _keys(folder, embedder) == ["giraffe"]
    with Index.open(folder, embedder) as index:
        assert index.search("giraffe")


_WRITE_LITTLE = """
import resource, sys
from pathlib import Path
from index.index import Index
from index.errors import IndexingError
from tests.doubles import HashingEmbedder

with Index.open(Path(sys.argv[1]), HashingEmbedder()) as index:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        for n in range(1000):
            index.add_text(f"lion {n}", "", "The lion roars at night. " * 200)
            print(n, flush=True)
    except IndexingError as error:
        print(error, flush=True)
"""


def test_a_file_size_limit_ends_in_a_clear_error(folder: Path, embedder: HashingEmbedder) -> None:
    told = _run(_WRITE_LITTLE, folder).splitlines()
    assert "check free space" in told[-1] or "make room" in told[-1]
    assert len(told) > 2
    assert _keys(folder, embedder) == [
        "giraffe",
        *sorted(f"lion {n}" for n in range(len(told) - 1)),
    ]


def _run(code: str, *arguments: object) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ).stdout


# Other writers and readers


def test_two_processes_can_ingest_the_same_folder_at_once(
    tmp_path: Path, documents: Path, embedder: HashingEmbedder
) -> None:
    orders = [Orders("ingest", tmp_path / "zoo", documents, "hash-256")] * 2
    orders.append(Orders("add", tmp_path / "zoo", documents, "hash-256", tuple(_steps("memo", 12))))
    assert finished(orders) == [0, 0, 0]
    with Index.open(tmp_path / "zoo", HashingEmbedder("hash-256")) as index:
        assert len(index.documents()) == 24
        assert problems(index._catalogue) == []
        assert index.ingest([documents]) == IngestReport(unchanged=12)


def _steps(name: str, count: int) -> Iterator[Step]:
    for n in range(count):
        yield Step(f"{name} {n}", f"Memo {n} is short.")


def test_a_second_writer_waits_for_the_first(folder: Path, embedder: HashingEmbedder) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        Index.open(folder, embedder) as first,
        Index.open(folder, embedder) as second,
    ):
        with first._written() as catalogue, catalogue.writing():
            waiting = pool.submit(second.add_text, "lion", "", TEXT)
            catalogue.remove(["giraffe"])
            time.sleep(0.05)  # gives the second time to come; it may as well be late
        assert waiting.result().added == 1
        assert [each.key for each in first.documents()] == ["lion"]


def test_a_reader_sees_each_commit_whole(folder: Path, embedder: HashingEmbedder) -> None:
    """Two documents are replaced together again and again; nobody sees one without the other."""
    with (
        ThreadPoolExecutor(1) as pool,
        Index.open(folder, embedder) as writer,
        Index.open(folder, embedder) as reader,
    ):

        def write() -> None:
            for n in range(30):
                writer.add(
                    [(key, from_string("", f"Version {n} of it.")) for key in ("left", "right")]
                )

        writing = pool.submit(write)
        seen = set()
        while not writing.done():
            with reader._read() as catalogue:
                texts = {
                    catalogue.document(each.id).text
                    for each in catalogue.documents()
                    if each.key in ("left", "right")
                }
            assert len(texts) <= 1
            seen |= texts
        writing.result()
    assert len(seen) > 1


# A folder that may only be read

_READ_ONLY = """
import os, sys
from pathlib import Path
from index.index import Index
from index.errors import IndexingError
from tests.doubles import HashingEmbedder

folder, embedder = Path(sys.argv[1]), HashingEmbedder()
if os.getuid() == 0:
    import faiss, snowballstemmer, index.reindex  # what a stranger may not load any more
    os.setuid(65534)
with Index.open(folder, embedder, create=True) as index:
    while sys.stdin.readline():
        print(*[index.document(hit.chunk.document_id).key for hit in index.search("zoo")])
        try:
            index.add_text("lion", "", "The lion.")
        except IndexingError as error:
            print(error, flush=True)
"""


@pytest.fixture
def public(embedder: HashingEmbedder) -> Iterator[Path]:
    """An index that its owner may write and strangers, or its owner by accident, may only read."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "zoo")
        with Index.open(folder, embedder, create=True) as index:
            index.add_text("giraffe", "", TEXT)
            index.add_text("okapi", "", TEXT)
        for each in (Path(parent), folder):
            each.chmod(0o755)  # whoever makes an index shows it to nobody
        for each in folder.iterdir():
            each.chmod(0o644)
        yield folder
        folder.chmod(0o755)


@pytest.mark.parametrize("owner_has_it_open", [False, True])
def test_a_read_only_index_is_searched_and_says_why_it_cannot_be_written(
    public: Path, embedder: HashingEmbedder, owner_has_it_open: bool
) -> None:
    owner = Index.open(public, embedder) if owner_has_it_open else None
    if owner:
        owner.add_text("heron", "", TEXT)
    public.chmod(0o555)
    with subprocess.Popen(
        [sys.executable, "-c", _READ_ONLY, str(public)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as stranger:
        assert stranger.stdin
        assert stranger.stdout

        def ask() -> list[str]:
            assert stranger.stdin
            assert stranger.stdout
            stranger.stdin.write("\n")
            stranger.stdin.flush()
            answer = stranger.stdout.readline().split()
            assert "permissions" in stranger.stdout.readline()
            return sorted(set(answer))

        also = ["heron"] if owner else []
        assert ask() == ["giraffe", *also, "okapi"]
        public.chmod(0o755)
        with owner or Index.open(public, embedder) as writer:
            writer.remove("okapi")
        public.chmod(0o555)
        assert ask() == ["giraffe", *also]
        stranger.stdin.close()
    assert stranger.returncode == 0


# Clocks


@pytest.fixture
def aged(documents: Path) -> Path:
    for path in documents.iterdir():
        os.utime(path, (1e9, 1e9))
    return documents


@pytest.mark.parametrize("mtime", [0.0, 5e8, 1e9 + 1, 9e9])
def test_a_changed_file_is_noticed_whatever_its_modification_time(
    folder: Path, aged: Path, embedder: HashingEmbedder, mtime: float
) -> None:
    with Index.open(folder, embedder) as index:
        index.ingest([aged])
        (aged / "00.txt").write_text("The walrus came.")
        os.utime(aged / "00.txt", (mtime, mtime))
        assert index.ingest([aged]) == IngestReport(updated=1, unchanged=11, chunks=1)
        assert index.ingest([aged]) == IngestReport(unchanged=12)


@pytest.mark.parametrize("clock", [1e9 - 9000.0, 1e9 + 1])
def test_a_file_with_a_recent_or_future_time_is_compared_by_its_bytes(
    folder: Path,
    aged: Path,
    embedder: HashingEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    clock: float,
) -> None:
    """It may be written again in the same tick of a coarse clock, or after the clock was put back,
    and then bears the same time and size."""
    monkeypatch.setattr(time, "time_ns", lambda: int(clock * 1e9))
    with Index.open(folder, embedder) as index:
        index.ingest([aged])
        text = (aged / "00.txt").read_text()
        (aged / "00.txt").write_text(text.replace("lion", "newt"))
        os.utime(aged / "00.txt", (1e9, 1e9))
        assert index.ingest([aged]).updated == 1
        commit = index.commit
        assert index.ingest([aged]) == IngestReport(unchanged=12)
        assert index.commit == commit
