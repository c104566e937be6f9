"""Words of a text. Knows no documents; which words carry no content is the languages' to say."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

from rag.language import FUNCTION_WORDS

SHORTEST_PART = 3  # letters of a word that is written in two
ALIKE = 0.8  # difflib's ratio of two spellings: one slip in a word of five letters or more

# Scripts that part words by no blanks. Signs of words are searched in pairs, letters in threes.
SIGNS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    + ("\uff66-\uff9f\U00020000-\U0003ffff")
)
LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = re.compile(f"(?P<signs>[{SIGNS}]+)|(?P<letters>[{LETTERS}]+)")
_PAIR, _THREE = 2, 3

_COMBINING = (range(0x300, 0x2000), range(0x20D0, 0x2100), range(0xA66F, 0xABF0))


def run_together(text: str) -> str:
    """The letters and digits of ``text`` alone, folded: *DS 1307* and *ds-1307* are the same."""
    return "".join(each for each in text.casefold() if each.isalnum())


def letters_alone(line: str) -> str:
    """The letters of a line, folded: what recurs on pages with their numbers is the same."""
    return "".join(each for each in line.casefold() if each.isalpha())


def words(text: str) -> list[str]:
    """The words of ``text`` in lower case, in order; a word holds letters, digits or ``_``.

    Of a script without blanks between words, what stands for them: all pairs of signs, or threes
    of letters, that follow each other.
    """
    found = written_words(text)
    if text.isascii():
        return found
    return [piece for word in found for piece in unspaced(word)]


def written_words(text: str) -> list[str]:
    """As `words`, but what stands without blanks is one word."""
    return [match.group().lower().replace("’", "'") for match in _word().finditer(text)]


def joined_words(text: str) -> dict[str, tuple[str, str]]:
    """Each two content words of ``text`` that stand beside each other, by how they are written as
    one: *deep sleep* is *deepsleep*."""
    return {
        f"{one}{other}": (one, other)
        for one, other in pairwise(written_words(text))
        if min(len(one), len(other)) >= SHORTEST_PART
        and f"{one}{other}".isalpha()
        and not {one, other} & FUNCTION_WORDS
    }


def content_words(text: str) -> list[str]:
    """The words of ``text`` that are not function words."""
    return [word for word in words(text) if word not in FUNCTION_WORDS]


def unspaced(word: str) -> list[str]:
    """``word``, or in its place the overlapping pieces of each run without blanks in it."""
    found: list[str] = []
    end = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > end:
            found.append(word[end : run.start()])
        found += _pieces(run)
        end = run.end()
    return found if end == len(word) else [*found, word[end:]]


def unspaced_runs(text: str) -> list[list[str]]:
    """The overlapping pieces of each run without blanks in ``text``: each begins a letter or sign
    behind the one before."""
    return [_pieces(run) for run in _UNSPACED.finditer(text)]


def _pieces(run: re.Match[str]) -> list[str]:
    size = _PAIR if run["signs"] else _THREE
    last = max(1, len(run.group()) - size + 1)
    return [run.group()[start : start + size] for start in range(last)]


def spaced_part(word: str) -> str:
    """``word`` up to where it goes on in a script without blanks: *DECnet* of *DECnet第二阶段*."""
    run = _UNSPACED.search(word)
    return word[: run.start()] if run and run.start() else word


@cache
def _word() -> re.Pattern[str]:
    """A word: letters, digits and ``_``, with the marks that Python does not count among them."""
    part = rf"(?:[\w{combining_marks()}])+"
    return re.compile(rf"{part}(?:['’]{part})?")


@cache
def combining_marks() -> str:
    """The marks that belong to a letter before them (vowels of Hindi among them), for a class."""
    return "".join(
        chr(code)
        for block in _COMBINING
        for code in block
        if unicodedata.category(chr(code)).startswith("M")
    )
