"""The files of the dense index: written aside, named by their commit, checked before use.

FAISS writes in place and loads a flipped byte without a word. So a small record beside each file
says how long it is, the SHA-256 of the whole and that of its first ``checked`` bytes, without
which the file is not used. Of a flat index that is all of it, for its scores are shown as they are.
Of an inverted index it is the structure, some megabytes, and never its lists: these only propose
candidates, which are scored with the catalogue's own vectors, so that a flipped byte there may lose
a candidate and can change no score and bring back no chunk that was removed.
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
    """What is known of a file: its commit, and how to tell that it is as it was written."""

    commit: int
    token: str
    size: int
    sha256: str
    checked: int
    checked_sha256: str


def files(folder: Path) -> list[Path]:
    """The files of vectors in ``folder``, that of the newest commit first."""
    paths = [path for path in folder.iterdir() if _FILE.match(path.name)]
    return sorted(paths, key=_number, reverse=True)


def read(path: Path) -> tuple[faiss.Index, Commit] | None:
    """The index in a file and its commit, or None when it is not what was once written.

    A flat index is read into memory, an inverted one is mapped: it must not be changed.
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
    """Whether every byte of a file is as it was written; reads all of it."""
    record = _record(path)
    try:
        return record is not None and _sha256(path) == record.sha256
    except OSError:
        return False


def write(folder: Path, index: faiss.Index, commit: Commit) -> Path:
    """Writes the file of this commit and removes older ones. Raises OSError."""
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
    """Removes what processes that were killed have left, if nothing was written to it for so long.

    A process that is still at it only loses what it wrote, and holds its index in memory.
    """
    for aside in folder.glob(f"vectors-*{_ASIDE}"):
        with suppress(OSError):  # gone in this instant, or in a folder that cannot be written
            if time.time() - aside.stat().st_mtime >= idle_s:
                aside.unlink()


def _number(path: Path) -> int:
    """The number of the commit that a file of vectors is of."""
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
    """The bytes at the end of the file that hold the codes and ids of inverted lists."""
    import faiss

    if not isinstance(index, faiss.IndexIVF):
        return 0
    return int(index.ntotal) * (int(index.code_size) + _ID_BYTES)


def _sha256(path: Path, first: int | None = None) -> str:
    """Of the whole file, or of its ``first`` bytes."""
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
    """Has ``fill`` write a file aside, and puts it in place once it is on the disk."""
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
