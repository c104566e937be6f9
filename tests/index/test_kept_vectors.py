"""What was encoded is not encoded again, and the vectors are the embedder's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.kept_vectors import KeptVectors
from tests.doubles import HashingEmbedder


def test_a_text_is_encoded_once_and_its_vector_is_the_embedders() -> None:
    embedder = HashingEmbedder()
    kept = KeptVectors(embedder)
    texts = ["a red bridge", "five sappers", "a red bridge"]
    found = kept.encode(texts)
    again = kept.encode(["five sappers", "a tower", "a red bridge"])
    assert embedder.encoded == ["a red bridge", "five sappers", "a tower"]
    assert np.array_equal(found, HashingEmbedder().encode(texts))
    assert np.array_equal(again[[0, 2]], found[[1, 0]])


def test_a_question_is_not_a_text_of_the_same_words() -> None:
    class Asking(HashingEmbedder):
        def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return self.encode([f"query: {text}" for text in texts])

    embedder = Asking()
    kept = KeptVectors(embedder)
    text, question = kept.encode(["red sky"]), kept.encode_questions(["red sky"])
    assert not np.array_equal(text, question)
    assert np.array_equal(kept.encode_questions(["red sky"]), question)
    assert embedder.encoded == ["red sky", "query: red sky"]


def test_no_texts_have_no_vectors() -> None:
    assert KeptVectors(HashingEmbedder(dimension=7)).encode([]).shape == (0, 7)


def test_what_was_asked_for_last_is_kept() -> None:
    embedder = HashingEmbedder()
    kept = KeptVectors(embedder, size=2)
    for text in ("one", "two", "one", "three", "one", "two"):
        kept.encode([text])
    assert embedder.encoded == ["one", "two", "three", "two"]


def test_what_a_caller_changes_stays_with_the_caller() -> None:
    kept = KeptVectors(HashingEmbedder())
    first = kept.encode(["one", "two"])
    expected = first.copy()
    first[:] = 0
    assert np.array_equal(kept.encode(["one", "two"]), expected)
