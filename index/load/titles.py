"""Which title a document has where its properties, its headings and its file's name say something.

Two witnesses count more than one: a line of the beginning that says what the name of the file says
is the title, where the properties are those of a template and the first heading that of a clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from index.file_names import folded_words, name_words
from index.load.build import tidy
from rag.language import FUNCTION_WORDS

_BEGINNING = 1000  # characters
_LINES = 5
LONGEST_TITLE = 110  # characters
_FEWEST_WORDS = 3  # that a line and the name of the file have in common
_MORE = 2  # such words than the title has that would stand else


def title_of(stated: str, heading: str, text: str, name: str) -> str:
    """The title that a file of ``name`` states, else its first ``heading``, else the name; but the
    line of the beginning of ``text`` that says what the name says, where those say less of it."""
    lines = [tidy(line) for line in text[:_BEGINNING].split("\n") if line.strip()][:_LINES]
    title = _whole(tidy(stated) or tidy(heading), lines)
    named = frozenset(folded_words(name_words(name)))
    least = max(_FEWEST_WORDS, _in_common(title, named) + _MORE)
    told = [line for line in lines if len(line) <= LONGEST_TITLE and _is_told(line, named)]
    best = max(told, key=lambda line: _in_common(line, named), default="")
    return best if _in_common(best, named) >= least else title or PurePath(name).name


def _whole(title: str, lines: Sequence[str]) -> str:
    """A title that ends in a word such as *of*, with the line that it goes on in: *The By-laws of*
    says nothing."""
    last = title.rpartition(" ")[2]
    behind = lines[lines.index(title) + 1 :] if title in lines else ()
    # *Contact Us*, *Vitamin A*: in a title, words that lead on to others are written small.
    if last not in FUNCTION_WORDS or title == title.lower() or not behind:
        return title
    whole = f"{title} {behind[0]}"
    return whole if len(whole) <= LONGEST_TITLE else title


def _in_common(line: str, named: frozenset[str]) -> int:
    return len(named.intersection(folded_words(line)))


def _is_told(line: str, named: frozenset[str]) -> bool:
    """Whether most of the words of a line are those of the name."""
    words = set(folded_words(line))
    return 2 * len(words & named) >= len(words)
