"""Embedding: the protocol of models that turn text into vectors, and its implementation.

Knows nothing of chunks, storage or where models come from. Importing it loads no model library.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError
from index.fair_lock import FairLock

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from index.bert import CompiledBert, Reference

_BATCH = 32  # texts: 16 and 64 are no faster on two cores, and a question waits for one batch
_OF_TEXTS = ("document", "passage", "corpus")  # names of the prompt of a document's text
_TINY = 1e-12  # instead of a length of 0, so that nothing is divided by it


class Embedder(Protocol):
    """Turns texts into unit vectors, and a text into tokens.

    ``name`` identifies model and version: an index made with another name is refused.
    ``max_tokens`` is the most tokens of a text that it reads, without special tokens.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    def token_starts(self, text: str) -> list[int]:
        """Return the offset of each token of ``text``, ascending, without special tokens."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector per text of a document: float32, ``(len(texts), dimension)``."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As ``encode``, of questions: many models read them with other words in front."""
        ...


class SentenceTransformerEmbedder:
    """A model in the layout of sentence-transformers, loaded when it is first used.

    ``dimension`` and ``max_tokens`` come from the folder's JSON files and ``token_starts`` from its
    ``tokenizer.json``, so that only ``encode`` waits for the model. Safe to use from several
    threads. Raises EmbedderError when the folder is not such a model.

    What its ``config_sentence_transformers.json`` wants before texts of documents and before
    questions (E5: *passage:* and *query:*) is put there.

    With a ``reference``, which only a BERT encoder with mean pooling can have, OpenVINO runs the
    same weights where it gives the same vectors: twice as fast, and loaded in a third of a second
    where torch and sentence-transformers take five. These run the model everywhere else.
    """

    def __init__(self, folder: Path, name: str, reference: Reference | None = None) -> None:
        self.name = name
        self._folder = folder
        self._reference = reference
        self.dimension = _dimension(folder)
        self._window = _window(folder)
        self._text_prompt, self._question_prompt = _prompts(folder)
        # The model's tokenizer is not safe in two threads at once. The lock is fair, so that a
        # question waits for one batch of an ingest and not for its end.
        self._lock = FairLock()

    @cached_property
    def max_tokens(self) -> int:
        special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        return self._window - special - len(self.token_starts(self._text_prompt.strip()))

    def token_starts(self, text: str) -> list[int]:
        """See ``Embedder.token_starts``."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [start for start, _ in encoding.offsets]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode``. Loads the model the first time."""
        return in_batches(self._text_prompt, texts, self._encode_batch, self.dimension)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.encode_questions``. Loads the model the first time."""
        return in_batches(self._question_prompt, texts, self._encode_batch, self.dimension)

    def _encode_batch(self, texts: list[str]) -> NDArray[np.float32]:
        with self._lock:
            if self._compiled is not None:
                encoded = self._compiled.encode(texts)
            else:
                encoded = self._model.encode(
                    texts,
                    prompt="",  # ours stand before the texts already
                    batch_size=len(texts),
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
        return unit(np.asarray(encoded, dtype=np.float32))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        path = self._folder / "tokenizer.json"
        if not path.is_file():
            raise EmbedderError(f"{path} is missing; download the embedding model again")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _compiled(self) -> CompiledBert | None:
        if self._reference is None:
            return None
        from index.bert import compiled_as

        return compiled_as(self._reference, self._folder, self._tokenizer, self._window)

    @cached_property
    def _model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                model_kwargs={"dtype": _number_format()},
            )
        except (OSError, ValueError) as error:
            raise EmbedderError(
                f"the embedding model in {self._folder} cannot be loaded ({error}); "
                "download it again"
            ) from error


def in_batches(
    prompt: str,
    texts: Sequence[str],
    encode_batch: Callable[[list[str]], NDArray[np.float32]],
    dimension: int,
) -> NDArray[np.float32]:
    """Return what ``encode_batch`` makes of ``texts``, each with ``prompt`` before it.

    It is given a few at a time, and gives float32 of shape ``(few, dimension)``.
    """
    vectors = np.zeros((len(texts), dimension), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]), reverse=True)
    for first in range(0, len(texts), _BATCH):  # equal lengths together: little padding
        rows = by_length[first : first + _BATCH]
        vectors[rows] = encode_batch([prompt + texts[row] for row in rows])
    return vectors


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``vectors`` with length 1: the number format of a model may be too coarse for it."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths.clip(min=_TINY), dtype=np.float32)


def _number_format() -> str:
    """Return bfloat16 where the processor has instructions for it, else float32.

    It makes all-MiniLM-L6-v2 twice as fast. The vectors have a cosine of .9999 to those of float32
    and rank as well (nDCG@10 on SciFact .703 and .702), so that an index can be used with either.
    """
    import torch

    capabilities = getattr(torch.cpu, "get_capabilities", None)  # not in torch before 2.12
    known = capabilities() if capabilities else {}
    fast = known.get("avx512_bf16") or known.get("amx_bf16")
    return "bfloat16" if fast else "float32"


def _dimension(folder: Path) -> int:
    """Return the dimension of the vectors: the output of the last module that sets it."""
    for module in reversed(_json(folder / "modules.json")):
        if module["type"].endswith((".Dense", ".Pooling")):
            config = _json(folder / module["path"] / "config.json")
            for field in ("out_features", "embedding_dimension", "word_embedding_dimension"):
                if field in config:
                    return int(config[field])
    return int(_json(folder / "config.json")["hidden_size"])


def _window(folder: Path) -> int:
    """Return how many tokens the model reads, including special ones."""
    window = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    return int(window or _json(folder / "config.json")["max_position_embeddings"])


def _prompts(folder: Path) -> tuple[str, str]:
    """Return what the model wants before a text of a document, and before a question."""
    path = folder / "config_sentence_transformers.json"
    told = _json(path) if path.is_file() else {}
    prompts = told.get("prompts") or {}
    usual = prompts.get(told.get("default_prompt_name"), "")
    text = next((prompts[each] for each in _OF_TEXTS if each in prompts), usual)
    return str(text or ""), str(prompts.get("query", usual) or "")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmbedderError(
            f"{path} cannot be read, so this is no embedding model; download the model again"
        ) from error
