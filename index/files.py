"""Files on disk: which exist, which have changed, and which are gone.

Knows nothing of how documents are loaded or stored.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import UnreadableError
from index.load.base import MEMBER
from index.load.formats import is_loadable
from index.load.loading import read
from index.load.regular import not_a_file, special_file
from index.records import Stamp

_SETTLED_NS = 2_000_000_000  # the coarsest modification times, those of FAT, are two seconds apart
_UNSETTLED = -1  # a modification time that no file has


@dataclass(slots=True)
class FoundFiles:
    """The files to load, absolute and each once, in the order in which they were found.

    ``skipped`` counts files in folders whose format is not supported; ``failed`` holds the paths
    that do not exist, the folders that cannot be opened and what is passed over in them, each with
    the reason.
    """

    paths: list[Path] = field(default_factory=list)
    skipped: int = 0
    failed: list[tuple[Path, str]] = field(default_factory=list)


def find_files(paths: Iterable[Path]) -> FoundFiles:
    """Find the files among ``paths`` and, sorted, those in the folders among them.

    Hidden files in folders are left out. Pipes, devices and sockets in folders are passed over, and
    links that lead out of the folder: whoever may write into a folder could have any file of this
    user read. A link that is itself among ``paths`` is followed.
    """
    found = FoundFiles()
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(_in_folder(path.resolve(), found)))
        elif path.exists():
            files[path.parent.resolve() / path.name] = None
        else:
            found.failed.append((path, f"{path} does not exist; check the path"))
    found.paths = list(files)
    return found


def _in_folder(folder: Path, found: FoundFiles) -> Iterator[Path]:
    def report(error: OSError) -> None:
        path = Path(error.filename)
        found.failed.append((path, f"{path} cannot be opened: {error.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=report):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:  # linked ones are not walked through
            _report_passed_over(Path(parent, name), folder, found)
        for name in sorted(name for name in names if not name.startswith(".")):
            if not is_loadable(name):
                found.skipped += 1
            elif not _report_passed_over(path := Path(parent, name), folder, found):
                yield path


def _report_passed_over(path: Path, folder: Path, found: FoundFiles) -> bool:
    """Whether a path in ``folder`` is neither a file or folder of its own nor a link to one within
    it; if so, it is reported."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            if not path.resolve().is_relative_to(folder):
                found.failed.append(
                    (path, f"{path} is a link that leads out of the folder; index its target")
                )
                return True
            mode = path.stat().st_mode
    except (OSError, RuntimeError):  # gone, or a link in a circle: reading it says so
        return False
    if special := special_file(mode):
        found.failed.append((path, not_a_file(path, special)))
    return bool(special)


def gone(keys: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """Return the keys that are paths below an existing one of ``folders`` and no longer files."""
    roots = [folder.resolve() for folder in folders if folder.is_dir()]
    return [
        key
        for key in keys
        if any(Path(key).is_relative_to(root) for root in roots) and _is_missing(Path(key))
    ]


def no_longer_read(keys: Iterable[str], paths: Sequence[Path]) -> list[str]:
    """Return the keys among ``paths``, or below, whose files are gone."""
    keys = list(keys)
    named = {str(path.parent.resolve() / path.name) for path in paths if not path.is_dir()}
    missing = [key for key in keys if key in named and _is_missing(Path(key))]
    return [*missing, *gone(keys, paths)]


def _is_missing(key: Path) -> bool:
    """Whether neither the file of this key exists nor an archive that could hold it.

    False also where this cannot be determined: a folder without permission is not an empty one.
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
    """Yield the files that may contain the document of this key, outermost first."""
    start = key.find(MEMBER)
    while start > 0:
        yield Path(key[:start])
        start = key.find(MEMBER, start + 1)


def size_of(path: Path) -> int:
    """Return the size of a file in bytes; 0 where it cannot be read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def key_of(path: Path) -> str:
    """Return the key of a file: its path. Raises UnreadableError for a name that is not text."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError(f"{path!r} is not a name in UTF-8; rename the file") from error
    return str(path)


def keys_of(files: Iterable[Path]) -> list[str]:
    """Return the keys of the files whose names are text; the others are not indexed."""
    keys = []
    for path in files:
        with suppress(UnreadableError):
            keys.append(key_of(path))
    return keys


@dataclass(frozen=True, slots=True)
class Change:
    """A file that changed: its new stamp, and its bytes unless these are the same."""

    stamp: Stamp
    data: bytes | None


def look_at(path: Path, known: Stamp | None) -> Change | None:
    """Return what changed in a file since ``known``; None if nothing did. Raises DocumentError.

    Size and modification time are compared first, then the bytes. Times are compared for equality
    only, because a clock may go backwards.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}") from error
    if special := special_file(status.st_mode):
        raise UnreadableError(not_a_file(path, special))
    if known and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return None
    data = read(path)
    # The time was taken before reading: a file that is written meanwhile is read again next time.
    stamp = Stamp(hashlib.sha256(data).hexdigest(), status.st_size, _settled(status.st_mtime_ns))
    if stamp == known:
        return None
    unchanged = known is not None and known.sha256 == stamp.sha256
    return Change(stamp, None if unchanged else data)


def _settled(mtime_ns: int) -> int:
    """Return a modification time, or ``_UNSETTLED`` where another write could keep it.

    That is possible right after a write, and while a clock that was set back is behind it.
    """
    return mtime_ns if time.time_ns() - mtime_ns > _SETTLED_NS else _UNSETTLED
