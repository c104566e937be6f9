"""How long an answer waits for its models, so that the rest of its time can be told.

Each wrapper here does what the model does that it wraps, and adds the time to a `Waiting`. A
language model writes on while what it wrote is checked; that counts for the checks, not for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder
from rag.llm import LLM, Generation, Part, Schema
from rag.reader.reader import Reader, Reading
from rag.types import Message

if TYPE_CHECKING:
    from rag.reader.pairs import PairEncoder


Model = Literal["embedder", "reader", "language model"]
MODELS: tuple[Model, ...] = get_args(Model)


class Waiting:
    """Seconds that were spent in calls of each model."""

    def __init__(self) -> None:
        self.seconds: dict[Model, float] = dict.fromkeys(MODELS, 0.0)

    @contextmanager
    def counted(self, model: Model) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[model] += time.perf_counter() - began


class WaitedEmbedder:
    """An embedder whose encoding counts."""

    def __init__(self, embedder: Embedder, waiting: Waiting) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self.max_tokens = embedder.max_tokens
        self.token_starts = embedder.token_starts
        self._embedder, self._waiting = embedder, waiting

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._waiting.counted("embedder"):
            return self._embedder.encode(texts)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._waiting.counted("embedder"):
            return self._embedder.encode_questions(texts)


class WaitedReader(Reader):
    """A reader whose reading counts."""

    def __init__(self, reader: Reader, waiting: Waiting) -> None:
        super().__init__()
        self._reader, self._waiting = reader, waiting

    def load(self) -> tuple[PairEncoder, Any]:
        return self._reader.load()

    def read(self, first: str, texts: Sequence[str]) -> list[Reading]:
        with self._waiting.counted("reader"):
            return self._reader.read(first, texts)


class WaitedLLM:
    """A language model for whose next words the waiting counts."""

    def __init__(self, llm: LLM, waiting: Waiting) -> None:
        self.name = llm.name
        self._llm, self._waiting = llm, waiting

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        generation = self._llm.stream(messages, schema=schema, max_tokens=max_tokens)
        return Generation(self._parts(generation))

    def _parts(self, generation: Generation) -> Iterator[Part]:
        try:
            while True:
                with self._waiting.counted("language model"):
                    text = next(generation, None)
                if text is None:
                    break
                yield text
            yield from generation.ending()
        finally:
            generation.close()
