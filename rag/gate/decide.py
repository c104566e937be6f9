"""The gate: the one place that decides whether a sentence is shown. **Read this first.**

The assistant, ``rag eval gate-errors`` and ``rag eval calibrate`` all ask `Gate.decide`. Knows no
language model, index or surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.words import words
from rag.facts import Facts, facts_of
from rag.gate.alignment import aligned
from rag.gate.calibration import Calibrations, default_calibrations, signals
from rag.gate.comparison import told_otherwise
from rag.gate.provers import proved
from rag.gate.reading import carried_by
from rag.gate.relevance import is_spoken_of, relevance, reservations
from rag.gate.rows import column_asked_for, unasked_column
from rag.gate.support import Support, support
from rag.gate.types import (
    Candidate,
    Case,
    Decision,
    Likelihood,
    Said,
    Shown,
    Tentative,
    Withheld,
)
from rag.question import Question
from rag.reader.reader import Reader, default_reader
from rag.types import Evidence, Strictness

LEANS_ON_WITHHELD = "it refers to a sentence that was withheld"
TOLD_OF_ONE = "all documents are asked about, and this is told in one"
OF_ANOTHER_COLUMN = "the row says '{value}' for '{name}'"
OF_UNASKED_COLUMN = "the row gives it as '{name}', and says nothing of '{word}'"
PUT_TOGETHER = "it takes a figure from a text about something else: '{text}'"
LOOK_ALIKE = "another document says the same of something else: '{text}'"
UNLIKELY = "only {probability:.0%} likely to answer the question"
CLEAR_LEAD = 0.05  # of the cited document before any other, that a question means it
PHRASE_WORDS = 8  # as short answers are in SQuAD and Natural Questions; longer ones are sentences


@dataclass(frozen=True, slots=True)
class Gate:
    """What a decision rests on: the reader, the calibrations that say when to abstain, and how
    strictly they are applied."""

    reader: Reader = field(default_factory=default_reader)
    calibrations: Calibrations = field(default_factory=default_calibrations)
    strictness: Strictness = "balanced"

    def decide(
        self,
        question: Question,
        candidate: Candidate,
        evidence: Sequence[Evidence],
        said: Said = Said(),  # noqa: B008 # frozen
    ) -> Decision:
        """Whether ``candidate`` is shown: its evidence carries it, it leans on nothing that was
        withheld, and the first sentence that is shown answers the question."""
        claim = facts_of(candidate.text, question.language)
        if claim.refers_back and said.withheld and not said.shown:
            return Withheld(candidate, (LEANS_ON_WITHHELD,))
        if not said.shown and (decision := proved(question, candidate, evidence, self.reader)):
            return decision
        cited = aligned(claim, evidence, candidate.chosen)
        # A phrase states nothing by itself: with the question it is judged by the calibration.
        phrase = is_phrase(candidate.text)
        carried = 0.0 if phrase else carried_by(self.reader, candidate.text, cited)
        case = Case.citing(question, claim, cited, carried)
        found = support(case)
        if any(each.refuses or said.shown for each in found.objections):
            return Withheld(candidate, found.reasons, cited)
        if said.shown:
            return Shown(candidate, cited, found.score)
        return self._answering(case, candidate, evidence, found, cited)

    def _answering(
        self,
        case: Case,
        candidate: Candidate,
        evidence: Sequence[Evidence],
        supported: Support,
        cited: tuple[Evidence, ...],
    ) -> Decision:
        """The decision on a first sentence that its evidence carries: is it likely the answer?"""
        found = relevance(case)
        if found.refusal:
            return Withheld(candidate, (found.refusal.reason,), cited)
        others = tuple(each for each in evidence if each not in cited)
        confirmed = candidate.confirm(cited) if candidate.confirm else None
        told = candidate.logprob, confirmed
        read = signals(case, cited, others, len(found.doubts), self.reader, *told)
        calibration = self.calibrations.of(read, candidate.writer, quoted=candidate.quoted)
        probability = round(calibration.probability(read), 4)
        likelihood = Likelihood(probability, read.known())
        reserved = supported.reasons
        reserved += (TOLD_OF_ONE,) if case.question.asks_of_all else reservations(case)
        elsewhere, better = misplaced(case, candidate, cited, evidence)
        reserved += elsewhere
        if probability >= calibration.threshold(self.strictness) and not reserved:
            return Shown(candidate, cited, supported.score, likelihood)
        reasons = (*reserved, *found.reasons, UNLIKELY.format(probability=probability))
        is_meant = case.question.is_unread or not found.doubts
        if probability >= calibration.tentative and (
            is_meant or is_spoken_of(case.question, evidence)
        ):
            score = supported.score
            return Tentative(candidate, reasons, cited, score, likelihood, better=better)
        return Withheld(candidate, reasons, cited, likelihood, better)


def misplaced(
    case: Case, candidate: Candidate, cited: Sequence[Evidence], evidence: Sequence[Evidence]
) -> tuple[tuple[str, ...], Candidate | None]:
    """What says that the candidate may be of another place than is asked for, another column of its
    row or another document with the same line, and what stands in the right one."""
    reasons: tuple[str, ...] = ()
    better = None
    if cell := column_asked_for(case):
        reasons += (OF_ANOTHER_COLUMN.format(name=cell[0], value=cell[1]),)
        if len(cited) == 1 and _is_alike(case, facts_of(cell[1], case.question.language)):
            better = cell[1], cited[0]
    elif unasked := unasked_column(case):
        reasons += (OF_UNASKED_COLUMN.format(name=unasked[0], word=unasked[1]),)
    if stranger := _stranger(case, cited):
        reasons += (PUT_TOGETHER.format(text=stranger.text),)
    others = [each for each in evidence if each not in cited]
    leading = max(each.sentence.lead for each in cited) >= CLEAR_LEAD
    if not leading and (twin := _look_alike(case, cited, others)):
        reasons += (LOOK_ALIKE.format(text=twin.text),)
        if twin.sentence.lead >= CLEAR_LEAD:
            better = twin.text, twin
    if better is None:
        return reasons, None
    # No model wrote it, but one found the line or its look-alike.
    text, place = better
    return reasons, replace(
        candidate, text=text, chosen=(evidence.index(place),), writer="", logprob=None, confirm=None
    )


def _stranger(case: Case, cited: Sequence[Evidence]) -> Evidence | None:
    """The cited text, of another document than the one that leads, that has no more of question and
    claim than figures; None without one."""
    language = case.question.language
    asked = {*case.question.facts.content, *case.claim.content}
    lead = max(each.sentence.lead for each in cited)
    leading = {each.sentence.document_id for each in cited if each.sentence.lead == lead}
    for each in cited:
        # Of another language, nobody knows what its words say.
        is_read = each.language in ("", language.code)
        if each.sentence.document_id in leading or not is_read:
            continue
        told = facts_of("\n".join((each.title, *each.context, each.text)), language).content
        if not any(stem in asked and not stem.isdigit() for stem in told):
            return each
    return None


def _is_alike(case: Case, cell: Facts) -> bool:
    """Whether a cell may be what is asked for: of the same kind, and a figure if the claim is."""
    kind = case.question.kind
    of_kind = kind is None or cell.has_kind(kind)
    return of_kind and cell.has_figure == case.claim.has_figure


def _look_alike(
    case: Case, cited: Sequence[Evidence], others: Sequence[Evidence]
) -> Evidence | None:
    """Evidence of another document that says almost the same as what is cited, of something else;
    of the document that leads most. Which of them is meant, only the question's lead can tell."""
    told = {each.sentence.document_id for each in cited}
    language = case.question.language

    def says_otherwise(each: Evidence) -> bool:
        facts = facts_of(each.text, language)
        return any(told_otherwise(facts_of(text, language), facts) for text in case.texts)

    elsewhere = (each for each in others if each.sentence.document_id not in told)
    alike = filter(says_otherwise, elsewhere)
    return max(alike, key=lambda each: each.sentence.lead, default=None)


def is_phrase(text: str) -> bool:
    """Whether ``text`` is as short as a name, a figure or a date: no sentence of its own."""
    return len(words(text)) <= PHRASE_WORDS
