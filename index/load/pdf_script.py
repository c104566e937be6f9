"""Which words of a line of a PDF are raised or lowered, and how that is written.

A raised mark of a note is told from an exponent by what stands before it: a note is of a word, an
exponent of a number, a unit or a name of one or two letters. Knows no files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from index.load.pdf_words import TOUCHING, Line, Word
from index.load.script import lowered, raised

_BODY_SHARE = 0.2  # of the characters of its line at least; an initial over several lines has less
_SMALLER = 0.86  # of the size of its line: what is raised is smaller, as a rule
_RAISED = (0.1, 0.75)  # of the size: by how much
_LOWERED = (0.04, 0.5)
_RAISED_AS_LARGE = 0.2  # of the size: letters of the same size must stand apart more clearly
_LONGEST = 16  # characters; what is longer is a line of its own
_LONGEST_MARK = 4
_APART = 0.35  # of the size: a mark may stand so far from its word
_WORD = re.compile(r"[^\W\d_]{3}$")
_NOTE = re.compile(r"(?:\d{1,3}|[a-z])(?:[,;–-] ?(?:\d{1,3}|[a-z]))*$")
_MARK = re.compile(r"[\[(]?[\d*†‡§+−-][\d,;–*†‡§+−-]{0,6}[\])]?$|[a-z]$")
_AFTER_WORDS = frozenset(".,;:!?”’\"'»›%")
_SIGNS = {"TM": "™", "SM": "℠"}


def rises(line: Line, characters: Sequence[str]) -> list[int]:
    """For each word of a line 1 if it is raised, -1 if it is lowered, else 0."""
    body = _body_size(line)
    found: list[int] = []
    base = next(word for word in line if word.size >= _SMALLER * body)
    for at, word in enumerate(line):
        rise = _rise(word, base, body) if word is not base else 0
        if rise:
            text = "".join(characters[word.start : word.end])
            rise = rise if _is_attached(line, found, at, body, text) else 0
        found.append(rise)
        if not rise and word.size >= _SMALLER * body:
            base = word
    return found


def _body_size(line: Line) -> float:
    """The largest size that is not only that of an initial."""
    sizes: Counter[float] = Counter()
    for word in line:
        sizes[word.size] += word.end - word.start
    least = _BODY_SHARE * sizes.total()
    return max(size for size, count in sizes.items() if count >= min(least, max(sizes.values())))


def _rise(word: Word, base: Word, body: float) -> int:
    length = word.end - word.start
    by = (word.baseline - base.baseline) / base.size
    if word.size < _SMALLER * body and length <= _LONGEST:
        return (_RAISED[0] < by < _RAISED[1]) - (_LOWERED[0] < -by < _LOWERED[1])
    if word.size <= body / _SMALLER and length <= _LONGEST_MARK:
        return (_RAISED_AS_LARGE < by < _RAISED[1]) - (_RAISED_AS_LARGE < -by < _LOWERED[1])
    return 0


def _is_attached(line: Line, rises_before: Sequence[int], at: int, body: float, text: str) -> bool:
    """Whether a small word stands at its neighbour, as a mark does, and not in a place of its own.

    One as large as its line must touch what is before it; so must words, which marks are not.
    """
    word = line[at]
    as_large = word.size >= _SMALLER * body
    if at == 0:
        follows = len(line) > 1 and line[1].left - word.right < body
        return not as_large and follows and bool(_NOTE.match(text))
    gap = word.left - line[at - 1].right
    if as_large:
        return -TOUCHING * body < gap < TOUCHING * body and not rises_before[-1]
    is_mark = bool(_MARK.match(text))
    apart = _APART * body if is_mark else TOUCHING * word.size
    return -_APART * body < gap < apart and (is_mark or any(map(str.isalnum, text)))


def written(text: str, rise: int, before: str, after: str) -> str:
    """How a raised (``rise`` 1) or lowered (-1) run is written between its neighbours.

    ``before`` is the line so far, ``after`` what comes next, a blank included.
    """
    if rise < 0:
        return lowered(text)
    if not any(map(str.isalnum, text)):
        return raised(text) if raised(text)[0] != "^" else text
    if not before.strip():
        is_isotope = text.isdigit() and re.match(r"[A-Z][a-z]?(?![a-z])", after)
        return (
            raised(text)
            if is_isotope
            else f"[{text}]" + " " * (not after[:1].isspace())
            if _NOTE.match(text)
            else text
        )
    if text in _SIGNS or (text.isalpha() and len(text) > 1 and before[-1].isdigit()):
        return _SIGNS.get(text, text)  # the ending of an ordinal reads like that of a word
    if _NOTE.match(text) and (_is_word(before) or before[-1] in _AFTER_WORDS):
        return f"[{text}]"
    if re.match(r"[\[(].*[\])]$", text) and not before[-1].isdigit():
        return text
    return raised(text)


def _is_word(before: str) -> bool:
    """Whether a line ends with a word, not with a number or a unit."""
    return bool(_WORD.search(before.rstrip(")]")))
