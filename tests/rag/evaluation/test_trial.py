"""A trial of one language model."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from rag.assistant import Assistant
from rag.evaluation.dataset import Dataset
from rag.evaluation.trial import trial
from rag.types import Answer
from tests.rag.evaluation.scripted import question, suite


class _Says:
    """An assistant that gives one answer to everything."""

    def __init__(self, text: str, *, extractive: bool = False) -> None:
        self._text, self._extractive = text, extractive

    def ask(self, asked: str) -> Answer:
        return Answer(
            question=asked,
            standalone_question=asked,
            status="answered",
            text=self._text,
            extractive=self._extractive,
        )


def _right(text: str, *, extractive: bool = False) -> bool:
    dataset: Dataset = replace(suite(), questions=(replace(question(1), answers=("1932",)),))
    (tried,) = trial(dataset, cast("Assistant", _Says(text, extractive=extractive)))
    return tried.right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("It opened in 1932.", True),
        ("1932: “The bridge was built by Berg and opened in 1932.”", True),
        ("Berg: “The bridge was built by Berg and opened in 1932.”", False),
    ],
)
def test_a_model_is_judged_by_its_own_words(text: str, right: bool) -> None:
    assert _right(text) is right


def test_what_is_only_quoted_is_not_the_models() -> None:
    assert _right("“It opened in 1932.”") is True
    assert _right("“It opened in 1932.”", extractive=True) is False
