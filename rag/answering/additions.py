"""What is quoted beside an answer: more of an explanation or overview, other documents' figures."""

from __future__ import annotations

from collections.abc import Iterator

from rag.answering.conflicts import other_figures
from rag.answering.draft import Draft
from rag.answering.quoting import quoted
from rag.facts import facts_of
from rag.gate.relevance import answers_as_well
from rag.gate.types import Case
from rag.types import Conflict, Evidence, Verified

# Citation F1 on 12 dev questions of clapnq that ask to explain: .52 with none, .67 with one, .71
# with two, .68 with three.
EXPLAINING = 2  # sentences added where a question asks for an explanation
OVERVIEW = 8  # sentences of an overview, with those that the language model wrote
OTHER_FIGURE = "Another document says: {figure}."


def additions(draft: Draft) -> Iterator[Verified]:
    """All that is quoted beside the answer of ``draft``; nothing where it has none."""
    if draft.claims:
        yield from _explanation(draft)
        yield from _conflict(draft)


def _explanation(draft: Draft) -> Iterator[Verified]:
    """Of an explanation or an overview, more of what the same document says."""
    if draft.question.asks_for_overview:
        count = OVERVIEW - len(draft.claims)
    elif draft.question.asks_to_explain:
        count = EXPLAINING
    else:
        return
    cited = draft.cited
    documents = {each.sentence.document_id for each in cited}
    more = [
        each.sentence
        for each in draft.evidence
        if each.sentence.document_id in documents and each not in cited
    ]
    best = sorted(more, key=lambda each: -each.score)[: max(0, count)]
    yield from (draft.show(quoted(each.text), [each], 1.0) for each in more if each in best)


def _conflict(draft: Draft) -> Iterator[Verified]:
    """Other documents' figures for what was asked, each with its citation."""
    shown = [each.sentence for each in draft.evidence]
    cited = [each.sentence for each in draft.cited]
    told = {each.sentence: each for each in draft.evidence}
    figures = [
        (figure, sentence)
        for figure, sentence in other_figures(draft.question, " ".join(draft.said), shown, cited)
        if _is_about_the_same(draft, figure, told[sentence])
    ]
    if not figures:
        return
    first = draft.claims[0]
    for figure, sentence in figures:
        yield draft.show(OTHER_FIGURE.format(figure=figure), [sentence], 1.0)
    others = draft.claims[-len(figures) :]
    values = (draft.said[0], *(figure for figure, _ in figures))
    ids = (*first.citations, *(claim.citations[0] for claim in others))
    draft.conflicts = (Conflict(values, ids),)


def _is_about_the_same(draft: Draft, figure: str, evidence: Evidence) -> bool:
    """Whether a sentence is about all that was asked: of other things, other figures are no
    contradiction."""
    claim = facts_of(figure, draft.question.language)
    return answers_as_well(Case.citing(draft.question, claim, [evidence]))
