"""The vectors of the texts that were encoded last.

A question is searched for as chunks, as documents and within them, and the next question is often
about the lines of the same document: neither is encoded twice. Knows no chunks and no index.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder

_Key = tuple[bool, str]  # whether a question, and the text
_Encode = Callable[[Sequence[str]], NDArray[np.float32]]

KEPT = 8_192  # texts: the lines of about forty documents of ten pages; 12 MB at 384 dimensions


class KeptVectors:
    """Encodes with ``embedder`` what is not kept; safe to share between threads."""

    def __init__(self, embedder: Embedder, size: int = KEPT) -> None:
        self._embedder = embedder
        self._size = size
        self._kept: OrderedDict[_Key, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode``."""
        return self._encoded(texts, self._embedder.encode, asked=False)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode_questions``."""
        return self._encoded(texts, self._embedder.encode_questions, asked=True)

    def _encoded(
        self, texts: Sequence[str], encode: _Encode, *, asked: bool
    ) -> NDArray[np.float32]:
        if not texts:
            return encode(texts)
        keys = [(asked, text) for text in texts]
        found = {key[1]: kept for key in keys if (kept := self._recalled(key)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            encoded = dict(zip(missing, encode(missing), strict=True))
            self._keep({(asked, text): vector for text, vector in encoded.items()})
            found |= encoded
        return np.stack([found[text] for text in texts])

    def _recalled(self, key: _Key) -> NDArray[np.float32] | None:
        with self._lock:
            vector = self._kept.get(key)
            if vector is not None:
                self._kept.move_to_end(key)
            return vector

    def _keep(self, vectors: dict[_Key, NDArray[np.float32]]) -> None:
        with self._lock:
            self._kept.update((key, vector.copy()) for key, vector in vectors.items())
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
