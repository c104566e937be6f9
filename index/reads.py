"""Does an embedding model read a text at all? Its tokenizer tells. Knows no models by name.

Of a language that it was trained on, a tokenizer knows words and parts of words; every other script
it spells letter by letter, or takes a whole run of it for one unknown word. What the model makes of
that is near to nothing and everything, so that the words alone should decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise

from index.embed import Embedder
from index.words import SIGNS

# Share of the letters that stand in tokens of several: MiniLM has .9 of German, .7 of Turkish, .5
# of Hindi at most, .4 of Greek; a multilingual model .8 and more of each.
_ENOUGH = 0.65
_LONGEST = 16  # letters of a token: Thai, unknown, has whole sentences
_FEWEST_LETTERS = 4  # a code tells nothing
_SAMPLE = 2000  # characters
# Of Chinese and Japanese a sign is a word, or half of one: who knows none takes each by itself.
_ENOUGH_SIGNS = 0.1
_LONGEST_SIGNS = 8  # of a token: more are a sentence that is taken for one unknown word
_SIGN = re.compile(f"[{SIGNS}]")


def reads(embedder: Embedder, text: str) -> bool:
    """Whether the tokenizer of ``embedder`` knows the words of ``text``."""
    return known_by(embedder.token_starts, text)


def known_by(token_starts: Callable[[str], Sequence[int]], text: str) -> bool:
    """Whether a tokenizer, told by where its tokens begin, knows the words of ``text``."""
    sample = text[:_SAMPLE]
    if sample.isascii():
        return True
    starts = token_starts(sample)
    tokens = [sample[start:end] for start, end in pairwise([*starts, len(sample)])]
    signs = [len(_SIGN.findall(each)) for each in tokens]
    letters = [sum(map(_is_letter, each)) - n for each, n in zip(tokens, signs, strict=True)]
    if sum(signs) > sum(letters):
        return _together(signs, _LONGEST_SIGNS) > _ENOUGH_SIGNS
    return sum(letters) < _FEWEST_LETTERS or _together(letters, _LONGEST) > _ENOUGH


def _together(counts: list[int], longest: int) -> float:
    """The share of letters whose token has several, and not too many."""
    return sum(each for each in counts if 1 < each <= longest) / sum(counts)


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM"  # with the marks that belong to one
