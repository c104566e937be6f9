"""What to search for a second time, when what was found lacks a part of the question.

*The waterfall in the town where she was born* is nowhere near the page of the waterfall, but her
page names the town: the question's missing words and the names that were found beside the others
lead there (the bridge entities of Yang et al. 2018, HotpotQA, doi:10.18653/v1/D18-1259). Two
rounds, no more: each costs a search and makes the prompt longer. Knows no index and no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.words import words
from rag.answerability import lacking
from rag.facts import names
from rag.types import Sentence

LEADING = 3  # of the best sentences: what a missing part hangs on stands in them
NAMES = 4  # of those found: more make the second question a list of everything
SHORTEST_QUESTION = 12  # words: a question over two documents takes so many to be asked
TOKENS = 110  # half as much evidence as the first round


def second_question(
    question: str, evidence: Sequence[Sentence], titles: Mapping[int, str]
) -> str | None:
    """The question of the second round; None where the first lacks nothing, or names nothing new.

    ``titles`` maps document ids to titles.
    """
    asked = words(question)
    if len(asked) < SHORTEST_QUESTION:
        return None
    told = "\n".join((*(each.text for each in evidence), *titles.values()))
    missing = lacking(question, told)
    found = _new_names(asked, evidence, titles)
    return " ".join((*missing, *found)) if missing and found else None


def _new_names(
    asked: Sequence[str], evidence: Sequence[Sentence], titles: Mapping[int, str]
) -> list[str]:
    """Names of the best sentences, and their documents' titles, that the question does not have."""
    best = sorted(evidence, key=lambda each: -each.score)[:LEADING]
    told = (name for each in best for name in (*names(each.text), titles[each.document_id]))
    new = dict.fromkeys(name for name in told if not set(words(name)) <= set(asked))
    return list(new)[:NAMES]
