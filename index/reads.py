"""Does an embedding model read a text at all? Its tokenizer tells. Knows no models by name.

Of a language that it was trained on, a tokenizer knows words and parts of words; every other script
it spells letter by letter, or takes a whole run of it for one unknown word. What the model makes of
that is near to nothing and everything, so that the words alone should decide.
"""

from __future__ import annotations

from index.embed import Embedder

_SPELLED = 1.5  # letters a token: English has 4.0, German 2.5, Turkish 2.0; Greek, unknown, 1.0
_UNKNOWN = 12.0  # letters a token: Thai, unknown, has 28
_FEWEST_LETTERS = 4  # a code tells nothing
_SAMPLE = 2000  # characters


def reads(embedder: Embedder, text: str) -> bool:
    """Whether the tokenizer of ``embedder`` knows the words of ``text``."""
    sample = text[:_SAMPLE]
    if sample.isascii():
        return True
    letters = sum(each.isalpha() for each in sample)
    tokens = len(embedder.token_starts(sample))
    return letters < _FEWEST_LETTERS or _SPELLED <= letters / max(1, tokens) <= _UNKNOWN
