"""``rag index --watch`` with real files and a real Ctrl-C, and how an ingest is told on the way."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from rich.console import Console

from index.errors import IndexingError, IndexLockedError, IndexMismatchError
from index.index import Index
from index.ingest import IngestReport, Progress
from index.watch import _is_hidden
from rag.cli import indexing, terminal
from rag.cli.main import main
from rag.cli.throughput import Throughput, in_words
from rag.settings import Settings
from tests.doubles import HashingEmbedder

ROOT = Path(__file__).parents[3]
_GIVE_UP_S = 120  # a child that hangs ends the test with what it has said

# A shell that runs the tests in the background ignores Ctrl-C, and its children would, too.
_WATCH = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)

from rag.cli.main import main
from rag.settings import Settings
from tests.doubles import HashingEmbedder

Settings.open_embedder = lambda *_: HashingEmbedder()
main()
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / ".kept" / "files"  # hidden, but named
    folder.mkdir(parents=True)
    (folder / "korea.txt").write_text("The north sends 5,000 construction workers.")
    return folder


@contextmanager
def _watching(home: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-c", _WATCH, "index", "--watch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "RAG_HOME": str(home)},
    )
    timer = threading.Timer(_GIVE_UP_S, child.kill)
    timer.start()
    try:
        yield child
    finally:
        timer.cancel()
        child.kill()
        child.communicate()


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout
    return child.stdout.readline()


def test_a_watched_folder_is_kept_in_line_until_ctrl_c(home: Path, files: Path) -> None:
    with _watching(home, files) as child:
        assert _line(child) == "default: 1 added\n"
        (files / "lease.md").write_text("# Lease\n\nSigned by Kim.")
        (files / ".hidden.txt").write_text("Nobody asks for this.")
        assert _line(child) == "default: 1 added, 1 unchanged\n"
        (files / "lease.md").write_text("# Lease\n\nSigned by Shoigu.")
        assert _line(child) == "default: 1 updated, 1 unchanged\n"
        (files / "picture.txt").write_bytes(bytes(range(256)) * 4)
        assert _line(child) == "default: 2 unchanged, 1 failed\n"
        (files / "lease.md").unlink()
        assert _line(child) == "default: 1 unchanged, 1 removed, 1 failed\n"
        child.send_signal(signal.SIGINT)
        said = child.communicate()[1]
        assert child.returncode == 0
    assert said.count("picture.txt holds binary data") == 1
    assert said.endswith("rag: no longer watching\n")
    with Settings(home=home).open_index(HashingEmbedder()) as index:
        assert [each.key for each in index.documents()] == [str(files / "korea.txt")]


def test_a_watch_as_json_is_a_line_for_each_change(home: Path, files: Path) -> None:
    with _watching(home, files, "--json") as child:
        assert json.loads(_line(child))["added"] == 1
        (files / "korea.txt").unlink()
        assert json.loads(_line(child))["removed"] == 1


@pytest.fixture
def watch(home: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Commands with a double of the embedder; the watch has ten ticks, and nothing changes."""
    monkeypatch.setattr(Settings, "open_embedder", lambda *_: HashingEmbedder())
    monkeypatch.setattr("index.watch.changes", lambda _: iter([False] * 10))
    monkeypatch.setattr(indexing, "_RETRY_TICKS", 3)
    return CliRunner()


@pytest.mark.parametrize("error", [IndexLockedError("locked"), IndexingError("the disk is full")])
def test_what_may_pass_is_tried_again(
    watch: CliRunner, files: Path, monkeypatch: pytest.MonkeyPatch, error: IndexingError
) -> None:
    ingest = Index.ingest
    errors = [error, error]

    def failing_twice(self: Index, paths: list[Path], **options: bool) -> IngestReport:
        if errors:
            raise errors.pop()
        return ingest(self, paths, prune=options["prune"])

    monkeypatch.setattr(Index, "ingest", failing_twice)
    result = watch.invoke(main, ["index", "--watch", str(files)])
    assert (result.exit_code, result.stdout) == (0, "default: 1 added\n")
    assert result.stderr.count(f"rag: {error}; trying again in 3 s") == 2


def test_what_will_not_pass_ends_the_watch(
    watch: CliRunner, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise IndexMismatchError("made anew with another embedder")

    monkeypatch.setattr(Index, "ingest", refused)
    result = watch.invoke(main, ["index", "--watch", str(files)])
    assert (result.exit_code, result.stderr) == (1, "rag: made anew with another embedder\n")


def test_an_interrupted_ingest_ends_the_watch_as_it_should(
    watch: CliRunner, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Index, "ingest", interrupted)
    result = watch.invoke(main, ["index", "--watch", str(files)])
    assert (result.exit_code, result.stderr) == (0, "rag: no longer watching\n")


@pytest.mark.parametrize("path", ["https://example.org/", "missing", "korea.txt"])
def test_only_folders_are_watched(watch: CliRunner, files: Path, path: str) -> None:
    given = path if "//" in path else str(files / path)
    result = watch.invoke(main, ["index", "--watch", given])
    assert result.exit_code == 2
    assert "--watch takes folders" in result.stderr


@pytest.mark.parametrize(
    ("path", "hidden"),
    [("/a/.b/c.txt", False), ("/a/.b/.git/x", True), ("/a/.b/d/.c.txt.swp", True)],
)
def test_what_is_hidden_in_a_watched_folder_wakes_nobody(path: str, hidden: bool) -> None:
    assert _is_hidden(Path(path), [Path("/a/.b")]) is hidden


# Progress


def _progress(done: int, chunks: int, share: float | None = None) -> Progress:
    return Progress(done, 1000, "a.txt", chunks, share)


def test_the_pace_counts_from_the_first_chunk() -> None:
    seconds = iter([0.0, 10.0, 11.0, 20.0, 110.0, 12_000.0])
    pace = Throughput(lambda: next(seconds))
    assert pace(_progress(900, 0, 0.5)) == ""  # files that have not changed
    assert pace(_progress(900, 64, 0.5)) == ""
    assert pace(_progress(901, 128, 0.5)) == ""  # too soon to say
    assert pace(_progress(902, 564, 0.6)) == "50 chunks/s, 40 s left"
    assert pace(_progress(903, 10_064, 0.6)) == "100 chunks/s, 7 min left"
    assert pace(_progress(904, 10_064, 0.7)) == "1 chunks/s, 5 h 0 min left"


def test_the_pace_goes_by_files_where_sizes_are_not_known() -> None:
    seconds = iter([0.0, 50.0])
    pace = Throughput(lambda: next(seconds))
    pace(_progress(0, 1))
    assert pace(_progress(500, 1001)) == "20 chunks/s, 50 s left"


@pytest.mark.parametrize(
    ("progress", "pace", "line"),
    [
        (
            Progress(1200, 4000, "x", 9, 0.25),
            "9 chunks/s",
            "1,200 of 4,000 files (25%), 9 chunks/s",
        ),
        (Progress(3, None, "x", 9), "", "3 files"),
        (Progress(0, 0, "x", 0), "", "0 of 0 files"),
    ],
)
def test_a_line_tells_how_far_it_is(progress: Progress, pace: str, line: str) -> None:
    assert in_words(progress, pace) == line


def test_the_building_of_an_index_is_told_at_its_begin_and_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 10.0, 31.0, 31.0])
    monkeypatch.setattr(terminal, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    lines = terminal.BuildingLines()
    for done in (0, 16_384, 32_768):
        lines(done, 60_000)
    assert capsys.readouterr().err.splitlines() == [
        "Building the index of 60,000 vectors; this is done once",
        "Building the index of vectors: 32,768 of 60,000",
    ]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_progress_is_shown_as_a_bar_or_told_in_lines(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=is_terminal, width=100)
    monkeypatch.setattr(terminal, "console", lambda: console)
    monkeypatch.setattr(terminal, "_LINE_SECONDS", 0.0)
    with terminal.ingest_bar() as update:
        update(_progress(1, 64, 0.4))
        update(_progress(2, 128, 0.5))
    assert "2 of 1,000 files (50%)" in shown.getvalue()
    assert ("a.txt" in shown.getvalue()) is is_terminal


def test_a_log_is_not_flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(terminal, "console", lambda: Console(file=shown))
    with terminal.ingest_bar() as update:
        update(_progress(1, 64, 0.4))
    assert shown.getvalue() == ""


def test_an_ingest_tells_the_share_by_size(tmp_path: Path, files: Path) -> None:
    (files / "large.txt").write_text("One more worker. " * 1000)
    told: list[Progress] = []
    with Index.open(tmp_path / "index", HashingEmbedder(), create=True) as index:
        index.ingest([files], on_progress=told.append)
    shares = [each.share or 0.0 for each in told]
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert shares[-1] == 1.0
