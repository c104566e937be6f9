"""The nouns of the gate, in the order in which they flow: Candidate, Case, Objection, Decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from index.sentences import is_row, without_rows
from rag.facts import Facts, facts_of
from rag.gate.assertion import without_questions
from rag.question import Question
from rag.types import Evidence

Verdict = Literal["yes", "no"]
# Asks who wrote a sentence whether the texts that it cites answer the question: the log-odds of a
# yes, or None where that cannot be told.
Confirm = Callable[[Sequence[Evidence]], float | None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be shown. ``chosen`` are the places in the evidence that the language
    model named for it; ``quoted`` sentences come from a document and no model wrote them.

    ``logprob`` is the log-probability that the model ``writer`` gave to the sentence, divided by
    the root of the number of its tokens; None where it does not tell. ``confirm`` asks that model.
    """

    text: str
    chosen: tuple[int, ...] = ()
    quoted: bool = False
    writer: str = ""
    logprob: float | None = None
    confirm: Confirm | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """What became of the candidates before: how many were shown, and how many withheld."""

    shown: int = 0
    withheld: int = 0


@dataclass(frozen=True)
class Case:
    """A claim, the texts that it cites, and the question that it answers.

    ``context`` holds the titles, headings and neighbouring sentences that say who is spoken of.
    ``documents`` are the whole texts that they stand in. ``carried`` is the reader's logit that the
    cited texts carry the claim; 0 where none was asked. ``headings`` stand above the cited texts,
    ``titles`` say what their documents are.
    """

    question: Question
    claim: Facts
    texts: tuple[str, ...]
    context: tuple[str, ...] = ()
    carried: float = 0.0
    documents: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @classmethod
    def citing(
        cls, question: Question, claim: Facts, cited: Iterable[Evidence], carried: float = 0.0
    ) -> Case:
        """The case of ``claim`` resting on ``cited``, with the context of all of them.

        Beside a yes or no, a question that stands above the cited text has no part in it: *Is
        breakfast included? It costs nine euros extra.* tells nothing of what is included.
        """
        cited = tuple(cited)
        context = dict.fromkeys(text for each in cited for text in each.context)
        if question.asks_yes_or_no:
            code = question.language.code
            context = dict.fromkeys(without_questions(text, code) for text in context)
        documents = dict.fromkeys(each.document for each in cited if each.document)
        texts = tuple(each.text for each in cited)
        headings = tuple(heading for each in cited for heading in each.sentence.headings)
        return cls(
            question,
            claim,
            texts,
            context=tuple(context),
            carried=carried,
            documents=tuple(documents),
            headings=headings,
            titles=tuple(dict.fromkeys(each.title for each in cited)),
        )

    @cached_property
    def told(self) -> Facts:
        """The facts of the cited texts."""
        return facts_of("\n".join(self.texts), self.question.language)

    @cached_property
    def around(self) -> Facts:
        """The facts of the cited texts and of their context."""
        return facts_of("\n".join((*self.texts, *self.context)), self.question.language)

    @cached_property
    def is_unread_quotation(self) -> bool:
        """Whether the claim stands word for word in one of the cited texts, in a language that is
        not known: what such a quotation says is what the text says."""
        if not self.question.is_unread:
            return False
        told = (facts_of(each, self.question.language) for each in self.texts)
        return any(each.states_quotation(self.claim.text) for each in told)

    @cached_property
    def is_whole_quotation(self) -> bool:
        """Whether the claim is one of the cited texts, word for word: its names, its numbers and
        what it denies are the document's, and so is what it supposes, which the reader sees."""
        told = (facts_of(each, self.claim.language) for each in self.texts)
        return any(each.words == self.claim.words for each in told)

    def document_names(self, name: str) -> bool:
        """Whether one of the documents names ``name`` somewhere: naming what a document is about
        is a matter of all of it, asserting something a matter of the cited texts. A row of a table
        speaks for itself alone: what other rows name says nothing of it."""
        language, documents = self.question.language, self.documents
        if all(map(is_row, self.texts)):
            documents = tuple(map(without_rows, documents))
        return any(facts_of(each, language).states_name(name) for each in documents)

    def document_calls(self, phrase: str) -> bool:
        """Whether one of the documents has ``phrase``, word for word."""
        language = self.question.language
        return any(facts_of(each, language).states_quotation(phrase) for each in self.documents)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a claim should not be shown. One that ``refuses`` decides; any other one is a doubt,
    which the calibration weighs.

    ``otherwise`` holds the words in whose place the evidence has others, numbers not among them;
    None where the evidence is silent.
    """

    reason: str
    refuses: bool = True
    otherwise: tuple[str, ...] | None = None


Check = Callable[[Case], Iterable[Objection]]


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a candidate answers the question rightly, in [0, 1], and what that rests on."""

    probability: float
    signals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate that passed. ``support`` in [0, 1] says how far ``cited`` carries it.

    ``verdict`` is the yes or no that was proved, ``besides`` what was said with it. ``likelihood``
    is that of an answer to the question; None for a proved verdict and for every later sentence.
    """

    candidate: Candidate
    cited: tuple[Evidence, ...]
    support: float
    likelihood: Likelihood | None = None
    verdict: Verdict | None = None
    besides: str = ""


@dataclass(frozen=True, slots=True)
class Tentative:
    """A candidate that may be the answer: worth showing, but only marked as uncertain.

    Its evidence carries it; ``reasons`` say what makes it doubtful that it answers the question. A
    yes or no has no ``likelihood``: ``support`` is then the share of what was asked that ``cited``
    speaks of, and ``reasons`` say why that proves nothing. ``better`` is what the evidence has in
    the place that is asked for, where that can be told.
    """

    candidate: Candidate
    reasons: tuple[str, ...]
    cited: tuple[Evidence, ...]
    support: float
    likelihood: Likelihood | None = None
    verdict: Verdict | None = None
    better: Candidate | None = None

    @property
    def strength(self) -> float:
        """How far it may be the answer, in [0, 1]."""
        return self.likelihood.probability if self.likelihood else self.support


@dataclass(frozen=True, slots=True)
class Withheld:
    """A candidate that did not pass, and why.

    With a ``likelihood``, only doubts stood against it. ``better`` as of `Tentative`.
    """

    candidate: Candidate
    reasons: tuple[str, ...]
    cited: tuple[Evidence, ...] = ()
    likelihood: Likelihood | None = None
    better: Candidate | None = None


Decision = Shown | Tentative | Withheld
