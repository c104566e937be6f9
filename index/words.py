"""Words of a text. Knows no documents; which words carry no content is the languages' to say."""

from __future__ import annotations

import re

from rag.language import FUNCTION_WORDS

_WORD = re.compile(r"\w+(?:['’]\w+)?")


def words(text: str) -> list[str]:
    """The words of ``text`` in lower case, in order; a word holds letters, digits or ``_``."""
    return [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words of ``text`` that are not function words."""
    return [word for word in words(text) if word not in FUNCTION_WORDS]
