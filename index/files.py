"""Files on disk: which there are, which have changed, and which are gone.

Knows nothing of how a file is read or stored.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalogue import Stamp
from index.errors import UnreadableError
from index.load import MEMBER, is_loadable, read

if TYPE_CHECKING:
    from index.ingest import Tally

_SETTLED_NS = 2_000_000_000  # the coarsest times of writing, those of FAT, are two seconds apart
_UNSETTLED = -1  # a time of writing that no file has


def find_files(paths: Iterable[Path], tally: Tally) -> list[Path]:
    """The files to load, absolute, each once: those named and, sorted, those in named folders.

    Hidden files in folders are passed over; unsupported ones are counted in ``tally`` as skipped,
    missing paths as failed.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(_in_folder(path.resolve(), tally)))
        elif path.exists():
            files[path.parent.resolve() / path.name] = None
        else:
            tally.failed.append((path, f"{path} does not exist; check the path"))
    return list(files)


def _in_folder(folder: Path, tally: Tally) -> Iterator[Path]:
    def report(error: OSError) -> None:
        path = Path(error.filename)
        tally.failed.append((path, f"{path} cannot be opened: {error.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=report):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            if is_loadable(name):
                yield Path(parent, name)
            else:
                tally.skipped += 1


def gone(keys: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """The keys that are paths below one of the existing ``folders`` and no longer a file."""
    roots = [folder.resolve() for folder in folders if folder.is_dir()]
    return [
        key
        for key in keys
        if any(Path(key).is_relative_to(root) for root in roots) and _is_missing(Path(key))
    ]


def _is_missing(key: Path) -> bool:
    """Whether there is neither the file of this key nor an archive that could hold it.

    False also where it cannot be told: a folder without permission is not an empty one.
    """
    return _no_file(key) and not any(path.is_file() for path in holders(str(key)))


def _no_file(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def holders(key: str) -> Iterator[Path]:
    """The files that the document of this key may lie in, as in an archive; outermost first."""
    start = key.find(MEMBER)
    while start > 0:
        yield Path(key[:start])
        start = key.find(MEMBER, start + 1)


def size_of(path: Path) -> int:
    """The bytes of a file; 0 where they cannot be told."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def key_of(path: Path) -> str:
    """The key of a file: its path. Raises UnreadableError for a name that is no text."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError(f"{path!r} is not a name in UTF-8; rename the file") from error
    return str(path)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a file since it was read: a new stamp, and its bytes if these changed."""

    stamp: Stamp
    data: bytes | None


def look_at(path: Path, known: Stamp | None) -> Change | None:
    """What changed in a file since ``known``; None if nothing did. Raises DocumentError.

    Size and time of writing decide first, then the bytes. Only whether times are equal counts: a
    clock may go backwards.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}") from error
    if known and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return None
    data = read(path)
    # The time was taken before reading: a file written meanwhile is read again the next time.
    stamp = Stamp(hashlib.sha256(data).hexdigest(), status.st_size, _settled(status.st_mtime_ns))
    if stamp == known:
        return None
    unchanged = known is not None and known.sha256 == stamp.sha256
    return Change(stamp, None if unchanged else data)


def _settled(mtime_ns: int) -> int:
    """A time of writing, unless the file may be written again and keep it.

    That is so right after it was written, and as long as a clock that was put back is behind it.
    """
    return mtime_ns if time.time_ns() - mtime_ns > _SETTLED_NS else _UNSETTLED
