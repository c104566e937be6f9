"""Loading: from the bytes of a file to text with headings and pages.

Knows nothing of chunks, keys or storage. The text is normalised here, once. Parsers that untrusted
files could break run in a worker process (``index.load.isolated``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError
from index.load import archive, mail, outlook
from index.load.base import LoadedDocument, normalise
from index.load.build import tidy
from index.load.formats import (
    LOADERS,
    MAILBOX,
    PLAIN,
    TAR,
    ZIP,
    is_loadable,
    kind_of,
    supported_suffixes,
    unsupported,
)
from index.load.isolated import runner

__all__ = [
    "LOADERS_VERSION",
    "MEMBER",
    "LoadedDocument",
    "Part",
    "from_string",
    "holds_several",
    "is_loadable",
    "load",
    "load_bytes",
    "load_parts",
    "normalise",
    "read",
    "supported_suffixes",
]

MEMBER = "!/"  # between the path of an archive and the name of what is in it
LOADERS_VERSION = 2  # raised when a loader reads what it could not: failures are tried again
_MAILS = {".eml": mail.packed_attachments, ".msg": outlook.packed_attachments}
_SEVERAL = (ZIP, TAR, MAILBOX, *_MAILS)
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
    kind = kind_of(data, name)
    if kind not in LOADERS:
        raise UnsupportedFormatError(f"{name} holds several documents; index it as a file")
    return _load_as(kind, data, name)


def load_parts(data: bytes, name: str) -> Iterator[Part]:
    """All documents in a file: one, or those of an archive, a mailbox, a mail with attachments."""
    yield from _parts(data, name, "", 0, archive.Budget(len(data)))


def holds_several(data: bytes, name: str) -> bool:
    """Whether a file may hold several documents, as archives and mails do."""
    try:
        return kind_of(data, name) in _SEVERAL
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
        size = path.stat().st_size
        if not is_loadable(path.name) and path.is_file() and size > MAX_FILE_BYTES:
            raise unsupported(path.name)
        if size > MAX_FILE_BYTES:
            raise UnreadableError(
                f"{path} is larger than {MAX_FILE_BYTES // 1_000_000} MB; split it"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError(f"{path} does not exist; check the path") from error
    except PermissionError as error:
        raise UnreadableError(f"{path} may not be read; check its permissions") from error
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}") from error


def _load_as(kind: str, data: bytes, name: str) -> LoadedDocument:
    loader = LOADERS[kind]
    if data.strip():
        run = loader(data, name) if loader in PLAIN else runner().document(loader, data, name)
        if run.text.strip():
            return run
    raise UnreadableError(f"{name} holds no text")


def _parts(
    data: bytes, name: str, inner: str, depth: int, budget: archive.Budget
) -> Iterator[Part]:
    try:
        kind = kind_of(data, name)
        if kind in LOADERS:
            yield Part(inner, _load_as(kind, data, name))
        if kind in _SEVERAL:
            yield from _inner_parts(kind, data, name, inner, depth + 1, budget)
    except DocumentError as error:
        yield Part(inner, error)


def _inner_parts(
    kind: str, data: bytes, name: str, inner: str, depth: int, budget: archive.Budget
) -> Iterator[Part]:
    if depth > archive.MAX_DEPTH:
        raise UnreadableError(f"{name} lies in too many archives within each other; unpack it")
    seen: dict[str, int] = {}
    for stored, member in _members(kind, data, name, budget):
        short = archive.inner_name(stored)
        if not short or archive.is_hidden(short):
            continue
        seen[short] = seen.get(short, 0) + 1
        full = short if seen[short] == 1 else f"{short}#{seen[short]}"
        full = f"{inner}{MEMBER}{full}" if inner else full
        if isinstance(member, DocumentError):
            yield Part(full, member)
        else:
            yield from _parts(member, short.rpartition("/")[2], full, depth, budget)


def _members(
    kind: str, data: bytes, name: str, budget: archive.Budget
) -> Iterator[tuple[str, bytes | DocumentError]]:
    if kind == ZIP:
        yield from archive.unzipped(data, name, budget)
    elif kind == TAR:
        yield from archive.untarred(data, name, budget)
    elif kind == MAILBOX:
        for number, message in enumerate(mail.messages(data), 1):
            budget.count(name)
            yield f"{number}.eml", message
    else:
        attached = runner().data(_MAILS[kind], data, name)
        yield from archive.unzipped(attached, name, budget)
