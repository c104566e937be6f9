"""What an embedded model knows after it has read its instructions, kept on the disk.

The instructions stand first in every prompt and never change. Reading them takes seconds on two
cores, reading back what came of it milliseconds. The file holds nothing of documents or questions.
Whatever goes wrong with it, the model reads its instructions anew.
"""

from __future__ import annotations

import glob
import hashlib
import http.client
import json
import secrets
import socket
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.types import Message

SUFFIX = ".prefix"
SLOT = 0  # of the server: the first place for a prompt
_WAIT_S = 10.0  # for three megabytes from or to a disk
_DIGEST_CHARACTERS = 32  # 128 bits of a SHA-256


@dataclass(frozen=True, slots=True)
class KeptPrefix:
    """The state of a model after the ``messages`` with which its prompts begin, in ``folder``."""

    folder: Path
    messages: tuple[Message, ...]

    def name(self, model: Path, *depends_on: object) -> str:
        """How the name of its file begins, for the file of a ``model`` and what else it
        ``depends_on``. Raises OSError when there is no such model."""
        stat = model.stat()
        bytes_of = (str(model.resolve()), stat.st_size, stat.st_mtime_ns)
        said = [(each.role, each.content) for each in self.messages]
        return f"{model.stem}-{_digest(repr((bytes_of, depends_on, said)).encode())}"

    def restore(self, server: SlotServer, name: str) -> bool:
        """Have ``server`` take the state over from the file; whether there was one, undamaged.

        A damaged file is removed: a flipped bit in it would be read as what the model thinks.
        """
        for file in self._files(name):
            with suppress(OSError):
                if file.stem.endswith(_digest(file.read_bytes())):
                    return server.slot("restore", file.name)
                file.unlink()
        return False

    def keep(self, server: SlotServer, name: str) -> None:
        """Have ``server``, which has just read ``messages``, write its state to the file, in place
        of those of other versions."""
        part = self.folder / f"{secrets.token_hex(8)}.part"
        with suppress(OSError):
            try:
                if server.slot("save", part.name):
                    for file in self._files(name.rpartition("-")[0]):
                        file.unlink(missing_ok=True)
                    part.rename(self.folder / f"{name}-{_digest(part.read_bytes())}{SUFFIX}")
            finally:
                part.unlink(missing_ok=True)

    def _files(self, begins: str) -> list[Path]:
        """The files whose names begin so, and end with digests."""
        return sorted(self.folder.glob(f"{glob.escape(begins)}-*{SUFFIX}"))


class SlotServer:
    """A server of llama.cpp at ``address``, with ``key``: its state is saved and restored over
    HTTP alone."""

    def __init__(self, address: str, key: str) -> None:
        self._address = address
        self._key = key

    def slot(self, action: str, file_name: str) -> bool:
        """Whether it saved SLOT to the file of this name, or restored it from there."""
        told = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            with closing(_Connection(self._address)) as connection:
                body = json.dumps({"filename": file_name})
                connection.request("POST", f"/slots/{SLOT}?action={action}", body, told)
                return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


class _Connection(http.client.HTTPConnection):
    """To ``http://HOST:PORT``, or to the socket of a file system, ``unix://PATH``."""

    def __init__(self, address: str) -> None:
        scheme, _, place = address.partition("://")
        super().__init__("localhost" if scheme == "unix" else place, timeout=_WAIT_S)
        self._path = place if scheme == "unix" else ""

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        self.sock: Any = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_WAIT_S)
        self.sock.connect(self._path)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST_CHARACTERS]
