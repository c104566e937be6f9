"""The bytes that an index takes on disk. Knows its files by their names only."""

from __future__ import annotations

from pathlib import Path

from index.index_database import FILE_NAME
from index.vector_file import PATTERN

_PATTERNS = (FILE_NAME, f"{FILE_NAME}-wal", PATTERN)


def bytes_on_disk(folder: Path) -> int:
    """Return the bytes of the index in ``folder``, without other files that are kept there."""
    return sum(_size(path) for pattern in _PATTERNS for path in folder.glob(pattern))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # another process has just replaced it
        return 0
