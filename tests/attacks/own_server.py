"""Attacks on the socket of a running server: another user who wants to be taken for it, and
replies that no server gives."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from rag.cli.own_server import answer, hits, saying
from rag.own_server import connections, listening
from rag.settings import Settings
from tests.attacks.suite import Attack, require

_OTHER = 65_534  # a user who is not this one
_HTTP = b"HTTP/1.1 200 OK\r\n"
_SAID = {
    "nothing": b"",
    "no HTTP": b"\xff" * 100_000,
    "a long header": _HTTP + b"A: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": _HTTP + b"A: a\r\n" * 10_000 + b"\r\n",
    "no JSON": _HTTP + b"Content-Length: 3\r\n\r\n{{{",
    "deep JSON": _HTTP + b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000,
    "a list": _HTTP + b"Content-Length: 2\r\n\r\n[]",
    "half of it": _HTTP + b"Content-Length: 99\r\n\r\n{",
    "chunks that are none": _HTTP + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\n\r\n",
}


@contextmanager
def commands() -> Iterator[Iterable[Attack]]:
    """Sockets and folders that are not what they should be."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), llm="none")
        ways = [_group_may_enter, _others_may_write, _link_as_folder, _link_as_socket, _open_socket]
        if os.geteuid() == 0:  # only then can a test be somebody else
            ways += [_foreign_folder, _foreign_socket, _foreign_server]
        attacks = [Attack(way.__name__.strip("_"), partial(_tried, way)) for way in ways]
        for name, said in _SAID.items():
            attacks.append(Attack(f"a server says {name}", partial(_answers, settings, said)))
        yield attacks


def _tried(way: Callable[[Path, Path, Path], None]) -> None:
    """No connection is made after ``way`` had its way with a folder with a server in it."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, "run")
        door, path = listening(folder)
        with door:
            require(_reached(folder) == 1, "the server itself was not reached")
            way(Path(home), folder, path)
            require(_reached(folder) == 0, "a connection was made")


def _reached(folder: Path) -> int:
    reached: list[socket.socket] = []
    with suppress(OSError):
        reached += connections(folder)
    for each in reached:
        each.close()
    return len(reached)


def _group_may_enter(_: Path, folder: Path, __: Path) -> None:
    folder.chmod(0o710)


def _others_may_write(_: Path, folder: Path, __: Path) -> None:
    folder.chmod(0o1777)


def _link_as_folder(home: Path, folder: Path, _: Path) -> None:
    folder.rename(home / "mine")
    folder.symlink_to(home / "mine")


def _link_as_socket(home: Path, _: Path, path: Path) -> None:
    path.rename(home / "mine")
    path.symlink_to(home / "mine")


def _open_socket(_: Path, __: Path, path: Path) -> None:
    path.chmod(0o666)


def _foreign_folder(_: Path, folder: Path, __: Path) -> None:
    os.chown(folder, _OTHER, _OTHER)


def _foreign_socket(_: Path, __: Path, path: Path) -> None:
    os.chown(path, _OTHER, _OTHER)


def _foreign_server(_: Path, __: Path, path: Path) -> None:
    """Another user listens, and the socket has been given to this one."""
    path.unlink()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        path.chmod(0o600)
        mine = os.geteuid()
        os.seteuid(_OTHER)
        try:
            door.listen()
        finally:
            os.seteuid(mine)
        require(_reached(path.parent) == 0, "another user was taken for this one")


def _answers(settings: Settings, said: bytes) -> None:
    """A server says ``said`` to whatever it is asked; the command goes on by itself."""
    door, path = listening(settings.run_folder)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = door.accept()
                with connection, suppress(OSError):
                    connection.recv(65_536)
                    connection.sendall(said)

    threading.Thread(target=serve, daemon=True).start()
    try:
        asked = answer(settings, "Who?", lambda _: None, saying(False))
        require(asked is None, "that was taken for an answer")
        require(hits(settings, "Who?", 5, saying(False)) is None, "that was taken for hits")
    finally:
        path.unlink()
        with suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()
