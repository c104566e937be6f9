"""The files of the dense index: written aside, named by their commit, checked before use.

FAISS writes in place and does not notice a flipped byte when it loads a file. So a small record
beside each file holds its size, the SHA-256 of the whole and that of its first ``checked`` bytes. A
file that does not match these is not used. Of a flat index all bytes are checked, because its
scores are final. Of an inverted index only the structure is, some megabytes: its lists propose
candidates, which are scored with the catalogue's vectors, so that a flipped byte there may lose a
candidate but can neither change a score nor bring back a removed chunk.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from index.records import Commit

if TYPE_CHECKING:
    import faiss

PATTERN = "vectors-*"  # of all files of this module, also those of an unfinished write
_FILE = re.compile(r"vectors-(\d+)\.faiss$")
_ID_BYTES = 8  # of a chunk's id in an inverted list, beside its code
_READ_BYTES = 1 << 20  # at once while hashing
_ASIDE = ".tmp"  # how a file that is being written ends
_ABANDONED_S = 600.0  # a file of a million vectors is written and synced in seconds


@dataclass(frozen=True, slots=True)
class Record:
    """The commit of a file, and the sizes and hashes by which it is checked."""

    commit: int
    token: str
    size: int
    sha256: str
    checked: int
    checked_sha256: str


def files(folder: Path) -> list[Path]:
    """Return the files of vectors in ``folder``, that of the newest commit first."""
    paths = [path for path in folder.iterdir() if _FILE.match(path.name)]
    return sorted(paths, key=_number, reverse=True)


def read(path: Path) -> tuple[faiss.Index, Commit] | None:
    """Return the index in a file and its commit; None when the file fails its check.

    A flat index is read into memory. An inverted one is mapped and must not be changed.
    """
    import faiss

    record = _record(path)
    if record is None:
        return None
    try:
        with path.open("rb") as file:
            start = file.read(record.checked)
        size = path.stat().st_size
        if size != record.size or hashlib.sha256(start).hexdigest() != record.checked_sha256:
            return None
        if record.checked == record.size:
            index = faiss.deserialize_index(np.frombuffer(start, dtype=np.uint8))
        else:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except (OSError, RuntimeError):  # FAISS raises RuntimeError for whatever it cannot read
        return None
    return index, Commit(record.commit, record.token)


def is_sound(path: Path) -> bool:
    """Read all of a file and return whether every byte is as it was written."""
    record = _record(path)
    try:
        return record is not None and _sha256(path) == record.sha256
    except OSError:
        return False


def write(folder: Path, index: faiss.Index, commit: Commit) -> Path:
    """Write the file of this commit and remove older ones. Raises OSError."""
    path = folder / f"vectors-{commit.number}.faiss"
    made: list[Record] = []

    def fill(aside: Path) -> None:
        _write_index(index, aside)
        made.append(_record_of(aside, index, commit))

    _replace(path, fill)
    record = json.dumps(asdict(made[0]))
    _replace(path.with_suffix(".json"), lambda aside: _write_text(aside, record))
    for old in files(folder):
        if _number(old) < commit.number:  # another process may have written a newer one meanwhile
            old.unlink(missing_ok=True)
            old.with_suffix(".json").unlink(missing_ok=True)
    return path


def remove_left_behind(folder: Path, idle_s: float = _ABANDONED_S) -> None:
    """Remove unfinished files of killed processes, after ``idle_s`` seconds without a write.

    A process that is still writing one only loses that file, and keeps its index in memory.
    """
    for aside in folder.glob(f"vectors-*{_ASIDE}"):
        with suppress(OSError):  # gone in this instant, or in a folder that cannot be written
            if time.time() - aside.stat().st_mtime >= idle_s:
                aside.unlink()


def _number(path: Path) -> int:
    """Return the number of the commit of a file of vectors."""
    match = _FILE.match(path.name)
    return int(match[1]) if match else -1


def _record(path: Path) -> Record | None:
    try:
        return Record(**json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _record_of(path: Path, index: faiss.Index, commit: Commit) -> Record:
    size = path.stat().st_size
    checked = size - _bytes_of_lists(index)
    return Record(commit.number, commit.token, size, _sha256(path), checked, _sha256(path, checked))


def _bytes_of_lists(index: faiss.Index) -> int:
    """Return how many bytes at the end of the file hold the codes and ids of inverted lists."""
    import faiss

    if not isinstance(index, faiss.IndexIVF):
        return 0
    return int(index.ntotal) * (int(index.code_size) + _ID_BYTES)


def _sha256(path: Path, first: int | None = None) -> str:
    """Return the SHA-256 of the whole file, or of its ``first`` bytes."""
    digest = hashlib.sha256()
    left = path.stat().st_size if first is None else first
    with path.open("rb") as file:
        while left and (data := file.read(min(left, _READ_BYTES))):
            digest.update(data)
            left -= len(data)
    return digest.hexdigest()


def _write_index(index: faiss.Index, path: Path) -> None:
    import faiss

    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _replace(path: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write a temporary file, sync it, and rename it to ``path``."""
    aside = path.with_name(f"{path.name}.{os.getpid()}{_ASIDE}")
    try:
        fill(aside)
        with aside.open("rb+") as file:
            _sync(file)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _sync(file: IO[bytes]) -> None:
    os.fsync(file.fileno())
