"""The gate: the one place that decides whether a sentence is shown. **Read this first.**

The assistant, ``rag eval gate-errors`` and ``rag eval calibrate`` all ask `Gate.decide`. Knows no
language model, index or surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.words import words
from rag.facts import facts_of
from rag.gate.alignment import aligned
from rag.gate.calibration import Calibrations, default_calibrations, signals
from rag.gate.provers import proved
from rag.gate.reading import carried_by
from rag.gate.relevance import relevance, reservations
from rag.gate.support import support
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
UNLIKELY = "only {probability:.0%} likely to answer the question"
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
        if found.objections:
            return Withheld(candidate, found.reasons, cited)
        if said.shown:
            return Shown(candidate, cited, found.score)
        return self._answering(case, candidate, evidence, found.score, cited)

    def _answering(
        self,
        case: Case,
        candidate: Candidate,
        evidence: Sequence[Evidence],
        score: float,
        cited: tuple[Evidence, ...],
    ) -> Decision:
        """The decision on a first sentence that its evidence carries: is it likely the answer?"""
        found = relevance(case)
        if found.refusal:
            return Withheld(candidate, (found.refusal.reason,), cited)
        others = tuple(each for each in evidence if each not in cited)
        read = signals(case, cited, others, len(found.doubts), self.reader, candidate.logprob)
        calibration = self.calibrations.of(read, candidate.writer, quoted=candidate.quoted)
        probability = round(calibration.probability(read), 4)
        likelihood = Likelihood(probability, read.known())
        reserved = (TOLD_OF_ONE,) if case.question.asks_of_all else reservations(case)
        if probability >= calibration.threshold(self.strictness) and not reserved:
            return Shown(candidate, cited, score, likelihood)
        reasons = (*reserved, *found.reasons, UNLIKELY.format(probability=probability))
        if probability >= calibration.tentative:
            return Tentative(candidate, reasons, cited, score, likelihood)
        return Withheld(candidate, reasons, cited, likelihood)


def is_phrase(text: str) -> bool:
    """Whether ``text`` is as short as a name, a figure or a date: no sentence of its own."""
    return len(words(text)) <= PHRASE_WORDS
