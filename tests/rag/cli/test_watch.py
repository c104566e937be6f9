"""``rag index --watch`` with real files and a real Ctrl-C, and how an ingest is told on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.errors import IndexingError, IndexLockedError, IndexMismatchError
from index.index import Index
from index.ingest import IngestReport
from index.watch import _is_hidden
from rag.cli import index as index_command
from rag.cli.main import main
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder, wired

ROOT = Path(__file__).parents[3]
_GIVE_UP_S = 120  # a child that hangs ends the test with what it has said

# A shell that runs the tests in the background ignores Ctrl-C, and its children would, too.
_WATCH = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)

from rag.cli.main import main
from tests.doubles import wired

main(obj=wired())
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
    with Wiring(Settings(home=home)).open_index(HashingEmbedder()) as index:
        assert [each.key for each in index.documents()] == [str(files / "korea.txt")]


def test_a_watch_as_json_is_a_line_for_each_change(home: Path, files: Path) -> None:
    with _watching(home, files, "--json") as child:
        assert json.loads(_line(child))["added"] == 1
        (files / "korea.txt").unlink()
        assert json.loads(_line(child))["removed"] == 1


@pytest.fixture
def watch(home: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Commands with a double of the embedder; the watch has ten ticks, and nothing changes."""
    monkeypatch.setattr("index.watch.changes", lambda _: iter([False] * 10))
    monkeypatch.setattr(index_command, "_RETRY_TICKS", 3)
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
    result = watch.invoke(main, ["index", "--watch", str(files)], obj=wired())
    assert (result.exit_code, result.stdout) == (0, "default: 1 added\n")
    assert result.stderr.count(f"rag: {error}; trying again in 3 s") == 2


def test_what_will_not_pass_ends_the_watch(
    watch: CliRunner, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise IndexMismatchError("made anew with another embedder")

    monkeypatch.setattr(Index, "ingest", refused)
    result = watch.invoke(main, ["index", "--watch", str(files)], obj=wired())
    assert (result.exit_code, result.stderr) == (1, "rag: made anew with another embedder\n")


def test_an_interrupted_ingest_ends_the_watch_as_it_should(
    watch: CliRunner, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Index, "ingest", interrupted)
    result = watch.invoke(main, ["index", "--watch", str(files)], obj=wired())
    assert (result.exit_code, result.stderr) == (0, "rag: no longer watching\n")


@pytest.mark.parametrize("path", ["https://example.org/", "missing", "korea.txt"])
def test_only_folders_are_watched(watch: CliRunner, files: Path, path: str) -> None:
    given = path if "//" in path else str(files / path)
    result = watch.invoke(main, ["index", "--watch", given], obj=wired())
    assert result.exit_code == 2
    assert "--watch takes folders" in result.stderr


@pytest.mark.parametrize(
    ("path", "hidden"),
    [("/a/.b/c.txt", False), ("/a/.b/.git/x", True), ("/a/.b/d/.c.txt.swp", True)],
)
def test_what_is_hidden_in_a_watched_folder_wakes_nobody(path: str, hidden: bool) -> None:
    assert _is_hidden(Path(path), [Path("/a/.b")]) is hidden
