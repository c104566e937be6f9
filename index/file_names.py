"""What the name of a file says in words; numbers and versions say nothing.

Knows no file and no language: words are told by their letters.
"""

from __future__ import annotations

import re
from pathlib import PurePath

_PARTS = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u9fff]")
_NAMED = re.compile(r"[^\W\d_]{3,}")  # of what holds digits: One2Call and DHS2020, not A9R or v1
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}\Z")
_MOST = 200  # characters: what is longer was made by a program


def name_words(source: str) -> str:
    """The words of a file's name, parted by blanks; empty where it has none, and for what is no
    name of a file: it has no ending.

    Names are cut at marks, and where capitals begin a word. A part with digits is a word where it
    begins with one; digits behind it number it.
    """
    name = PurePath(source).name
    if not _ENDING.search(name) or len(name) > _MOST:
        return ""
    found = (_as_word(part) for part in _PARTS.findall(_cut(_ENDING.sub("", name))))
    return " ".join(dict.fromkeys(filter(None, found)))


def told_besides(source: str, title: str) -> str:
    """The words of a file's name that a title lacks as they are searched, parted by blanks."""
    told = {part.casefold() for part in _PARTS.findall(title)}
    left = [word for word in name_words(source).split() if word.casefold() not in told]
    return " ".join(left) if any(_NAMED.match(word) for word in left) else ""


def folded_words(text: str) -> list[str]:
    """The words of a text as they are compared, those of a name as ``name_words`` cuts them."""
    return [word.casefold() for word in map(_as_word, _PARTS.findall(_cut(text))) if word]


def _cut(name: str) -> str:
    """A name with a blank where a word begins: *oldMill* and *CCTVMill*, but not *PDFs*."""
    pieces = []
    for at, letter in enumerate(name):
        before, after = name[max(0, at - 1) : at], name[at + 1 : at + 3]
        is_first = before.islower() or (before.isupper() and len(after) > 1 and after.islower())
        pieces.append(f" {letter}" if letter.isupper() and is_first else letter)
    return "".join(pieces)


def _as_word(part: str) -> str:
    word = part.rstrip("0123456789")
    if word.isalpha():
        return word if _WORD.match(word) and (word == part or len(word) > 2) else ""
    return word if _NAMED.match(word) else ""
