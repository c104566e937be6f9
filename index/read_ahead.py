"""Looks at files and has those that changed loaded, some before they are needed.

Knows nothing of chunks and storage.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.ahead import Ahead, Yielded
from index.cores import usable_cores
from index.errors import DocumentError
from index.files import Change, key_of, look_at
from index.load.isolated import MEMORY_BYTES, WORKERS, runner
from index.load.loading import Part, holds_several, load_parts
from index.records import Stamp

_FILES = 2  # ahead, for each that is being loaded
_BYTES = 64 << 20  # of files that were read and are not taken yet, unless one has more


class Reading:
    """A changed file that is being read; ``several`` is known once the first part is there."""

    def __init__(self, change: Change, name: str, passwords: Sequence[str]) -> None:
        self.stamp = change.stamp
        self.several = False
        self._data = change.data or b""
        self._name = name
        self._passwords = passwords
        self._yielded: Yielded[Part] | None = None

    @property
    def size(self) -> int:
        """The bytes that are held."""
        return len(self._data)

    def begin(self, ahead: Ahead[Part]) -> None:
        """Have it read."""
        self._yielded = ahead.begin(self._read)

    def parts(self, while_waiting: Callable[[], None]) -> Iterator[Part]:
        """Its documents; ``while_waiting`` is called as long as the next one is not there."""
        assert self._yielded
        return self._yielded.taken(while_waiting)

    def _read(self) -> Generator[Part, None, None]:
        self.several = holds_several(self._data, self._name)
        yield from load_parts(self._data, self._name, self._passwords)


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at: being read if it changed; or why that cannot be told.

    ``key`` is None for a name that is none. ``change`` is what changed of a file with the same
    bytes, if anything.
    """

    path: Path
    key: str | None
    change: Change | None = None
    error: DocumentError | None = None
    reading: Reading | None = None


def read_ahead(
    paths: Iterable[Path], known: Callable[[str], Stamp | None], passwords: Sequence[str]
) -> Generator[Looked, None, None]:
    """Yield the files in their order, the changed ones being read already.

    ``known`` tells the stamp of a key's file when it was indexed. Close it: what is being read is
    then given up.
    """
    waiting: deque[Looked] = deque()
    held = 0
    loaders = _loaders()
    runner()  # made here: threads that asked for it at once would make one each
    with closing(Ahead[Part](loaders)) as ahead:
        for path in paths:
            looked = _look(path, known, passwords)
            waiting.append(looked)
            if looked.reading:
                held += looked.reading.size
                looked.reading.begin(ahead)
            while waiting and (
                waiting[0].reading is None or len(waiting) > _FILES * loaders or held > _BYTES
            ):
                first = waiting.popleft()
                held -= first.reading.size if first.reading else 0
                yield first
        while waiting:
            yield waiting.popleft()


def _look(path: Path, known: Callable[[str], Stamp | None], passwords: Sequence[str]) -> Looked:
    key = None
    try:
        key = key_of(path)
        change = look_at(path, known(key))
    except DocumentError as error:
        return Looked(path, key, error=error)
    if change is None or change.data is None:
        return Looked(path, key, change)
    return Looked(path, key, reading=Reading(change, path.name, passwords))


def _loaders() -> int:
    """How many files are loaded at once: as cores and memory allow, and fewer than there may be
    workers, so that a document that comes in meanwhile finds one."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not told on this system
        return 1
    return max(1, min(usable_cores(), WORKERS - 1, memory // (2 * MEMORY_BYTES)))
