"""Words of a text, and the English words that carry no content. Knows no documents."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+(?:['’]\w+)?")

# Function words: they match everywhere (a nine-term OR with them costs FTS5 7 times as much as
# without) and say nothing about what is asked.
STOP_WORDS = frozenset(
    "a about above after again against all also am an and any are aren't as at be because been "
    "before being below between both but by can can't cannot could couldn't did didn't do does "
    "doesn't doing don't down during each else ever every few for from further get gets got had "
    "hadn't has hasn't have haven't having he her here hers herself him himself his how however i "
    "if in into is isn't it it's its itself just let's like many may me might more most much must "
    "my myself no nor not of off on once only or other ought our ours ourselves out over own per "
    "quite rather s same shall she should shouldn't since so some such t than that that's the "
    "their theirs them themselves then there there's these they this those though through thus to "
    "too under until up upon us very was wasn't we were weren't what what's when where whether "
    "which while who who's whom whose why will with within without won't would wouldn't yet you "
    "your yours yourself yourselves".split()
)


def words(text: str) -> list[str]:
    """The words of ``text`` in lower case, in order; a word holds letters, digits or ``_``."""
    return [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words of ``text`` that are not function words."""
    return [word for word in words(text) if word not in STOP_WORDS]
