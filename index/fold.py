"""Words as they are searched: folded, stemmed, and cut where a script parts them by no blanks.

What is found must not hang on how a word is written: in capitals, with accents that its language
lets people leave out, in full width, with a ligature or a soft hyphen, in another form of the word.
Texts and questions go through the same function, so that they meet. Texts that are cited are never
changed. Knows no storage.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from index.words import combining_marks, unspaced
from rag.language import STEMMERS, stem

# English keeps the one that has always been used here, which is also that of words in Latin
# letters within other scripts.
_DEFAULT_STEMMER = "porter"
_LONGEST = 64  # characters: longer runs are no words, and are searched by their beginning
_MARKED_LANGUAGES = frozenset(("vi",))  # other marks make other words there

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u0640\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
# 10⁷ is not 107: raised and lowered figures behind a figure stay what they are.
_POWER = re.compile("(?<=[0-9])[\u00b2\u00b3\u00b9\u2070-\u207b\u2080-\u208b]+")
_TURKISH = str.maketrans({"İ": "i", "I": "ı"})
_PLAIN = str.maketrans(
    {"ı": "i", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss", "ð": "d", "þ": "th"}
    # Forms of one letter in Arabic, and marks of Devanagari that are written or not.
    | dict.fromkeys("أإآٱ", "ا")
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ँ": "ं", "़": None}
)
_BASES = re.compile(
    "[a-z\u0370-\u03ff\u05d0-\u05ea\u0620-\u064a]"
)  # of which marks may be left out
_RUSSIAN = str.maketrans("ё", "е")
_SHORT_WORD = 2


def searched(text: str, language: str) -> list[str]:
    """The words of ``text`` as they are stored to be searched, in order.

    ``language`` is the code of its language, empty where it is not known. Where marks make other
    words, those without their marks follow at the end: not everybody can write them.
    """
    found = _told(text, language)
    if language in _MARKED_LANGUAGES:
        found += [plain for word in found if (plain := _without_marks(word)) != word]
    return found


def phrases(text: str, languages: Iterable[str]) -> list[str]:
    """The words of ``text`` in order, as phrases of FTS5: one for each way in which documents in
    ``languages`` may hold them."""
    told = (_told(text, language) for language in languages)
    return list(dict.fromkeys(f'"{" ".join(found)}"' for found in told if found))


def expressions(word: str, languages: Sequence[str]) -> list[str]:
    """The FTS5 expressions that find a word of a question: one, or one for each of the pieces that
    stand for the words of a script without blanks."""
    pieces = [each for part in _split(_folded(word, "")) for each in unspaced(part)]
    if len(pieces) > 1 and any(unspaced(part) != [part] for part in _split(_folded(word, ""))):
        each = (" OR ".join(phrases(piece, languages)) for piece in dict.fromkeys(pieces))
        return [expression for expression in each if expression]
    found = phrases(word, languages)
    parts = re.split("['’]", word)
    if len(parts) > 1 and set(languages) - {"", "en"}:  # l'eau, İstanbul'da: one part is the word
        found += [
            each
            for part in parts
            if len(part) > _SHORT_WORD
            for each in phrases(part, languages)
            if each not in found
        ]
    return [" OR ".join(found)] if found else []


def _told(text: str, language: str) -> list[str]:
    folded = _folded(text, language)
    found = _split(folded)
    if not folded.isascii():
        found = [piece for word in found for piece in unspaced(word)]
    stems = (_stemmed(word[:_LONGEST], language) for word in found)
    return [stemmed for stemmed in stems if stemmed]


def _split(folded: str) -> list[str]:
    return [part for part in _pattern().findall(folded) if part]


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?:[^\W_]|[{combining_marks()}])+")


def _folded(text: str, language: str) -> str:
    """``text`` in small letters and compatible forms, without what is not seen."""
    if text.isascii() and language != "tr":
        return text.lower()
    if language == "tr":
        text = text.translate(_TURKISH)
    text = _INVISIBLE.sub("", text)
    pieces, end = [], 0
    for power in _POWER.finditer(text):
        pieces += [unicodedata.normalize("NFKC", text[end : power.start()]), power.group()]
        end = power.end()
    pieces.append(unicodedata.normalize("NFKC", text[end:]))
    return "".join(pieces).casefold()


@lru_cache(maxsize=65536)  # about the vocabulary of a large collection
def _stemmed(word: str, language: str) -> str:
    if word.isascii() and not word.isalpha():
        return stem(_DEFAULT_STEMMER, word)
    algorithm = STEMMERS.get(language, "")
    if word.isascii() and (not algorithm or language not in _LATIN):
        return stem(_DEFAULT_STEMMER, word)
    word = word.translate(_RUSSIAN)
    stemmed = stem(algorithm, word) if algorithm else word
    return stemmed if language in _MARKED_LANGUAGES else _without_marks(stemmed)


_LATIN = frozenset(STEMMERS) - frozenset("ar el fa hi hy ne ru ta".split())


def _without_marks(word: str) -> str:
    """A word without the marks that people leave out, and with figures of one kind."""
    if word.isascii():
        return word
    plain, marked = [], False
    for sign in unicodedata.normalize("NFD", word):
        if unicodedata.combining(sign):
            if not marked:
                plain.append(sign)
            continue
        marked = bool(_BASES.match(sign))
        plain.append(str(unicodedata.decimal(sign, sign)))
    return unicodedata.normalize("NFC", "".join(plain)).translate(_PLAIN)
