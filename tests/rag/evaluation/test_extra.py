"""What the evaluation needs beside the rest of the program is named where it is missing."""

from __future__ import annotations

import pytest

from rag.errors import EvaluationError
from rag.evaluation import extra
from rag.evaluation.intervals import clopper_pearson


def test_a_missing_library_is_named_with_the_way_to_install_it() -> None:
    extra.require("json")
    with pytest.raises(
        EvaluationError, match=r"no_such_library.*pip install 'footnote-rag\[eval\]'"
    ):
        extra.require("no_such_library")


def test_an_interval_without_scipy_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    extra.require.cache_clear()
    monkeypatch.setattr(extra, "find_spec", lambda _: None)
    with pytest.raises(EvaluationError, match=r"scipy.*footnote-rag\[eval\]"):
        clopper_pearson(1, 2)
