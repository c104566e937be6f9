"""From the bytes of a file to the documents in it. Knows of no one format."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError
from index.load import archive, recognition
from index.load.base import MEMBER, LoadedDocument, damage, normalise
from index.load.build import tidy
from index.load.formats import (
    DECODED,
    LOADERS,
    Loader,
    is_loadable,
    kind_of,
    kind_stated,
    needs_reading,
    unsupported,
)
from index.load.isolated import runner
from index.load.regular import open_regular
from index.load.series import with_series
from index.load.unpack import HOLD_SEVERAL, unpacked

MAX_FILE_BYTES = archive.MAX_MEMBER_BYTES


@dataclass(frozen=True, slots=True)
class Part:
    """A document of a file, or why it cannot be loaded.

    ``inner`` is its name within the file, the names of archives in archives parted by ``MEMBER``;
    empty for the file itself.
    """

    inner: str
    outcome: LoadedDocument | DocumentError


def load(path: Path) -> LoadedDocument:
    """The document in the file at ``path``.

    Raises UnsupportedFormatError for a format without a loader and for an archive, and
    UnreadableError when the file is missing, may not be read, is damaged, encrypted, binary or too
    large, or holds no text.
    """
    return load_bytes(read(path), path.name)


def load_bytes(data: bytes, name: str) -> LoadedDocument:
    """The document in ``data``; its first bytes or ``name`` tell the format. Raises as ``load``."""
    kind = _kind(data, name)
    if kind not in LOADERS:
        raise UnsupportedFormatError(f"{name} holds several documents; index it as a file")
    return _load_as(kind, data, name)


def load_parts(data: bytes, name: str, passwords: Sequence[str] = ()) -> Iterator[Part]:
    """All documents in a file: one, or those of an archive, a mailbox, a mail with attachments.

    ``passwords`` are tried in turn on each that is encrypted, as far as its format is known.
    """
    yield from _parts(data, name, "", 0, archive.Budget.of(len(data)), passwords)


def holds_several(data: bytes, name: str) -> bool:
    """Whether a file may hold several documents, as archives and mails do."""
    try:
        return _kind(data, name) in HOLD_SEVERAL
    except DocumentError:
        return False


def from_string(title: str, text: str, media_type: str = "text/plain") -> LoadedDocument:
    """A document of characters that are in memory. Raises UnreadableError if they are blank."""
    text = normalise(text)
    if not text.strip():
        raise UnreadableError(f"{title or 'the text'} holds no text")
    return LoadedDocument(tidy(title), media_type, text)


def read(path: Path) -> bytes:
    """The bytes of a file. Raises UnreadableError, UnsupportedFormatError for what is binary."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(size + 1) if size <= MAX_FILE_BYTES else b""
            if len(data) > size:  # it grows, or its size is not told
                data += file.read(MAX_FILE_BYTES)
        if max(size, len(data)) <= MAX_FILE_BYTES:
            return data
        if not is_loadable(path.name):
            raise unsupported(path.name)
        raise UnreadableError(f"{path} is larger than {MAX_FILE_BYTES // 1_000_000} MB; split it")
    except FileNotFoundError as error:
        raise UnreadableError(f"{path} does not exist; check the path") from error
    except PermissionError as error:
        raise UnreadableError(f"{path} may not be read; check its permissions") from error
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}") from error


def _kind(data: bytes, name: str) -> str:
    """As ``kind_of``; what must be read for it is read in the worker."""
    if needs_reading(data, name):
        return runner().data(kind_stated, data, name).decode()
    return kind_of(data, name)


def _load_as(kind: str, data: bytes, name: str, passwords: Sequence[str] = ()) -> LoadedDocument:
    loader: Loader = LOADERS[kind]
    if not data.isspace() and data:
        if recognition.is_paged(kind):
            document = recognition.load_paged(kind, data, name, passwords, runner())
        else:
            document = runner().document(loader, data, name)
        if not document.text.isspace() and document.text:
            unread = damage(document.text) if loader in DECODED else ()
            document = with_series(document)
            return replace(document, left_out=(*document.left_out, *unread))
    raise UnreadableError(f"{name} holds no text")


def _parts(
    data: bytes,
    name: str,
    inner: str,
    depth: int,
    budget: archive.Budget,
    passwords: Sequence[str],
) -> Iterator[Part]:
    try:
        kind = _kind(data, name)
        if kind in LOADERS:
            yield Part(inner, _load_as(kind, data, name, passwords))
        if kind in HOLD_SEVERAL:
            yield from _inner_parts(kind, data, name, inner, depth + 1, budget, passwords)
    except DocumentError as error:
        yield Part(inner, error)


def _inner_parts(
    kind: str,
    data: bytes,
    name: str,
    inner: str,
    depth: int,
    budget: archive.Budget,
    passwords: Sequence[str],
) -> Iterator[Part]:
    if depth > archive.MAX_DEPTH:
        raise UnreadableError(f"{name} lies in too many archives within each other; unpack it")
    names = _Names()
    with contextlib.closing(runner().members(unpacked, data, name, kind, asdict(budget))) as files:
        for file in files:
            budget.count(name)
            budget.take(file.taken, name)
            short = archive.inner_name(file.name)
            if archive.is_hidden(short):
                continue
            full = names.unique(short)
            full = f"{inner}{MEMBER}{full}" if inner else full
            if isinstance(file.content, DocumentError):
                yield Part(full, file.content)
            else:
                file_name = short.rpartition("/")[2]
                yield from _parts(file.content, file_name, full, depth, budget, passwords)


class _Names:
    """Gives each file of an archive a name of its own, also where the archive does not."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._times: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """``name``, or with a number behind it where that is another file's."""
        given = name
        while given in self._given:
            self._times[name] = self._times.get(name, 1) + 1
            given = f"{name}#{self._times[name]}"
        self._given.add(given)
        return given
