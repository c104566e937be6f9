"""Files on their way into a collection: their names, where they are kept, and what is left of them
when they cannot be indexed, which is nothing. Knows no HTTP.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from index.errors import IndexingError, UnreadableError
from index.files import holders
from index.index import Index
from index.ingest import Progress
from rag.errors import QuestionError

UPLOADS = "uploads"  # the folder of a collection that holds what was uploaded
MAX_BYTES = 200 * 2**20  # of one file: a thick book of scans
NAME_BYTES = 180  # of each part of a path: file systems allow 255, and a mark is added
PATH_BYTES = 1000  # of all parts: systems allow 4,096 with the folders above
_SUFFIX_BYTES = 20
_MARK = 32  # digits of a hash, 128 bits: of so many nobody finds two names with the same ones
_MARKED = re.compile(rf".*~[0-9a-f]{{{_MARK}}}(\..*)?", re.DOTALL)
_SHOWN = 120  # characters of a name in a message
_COPIED = 2**20  # bytes at a time
_ASIDE = ".part"  # files that are on their way; hidden, so that no ingest of the folder sees them
_FORGOTTEN_S = 86_400  # after which a file that is on its way belongs to a process that died


class GoneError(Exception):
    """Nobody waits for the file any more, or there is no collection to put it in."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an uploaded file; ``stored_as`` is its name where it is not the given one."""

    status: str
    document_id: int | None = None
    reason: str | None = None
    stored_as: str | None = None

    def as_dict(self) -> dict[str, Any]:
        told = {"status": self.status, "document_id": self.document_id, "reason": self.reason}
        return told | ({"stored_as": self.stored_as} if self.stored_as else {})


@dataclass(slots=True)
class Uploads:
    """The files of one request, which go into ``index`` one after the other.

    ``left`` says whether the client has gone, and ``current`` whether the collection is still the
    one that was opened: other processes may delete it. ``passwords`` are tried on files that are
    encrypted, and kept nowhere.
    """

    index: Index
    left: Callable[[], bool]
    current: Callable[[], bool]
    passwords: Sequence[str] = ()
    _seen: dict[PurePosixPath, str] = field(default_factory=dict)  # hashes, of this request

    def add(self, name: str, sent: BinaryIO) -> Outcome:
        """Store and index a file. Where that fails, what was there before is there again.

        Raises GoneError when the client has left or the collection is gone, and leaves nothing.
        """
        try:
            wanted = stored_path(name)
            with _received(self.index.folder, sent) as (aside, digest):
                path = self._free(wanted, digest)
                outcome = self._added(aside, self.index.folder / UPLOADS / path)
        except (QuestionError, UnreadableError) as error:
            return Outcome("failed", reason=str(error))
        except OSError as error:
            self._require_wanted()
            return Outcome(
                "failed",
                reason=f"it cannot be stored ({error.strerror}): make room or rename it, then "
                "upload it again",
            )
        return Outcome(
            outcome.status,
            outcome.document_id,
            outcome.reason,
            str(path) if str(path) != name and outcome.document_id is not None else None,
        )

    def _free(self, wanted: PurePosixPath, digest: str) -> PurePosixPath:
        """``wanted``, or a path of its own for another file of this name in the same request."""
        if self._seen.setdefault(wanted, digest) == digest:
            return wanted
        return _marked(wanted, digest)

    def _added(self, aside: Path, path: Path) -> Outcome:
        with _lock_of(self.index.folder):
            path = _spelt(path)
            before = _kept_before(path, aside.with_name(f".{secrets.token_hex(8)}{_ASIDE}"))
            failed = True
            try:
                _make_folders(path.parent)
                aside.replace(path)
                outcome = self._indexed(path)
                failed = outcome.status == "failed"
            finally:
                if failed:
                    _restore(before, path)
                before.unlink(missing_ok=True)
            if failed:  # what is known of it is of what lies there now
                self.index.ingest([path])
            return outcome

    def _indexed(self, path: Path) -> Outcome:
        try:
            report = self.index.ingest([path], on_progress=self._watch, passwords=self.passwords)
        except IndexingError as error:
            self._require_wanted()
            return Outcome("failed", reason=str(error))
        self._require_current()
        reason = report.failed[0][1] if report.failed else None
        if not report.added + report.updated + report.unchanged:
            return Outcome("failed", reason=reason or "it holds no file of a format that is read")
        status = "added" if report.added else "replaced" if report.updated else "unchanged"
        found = self.index.documents_of_file(str(path))
        return Outcome(status, found[0].id if found else None, reason)

    def _watch(self, _: Progress) -> None:
        self._require_wanted()

    def _require_wanted(self) -> None:
        if self.left():
            raise GoneError
        self._require_current()

    def _require_current(self) -> None:
        if not self.current():
            raise GoneError


def remove_uploaded(index: Index, key: str) -> None:
    """Delete the uploaded file of a document that was removed, unless others are in it still."""
    folder = index.folder / UPLOADS
    for file in (Path(key), *holders(key)):
        if file.is_relative_to(folder) and not index.documents_of_file(str(file)):
            with suppress(FileNotFoundError, NotADirectoryError):
                file.unlink()
                _remove_empty(file.parent, folder)


def stored_path(name: str) -> PurePosixPath:
    """The path, relative to the folder of uploads, at which a file of this name is kept.

    A name keeps its folders, without ways upwards, leading dots and characters that file systems
    reserve. Where something had to be changed, or looks like a mark, a mark made from the whole
    name is added, so that two names never become the same path. Raises QuestionError when nothing
    is left of the name.
    """
    parts = [part for given in re.split(r"[\\/]", name) if (part := _cleaned(given))]
    path = PurePosixPath(*parts)
    if not parts or not _cleaned(re.split(r"[\\/]", name)[-1]) or len(bytes(path)) > PATH_BYTES:
        raise QuestionError(f"'{name[:_SHOWN]}' is no file name: rename the file")
    if str(path) == name and not _MARKED.fullmatch(path.name):
        return path
    return _marked(path, hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest())


def _cleaned(part: str) -> str:
    """One part of a path without what no file system takes."""
    visible = "".join(each for each in part if each.isprintable() and each not in '<>:"|?*')
    kept = visible.strip(" .")
    if len(kept.encode()) <= NAME_BYTES:
        return kept
    stem, suffix = _split(kept)
    return f"{_cut(stem, NAME_BYTES - len(suffix.encode()))}{suffix}"


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    whole = not stem or len(suffix.encode()) > _SUFFIX_BYTES
    return (name, "") if whole else (stem, dot + suffix)


def _cut(text: str, size: int) -> str:
    """The beginning of ``text`` within ``size`` bytes, without half a character."""
    return text.encode()[:size].decode(errors="ignore").rstrip(" .")


def _marked(path: PurePosixPath, digest: str) -> PurePosixPath:
    stem, suffix = _split(path.name)
    return path.with_name(f"{stem}~{digest[:_MARK]}{suffix}")


def _spelt(path: Path) -> Path:
    """``path``, or one with a mark where a file system takes another name for the same."""
    if path.exists() and path not in path.parent.iterdir():
        name = _marked(PurePosixPath(path.name), hashlib.sha256(path.name.encode()).hexdigest())
        return path.with_name(name.name)
    return path


@contextmanager
def _received(folder: Path, sent: BinaryIO) -> Iterator[tuple[Path, str]]:
    """What was sent, in a file that is gone afterwards unless it was moved, and its SHA-256."""
    uploads = folder / UPLOADS
    try:
        uploads.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError as error:  # the collection's own folder is never made here
        raise GoneError from error
    _forget_old(uploads)
    aside = uploads / f".{secrets.token_hex(8)}{_ASIDE}"
    try:
        yield aside, _copied(sent, aside)
    finally:
        aside.unlink(missing_ok=True)


def _copied(sent: BinaryIO, aside: Path) -> str:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        while block := sent.read(_COPIED):
            size += len(block)
            if size > MAX_BYTES:
                raise UnreadableError(
                    f"it is larger than {MAX_BYTES // 2**20} MB: split it, or index its path"
                )
            digest.update(block)
            written.write(block)
    return digest.hexdigest()


def _make_folders(folder: Path) -> None:
    """Make ``folder`` and those above it, each for its owner alone."""
    if not folder.is_dir():
        _make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _kept_before(path: Path, before: Path) -> Path:
    """Keep what is at ``path`` under the name ``before`` as well, which is returned."""
    if path.is_file():
        try:
            os.link(path, before)
        except OSError:  # a file system without links
            path.replace(before)
    return before


def _restore(before: Path, path: Path) -> None:
    """Put back what was at ``path`` before, or nothing."""
    with suppress(FileNotFoundError, NotADirectoryError):  # where the whole collection is gone
        if before.exists():
            before.replace(path)
        else:
            path.unlink()
            _remove_empty(path.parent, before.parent)


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove ``folder`` and those above it, below ``root``, that hold nothing."""
    with suppress(OSError):  # not empty
        while folder != root and folder.is_relative_to(root):
            folder.rmdir()
            folder = folder.parent


def _forget_old(uploads: Path) -> None:
    """Delete what a process left behind that died while a file was on its way."""
    for file in uploads.glob(f".*{_ASIDE}"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _FORGOTTEN_S:
                file.unlink()


_locks: dict[Path, threading.Lock] = {}


def _lock_of(folder: Path) -> threading.Lock:
    """One file at a time is put in place and indexed in each collection."""
    return _locks.setdefault(folder, threading.Lock())
