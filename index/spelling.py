"""The words of a question as the collection spells them: people misspell what they look for.

Knows no language: what no chunk has, and nearly the same word of another one, is that word.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice

from index.catalogue import Catalogue
from index.fold import expressions
from index.words import ALIKE, content_words

_FEWEST_LETTERS = 6  # of a shorter word another letter makes another word
_BEGINNING = 2  # letters that are seldom mistaken, and leave few words to compare
_COMPARED = 4  # of the nearest
_MOST_WORDS = 8  # that no chunk has: a page that was pasted in may have hundreds
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words, row)"


def as_spelt(catalogue: Catalogue, question: str) -> str:
    """``question`` with each word that no chunk has as the nearest one that some chunk has; as it
    is where there is none. To be called inside ``catalogue.reading()``."""
    nearest: dict[str, str] = {}
    for written, word, form in islice(_missing(catalogue, question), _MOST_WORDS):
        alike = [_in_text(catalogue, each) for each in _forms_like(catalogue, form)]
        # Forms have no endings, and are nearer to each other than the words are.
        for near in get_close_matches(word, alike, 1, ALIKE):
            nearest[written] = near
    if not nearest:
        return question
    return " ".join(nearest.get(each, each) for each in question.split())


def _missing(catalogue: Catalogue, question: str) -> Iterator[tuple[str, str, str]]:
    """The long words that no chunk has: as they are written, in lower case, as searched."""
    chunks_with = catalogue.word_counter(1)
    for written in question.split():
        for word in content_words(written)[:1]:
            sought = expressions(word, catalogue.languages())
            is_long = len(word) >= _FEWEST_LETTERS and word.isalpha()
            if is_long and len(sought) == 1 and not chunks_with(sought[0]):
                yield written, word, sought[0].partition(" OR ")[0].strip('"')


def _forms_like(catalogue: Catalogue, form: str) -> list[str]:
    """The nearest of the forms in which words are searched, the nearest first."""
    catalogue.execute(_VOCABULARY)
    rows = catalogue.rows(
        "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ?",
        form[:_BEGINNING],
        f"{form[:_BEGINNING]}\U0010ffff",
    )
    return get_close_matches(form, [term for (term,) in rows], _COMPARED, ALIKE)


def _in_text(catalogue: Catalogue, form: str) -> str:
    """A word that is searched in this form, as a chunk has it; the form where only a title has."""
    found = catalogue.ranked_by_words(f'"{form}"', 1)
    for chunk in catalogue.chunks([chunk_id for chunk_id, _ in found]).values():
        for word in content_words(" ".join((*chunk.headings, chunk.text))):
            if any(f'"{form}"' in each for each in expressions(word, catalogue.languages())):
                return word
    return form
