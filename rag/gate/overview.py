"""Proves the sentences of an overview: each is carried by the document that was asked about.

No line answers a request for a summary more than another, so that nothing is gained by asking how
likely a sentence answers it. What must be right is the document.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.facts import Facts, facts_of
from rag.gate.alignment import aligned
from rag.gate.reading import carried_by
from rag.gate.relevance import says_more_than_the_question
from rag.gate.support import support
from rag.gate.types import Candidate, Case, Decision, Shown, Withheld
from rag.question import Question
from rag.reader.reader import Reader
from rag.types import Evidence

CLEAR_LEAD = 0.3  # below the median of what right answers to dev questions cite, .36
ONLY_DOCUMENT = 1.0


def recognise(question: Question, candidate: Candidate) -> Facts | None:
    """The candidate as a claim, where the question asks for an overview of one document."""
    if not question.asks_for_overview or question.asks_of_all:
        return None
    return facts_of(candidate.text, question.language)


def prove(
    question: Question,
    candidate: Candidate,
    claim: Facts,
    evidence: Sequence[Evidence],
    reader: Reader,
) -> Decision | None:
    """Show a sentence that its document carries, if that has every name of the question or, where
    it names nothing, clearly fits it best; None where it is not clear which document is meant."""
    cited = aligned(claim, evidence, candidate.chosen)
    case = Case.citing(question, claim, cited, carried_by(reader, claim.text, cited))
    found = support(case)
    objections = (*found.objections, *says_more_than_the_question(case))
    if objections:
        return Withheld(candidate, tuple(each.reason for each in objections), cited)
    return Shown(candidate, cited, found.score) if _is_clear(case, cited) else None


def _is_clear(case: Case, cited: Sequence[Evidence]) -> bool:
    """Whether the cited document is the one that is meant."""
    names = case.question.names
    if names:
        return all(case.document_names(each) for each in names)
    lead = max((each.sentence.lead for each in cited), default=0.0)
    return lead >= (CLEAR_LEAD if case.question.overview_of else ONLY_DOCUMENT)
