"""Languages as data: one file each, and a neutral one for every other language.

The lowest layer: it imports nothing of this project, so that finding and answering may both use it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from rag.language.cutting import CUTTING
from rag.language.english import ENGLISH
from rag.language.neutral import NEUTRAL, unread
from rag.language.stemmers import STEMMERS
from rag.language.types import MONEY, NUMBER, Abbreviations, Cutting, Kind, Language, stem

__all__ = [
    "ENGLISH",
    "FUNCTION_WORDS",
    "KNOWN",
    "MONEY",
    "NEUTRAL",
    "NUMBER",
    "STEMMERS",
    "Abbreviations",
    "Cutting",
    "Kind",
    "Language",
    "cutting_of",
    "is_known",
    "is_plainly_known",
    "language_of",
    "stem",
    "unread",
]

KNOWN = (ENGLISH,)

# Where a text is searched, its language is not asked for: the words of all that are known.
FUNCTION_WORDS = frozenset().union(*(each.function_words for each in KNOWN))

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# Running text has about two fifths of function words, but a question full of terms may have one or
# two (*Can dobutamine stress echocardiography induce …?*), another language none.
_FUNCTION_SHARE = 0.07
# Words of German and Romanian look like function words of English, a third of those of a short
# question at most. Of 598 questions in English 541 have a larger share.
_PLAIN_SHARE = 0.34
_FEW_WORDS = 8  # a search in key words has no function words in any language


@cache
def cutting_of(code: str) -> Cutting:
    """Where sentences end in the language of this code; as in the first known one without a code.

    Titles of people of the first known language stand in texts of every other.
    """
    known = KNOWN[0].abbreviations
    if (own := CUTTING.get(code)) is None:
        return Cutting(known)
    never = own.abbreviations.never | known.never
    return replace(own, abbreviations=replace(own.abbreviations, never=never))


def language_of(text: str) -> Language:
    """The known language whose function words ``text`` has, else the neutral one.

    Few words without a letter beyond ASCII tell nothing: they count as the first known language.
    """
    words = _words(text)
    if len(words) < _FEW_WORDS and all(each.isascii() for each in words):
        return KNOWN[0]
    shares = {each: _share(words, each.function_words) for each in KNOWN}
    best = max(shares, key=lambda each: shares[each])
    return best if shares[best] >= _FUNCTION_SHARE else NEUTRAL


def is_known(code: str) -> bool:
    """Whether what judges answers knows the language of this code. Without a code nothing speaks
    against it."""
    return not code or any(each.code == code for each in KNOWN)


def is_plainly_known(text: str) -> bool:
    """Whether ``text`` has so many function words of a known language that it is surely in it."""
    words = _words(text)
    return any(_share(words, each.function_words) > _PLAIN_SHARE for each in KNOWN)


def _words(text: str) -> list[str]:
    return [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)]


def _share(words: list[str], function_words: frozenset[str]) -> float:
    return sum(each in function_words for each in words) / (len(words) or 1)
