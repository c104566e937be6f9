"""Test doubles shared by all tests."""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder
from rag.cli.options import MakeWiring
from rag.llm import LLM
from rag.models import Model, ModelStore
from rag.wiring import Wiring

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashingEmbedder:
    """An embedder without a model: each word counts in the dimension that its hash names.

    Texts with more words in common are nearer. ``encoded`` keeps every text that was encoded.
    """

    def __init__(self, name: str = "hashing", dimension: int = 256, max_tokens: int = 254) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.encoded: list[str] = []

    def token_starts(self, text: str) -> list[int]:
        return [token.start() for token in _TOKEN.finditer(text)]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for token in _TOKEN.findall(text.lower()) or [""]:
                vectors[row, zlib.crc32(token.encode()) % self.dimension] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, dtype=np.float32)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode(texts)


@dataclass(frozen=True, slots=True)
class DoubledWiring(Wiring):
    """Opens doubles: ``embedder``, else one of the name that is set; ``llm``, else the one set."""

    embedder: Embedder | None = None
    llm: LLM | None = None
    models: Sequence[Model] | None = None

    def store(self) -> ModelStore:
        if self.models is None:
            return Wiring.store(self)
        return ModelStore(self.settings.models_home, models=self.models)

    def open_embedder(self) -> Embedder:
        return self.embedder or HashingEmbedder(self.settings.embedder or "hashing")

    def open_llm(self, parallel: int = 1) -> LLM | None:
        return self.llm or Wiring.open_llm(self, parallel)


def wired(
    embedder: Embedder | None = None,
    llm: LLM | None = None,
    models: Sequence[Model] | None = None,
) -> MakeWiring:
    """What the command line is given as ``obj``, so that its commands open these doubles."""
    return partial(DoubledWiring, embedder=embedder, llm=llm, models=models)


class SlowEmbedder(HashingEmbedder):
    """Waits in each batch until it may go on; ``began`` is set by the first one."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()
        self.go = threading.Event()
        self.batches = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches += 1
        self.began.set()
        assert self.go.wait(30)
        return super().encode(texts)
