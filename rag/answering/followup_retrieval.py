"""What to search for a second time, when what was found lacks a part of the question.

*The waterfall in the town where she was born* is nowhere near the page of the waterfall, but her
page names the town: the question's missing words and the names that were found beside the others
lead there (the bridge entities of Yang et al. 2018, HotpotQA, doi:10.18653/v1/D18-1259). Two
rounds, no more: each costs a search and makes the prompt longer. Knows no index and no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.words import words
from rag.facts import facts_of
from rag.gate.comparison import lacking
from rag.question import Question
from rag.types import Sentence

LEADING = 3  # of the best sentences: what a missing part hangs on stands in them
NAMES = 4  # of those found: more make the second question a list of everything
SHORTEST_QUESTION = 12  # words: a question over two documents takes so many to be asked
TOKENS = 110  # half as much evidence as the first round


def followup_question(
    question: Question, evidence: Sequence[Sentence], titles: Mapping[int, str]
) -> str | None:
    """The question of the second round; None where the first lacks nothing, or names nothing new.

    ``titles`` maps document ids to titles. What is lacking is what the document of the best
    sentence does not say: other documents have the same words of other things. Of 102 dev questions
    of multihop_wiki .55 then have the answer in their evidence, .51 when all documents count.
    """
    asked, language = question.facts.words, question.language
    if len(asked) < SHORTEST_QUESTION or not evidence:
        return None
    best_first = sorted(evidence, key=lambda each: -each.score)
    document = best_first[0].document_id
    told = [each.text for each in best_first if each.document_id == document]
    title = titles[document]
    missing = lacking(question.facts, facts_of("\n".join((*told, title)), language))
    found = _new_names(question, told[:LEADING], title)
    return " ".join((*missing, *found)) if missing and found else None


def _new_names(question: Question, sentences: Sequence[str], title: str) -> list[str]:
    """Names of the sentences, and their document's title, that the question does not have."""
    asked, language = set(question.facts.words), question.language
    told = (name for each in sentences for name in (*facts_of(each, language).names, title))
    new = dict.fromkeys(
        name
        for name in told
        if name.lower() not in language.calendar and not set(words(name)) <= asked
    )
    return list(new)[:NAMES]
