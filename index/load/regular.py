"""Opens files that may be anything: only a regular file is read, and never waited for.

A pipe has no end and a device may act when it is opened. What a path names may also change between
a look and the opening, so that the open file itself is looked at. Knows no format.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from index.errors import UnreadableError

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Without these a pipe is waited for, a terminal may become the process's, and text is translated.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


def special_file(mode: int) -> str:
    """What a file of this mode is where it is no regular file and no folder; else empty."""
    return _KINDS.get(stat.S_IFMT(mode), "")


def not_a_file(path: Path, what: str) -> str:
    """Why ``path`` cannot be read, which is ``what``."""
    return f"{path} is {what}, not a file; save what comes from it as a file"


def open_regular(path: Path) -> BinaryIO:
    """The regular file at ``path``, links followed, open for reading.

    Raises OSError, and UnreadableError where it is no regular file.
    """
    _require_regular(path, path.stat().st_mode)  # before: opening a device may set it going
    opened = os.fdopen(os.open(path, _FLAGS), "rb")
    try:
        _require_regular(path, os.fstat(opened.fileno()).st_mode)
    except BaseException:
        opened.close()
        raise
    return opened


def _require_regular(path: Path, mode: int) -> None:
    if special := special_file(mode):
        raise UnreadableError(not_a_file(path, special))
    if not stat.S_ISREG(mode):
        raise UnreadableError(f"{path} is a folder; index it, or a file in it")
