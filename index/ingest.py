"""Into the index: finds files, sees what changed, cuts documents, embeds and commits in batches.

Knows nothing of searching.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.catalogue import Catalogue, NewChunk, NewDocument, Stamp
from index.chunk import Chunking, chunk_spans, context_lines
from index.embed import Embedder
from index.errors import DocumentError, UnreadableError
from index.load import LoadedDocument, load_bytes, read, supported_suffixes
from index.types import Document

_BATCH_CHUNKS = 256  # some seconds of embedding: what an interruption loses at most
_ENCODED_AT_ONCE = 64  # chunks of about one length, so that a batch holds little padding


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is: ``done`` of ``total`` files, ``chunks`` embedded, at ``name`` now.

    ``total`` is None while the number of documents is not known.
    """

    done: int
    total: int | None
    name: str
    chunks: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, in documents but for ``chunks``, the number embedded.

    ``skipped`` counts files in folders whose format is not supported; ``failed`` names each file
    that could not be loaded with the reason. A failed file's older version stays in the index.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: int = 0
    chunks: int = 0
    failed: tuple[tuple[Path, str], ...] = ()


@dataclass(slots=True)
class Tally:
    """The report while it is being made."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: int = 0
    chunks: int = 0
    failed: list[tuple[Path, str]] = field(default_factory=list)

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


def find_files(paths: Iterable[Path], tally: Tally) -> list[Path]:
    """The files to load, absolute, each once: those named and, sorted, those in named folders.

    Hidden files in folders are passed over; unsupported ones are counted in ``tally`` as skipped,
    missing paths as failed.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(_in_folder(path.resolve(), tally)))
        elif path.exists():
            files[path.parent.resolve() / path.name] = None
        else:
            tally.failed.append((path, f"{path} does not exist; check the path"))
    return list(files)


def _in_folder(folder: Path, tally: Tally) -> Iterator[Path]:
    def report(error: OSError) -> None:
        path = Path(error.filename)
        tally.failed.append((path, f"{path} cannot be opened: {error.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=report):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            if Path(name).suffix.lower() in supported_suffixes():
                yield Path(parent, name)
            else:
                tally.skipped += 1


def gone(keys: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """The keys that are paths below one of the existing ``folders`` and no longer a file."""
    roots = [folder.resolve() for folder in folders if folder.is_dir()]
    return [
        key
        for key in keys
        if any(Path(key).is_relative_to(root) for root in roots) and _is_missing(Path(key))
    ]


def _is_missing(path: Path) -> bool:
    """False also where it cannot be told: a folder without permission is not an empty one."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _key(path: Path) -> str:
    """The key of a file: its path. Raises UnreadableError for a name that is no text."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError(f"{path!r} is not a name in UTF-8; rename the file") from error
    return str(path)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a file since it was indexed: a new stamp, and its document if that changed."""

    stamp: Stamp
    loaded: LoadedDocument | None


def look_at(path: Path, known: Stamp | None) -> Change | None:
    """What changed in a file since ``known``; None if nothing did. Raises DocumentError.

    Size and time of writing decide first, then the bytes: only new bytes are loaded.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}") from error
    if known and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return None
    data = read(path)
    # The time was taken before reading: a file written meanwhile is read again the next time.
    stamp = Stamp(hashlib.sha256(data).hexdigest(), status.st_size, status.st_mtime_ns)
    unchanged = known is not None and known.sha256 == stamp.sha256
    return Change(stamp, None if unchanged else load_bytes(data, path.name))


def text_stamp(loaded: LoadedDocument) -> Stamp:
    """The stamp of a document that has no file."""
    content = "\0".join((loaded.title, loaded.media_type, loaded.text))
    return Stamp(hashlib.sha256(content.encode()).hexdigest())


def cut(
    key: str, loaded: LoadedDocument, stamp: Stamp, embedder: Embedder, chunking: Chunking
) -> NewDocument:
    """A loaded document as the chunks that will be stored."""
    tokens = embedder.token_spans(loaded.text)
    limit = min(chunking.max_tokens, embedder.max_tokens)
    spans = chunk_spans(loaded.text, loaded.headings, tokens, limit, chunking.overlap_tokens)
    path_at = Document(0, key, "", "", "", loaded.text, headings=loaded.headings).heading_path
    # By its last character: a chunk may begin with the marks of its heading, outside its span.
    chunks = tuple(NewChunk(span, path_at(span.end - 1)) for span in spans)
    return NewDocument(key, key, loaded, stamp, chunks)


def texts_to_embed(document: NewDocument, embedder: Embedder) -> list[str]:
    """What is embedded of each chunk: title, heading path and text, as much as the model reads."""
    return [_fitting(document, chunk, embedder) for chunk in document.chunks]


def _fitting(document: NewDocument, chunk: NewChunk, embedder: Embedder) -> str:
    """The chunk with its context in front, cut short at the context and never at the chunk."""
    text = chunk.span.of(document.loaded.text)
    context = "\n".join(context_lines(document.loaded.title, chunk.headings, text))
    room = embedder.max_tokens - len(embedder.token_spans(text))
    tokens = embedder.token_spans(context)
    if len(tokens) > room:
        context = context[: tokens[room].start].rstrip() if room > 0 else ""
    return f"{context}\n{text}" if context else text


class Batch:
    """Documents that are embedded and committed together, each wholly within one commit.

    ``known`` are the keys in the catalogue, by which ``tally`` counts a document as an update.
    ``tell`` is called whenever chunks were embedded and ``tally`` has counted them.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder,
        known: set[str],
        tally: Tally,
        tell: Callable[[], None],
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._tally = tally
        self._tell = tell
        self._known = known
        self._waiting: list[NewDocument] = []
        self._chunks_waiting = 0

    def add(self, document: NewDocument) -> None:
        """Takes a document in; commits if there are enough chunks now."""
        self._waiting.append(document)
        self._chunks_waiting += len(document.chunks)
        if self._chunks_waiting >= _BATCH_CHUNKS:
            self.commit()

    def commit(self) -> None:
        """Embeds and commits all documents that wait."""
        if not self._waiting:
            return
        vectors = self._encode(
            [
                text
                for document in self._waiting
                for text in texts_to_embed(document, self._embedder)
            ]
        )
        ends = np.cumsum([len(document.chunks) for document in self._waiting])
        with self._catalogue.writing():
            self._catalogue.put(list(zip(self._waiting, np.split(vectors, ends[:-1]), strict=True)))
        for document in self._waiting:
            self._count(document.key)
        self._waiting.clear()
        self._chunks_waiting = 0

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        """All vectors, by calls small enough that progress is seen to be made."""
        vectors = np.zeros((len(texts), self._embedder.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for first in range(0, len(texts), _ENCODED_AT_ONCE):
            rows = by_length[first : first + _ENCODED_AT_ONCE]
            vectors[rows] = self._embedder.encode([texts[row] for row in rows])
            self._tally.chunks += len(rows)
            self._tell()
        return vectors

    def _count(self, key: str) -> None:
        if key in self._known:
            self._tally.updated += 1
        else:
            self._tally.added += 1
            self._known.add(key)


class Run:
    """One ingest: each document in turn is looked at, cut and put into the batch.

    ``stamps`` holds what was indexed when it began, by key.
    """

    def __init__(
        self,
        embedder: Embedder,
        chunking: Chunking,
        catalogue: Catalogue,
        tally: Tally,
        total: int | None,
        on_progress: OnProgress | None,
    ) -> None:
        self._embedder = embedder
        self._chunking = chunking
        self._catalogue = catalogue
        self.stamps = catalogue.stamps()
        self._tally = tally
        self._total = total
        self._on_progress = on_progress
        self._done = 0
        self._name = ""
        self._batch = Batch(catalogue, embedder, set(self.stamps), tally, self._tell)

    def file(self, path: Path) -> None:
        """Indexes a file if it changed; if it cannot be loaded, only reports it."""
        self._name = path.name
        try:
            key = _key(path)
            self._file(key, look_at(path, self.stamps.get(key)))
        except DocumentError as error:
            self._tally.failed.append((path, str(error)))
        self._count()

    def _file(self, key: str, change: Change | None) -> None:
        if change and change.loaded:
            self._put(key, change.loaded, change.stamp)
            return
        self._tally.unchanged += 1
        if change:
            with self._catalogue.writing():
                self._catalogue.touch(key, change.stamp)

    def text(self, key: str, loaded: LoadedDocument) -> None:
        """Indexes a document that is in memory if it changed."""
        self._name = loaded.title or key
        stamp = text_stamp(loaded)
        if stamp == self.stamps.get(key):
            self._tally.unchanged += 1
        else:
            self._put(key, loaded, stamp)
        self._count()

    def finish(self) -> None:
        """Commits what still waits."""
        self._batch.commit()

    def _put(self, key: str, loaded: LoadedDocument, stamp: Stamp) -> None:
        self._batch.add(cut(key, loaded, stamp, self._embedder, self._chunking))

    def _count(self) -> None:
        self._done += 1
        self._tell()

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(self._done, self._total, self._name, self._tally.chunks))
