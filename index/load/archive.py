"""Archives (.zip, .tar and compressed ones) and mailboxes: what is in them, within limits.

Nothing is written to disk, so that no name in an archive can name a place on it. Runs in the worker
process (``index.load.unpack``). Knows no format of documents.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Protocol

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError


class Readable(Protocol):
    """Anything bytes can be read from."""

    def read(self, size: int, /) -> bytes: ...


MAX_DEPTH = 4  # archives in archives; a mail in a zip in a mailbox is 3
MAX_MEMBERS = 20_000  # of one file, all depths together
MAX_MEMBER_BYTES = 200_000_000  # as for a file in a folder
MAX_TOTAL_BYTES = 4_000_000_000  # unpacked, all depths together
MAX_RATIO = 250  # unpacked to packed: logs reach 100, made to harm are 1,000 and more
_RATIO_FROM = 10_000_000  # bytes: below this no ratio does harm
_MAX_HEADER_BYTES = 1 << 14  # of a tar member's name and attributes; paths have at most 4,096
_MOST_READ_BEHIND_END = 8  # times: one ends an archive, others follow within tarfile
_MAX_NAME = 1000  # characters of a member's name: deep folders reach 300
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
_DECOMPRESSORS: tuple[tuple[bytes, Callable[[IO[bytes]], Readable]], ...] = (
    (b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_TAR_MAGIC_AT = 257
_LONG_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


@dataclass(slots=True)
class Budget:
    """What a file may still unpack to, counted over all archives within it.

    ``member_bytes`` limits each file, ``most_members`` and ``total_bytes`` all of them.
    """

    most_members: int
    member_bytes: int
    total_bytes: int
    members: int = 0
    taken: int = 0  # bytes that were unpacked

    @classmethod
    def of(cls, packed_bytes: int) -> Budget:
        """The budget of a file of ``packed_bytes``."""
        total = min(MAX_TOTAL_BYTES, max(_RATIO_FROM, MAX_RATIO * packed_bytes))
        return cls(MAX_MEMBERS, MAX_MEMBER_BYTES, total)

    def count(self, name: str) -> None:
        """Counts a member. Raises UnreadableError when there are too many."""
        self.members += 1
        if self.members > self.most_members:
            raise UnreadableError(f"{name} holds more than {self.most_members:,} files; unpack it")

    def take(self, size: int, name: str) -> None:
        """Counts unpacked bytes. Raises UnreadableError when there are too many."""
        self.taken += size
        if self.taken > self.total_bytes:
            raise UnreadableError(
                f"{name} unpacks to far more than its size, as if made to fill memory; unpack what "
                "you need of it"
            )


def unzipped(data: bytes, name: str, budget: Budget) -> Iterator[tuple[str, bytes | DocumentError]]:
    """The files in a ZIP archive, each with its bytes or why it cannot be read.

    Raises UnreadableError for a damaged archive and where the ``budget`` ends.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    budget.count(name)
                    yield entry.filename, _zip_member(archive, entry, budget)
    except _DAMAGED as error:
        raise UnreadableError(f"{name} is damaged ({error}); pack it again") from error


def _zip_member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget
) -> bytes | DocumentError:
    name = entry.filename
    if entry.flag_bits & 1:
        return UnreadableError(f"{name} is encrypted; unpack it")
    if entry.file_size > budget.member_bytes:
        return _too_large(name, budget)
    try:
        with archive.open(entry) as member:
            return _bounded(member, name, budget)
    except DocumentError:
        raise
    except Exception as error:  # noqa: BLE001  # a broken header may end in anything
        return UnreadableError(f"{name} is damaged ({error}); pack it again")


def _too_large(name: str, budget: Budget) -> UnreadableError:
    return UnreadableError(f"{name} is larger than {budget.member_bytes // 1_000_000} MB; split it")


def _bounded(stream: Readable, name: str, budget: Budget) -> bytes | DocumentError:
    """What is in a stream, read piece by piece: sizes that an archive states may be wrong."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(1 << 20):
        budget.take(len(piece), name)
        size += len(piece)
        if size > budget.member_bytes:
            return _too_large(name, budget)
        pieces.append(piece)
    return b"".join(pieces)


def untarred(data: bytes, name: str, budget: Budget) -> Iterator[tuple[str, bytes | DocumentError]]:
    """The files in a tar archive, or the one file that was compressed without an archive.

    Raises UnreadableError for a damaged archive and where the ``budget`` ends.
    """
    try:
        if not _is_tar(data):
            budget.count(name)
            yield PurePosixPath(name).stem, _bounded(_plain(data), name, budget)
            return
        stream = _Counted(_plain(data), name, budget)
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Entry) as archive:  # type: ignore[call-overload]
            for entry in archive:
                if not entry.isdir():
                    budget.count(name)
                    yield entry.name, _tar_member(archive, entry, budget)
    except _DAMAGED as error:
        raise UnreadableError(f"{name} is damaged ({error}); pack it again") from error


class _Entry(tarfile.TarInfo):
    """A header of a tar archive, read in bounded time: tarfile takes a minute for a megabyte."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _LONG_HEADERS and self.size > _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return member


def _tar_member(
    archive: tarfile.TarFile, entry: tarfile.TarInfo, budget: Budget
) -> bytes | DocumentError:
    if not entry.isreg():
        return UnsupportedFormatError(f"{entry.name} is a link or a device; unpack the archive")
    if entry.size > budget.member_bytes:
        return _too_large(entry.name, budget)
    if entry.issparse():  # its holes are not in the archive, but will be in memory
        budget.take(entry.size, entry.name)
    member = archive.extractfile(entry)
    return member.read() if member else b""


def _plain(data: bytes) -> Readable:
    """The bytes without their compression."""
    for magic, decompressor in _DECOMPRESSORS:
        if data.startswith(magic):
            return decompressor(BytesIO(data))
    return BytesIO(data)


def _is_tar(data: bytes) -> bool:
    head = _plain(data).read(_TAR_MAGIC_AT + 5)
    return head[_TAR_MAGIC_AT:] == b"ustar"


class _Counted:
    """A stream whose bytes are counted as they are read, headers and what is passed over too.

    Raises ReadError where it is read on behind its end: tarfile passes over a member of any size
    that a header states, block by block.
    """

    def __init__(self, stream: Readable, name: str, budget: Budget) -> None:
        self._stream = stream
        self._name = name
        self._budget = budget
        self._read_behind_end = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._read_behind_end += not data
        if self._read_behind_end > _MOST_READ_BEHIND_END:
            raise tarfile.ReadError("it ends within a file")
        self._budget.take(len(data), self._name)
        return data


def inner_name(name: str) -> str:
    """The name of a member as it is shown: relative, with slashes, without ways upwards.

    A character that cannot be printed is written as its escape, a byte that is no character too.
    A very long name is cut before its suffix. Never empty.
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    kept = "/".join(part for part in parts if part not in ("/", "//", "..", "."))
    shown = kept if kept.isprintable() else "".join(map(_printable, kept))
    if len(shown) > _MAX_NAME:
        shown = f"{shown[: _MAX_NAME // 2]}…{shown[-_MAX_NAME // 2 :]}"
    return shown or "unnamed"


def _printable(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def is_hidden(name: str) -> bool:
    """Whether a member is one of those that systems add and people do not see."""
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
