"""Watching: waits until something changes in folders. Knows no index, and not what changed.

The ingest compares all files, as at any other time, so that no event can be lost or misread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

TICK_MS = 1_000  # how long to wait for events before the caller gets control again
_GATHER_MS = 800  # events this close together are one change, as when a folder is copied


def changes(folders: Sequence[Path]) -> Iterator[bool]:
    """Yield True when a file that is not hidden has changed, and False after a tick without change.

    Changes between two yields are not lost, however long the caller takes. Ends at Ctrl-C.
    """
    from watchfiles import Change, watch

    roots = [folder.resolve() for folder in folders]

    def seen(_: Change, path: str) -> bool:
        return not _is_hidden(Path(path), roots)

    for events in watch(
        *roots,
        watch_filter=seen,
        debounce=_GATHER_MS,
        rust_timeout=TICK_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        yield bool(events)


def _is_hidden(path: Path, roots: Sequence[Path]) -> bool:
    """Whether ``find_files`` leaves the path out; a root may itself lie in a hidden folder."""
    inner = next((path.relative_to(root) for root in roots if path.is_relative_to(root)), path)
    return any(part.startswith(".") for part in inner.parts)
