"""An answer while it is made: what has been shown and withheld so far, and at last the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from index.types import Span
from rag.answering.quoting import presented
from rag.answering.sources import Sources
from rag.facts import facts_of
from rag.gate.comparison import missing_words
from rag.gate.decide import Gate
from rag.gate.types import Candidate, Decision, Said, Shown, Tentative
from rag.question import Question
from rag.types import (
    Answer,
    Citation,
    Claim,
    Conflict,
    Evidence,
    Judgement,
    Sentence,
    Status,
    Unfamiliar,
    Usage,
    Verified,
    WithheldSentence,
)

CLOSEST = 2  # sentences shown with an abstention: enough to judge that the documents are silent
ABSTENTION = "The documents do not answer this."
UNWRITTEN = "the language model did not answer from this line"
UNCERTAIN = "this may not be what was asked for"


class Draft:
    """The answer to ``question`` from ``evidence``; ``gate`` decides what becomes part of it.

    ``said`` holds what was claimed, without what is quoted beside it.
    """

    def __init__(
        self, question: Question, evidence: Sequence[Evidence], sources: Sources, gate: Gate
    ) -> None:
        self.question = question
        self.evidence = tuple(evidence)
        self.sources = sources
        self.said: list[str] = []
        self.claims: list[Claim] = []
        self.citations: list[Citation] = []
        self.conflicts: tuple[Conflict, ...] = ()
        self.notice: str | None = None
        self.unfamiliar: tuple[Unfamiliar, ...] = ()
        self.extractive = False
        self.usage = Usage()
        self._gate = gate
        self._text = ""
        self._withheld: list[WithheldSentence] = []
        self._judgement: Judgement | None = None
        self._tentative: Tentative | None = None
        self._replaced = False  # whether what a candidate missed is shown in its place

    def offer(self, candidate: Candidate, *, alone: bool = False) -> Iterator[Verified]:
        """Show ``candidate`` if the gate lets it pass, else note why it is withheld.

        With ``alone`` it must answer the question by itself, whatever was shown before.
        """
        shown = 0 if alone or self._replaced else len(self.claims)
        said = Said(shown, len(self._withheld))
        decision = self._gate.decide(self.question, candidate, self.evidence, said)
        if isinstance(decision, Shown):
            yield self._show_decided(decision)
            return
        tried = {each.text for each in self._withheld}
        self._withheld.append(WithheldSentence(candidate.text, decision.reasons))
        if decision.better and decision.better.text not in tried and not self.claims:
            yield from self.offer(decision.better)
            # What the model says next is of the place that it took this from.
            self._replaced = bool(self.claims)
        if self._replaced:
            return
        self._remember(decision, presented(decision, self.question)[1])
        if isinstance(decision, Tentative) and not self.claims:
            self._keep(decision)

    def try_out(self, candidate: Candidate, at_least: float) -> Iterator[Verified]:
        """Show ``candidate`` if the gate lets it pass as a proved yes or no or, where none is asked
        for, with a probability of ``at_least``; else it is as if nobody had offered it."""
        decision = self._gate.decide(self.question, candidate, self.evidence)
        if not isinstance(decision, Shown):
            return
        likely = decision.likelihood is not None and decision.likelihood.probability >= at_least
        if decision.verdict or (likely and not self.question.asks_yes_or_no):
            yield self._show_decided(decision)

    def _show_decided(self, decision: Shown) -> Verified:
        claim, shown = presented(decision, self.question)
        self._remember(decision, shown)
        self.said.append(claim.rstrip("."))
        return self.show(shown, [each.sentence for each in decision.cited], decision.support)

    def suggest(self, candidate: Candidate) -> Iterator[Verified]:
        """Show ``candidate``, which no language model wrote, if it proves a yes or a no; keep it as
        what may be the answer, if nothing else is and it would be shown where no model writes."""
        found = self._gate.decide(self.question, candidate, self.evidence)
        if not isinstance(found, Shown):
            return
        if found.verdict:
            yield self._show_decided(found)
        elif found.likelihood and self._tentative is None:
            doubted = Tentative(
                candidate, (UNWRITTEN,), found.cited, found.support, found.likelihood
            )
            self._keep(doubted)

    @property
    def is_open(self) -> bool:
        """Whether nothing was shown, and nothing is worth showing as uncertain, so far."""
        return not self.claims and self._tentative is None

    @property
    def text(self) -> str:
        """What has been shown so far."""
        return self._text

    @property
    def probability(self) -> float:
        """How likely what is shown is right; of a proved yes or no, how far it is carried."""
        return self._answerability()

    def show(self, text: str, cited: Sequence[Sentence], support: float) -> Verified:
        """Add a sentence that rests on ``cited``."""
        citations = tuple(self._cite(each) for each in cited)
        start = len(self._text) + bool(self._text)
        self._text = f"{self._text} {text}".strip()
        ids = tuple(each.id for each in citations)
        claim = Claim(Span(start, start + len(text)), "supported", support, ids)
        self.claims.append(claim)
        return Verified(text, claim, citations)

    def note(self, more: str | None) -> None:
        """Say ``more`` of the way to this answer, behind what was said of it before."""
        self.notice = " ".join(filter(None, (self.notice, more))) or None

    def spend(self, usage: Usage) -> None:
        """Count the tokens of one call of the language model."""
        self.usage += usage

    @property
    def cited(self) -> list[Evidence]:
        """The evidence that is cited so far."""
        known = {(each.document_id, each.start_char_index) for each in self.citations}
        return [each for each in self.evidence if _place(each.sentence) in known]

    def finished(self, llm: str, timings: Mapping[str, float]) -> Answer:
        """The whole answer: what was shown, else what may be the answer, marked as uncertain, else
        an abstention with the closest text."""
        uncertainty = None if self.claims else self._show_tentative()
        answered = bool(self.claims)
        sentences = [each.sentence for each in self.evidence]
        closest = [] if answered else sorted(sentences, key=lambda each: -each.score)[:CLOSEST]
        return Answer(
            question=self.question.text,
            standalone_question=self.question.standalone,
            status="tentative" if uncertainty else self._status(),
            text=self._text if answered else ABSTENTION,
            claims=tuple(self.claims),
            citations=tuple(self.citations),
            closest=tuple(
                self.sources.citation(each, number) for number, each in enumerate(closest, start=1)
            ),
            conflicts=self.conflicts,
            withheld=tuple(self._withheld),
            missing=None if answered else _missing(self.question, closest),
            uncertainty=uncertainty,
            answerability=self._answerability(tentative=uncertainty is not None),
            judgement=self._judgement,
            extractive=self.extractive,
            llm=llm,
            notice=self.notice,
            unfamiliar=self.unfamiliar,
            usage=self.usage,
            timings=timings,
        )

    def _keep(self, decision: Tentative) -> None:
        """Keep the likelier one of two candidates that may be the answer."""
        kept = self._tentative
        if kept is None or decision.strength > kept.strength:
            self._tentative = decision

    def _show_tentative(self) -> str | None:
        """Make the likeliest candidate the answer; returns why it is uncertain, in plain words."""
        found = self._tentative
        if found is None:
            return None
        self._withheld = [each for each in self._withheld if each.text != found.candidate.text]
        _, text = presented(found, self.question)
        self.show(text, [each.sentence for each in found.cited], found.support)
        return f"{UNCERTAIN}: {found.reasons[0]}"

    def _remember(self, decision: Decision, shown: str) -> None:
        """Keep the likeliest answer that was judged; a proved yes or no needs no likelihood."""
        found = decision.likelihood
        if isinstance(decision, Shown) and decision.verdict:
            self._judgement = None
        elif found and (self._judgement is None or found.probability > self._judgement.probability):
            self._judgement = Judgement(shown, found.probability, found.signals)

    def _cite(self, sentence: Sentence) -> Citation:
        for citation in self.citations:
            if (citation.document_id, citation.start_char_index) == _place(sentence):
                return citation
        citation = self.sources.citation(sentence, len(self.citations) + 1)
        self.citations.append(citation)
        return citation

    def _status(self) -> Status:
        if not self.claims:
            return "unanswered"
        return "conflicting" if self.conflicts else "answered"

    def _answerability(self, *, tentative: bool = False) -> float:
        """The calibrated probability; of a yes or no, how far the evidence carries it."""
        if not self.claims:
            return 0.0
        if tentative and self._tentative:
            return self._tentative.strength
        return self._judgement.probability if self._judgement else self.claims[0].support


def _place(sentence: Sentence) -> tuple[int, int]:
    return sentence.document_id, sentence.span.start


def _missing(question: Question, closest: Sequence[Sentence]) -> str:
    """What the closest sentences lack of the question, in words."""
    if not closest:
        return "No document is close to the question."
    texts = [
        *(each.text for each in closest),
        *(text for each in closest for text in each.headings),
    ]
    absent = missing_words(question.facts, facts_of(" ".join(texts), question.language))
    if not absent:
        return "The closest sentences have the words of the question, but do not answer it."
    present = [each for each in question.content if each not in absent]
    if not present:
        return f"The closest sentences say nothing of: {', '.join(absent)}."
    return f"The closest sentences mention {', '.join(present)}, but not: {', '.join(absent)}."
