"""Runs the reader: does this text answer the question, where, and does it carry the claim?

The weights are our own and lie beside this file, with the card that says what they were trained
on (``weights/CARD.md``). Knows no documents, prompts or thresholds.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.cores import usable_cores
from index.reads import known_by
from index.types import Span
from rag.errors import ModelError

if TYPE_CHECKING:
    from rag.reader.pairs import PairEncoder

WEIGHTS = Path(__file__).with_name("weights")
NETWORK_FILE, VOCABULARY_FILE = "reader.onnx", "tokenizer.json"
MAX_ANSWER_TOKENS = (
    30  # a longer span is a passage; the gold spans of the suites have a median of 3
)
# A text is too short for two, which wait for each other: 1.1 times as slow, for twice the work. Two
# texts are read beside each other instead.
THREADS = 1
BESIDE = 4  # texts at a time, at most: a question has tens of them, and others ask too
# The same evidence is read to choose a line, and again to judge it and whatever else may answer.
KEPT_READINGS = 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of a text beside a question or claim, in logits: above 0 is yes.

    ``margin`` is how much better the best span is than *nowhere*; ``span`` is that span of the
    text, None for an empty text.
    """

    answers: float
    supports: float
    margin: float
    span: Span | None


class Reader:
    """The network in ``folder``, loaded at the first use; safe to share between threads."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._opened: tuple[PairEncoder, Any] | None = None
        self._kept = lru_cache(maxsize=KEPT_READINGS)(self._reading)

    def read(self, first: str, texts: Sequence[str]) -> list[Reading]:
        """``first`` (a question, a claim, or a question with its answer) beside each text.

        Raises ModelError when the weights are missing or damaged.
        """
        if len(texts) < 2 or usable_cores() < 2:
            return [self._kept(first, text) for text in texts]
        self.load()
        return list(_threads().map(partial(self._kept, first), texts))

    def _reading(self, first: str, text: str) -> Reading:
        return _read(*self.load(), first, text)

    def reads(self, text: str) -> bool:
        """Whether it knows the words of ``text``, or parts of them: it was made of English, and
        reads what looks like it. Raises ModelError as :meth:`read` does."""
        encoder, _ = self.load()
        return known_by(encoder.token_starts, text)

    def load(self) -> tuple[PairEncoder, Any]:
        """Load the network if it is not loaded yet. Raises ModelError as :meth:`read` does."""
        with self._lock:
            if self._opened is None:
                self._opened = _load(self._folder)
            return self._opened


@lru_cache(maxsize=1)
def default_reader() -> Reader:
    """The reader that ships with the project, one for the process."""
    return Reader()


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(usable_cores(), BESIDE), thread_name_prefix="reader")


def _load(folder: Path) -> tuple[PairEncoder, Any]:
    import onnxruntime

    from rag.reader.pairs import PairEncoder

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    try:
        session = onnxruntime.InferenceSession(
            folder / NETWORK_FILE, options, providers=["CPUExecutionProvider"]
        )
        return PairEncoder(folder / VOCABULARY_FILE), session
    except Exception as error:  # both libraries raise what they like
        raise ModelError(
            f"the reader's weights in {folder} cannot be read ({error}): install the project again"
        ) from error


def _read(encoder: PairEncoder, session: Any, first: str, text: str) -> Reading:
    # One pair at a time: 8-bit activations are scaled over all that is read together, so that a
    # reading would depend on the other texts.
    batch = encoder.encode([(first, text)])
    inputs = {
        "input_ids": batch.input_ids,
        "attention_mask": batch.attention_mask,
        "token_type_ids": batch.token_type_ids,
    }
    starts, ends, classes = session.run(["start", "end", "classes"], inputs)
    answers, supports = (float(each) for each in classes[0])
    nowhere = float(starts[0, 0] + ends[0, 0])
    places = np.flatnonzero(batch.second[0])
    if not len(places):
        return Reading(answers, supports, -abs(nowhere), None)
    start, end = starts[0, places], ends[0, places]
    scores = np.triu(start[:, None] + end[None, :]) + _outside(len(places))
    begin, last = divmod(int(scores.argmax()), len(places))
    offsets = batch.encodings[0].offsets
    span = Span(offsets[places[begin]][0], offsets[places[last]][1])
    return Reading(answers, supports, float(scores[begin, last]) - nowhere, span)


def _outside(count: int) -> np.ndarray:
    """-inf where a span of ``count`` tokens would end before it begins, or be too long."""
    allowed = np.triu(np.ones((count, count))) - np.triu(np.ones((count, count)), MAX_ANSWER_TOKENS)
    return np.where(allowed > 0, 0.0, -np.inf)
