"""The answer before the language model is asked: one proved line, and whether that is enough.

What was shown is never taken back: a language model that is asked afterwards can only add to it.
Knows no model, index or stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rag.answering.draft import Draft
from rag.facts import facts_of
from rag.gate.types import Candidate
from rag.question import Question
from rag.types import Verified

SURE = 0.8  # probability from which on a line is the whole answer, whatever is asked
MORE_WORDS = 2  # content words that make another sentence worth reading beside what is shown


def may_be_quick(question: Question) -> bool:
    """Whether one line may answer: no line is an overview, nor tells what all documents say."""
    return not (question.asks_for_overview or question.asks_of_all)


def suffices(draft: Draft) -> bool:
    """Whether ``draft`` shows all that was asked for: a name, a figure, a date or a place, a proved
    yes or no, or a line that is very likely the answer."""
    question = draft.question
    if not draft.claims or question.asks_to_explain:
        return False
    wants_one_thing = question.kind is not None or question.asks_yes_or_no
    return wants_one_thing or draft.probability >= SURE


def completed(draft: Draft, candidates: Iterable[Candidate]) -> Iterator[Verified]:
    """Show those of ``candidates`` that say more than ``draft`` does. The first of them must answer
    the question by itself, as if nothing had been shown."""
    answers = False
    for candidate in candidates:
        if not _says_more(candidate, draft):
            continue
        before = len(draft.claims)
        yield from draft.offer(candidate, alone=not answers)
        answers = answers or len(draft.claims) > before


def _says_more(candidate: Candidate, draft: Draft) -> bool:
    language = draft.question.language
    told = facts_of(f"{draft.text} {draft.question.standalone}", language)
    said = facts_of(candidate.text, language)
    return len({*said.content} - {*told.content}) >= MORE_WORDS
