"""Compares files with their pinned SHA-256, and remembers which have passed.

A file is hashed again only when the file itself, its size, its times or its pin have changed, so
that a start does not read a gigabyte. The time of the last change of anything (``ctime``) is the
system's: nobody can set it back, as one can the modification time. Knows nothing of sources or of
what to do about a bad file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.models.types import FileCheck, ModelFile

LEDGER = ".verified.json"  # path -> stamp of the files that passed; lies in the model's folder

# size in bytes, mtime and ctime in ns, inode, sha256: a list, which is what JSON gives back
Stamp = list[int | str]


def check(folder: Path, files: Sequence[ModelFile], *, rehash: bool = False) -> list[FileCheck]:
    """One check per file, in order. ``rehash`` reads every byte whatever is remembered.

    The files that pass are remembered, the others forgotten.
    """
    known = {} if rehash else _read_ledger(folder)
    passed: dict[str, Stamp] = {}
    checks = []
    for file in files:
        # The stamp is taken before the bytes are read: a change meanwhile makes it stale.
        stamp = _stamp(folder, file)
        actual = _sha256(folder / file.path, stamp, known.get(file.path))
        checks.append(FileCheck(file.path, file.sha256, actual))
        if stamp is not None and actual == file.sha256:
            passed[file.path] = stamp
    if passed != known:
        _write_ledger(folder, passed)
    return checks


def remembered(folder: Path, files: Sequence[ModelFile]) -> bool:
    """Whether every file has passed before and has not changed since. Reads no model bytes."""
    known = _read_ledger(folder)
    return all(
        (stamp := _stamp(folder, file)) is not None and known.get(file.path) == stamp
        for file in files
    )


def _stamp(folder: Path, file: ModelFile) -> Stamp | None:
    try:
        stat = (folder / file.path).stat()
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, file.sha256]


def _sha256(path: Path, stamp: Stamp | None, known: Stamp | None) -> str | None:
    if stamp is None:
        return None
    if stamp == known:
        return str(stamp[-1])
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_ledger(folder: Path) -> Mapping[str, Any]:
    """What has passed; nothing when the ledger is absent or unreadable, which costs one hash."""
    try:
        ledger = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return ledger if isinstance(ledger, dict) else {}


def _write_ledger(folder: Path, passed: Mapping[str, Stamp]) -> None:
    # A cache that was installed read-only still works: it is hashed at each start instead.
    with contextlib.suppress(OSError):
        aside = folder / f"{LEDGER}.new"
        aside.write_text(json.dumps(passed, indent=1), encoding="utf-8")
        aside.replace(folder / LEDGER)
