"""The nouns of answering, frozen, in their order: Sentence, Citation, Claim, Answer.

Knows nothing of models, prompts or surfaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.lines import TextKind
from index.types import Hit, Span

Status = Literal["answered", "conflicting", "tentative", "unanswered"]
Strictness = Literal["strict", "balanced", "eager"]  # how sure an answer must be to be shown
# Quoted at once and completed by the language model where that says more; quoted alone; written.
AnswerMode = Literal["auto", "quick", "written"]
Verdict = Literal["supported", "unsupported"]
# Of a language that the models here do not know: what judges answers, and what finds by meaning.
Unfamiliar = Literal["judging", "meaning"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. ``role`` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, pair of a form or row of a table that may be evidence: ``document.text[span] ==
    text`` is a law. ``headings`` end with the name of its part of a form, or its table's header.
    ``lead`` in [-1, 1] is how much better its document fits the question than any other one does.
    ``telling`` are the words of the question that tell its document, a form, from other forms.
    """

    document_id: int
    span: Span
    text: str
    headings: tuple[str, ...] = ()
    score: float = 0.0
    kind: TextKind = "prose"
    lead: float = 0.0
    telling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that was found, with what must be known to judge what it says.

    ``title`` is its document's; ``context`` holds title, headings and the text before, which say
    who is spoken of; ``window`` is the sentence with its surroundings, as the reader reads it.
    ``document`` is the whole text that it stands in: which document is meant may be told anywhere.
    ``language`` is the code of its language; empty where it is not known.
    """

    sentence: Sentence
    title: str = ""
    context: tuple[str, ...] = ()
    window: str = ""
    document: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        return self.sentence.text


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact characters of a document that carry a claim.

    ``document.text[start_char_index:end_char_index] == cited_text`` is a law. Field names follow
    Anthropic's citations. ``id`` counts from 1 within one answer. ``recognised`` says that the text
    is what text recognition read on a picture of the page.
    """

    id: int
    document_id: int
    document_title: str
    source: str
    cited_text: str
    start_char_index: int
    end_char_index: int
    page_number: int | None = None
    recognised: bool = False
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer: ``answer.text[span]`` is its text.

    ``support`` is in [0, 1]; ``citations`` holds ids of ``answer.citations``.
    """

    span: Span
    verdict: Verdict
    support: float
    citations: tuple[int, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WithheldSentence:
    """A sentence that the model wrote, or what was tried in its place, that the gate did not let
    through, and why."""

    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How likely a sentence answers the question rightly, in [0, 1], and what that rests on."""

    text: str
    probability: float
    signals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Documents that state different values for what was asked."""

    values: tuple[str, ...]
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the language model's own tokenizer counts them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown: supported sentences with citations, or an abstention with the closest text.

    A ``tentative`` answer has sentences with citations too, but may not answer the question;
    ``uncertainty`` then says why in plain words, as in "the line may be about another flight", and
    is None for every other ``status``. Whatever shows it marks it as uncertain, and no conversation
    keeps it as a fact.

    ``timings`` are milliseconds per stage. ``missing`` says what the documents lack when
    ``status`` is ``unanswered``. ``extractive`` is true when the sentences are quoted from the
    documents and no language model wrote them. ``answerability`` in [0, 1] is how likely the answer
    is right; 0 when nothing is shown. ``judgement`` is what was shown or withheld for it.
    ``unfamiliar`` says what the models do not know of the language of the question or the evidence,
    which ``notice`` tells in words.
    """

    question: str
    standalone_question: str
    status: Status
    text: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    closest: tuple[Citation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    withheld: tuple[WithheldSentence, ...] = ()
    missing: str | None = None
    uncertainty: str | None = None
    answerability: float = 0.0
    judgement: Judgement | None = None
    extractive: bool = False
    llm: str = ""
    notice: str | None = None
    unfamiliar: tuple[Unfamiliar, ...] = ()
    usage: Usage = field(default_factory=Usage)
    timings: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON types: the one form that every surface prints."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Event: the question as it was searched for."""

    question: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Event: the chunks found."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """Event: the sentences shown to the language model."""

    evidence: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """Event: one sentence of the answer that passed the gate, with its citations.

    The sentences of a tentative answer come with :class:`Finished` alone: nobody could take back
    what was shown without its mark.
    """

    text: str
    claim: Claim
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """Event: the whole answer, always the last one."""

    answer: Answer


Event = Rewritten | Retrieved | Selected | Verified | Finished
