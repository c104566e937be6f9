"""How much of the disk uploads may fill while they are on their way, all of them in common.

What arrives lies in a temporary file until its request ends, so that many senders at once could
fill a disk that others need too. Knows no endpoint.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from api.refusal import BodyError

ON_THEIR_WAY_BYTES = 4 * 2**30  # four of the largest uploads
MARGIN_BYTES = 256 * 2**20  # of a disk stay free, for the catalogue and for others
_MARGIN_SHARE = 20  # of a small disk one in so many
_LOOK_BYTES = 2**20  # arrive between two looks at the disk
_RETRY_S = 30


class NoRoomError(BodyError):
    """The disk is nearly full."""

    def __init__(self, free: int, margin: int) -> None:
        super().__init__(
            507,
            "no_room",
            f"the server's disk has {_mb(free)} MB left, of which uploads leave {_mb(margin)} MB: "
            "make room there, then upload again",
        )


class CrowdedError(BodyError):
    """The uploads that are on their way are as large together as they may be."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "busy",
            f"the uploads on their way are too large together: upload again in {_RETRY_S} s",
            {"Retry-After": str(_RETRY_S)},
        )


@dataclass(slots=True)
class Arriving:
    """The bytes of one upload that have arrived."""

    room: Room
    principal: str
    arrived: int = 0
    _looked: int = 0

    def add(self, size: int) -> None:
        """Count ``size`` more bytes. Raises NoRoomError and CrowdedError."""
        self.arrived += size
        self.room.take(self.principal, size)
        if self.arrived - self._looked >= _LOOK_BYTES:
            self._looked = self.arrived
            self.room.require_free()


@dataclass(slots=True)
class Room:
    """What uploads may fill of the disks of ``folders``, and of the one for temporary files.

    One principal may hold at most half of what all may. Belongs to one event loop.
    """

    folders: tuple[Path, ...]
    _held: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def upload(self, principal: str, told: int) -> Iterator[Arriving]:
        """Count an upload of ``told`` bytes, 0 where that is not known, until the block ends.

        Raises NoRoomError when it does not fit on the disk.
        """
        self.require_free(told)
        arriving = Arriving(self, principal)
        try:
            yield arriving
        finally:
            self._held[principal] -= arriving.arrived
            if not self._held[principal]:
                del self._held[principal]

    def take(self, principal: str, size: int) -> None:
        """Count ``size`` bytes. Raises CrowdedError where that is more than there may be."""
        self._held[principal] += size
        whole = self._held.total() > ON_THEIR_WAY_BYTES
        if whole or self._held[principal] > ON_THEIR_WAY_BYTES // 2:
            raise CrowdedError

    def require_free(self, more: int = 0) -> None:
        """Raise NoRoomError unless ``more`` bytes leave the margin on each disk."""
        for folder in (Path(tempfile.gettempdir()), *self.folders):
            disk = shutil.disk_usage(_existing(folder))
            margin = min(MARGIN_BYTES, disk.total // _MARGIN_SHARE)
            if disk.free - more < margin:
                raise NoRoomError(disk.free, margin)


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _mb(size: int) -> str:
    return f"{size // 2**20:,}"
