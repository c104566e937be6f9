"""The vectors of the texts that were encoded last.

A question is searched for as chunks, as documents and within them, and the next question is often
about the lines of the same document: neither is encoded twice. Knows no chunks and no index.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder

KEPT = 8_192  # texts: the lines of about forty documents of ten pages; 12 MB at 384 dimensions


class KeptVectors:
    """Encodes with ``embedder`` what is not kept; safe to share between threads."""

    def __init__(self, embedder: Embedder, size: int = KEPT) -> None:
        self._embedder = embedder
        self._size = size
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode``."""
        if not texts:
            return self._embedder.encode(texts)
        found = {text: kept for text in texts if (kept := self._recalled(text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            encoded = dict(zip(missing, self._embedder.encode(missing), strict=True))
            self._keep(encoded)
            found |= encoded
        return np.stack([found[text] for text in texts])

    def _recalled(self, text: str) -> NDArray[np.float32] | None:
        with self._lock:
            vector = self._kept.get(text)
            if vector is not None:
                self._kept.move_to_end(text)
            return vector

    def _keep(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        with self._lock:
            self._kept.update((text, vector.copy()) for text, vector in vectors.items())
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
