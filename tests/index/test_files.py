"""What lies in a folder besides files: none of it is read or waited for."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from index.errors import UnreadableError
from index.files import find_files, look_at
from index.index import Index
from index.load.loading import load, read
from tests.doubles import HashingEmbedder

PATIENCE_S = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file and a link to it."""
    folder = tmp_path / "files"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("The giraffe eats leaves.")
    (folder / "inner" / "same.txt").symlink_to(folder / "a.txt")
    return folder


def _ingested(folder: Path, index: Index) -> dict[str, str]:
    """The names of what failed, each with the reason; fails where the ingest waits for ever."""
    reports = []
    work = threading.Thread(target=lambda: reports.append(index.ingest([folder])), daemon=True)
    work.start()
    work.join(PATIENCE_S)
    assert reports, "it waits for something that is no file"
    assert reports[0].added == 2
    return {path.name: reason for path, reason in reports[0].failed}


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        yield index


def test_pipes_and_sockets_are_passed_over_and_said(folder: Path, index: Index) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / "to-pipe.txt").symlink_to("pipe.txt")
    with TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"{short}/s.txt")  # in a short folder: a socket's path has 100 characters
        Path(short, "s.txt").rename(folder / "socket.txt")
        failed = _ingested(folder, index)
    assert set(failed) == {"pipe.txt", "to-pipe.txt", "socket.txt"}
    assert "is a pipe, not a file" in failed["pipe.txt"]
    assert "is a pipe, not a file" in failed["to-pipe.txt"]
    assert "is a socket, not a file" in failed["socket.txt"]


def test_links_out_of_the_folder_are_passed_over_and_said(
    folder: Path, index: Index, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("The secret is 42.")
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    (folder / "upwards.txt").symlink_to("../outside/secret.txt")
    (folder / "linked").symlink_to(outside)
    (folder / "chain.txt").symlink_to("link.txt")
    (folder / "here").symlink_to(".")  # within: its files are found anyway
    failed = _ingested(folder, index)
    assert set(failed) == {"link.txt", "upwards.txt", "linked", "chain.txt"}
    assert all("leads out of the folder" in reason for reason in failed.values())
    assert not index.documents("secret")


def test_links_in_a_circle_and_to_nothing_fail_alone(folder: Path, index: Index) -> None:
    (folder / "round.txt").symlink_to("round.txt")
    (folder / "nothing.txt").symlink_to("missing.txt")
    assert set(_ingested(folder, index)) == {"round.txt", "nothing.txt"}


def test_a_link_that_is_named_is_followed(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(folder / "a.txt")
    found = find_files([link])
    assert (found.paths, found.failed) == ([link], [])
    (linked := tmp_path / "linked").symlink_to(folder)
    assert len(find_files([linked]).paths) == 2


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_not_read(device: str) -> None:
    with pytest.raises(UnreadableError, match=r"is a device, not a file|cannot be read"):
        look_at(Path(device), None)
    with pytest.raises(UnreadableError, match=r"is a device, not a file|cannot be read"):
        load(Path(device))


def test_a_file_that_becomes_a_pipe_after_the_look_is_not_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(pipe := folder / "pipe.txt")
    looked = (folder / "a.txt").stat()
    monkeypatch.setattr(Path, "stat", lambda *_, **__: looked)
    with pytest.raises(UnreadableError, match="is a pipe, not a file"):
        read(pipe)


def test_a_folder_is_no_document(folder: Path) -> None:
    with pytest.raises(UnreadableError, match="is a folder"):
        load(folder)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_a_file_that_tells_no_size_is_read_to_its_end() -> None:
    assert b"Threads" in read(Path("/proc/self/status"))
