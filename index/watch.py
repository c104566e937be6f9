"""Waits until something changes in folders. Knows no index, and not what changed.

What changed is found by comparing, as at any other time: so no event can be lost, misread or come
too early.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

TICK_MS = 1_000  # how long one waits for events before the caller is heard of again
_GATHER_MS = 800  # events that follow each other so closely are one change, as when a folder comes


def changes(folders: Sequence[Path]) -> Iterator[bool]:
    """Yields True once something that is not hidden has changed, False after a tick without.

    Changes between two yields are not lost: what the caller does meanwhile may take its time. Ends
    at Ctrl-C.
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
    """Whether ``find_files`` would pass the path over; a root may itself lie in a hidden folder."""
    inner = next((path.relative_to(root) for root in roots if path.is_relative_to(root)), path)
    return any(part.startswith(".") for part in inner.parts)
