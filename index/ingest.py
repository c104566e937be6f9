"""Ingest: reads what changed, cuts documents into chunks, embeds and commits them in batches.

Files are loaded ahead, several at once, and one batch is encoded while the next is cut; what is in
the files is taken in their order, by one thread, which alone commits. Knows nothing of searching.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.catalogue import Catalogue
from index.chunk import Chunking
from index.cut import cut
from index.embed import Embedder
from index.encoding import Encoding, Vectors
from index.errors import UnsupportedFormatError
from index.files import Change, holders, size_of
from index.load import ocr
from index.load.base import LOADERS_VERSION, MEMBER, LoadedDocument
from index.read_ahead import Looked, Reading, read_ahead
from index.records import FileRecord, NewDocument, Stamp

BATCH_CHUNKS = 256  # some seconds of embedding, which an interruption loses at most
_BATCH_SECONDS = 15.0  # so that files that are slow to load are not lost either
_UNKNOWN = Stamp("", -1, -1)  # of a file that could not be read: it is tried again every time
_FEW = 1000  # documents


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an ingest: ``done`` of ``total`` files, ``chunks`` embedded, now ``name``.

    ``total`` is None while the number of documents is unknown. ``share`` is the share of the bytes
    that are done, where these are known.
    """

    done: int
    total: int | None
    name: str
    chunks: int
    share: float | None = None


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did: numbers of documents, and of ``chunks`` that were embedded.

    ``skipped`` counts files in folders and archives whose format is not supported. ``failed`` names
    each file that could not be loaded, with the reason; a file that failed before and has not
    changed is named again. The older version of a failed file stays in the index.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: int = 0
    chunks: int = 0
    failed: tuple[tuple[Path, str], ...] = ()

    def __add__(self, other: IngestReport) -> IngestReport:
        """Return the sum of two reports."""
        return IngestReport(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.skipped + other.skipped,
            self.chunks + other.chunks,
            self.failed + other.failed,
        )


@dataclass(slots=True)
class Tally:
    """The counts of a running ingest."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: int = 0
    chunks: int = 0
    failed: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.added + self.updated + self.removed

    def report(self) -> IngestReport:
        return IngestReport(
            self.added,
            self.updated,
            self.unchanged,
            self.removed,
            self.skipped,
            self.chunks,
            tuple(self.failed),
        )


def text_stamp(loaded: LoadedDocument) -> Stamp:
    """Return the stamp of a document without a file."""
    content = "\0".join((loaded.title, loaded.media_type, loaded.text))
    return Stamp(hashlib.sha256(content.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The record of a file that was read completely, and the keys that are no longer in it."""

    record: FileRecord
    holds_several: bool
    gone: tuple[str, ...]


class Batch:
    """Documents that are embedded and committed together, each in one commit.

    One batch is encoded in a thread of its own while the next is gathered. ``on_embedded`` is
    called after chunks were embedded and counted in ``tally``.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder,
        tally: Tally,
        on_embedded: Callable[[], None],
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._tally = tally
        self._on_embedded = on_embedded
        self._waiting: list[NewDocument] = []
        self._chunks_waiting = 0
        self._ends: list[FileEnd] = []
        self._handed_over_s = time.monotonic()
        self._encoding: Encoding | None = None
        self._encoding_ends: list[FileEnd] = []

    def end(self, end: FileEnd) -> None:
        """Add the record of a file that was read completely, to be committed with its documents."""
        self._ends.append(end)
        if len(self._ends) >= BATCH_CHUNKS:
            self._hand_over()

    def add(self, document: NewDocument) -> None:
        """Add a document; encode when there are enough chunks or the last were long ago."""
        self.settle()
        self._waiting.append(document)
        self._chunks_waiting += len(document.chunks)
        waited_s = time.monotonic() - self._handed_over_s
        if self._chunks_waiting >= BATCH_CHUNKS or waited_s >= _BATCH_SECONDS:
            self._hand_over()

    def settle(self, *, wait: bool = False) -> None:
        """Commit the batch that was handed over, if it is encoded or is waited for."""
        while self._encoding is not None:
            chunks = self._encoding.step(wait=wait)
            if chunks is None:
                return
            self._tally.chunks += chunks
            if self._encoding.vectors is not None:
                self._commit(self._encoding.documents, self._encoding.vectors)
            self._on_embedded()

    def finish(self) -> None:
        """Embed and commit all waiting documents and file records."""
        self._hand_over()
        self.settle(wait=True)

    def close(self) -> None:
        """Give up what is not committed."""
        if self._encoding is not None:
            self._encoding.give_up()

    def _hand_over(self) -> None:
        self.settle(wait=True)
        if self._waiting or self._ends:
            self._encoding = Encoding(self._waiting, self._embedder)
            self._encoding_ends = self._ends
            self._encoding.start()
        self._waiting, self._ends, self._chunks_waiting = [], [], 0
        self._handed_over_s = time.monotonic()

    def _commit(self, documents: Sequence[NewDocument], vectors: Vectors) -> None:
        with self._catalogue.writing():
            updated = removed = 0
            if documents:
                updated = self._catalogue.put(list(zip(documents, vectors, strict=True)))
            for end in self._encoding_ends:
                removed += self._catalogue.remove(end.gone)
                self._note(end)
        self._encoding = None
        self._tally.updated += updated
        self._tally.added += len(documents) - updated
        self._tally.removed += removed

    def _note(self, end: FileEnd) -> None:
        if end.record.failures or end.holds_several:
            self._catalogue.put_file(end.record)
        else:
            self._catalogue.forget_files([end.record.key])


def _by_file(keys: Iterable[str]) -> dict[str, list[str]]:
    """Return the keys of documents inside other files, by each file that may contain them."""
    members: dict[str, list[str]] = {}
    for key in keys:
        for path in holders(key):
            members.setdefault(str(path), []).append(key)
    return members


class Run:
    """One ingest: compares each document with its stamp, cuts it and adds it to the batch.

    ``stamps`` holds the stamps at the start by key, at least those of ``keys`` where these are
    known. ``total_bytes`` is the size of all files, for ``Progress.share``. ``passwords`` are tried
    on files that are encrypted, also on those that failed before; they are kept nowhere.
    """

    def __init__(
        self,
        embedder: Embedder,
        chunking: Chunking,
        catalogue: Catalogue,
        tally: Tally,
        total: int | None,
        on_progress: OnProgress | None,
        total_bytes: int = 0,
        keys: Collection[str] | None = None,
        passwords: Sequence[str] = (),
    ) -> None:
        self._embedder = embedder
        self._passwords = passwords
        self._chunking = chunking
        self._catalogue = catalogue
        # The stamps of 200,000 documents take a second to read; those of a few are looked up.
        few = keys is not None and len(keys) <= _FEW
        self.stamps = catalogue.stamps(keys if few else None)
        self._files = catalogue.files()
        self._read_before = catalogue.read_before(LOADERS_VERSION)
        self._members = _by_file(self.stamps)
        self._tally = tally
        self._total = total
        self._on_progress = on_progress
        self._done = 0
        self._total_bytes = total_bytes
        self._done_bytes = 0
        self._name = ""
        self._batch = Batch(catalogue, embedder, tally, self._report)

    def files(self, paths: Iterable[Path]) -> None:
        """Index the files that changed, in their order, and commit all of them.

        A file that cannot be loaded is reported and recorded.
        """
        looked_at = read_ahead(paths, self._known, self._passwords)
        with closing(self._batch), closing(looked_at):
            for looked in looked_at:
                self._name = looked.path.name
                self._file(looked)
                self._done_bytes += size_of(looked.path)
                self._count()
            self._batch.finish()

    def _file(self, looked: Looked) -> None:
        key = looked.key
        if key is None:
            self._tally.failed.append((looked.path, str(looked.error)))
        elif looked.error is not None:
            self._end(key, _UNKNOWN, {}, [(key, str(looked.error))], several=False)
        elif looked.reading is None:
            self._unchanged(key, self._files.get(key), looked.change)
        else:
            self._read(key, looked.reading)

    def _known(self, key: str) -> Stamp | None:
        record = self._files.get(key)
        if record is None:
            return None if key in self._read_before else self.stamps.get(key)
        if record.loaders != LOADERS_VERSION or (record.failures and self._may_do_better(record)):
            return None
        return record.stamp

    def _may_do_better(self, record: FileRecord) -> bool:
        """Whether a file that failed is tried again: it was for want of a password or an extra."""
        pictures = any(ocr.HOW_TO_GET_IT in reason for _, reason in record.failures)
        return bool(self._passwords) or (pictures and ocr.is_available())

    def _unchanged(self, key: str, record: FileRecord | None, change: Change | None) -> None:
        self._tally.unchanged += (key in self.stamps) + len(self._members.get(key, ()))
        if record:
            self._tally.failed += [(Path(failed), reason) for failed, reason in record.failures]
        if change is None:
            return
        with self._catalogue.writing():
            if record:
                self._catalogue.put_file(replace(record, stamp=change.stamp))
            else:
                self._catalogue.touch(key, change.stamp)

    def _read(self, key: str, reading: Reading) -> None:
        """Index all documents of a file, one after the other."""
        present: dict[str, None] = {}
        failures: list[tuple[str, str]] = []
        for part in reading.parts(self._batch.settle):
            part_key = f"{key}{MEMBER}{part.inner}" if part.inner else key
            if isinstance(part.outcome, LoadedDocument):
                present[part_key] = None
                # Only the record of a file with several says that all of them were read.
                of_file = text_stamp(part.outcome) if reading.several else reading.stamp
                self._document(part_key, part.outcome, of_file, LOADERS_VERSION)
            elif part.inner and isinstance(part.outcome, UnsupportedFormatError):
                self._tally.skipped += 1
            else:
                failures.append((part_key, str(part.outcome)))
        self._end(key, reading.stamp, present, failures, several=reading.several)

    def _end(
        self,
        key: str,
        stamp: Stamp,
        present: Mapping[str, None],
        failures: Sequence[tuple[str, str]],
        *,
        several: bool,
    ) -> None:
        """Record how a file was read; documents that failed keep their older version."""
        self._tally.failed += [(Path(failed), reason) for failed, reason in failures]
        failed = tuple(f for f, _ in failures)
        gone = [
            old
            for old in self._members.get(key, ())
            if old not in present
            and not any(old == f or old.startswith(f + MEMBER) for f in failed)
        ]
        if several and key in self.stamps and key not in present and key not in failed:
            gone.append(key)
        record = FileRecord(key, stamp, LOADERS_VERSION, tuple(failures))
        if failures or several or gone or key in self._files:
            self._batch.end(FileEnd(record, several, tuple(gone)))

    def _document(
        self, key: str, loaded: LoadedDocument, stamp: Stamp, loaders: int | None
    ) -> None:
        if loaders and key in self._read_before:
            unchanged = self._catalogue.holds(key, loaded)
            if unchanged:
                with self._catalogue.writing():
                    self._catalogue.read_again(key, loaded, stamp, loaders)
        else:
            unchanged = stamp == self.stamps.get(key)
        if unchanged:
            self._tally.unchanged += 1
        else:
            self._batch.add(cut(key, loaded, stamp, self._embedder, self._chunking, loaders))

    def texts(self, documents: Iterable[tuple[str, LoadedDocument]]) -> None:
        """Index the documents in memory that changed, and commit all of them."""
        with closing(self._batch):
            for key, loaded in documents:
                self._name = loaded.title or key
                self._document(key, loaded, text_stamp(loaded), None)
                self._count()
            self._batch.finish()

    def _count(self) -> None:
        self._done += 1
        self._report()

    def _report(self) -> None:
        if self._on_progress is not None:
            share = min(1.0, self._done_bytes / self._total_bytes) if self._total_bytes else None
            self._on_progress(
                Progress(self._done, self._total, self._name, self._tally.chunks, share)
            )
