"""Encodes the chunks of documents, in the calling thread or beside it.

Knows nothing of files and storage.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from index.chunk import context_lines
from index.embed import Embedder
from index.records import NewChunk, NewDocument

_ENCODED_AT_ONCE = 64  # chunks of about one length, so that a batch holds little padding
_CONTEXTS = 16  # whose tokens are remembered

Vectors = list[NDArray[np.float32]]  # of each document: (chunks, dimension)


class _GivenUpError(Exception):
    """The vectors are not wanted any more."""


class Encoding:
    """The encoding of ``documents``, in a thread of its own once it is started.

    Who waits takes its steps, each a number of chunks that were encoded meanwhile; the last one
    comes with the ``vectors``. What fails there is raised here.
    """

    def __init__(self, documents: Sequence[NewDocument], embedder: Embedder) -> None:
        self.documents = documents
        self.vectors: Vectors | None = None
        self._embedder = embedder
        self._untold = 0
        self._told: SimpleQueue[int | tuple[int, Vectors] | BaseException] = SimpleQueue()
        self._given_up = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Encode beside the calling thread."""
        self._thread = threading.Thread(target=self._run, name="encoding", daemon=True)
        self._thread.start()

    def step(self, *, wait: bool) -> int | None:
        """The chunks of the next step; None where none is done yet and it is not waited for."""
        try:
            told = self._told.get(block=wait)
        except Empty:
            return None
        if isinstance(told, BaseException):
            raise told
        if isinstance(told, int):
            return told
        chunks, self.vectors = told
        return chunks

    def give_up(self) -> None:
        """End it before its time, and wait for that: no model may run while the process ends."""
        self._given_up.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            vectors = encoded(self.documents, self._embedder, self._count)
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            self._told.put(error)
        else:
            self._told.put((self._untold, vectors))

    def _count(self, chunks: int) -> None:
        if self._given_up.is_set():
            raise _GivenUpError
        if self._untold:
            self._told.put(self._untold)
        self._untold = chunks


def encoded(
    documents: Sequence[NewDocument], embedder: Embedder, on_encoded: Callable[[int], None]
) -> Vectors:
    """Return the vectors of each document's chunks; report the number of each batch."""
    texts = [text for document in documents for text in texts_to_embed(document, embedder)]
    vectors = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    for first in range(0, len(texts), _ENCODED_AT_ONCE):
        rows = by_length[first : first + _ENCODED_AT_ONCE]
        vectors[rows] = embedder.encode([texts[row] for row in rows])
        on_encoded(len(rows))
    ends = np.cumsum([len(document.chunks) for document in documents])
    return np.split(vectors, ends[:-1]) if documents else []


def texts_to_embed(document: NewDocument, embedder: Embedder) -> list[str]:
    """Return the text to embed for each chunk: title, heading path and text, within the window."""
    # Consecutive chunks have the same title and mostly the same headings.
    context_starts = lru_cache(_CONTEXTS)(embedder.token_starts)
    return [_fitting(document, chunk, embedder, context_starts) for chunk in document.chunks]


def _fitting(
    document: NewDocument,
    chunk: NewChunk,
    embedder: Embedder,
    context_starts: Callable[[str], list[int]],
) -> str:
    """Return the chunk with its context in front; only the context is truncated."""
    text = chunk.span.of(document.loaded.text)
    context = "\n".join(context_lines(document.loaded.title, chunk.headings, text))
    # A text has no more tokens than bytes; and is not counted where an upper bound suffices.
    at_most = chunk.tokens
    if at_most is None or at_most + len(context.encode()) > embedder.max_tokens:
        starts = context_starts(context)
        if at_most is None or at_most + len(starts) > embedder.max_tokens:
            room = embedder.max_tokens - len(embedder.token_starts(text))
            if len(starts) > room:
                context = context[: starts[room]].rstrip() if room > 0 else ""
    return f"{context}\n{text}" if context else text
