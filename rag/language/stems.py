"""Stems of English words, so that *sappers* and *sapper* are one. Knows no documents."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from index.words import content_words

_local = threading.local()


# Verbs whose forms no stemmer brings together: *did they hold* is asked, *they held* is stated.
_IRREGULAR = """
    become became; begin began begun; break broke broken; bring brought; build built; buy bought;
    catch caught; choose chose chosen; deal dealt; draw drew drawn; drink drank drunk; drive drove
    driven; eat ate eaten; fall fell fallen; feel felt; fight fought; find found; flee fled; fly
    flew flown; forbid forbade forbidden; forget forgot forgotten; freeze froze frozen; give gave
    given; go went gone; grow grew grown; hang hung; hear heard; hide hid hidden; hold held; keep
    kept; know knew known; lead led; leave left; lend lent; lose lost; make made; mean meant; meet
    met; pay paid; ride rode ridden; ring rang rung; rise rose risen; run ran; say said; see saw
    seen; seek sought; sell sold; send sent; shoot shot; sing sang sung; sink sank sunk; sit sat;
    sleep slept; speak spoke spoken; spend spent; stand stood; steal stole stolen; strike struck;
    swear swore sworn; swim swam swum; take took taken; teach taught; tell told; think thought;
    throw threw thrown; understand understood; wear wore worn; win won; withdraw withdrew
    withdrawn; write wrote written
"""
_FORMS = {
    form: verb
    for verb in (frozenset(line.split()) for line in _IRREGULAR.split(";"))
    for form in verb
}


@lru_cache(maxsize=65536)  # about the vocabulary of a large collection
def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of a word in lower case, without a possessive ending."""
    stemmed: str = _stemmer().stemWord(word.removesuffix("'s"))
    return stemmed


def content_stems(text: str) -> list[str]:
    """Stems of the content words of ``text``, in order."""
    return [stem(word) for word in content_words(text)]


def forms(word: str) -> frozenset[str]:
    """The forms of an irregular verb, ``word`` in lower case among them; empty for other words."""
    return _FORMS.get(word, frozenset())


def _stemmer() -> Any:
    import snowballstemmer

    if not hasattr(_local, "stemmer"):  # a stemmer keeps the word it works on, so one per thread
        _local.stemmer = snowballstemmer.stemmer("english")
    return _local.stemmer
