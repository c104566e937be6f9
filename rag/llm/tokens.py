"""How many tokens a text has at most and at least, for servers that do not count beforehand.

Tokenizers differ, but all that are in use cut a text into words, groups of digits and signs before
they look anything up, and none makes more tokens than there are bytes. Knows no model.
"""

from __future__ import annotations

import re

_PIECE = re.compile(
    r" ?(?P<word>[^\W\d_]+)"  # a single space joins the word behind it, but no figure
    r"|(?P<digits>\d+)|(?P<signs>[^\w\s]+|_+)|(?P<space>\s)"
)
_LETTERS_PER_TOKEN = 2  # at least, of Latin letters: words average four, codes and names fewer
_DIGITS_PER_TOKEN = 3  # at most: some tokenizers group three, others make a token of each digit
_LETTERS_OF_A_WORD = 24  # a longer run is a script without spaces, or a code
_MESSAGE_TOKENS = 12  # the marks of a chat template around one message
SLACK = 0.85  # of the least count: rare tokenizers join a word and its sign


def most_tokens(text: str) -> int:
    """Return a count that hardly any tokenizer exceeds for ``text``."""
    return sum(_most(found) for found in _PIECE.finditer(text)) + _MESSAGE_TOKENS


def least_tokens(text: str) -> int:
    """Return a count below which hardly any tokenizer stays for ``text``."""
    return int(SLACK * sum(_least(found) for found in _PIECE.finditer(text)))


def _most(found: re.Match[str]) -> int:
    word = found["word"]
    if word and word.isascii():
        return -(-len(word) // _LETTERS_PER_TOKEN)
    # Digits, signs and spaces are one each; other scripts are read byte by byte at worst.
    return len((word or found[0]).encode())


def _least(found: re.Match[str]) -> int:
    if found["space"]:
        return 0
    if found["digits"]:
        return -(-len(found["digits"]) // _DIGITS_PER_TOKEN)
    return -(-len(found[0]) // _LETTERS_OF_A_WORD)
