"""An embedding model of an Ollama server, as the index uses one.

The server has no endpoint that tells tokens, so that they are counted by rule: rather too many than
too few, for a chunk must not be longer than what the model reads. Knows no index or collection.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError
from rag.errors import LLMUnavailableError
from rag.llm.addresses import OLLAMA
from rag.llm.ollama_server import Described, Pulled, Server, first_that

_BATCH = 32  # texts of one request: a question waits for one batch
_UNTOLD_TOKENS = 256  # what the smallest models in use read, where the server does not tell
_SPECIAL_TOKENS = 2  # around each text, by the models' own templates
_TOKEN = re.compile(r"[^\W\d_]{1,4}|\d|[^\w\s]|_")  # four letters, a digit or a sign
_DIGEST_CHARACTERS = 12  # as 'ollama list' shows
_TINY = 1e-12  # instead of a length of 0, so that nothing is divided by it


class OllamaEmbedder:
    """See ``index.embed.Embedder``. Create it with :meth:`connect`.

    ``name`` ends in the beginning of the model's digest, so that a model which was pulled anew with
    other weights is not taken for the one that an index was made with.
    """

    def __init__(self, server: Server, model: str, digest: str, described: Described) -> None:
        self.name = f"{OLLAMA}{model}@{digest[:_DIGEST_CHARACTERS]}"
        self.max_tokens = (described.context_length or _UNTOLD_TOKENS) - _SPECIAL_TOKENS
        self._told_dimension = described.embedding_length
        self._server = server
        self._model = model

    @classmethod
    def connect(cls, name: str, *, hosts: Sequence[str]) -> OllamaEmbedder:
        """Return the embedder called ``name``, ``ollama:MODEL`` with or without its digest, at the
        first of ``hosts`` (not empty) that has it.

        Raises EmbedderError when no server has it, or it makes no vectors.
        """
        model, separator, digest = name.removeprefix(OLLAMA).rpartition("@")
        if not (separator and re.fullmatch(r"[0-9a-f]{12}", digest)):
            model = name.removeprefix(OLLAMA)
        try:
            server, (pulled, described) = first_that(hosts, partial(_described, model=model))
        except LLMUnavailableError as error:
            raise EmbedderError(str(error)) from error
        if described.can("embedding") is False:
            raise EmbedderError(
                f"'{model}' is no embedding model of Ollama's: name one that is, such as "
                f"{OLLAMA}all-minilm, or leave --embedder out"
            )
        return cls(server, model, pulled.digest, described)

    @property
    def address(self) -> str:
        """Where its server listens."""
        return self._server.address

    @cached_property
    def dimension(self) -> int:
        return self._told_dimension or int(self.encode(["dimension"]).shape[1])

    def token_starts(self, text: str) -> list[int]:
        """See ``Embedder.token_starts``; an estimate."""
        return [found.start() for found in _TOKEN.finditer(text)]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode``. Raises EmbedderError when the server fails."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        batches = (texts[first : first + _BATCH] for first in range(0, len(texts), _BATCH))
        vectors = np.concatenate([self._encoded(batch) for batch in batches])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True).clip(min=_TINY)
        return vectors

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode_questions``: the server does not tell what to put before them."""
        return self.encode(texts)

    def _encoded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        # An empty text has no tokens, and the server makes no vector of it.
        said = [text if text.strip() else "." for text in texts]
        try:
            return np.asarray(self._server.embed(self._model, said), dtype=np.float32)
        except (LLMUnavailableError, ValueError) as error:
            raise EmbedderError(f"{self.name} makes no vectors: {error}") from error


def _described(server: Server, model: str) -> tuple[Pulled, Described]:
    pulled = server.require(model)
    return pulled, server.described(pulled.name)
