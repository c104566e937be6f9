"""An embedder for measuring at scale: real vectors of some texts, and mixtures of them for others.

A million chunks take a real embedder a day on two cores. How fast and how well an index searches
depends on its vectors and not on what they mean, so most may be derived: w·a + (1 − w)·b + 0.4·n,
normalised, with a and b two of the real ones, w between 0.5 and 1 and n a random direction, all
chosen by the SHA-256 of the text. Questions are left to the real embedder.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder

_NOISE = 0.4  # a derived vector then is .85 like its nearest real one: as a shifted window of text
_DIRECTIONS = 4096  # of noise, drawn once: drawing them for each text would take most of the time


@dataclass(slots=True)
class Spent:
    """Time: by the clock, and of the processor in all threads."""

    seconds: float = 0.0
    processor_seconds: float = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Adds what is done inside."""
        clock, processor = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - clock
            self.processor_seconds += time.process_time() - processor


class DerivedEmbedder:
    """Embeds the first ``real`` texts with ``embedder`` and derives the vectors of all others.

    Real vectors are kept in ``cache``, so that a second run does not wait for them. Has the name of
    ``embedder``, so that an index made with it is searched with the real one. ``spent`` is what
    encoding has taken.
    """

    def __init__(self, embedder: Embedder, real: int, cache: Path) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.max_tokens = embedder.max_tokens
        self._wanted = real
        self._cache = cache
        self._rows, self._vectors = _read(cache, self.dimension)
        random = np.random.default_rng(0)
        noise = random.standard_normal((_DIRECTIONS, self.dimension)).astype(np.float32)
        self._noise = _NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        self.spent = Spent()

    def token_starts(self, text: str) -> list[int]:
        """See ``Embedder.token_starts``."""
        return self._embedder.token_starts(text)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode``."""
        with self.spent.counted():
            return self._encode(texts)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode_questions``: always real."""
        return self._embedder.encode_questions(texts)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        self._make_real(texts, digests)
        vectors = self._derived(digests)
        for row, digest in enumerate(digests):
            if digest in self._rows:
                vectors[row] = self._vectors[self._rows[digest]]
        return vectors

    def save(self) -> None:
        """Writes the real vectors to the cache."""
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        digests = np.frombuffer(b"".join(self._rows), dtype=np.uint8).reshape(-1, 32)
        with self._cache.open("wb") as file:
            np.savez(file, digests=digests, vectors=self._vectors)

    def _make_real(self, texts: Sequence[str], digests: Sequence[bytes]) -> None:
        new = dict.fromkeys(digest for digest in digests if digest not in self._rows)
        chosen = set(list(new)[: max(0, self._wanted - len(self._rows))])
        if not chosen:
            return
        rows = [digests.index(digest) for digest in new if digest in chosen]
        vectors = self._embedder.encode([texts[row] for row in rows])
        for row in rows:
            self._rows[digests[row]] = len(self._rows)
        self._vectors = np.vstack([self._vectors, vectors])

    def _derived(self, digests: Sequence[bytes]) -> NDArray[np.float32]:
        numbers = np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(len(digests), 4)
        first = self._vectors[numbers[:, 0] % len(self._vectors)]
        second = self._vectors[numbers[:, 1] % len(self._vectors)]
        weight = (0.5 + (numbers[:, 2] % 1000) / 2000).astype(np.float32)[:, None]
        noise = self._noise[numbers[:, 3] % _DIRECTIONS]
        mixed = weight * first + (1 - weight) * second + noise
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def _read(cache: Path, dimension: int) -> tuple[dict[bytes, int], NDArray[np.float32]]:
    if not cache.exists():
        return {}, np.zeros((0, dimension), dtype=np.float32)
    with np.load(cache) as kept:
        digests, vectors = kept["digests"], kept["vectors"]
    return {bytes(digest): row for row, digest in enumerate(digests)}, vectors
