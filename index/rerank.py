"""Reranking: a model that reads question and chunk together reorders the best hits. Optional.

Knows no storage. Importing it loads no model library.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.chunk import indexed_text
from index.errors import RerankerError
from index.types import Hit

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANKED = 30  # hits: as many as a small cross-encoder reads in a second on two cores


class Reranker(Protocol):
    """Scores how well texts answer a question."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return one score in (0, 1) for each text."""
        ...


class CrossEncoderReranker:
    """A cross-encoder in the layout of sentence-transformers, loaded when it is first used.

    Safe to use from several threads. Raises RerankerError when the folder is not such a model.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()  # its tokenizer is not safe in two threads at once

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See ``Reranker.scores``."""
        from torch.nn import Sigmoid

        with self._lock:
            scores = self._model.predict(
                [(question, text) for text in texts],
                activation_fn=Sigmoid(),  # some models declare another one
                show_progress_bar=False,
            )
        return [float(score) for score in scores]

    @cached_property
    def _model(self) -> CrossEncoder:
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model: CrossEncoder = CrossEncoder(
                str(self._folder), device="cpu", local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise RerankerError(
                f"the reranker in {self._folder} cannot be loaded ({error}); set RAG_RERANKER to "
                "the folder of a cross-encoder, or leave it out"
            ) from error
        if model.num_labels != 1:
            raise RerankerError(
                f"the model in {self._folder} gives {model.num_labels} figures and not one score; "
                "set RAG_RERANKER to a cross-encoder made for reranking"
            )
        return model


def reranked(reranker: Reranker, question: str, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits by the reranker's scores, best first; equal ones keep their order."""
    if not hits:
        return []
    texts = [indexed_text("", hit.chunk.headings, hit.chunk.text) for hit in hits]
    scored = zip(hits, reranker.scores(question, texts), strict=True)
    return sorted((replace(hit, score=score) for hit, score in scored), key=lambda hit: -hit.score)
