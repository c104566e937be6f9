"""A running server of the same user: where its socket is, whose it is, and what it serves.

Commands ask such a server, so that nothing is loaded twice. Its socket lies in a folder that only
this user may enter, and is used only while nobody else can have put it there. Knows no HTTP.
"""

from __future__ import annotations

import os
import secrets
import socket
import stat
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from rag.settings import Settings

# Of what a server serves, what must be equal for it to find, and to answer, as a command would.
TO_FIND = ("program", "collections", "models", "reranker", "offline", "Ollama's address")
TO_QUOTE = (*TO_FIND, "strictness", "calibration")
TO_WRITE = (*TO_QUOTE, "language model", "OpenAI's key")
SERVES, ASK, SEARCH = "/own/serves", "/ask/stream", "/own/search"  # what a command requests
EMBEDDER = "embedder"  # where a command names one; else the server knows the collection's

_PACKAGES = ("rag", "index", "api")
_FOR_OTHERS = 0o077
_WAITING = 128  # connections that may wait to be accepted
_HELLO_S = 1.0  # a server of this machine that takes longer to be reached is no help


def served(settings: Settings, embedder: str | None) -> dict[str, Any]:
    """What a program with ``settings`` serves, by name, as JSON types."""
    key = os.environ.get("OPENAI_API_KEY", "") if settings.llm.startswith("openai:") else ""
    return {
        "program": _program(),
        "collections": str(settings.collections_folder.resolve()),
        "models": str(settings.models_home.resolve()),
        EMBEDDER: _named(embedder),
        "reranker": _named(settings.reranker),
        "calibration": _named(settings.calibration),
        "strictness": settings.strictness,
        "language model": _named(settings.llm),
        "OpenAI's key": sha256(key.encode()).hexdigest(),
        "offline": settings.offline,
        "Ollama's address": settings.ollama_host,
    }


def difference(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], names: Sequence[str]
) -> str | None:
    """The first of ``names`` of which a server has another value; None where there is none."""
    return next((name for name in names if ours[name] != theirs.get(name)), None)


def listening(folder: Path) -> tuple[socket.socket, Path]:
    """Listen in ``folder``, which is made; return the socket and its path, which the caller
    removes. What servers left there that are gone is removed.

    Raises OSError, PermissionError among them, where others could put a socket of theirs there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(folder) as held:
        for each in _sockets(held):
            if _is_left(each):
                each.unlink(missing_ok=True)
        name = secrets.token_hex(8)
        aside = held / f"{name}.new"
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            door.bind(str(aside))
            aside.chmod(0o600)
            door.listen(_WAITING)
            aside.rename(held / f"{name}.sock")  # whoever finds it can connect
        except BaseException:
            door.close()
            aside.unlink(missing_ok=True)
            raise
    return door, folder / f"{name}.sock"


def connections(folder: Path) -> Iterator[socket.socket]:
    """Connections to the servers of this user that listen in ``folder``; the caller closes them.

    Those that are gone are passed over. Raises OSError where it is no folder, and PermissionError
    where others can have put something into it.
    """
    if not os.path.lexists(folder):
        return
    with _held(folder) as held:
        for path in _sockets(held):
            connection = _connected(path)
            if connection is not None:
                yield connection


@contextmanager
def _held(folder: Path) -> Iterator[Path]:
    """A path that stays that of ``folder`` even if somebody exchanges it; also a short one, as
    addresses of sockets must be."""
    if not hasattr(socket, "AF_UNIX"):
        raise OSError("this system has no sockets in folders")
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _require_own(folder, os.fstat(handle))
        fixed = Path(f"/proc/self/fd/{handle}")
        yield fixed if fixed.exists() else folder
    finally:
        os.close(handle)


def _require_own(path: Path, seen: os.stat_result) -> None:
    if seen.st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to another user: remove it")
    if stat.S_IMODE(seen.st_mode) & _FOR_OTHERS:
        raise PermissionError(f"others may use {path}: run 'chmod go= {path}'")


def _sockets(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sock"))


def _connected(path: Path) -> socket.socket | None:
    """A connection to a server of this user; None where there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        seen = path.lstat()
        _require_own(path, seen)
        connection.settimeout(_HELLO_S)
        connection.connect(str(path))
        if stat.S_ISSOCK(seen.st_mode) and _peer(connection) == os.geteuid():
            return connection
    except OSError:
        pass
    connection.close()
    return None


def _peer(connection: socket.socket) -> int:
    """The user at the other end, where the system tells; else this one, for only this user can
    have put a socket into the folder."""
    if sys.platform != "linux":
        return os.geteuid()
    size = struct.calcsize("3i")
    asked = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, user, _ = struct.unpack("3i", asked)
    return int(user)


def _is_left(path: Path) -> bool:
    """Whether nobody listens there any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_HELLO_S)
        try:
            connection.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            pass
    return False


def _named(name: str | Path | None) -> str | None:
    """A name that tells one file from another: a path is one from where it is asked, and what lies
    there may be exchanged."""
    if name is None:
        return None
    backend, colon, rest = str(name).rpartition("llamacpp:")
    path = Path(rest)
    if not path.exists():
        return str(name)
    seen = path.stat()
    return f"{backend}{colon}{path.resolve()} {seen.st_size} {seen.st_mtime_ns}"


def _program() -> str:
    """Tells one state of the installed program from another: its version stays what it is while
    somebody works on it."""
    digest = sha256(f"{sys.prefix} {sys.version}".encode())
    for package in _PACKAGES:
        for folder, folders, names in os.walk(Path(__file__).parents[1] / package):
            folders[:] = sorted(each for each in folders if each != "__pycache__")
            for name in sorted(names):
                seen = Path(folder, name).stat()
                digest.update(f"{folder}/{name} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()
