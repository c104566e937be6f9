"""Stems of English words, so that *sappers* and *sapper* are one. Knows no documents."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from index.words import content_words

_local = threading.local()


@lru_cache(maxsize=65536)  # about the vocabulary of a large collection
def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of a word in lower case, without a possessive ending."""
    stemmed: str = _stemmer().stemWord(word.removesuffix("'s"))
    return stemmed


def content_stems(text: str) -> list[str]:
    """Stems of the content words of ``text``, in order."""
    return [stem(word) for word in content_words(text)]


def _stemmer() -> Any:
    import snowballstemmer

    if not hasattr(_local, "stemmer"):  # a stemmer keeps the word it works on, so one per thread
        _local.stemmer = snowballstemmer.stemmer("english")
    return _local.stemmer
