"""The straight line from a question to a proved answer: the one place that tells the whole story.

rewrite → search → evidence → language model → gate → answer. Knows no HTTP and no terminal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field

from index.index import Index
from index.types import Document, Hit, Span
from rag.answering.conflicts import other_figures
from rag.answering.conversation import standalone
from rag.answering.evidence import referring, select
from rag.answering.followup_retrieval import TOKENS as FOLLOWUP_TOKENS
from rag.answering.followup_retrieval import followup_question
from rag.answering.prompts import answer_messages, answer_schema
from rag.answering.quoting import is_phrase, quoted, with_its_sentence, with_what_it_counts
from rag.answering.reply import ReplySentences
from rag.errors import LLMError, QuestionError
from rag.gate.answerability import (
    asked_words,
    asks_for_something_else,
    judge,
    lacking,
    missing_words,
    only_repeats,
)
from rag.gate.calibration import Calibrations, default_calibrations, signals
from rag.gate.support import MAX_CITATIONS, Check, align, check
from rag.gate.yes_or_no import Verdict, much_missing, objections, statement, verdict
from rag.llm import LLM
from rag.question import asks_to_explain, asks_yes_or_no
from rag.reader.reader import Reader, Reading, default_reader
from rag.reader.windows import Window, window
from rag.types import (
    Answer,
    Citation,
    Claim,
    Conflict,
    Event,
    Finished,
    Judgement,
    Message,
    Retrieved,
    Rewritten,
    Selected,
    Sentence,
    Status,
    Usage,
    Verified,
    Withheld,
)

HITS = 8  # chunks whose sentences compete for the evidence budget
FOLLOWUP_HITS = 4  # a second round looks for one thing
# Citation F1 on 12 dev questions of clapnq that ask to explain: .52 with none, .67 with one, .71
# with two, .68 with three.
EXPLAINING = 2  # sentences added where a question asks for an explanation
CLOSEST = 2  # sentences shown with an abstention: enough to judge that the documents are silent
MAX_ANSWER_TOKENS = 200  # about eight sentences; a longer answer is a report
MAX_QUESTION_CHARACTERS = 4000  # a question, not a document

ABSTENTION = "The documents do not answer this."
REPEATED = "it only repeats the question"
IT_IS_SO = "the evidence says that it is so"
UNLIKELY = "only {probability:.0%} likely to answer the question"
OTHER_FIGURE = "Another document says: {figure}."


class Assistant:
    """Answers questions from one index, with one language model or, without one, by quoting."""

    def __init__(
        self,
        index: Index,
        llm: LLM | None,
        *,
        reader: Reader | None = None,
        calibrations: Calibrations | None = None,
    ) -> None:
        """``reader`` and ``calibrations`` are the ones that ship, if others are not given."""
        self.index = index
        self.llm = llm
        self.reader = reader or default_reader()
        self.calibrations = calibrations or default_calibrations()

    def warm(self) -> Assistant:
        """Load the language model beside the embedder, so that the first question does not wait
        for one after the other. A model that cannot be loaded says so when it is asked."""
        load = getattr(self.llm, "load", None)
        if load is not None:
            threading.Thread(target=_quietly(load), daemon=True).start()
        self.index.encode(["warm"])
        return self

    def ask(self, question: str, history: Sequence[Message] = ()) -> Answer:
        """Run :meth:`stream` to its end."""
        *_, last = self.stream(question, history)
        assert isinstance(last, Finished)
        return last.answer

    def stream(
        self, question: str, history: Sequence[Message] = ()
    ) -> Generator[Event, None, None]:
        """Answer ``question``, yielding each stage as it is done and each sentence once it passed.

        Raises QuestionError for an empty or overlong question, and what the index raises. A
        language model that fails is no error: the answer is then extractive and says so.
        """
        run = _Run(self.index, self.llm, self.reader, self.calibrations, _checked(question))
        with run.timed("rewrite"):
            run.standalone, usage = standalone(run.question, history, self.llm)
            run.spend(usage)
        yield Rewritten(run.standalone)
        with run.timed("search"):
            hits = self.index.search(run.standalone, limit=HITS)
        yield Retrieved(tuple(hits))
        with run.timed("evidence"):
            run.evidence = evidence_of(run.standalone, hits, self.index)
        yield Selected(run.evidence)
        yield from run.answer()
        yield Finished(run.finish())


def evidence_of(question: str, hits: Sequence[Hit], index: Index) -> tuple[Sentence, ...]:
    """The evidence of ``hits``, and of a second search where they lack a part of the question."""
    first = select(question, hits, index)
    return (*first, *followup_retrieval(question, first, index))


def followup_retrieval(
    question: str, first: Sequence[Sentence], index: Index
) -> tuple[Sentence, ...]:
    """What a second search adds to the evidence ``first``; empty where that lacks nothing."""
    titles = {each.document_id: index.document(each.document_id).title for each in first}
    second = followup_question(question, first, titles)
    if second is None:
        return ()
    more = select(
        second, index.search(second, limit=FOLLOWUP_HITS), index, max_tokens=FOLLOWUP_TOKENS
    )
    known = {(each.document_id, each.span) for each in first}
    return tuple(each for each in more if (each.document_id, each.span) not in known)


def _quietly(load: Callable[[], object]) -> Callable[[], None]:
    def loaded() -> None:
        with suppress(LLMError):
            load()

    return loaded


def _checked(question: str) -> str:
    question = question.strip()
    if not question.isprintable() and any("\ud800" <= each <= "\udfff" for each in question):
        raise QuestionError("the question is not valid Unicode text: write it again")
    if not question:
        raise QuestionError("the question is empty: write what you want to know")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question):,} characters, more than the "
            f"{MAX_QUESTION_CHARACTERS:,} allowed: put long text into a document and index it"
        )
    return question


@dataclass
class _Run:
    """One question on its way: what has been found, said and spent so far."""

    index: Index
    llm: LLM | None
    reader: Reader
    calibrations: Calibrations
    question: str
    standalone: str = ""
    evidence: tuple[Sentence, ...] = ()
    text: str = ""
    said: list[str] = field(default_factory=list)  # the claims without what is quoted beside them
    claims: list[Claim] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    conflicts: tuple[Conflict, ...] = ()
    notice: str | None = None
    judgement: Judgement | None = None
    extractive: bool = False
    usage: Usage = field(default_factory=Usage)
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.timings[stage] = round((time.perf_counter() - started) * 1000, 1)

    def spend(self, usage: Usage) -> None:
        self.usage = Usage(
            self.usage.prompt_tokens + usage.prompt_tokens,
            self.usage.completion_tokens + usage.completion_tokens,
        )

    def answer(self) -> Iterator[Verified]:
        """Write the answer with the language model; without one, or when it fails, by quoting."""
        if not self.evidence:
            return
        with self.timed("answer"):
            if self.llm is not None:
                try:
                    yield from self._written(self.llm)
                    yield from self._explained()
                    yield from self._conflicting()
                    return
                except LLMError as error:
                    if self.claims:  # what was already shown stands; nothing is said twice
                        self.notice = f"{error}. The answer breaks off here."
                        return
                    self.notice = f"{error}. This answer is quoted from the documents instead."
            yield from self._quoted()
            yield from self._explained()
            yield from self._conflicting()

    def _written(self, llm: LLM) -> Iterator[Verified]:
        titles = {each.document_id: self._document(each).title for each in self.evidence}
        generation = llm.stream(
            answer_messages(self.standalone, self.evidence, titles),
            schema=answer_schema(len(self.evidence)),
            max_tokens=MAX_ANSWER_TOKENS,
        )
        reply = ReplySentences(generation)
        try:
            for sentence in reply:
                shown = [place for place in reply.evidence if place < len(self.evidence)]
                yield from self._judged(sentence, align_to=shown)
        finally:
            generation.close()
            self.spend(generation.usage)

    def _quoted(self) -> Iterator[Verified]:
        """The sentence in which the reader finds the answer."""
        self.extractive = True
        windows = [self._window(each) for each in self.evidence]
        readings = self.reader.read(self.standalone, [each.text for each in windows])
        best = max(
            range(len(readings)),
            key=lambda place: (readings[place].answers, self.evidence[place].score),
        )
        place = self._pointed_at(windows[best], readings[best], self.evidence[best])
        yield from self._judged(self.evidence[place].text, align_to=(place,))

    def _pointed_at(self, shown: Window, reading: Reading, sentence: Sentence) -> int:
        """The place of the sentence in which the answer begins: a window shows several."""
        span = shown.to_document(reading.span) if reading.span else None
        answering = (
            place
            for place, each in enumerate(self.evidence)
            if span and each.document_id == sentence.document_id
            if each.span.start <= span.start < each.span.end
        )
        return next(answering, self.evidence.index(sentence))

    def _judged(self, sentence: str, align_to: Sequence[int]) -> Iterator[Verified]:
        """The gate's one policy: a sentence is shown only when its evidence carries it, when it
        does not lean on a withheld sentence, and, for the first one, when it answers the question.
        """
        if referring(sentence) and self.withheld and not self.claims:
            self.withheld.append(Withheld(sentence, ("it refers to a sentence that was withheld",)))
            return
        if not self.claims and asks_yes_or_no(self.standalone):
            given, besides = verdict(sentence)
            if given is not None:
                yield from self._decided(given, besides, sentence, align_to)
                return
        cited = self._aligned(sentence, align_to)
        context = self._context(cited)
        texts = [each.text for each in cited]
        # A phrase states nothing by itself: with the question it is judged by the calibration.
        carried = 0.0 if is_phrase(sentence) else self._carried(sentence, cited)
        judgement = check(sentence, texts, context, carried=carried)
        reasons = judgement.reasons
        said = with_what_it_counts(sentence, self.standalone, texts)
        shown = with_its_sentence(said, self.standalone, texts)
        if not self.claims and not reasons:
            reasons = self._unanswered(sentence, shown, cited, context)
        if reasons:
            self.withheld.append(Withheld(sentence, reasons))
            return
        self.said.append(said.rstrip("."))
        yield self._shown(shown, cited, judgement.support)

    def _decided(
        self, given: Verdict, besides: str, sentence: str, align_to: Sequence[int]
    ) -> Iterator[Verified]:
        """A yes or no, shown when the evidence states, or denies, what was asked."""
        asked = statement(self.standalone)
        if given == "no" and any(self._states(each, asked) for each in self.evidence):
            self.withheld.append(Withheld(sentence, (IT_IS_SO,)))
            return
        why: tuple[str, ...] = ()
        for cited in self._proofs(given, f"{asked} {besides}", align_to):
            support, reasons = self._proved(given, asked, besides, cited)
            if not reasons:
                self.judgement = None  # of a sentence before that was withheld
                self.said.append(given)
                proof = " ".join(quoted(each.text) for each in cited)
                shown = sentence if besides else f"{given.title()}: {proof}"
                yield self._shown(shown, cited, support)
                return
            why = why or reasons
        self.withheld.append(Withheld(sentence, why))

    def _states(self, sentence: Sentence, asked: str) -> bool:
        """Whether ``sentence``, with its title, has all words of a statement and carries it."""
        told = f"{self._document(sentence).title}\n{sentence.text}"
        return not lacking(asked, told) and check(asked, [sentence.text], [told]).supported

    def _proofs(
        self, given: Verdict, claim: str, align_to: Sequence[int]
    ) -> Iterator[list[Sentence]]:
        """What may prove a verdict, the likeliest first."""
        aligned = self._aligned(claim, align_to)
        chosen = [self.evidence[place] for place in align_to]
        more = [each for each in chosen if each not in aligned][: MAX_CITATIONS - len(aligned)]
        yield aligned
        if more:  # what answers often has few words of the question: *Its paint is red.*
            yield [*aligned, *more]
        if given == "no":  # one sentence denies: among others that mention the same it is not seen
            yield from ([each] for each in dict.fromkeys((*chosen, *self.evidence)))

    def _proved(
        self, given: Verdict, asked: str, besides: str, cited: Sequence[Sentence]
    ) -> tuple[float, tuple[str, ...]]:
        """How far ``cited`` carries a verdict on what was ``asked``, and what objects to it."""
        context = self._context(cited)
        texts = [each.text for each in cited]

        def checked(claim: str) -> Check:
            return check(claim, texts, context, carried=self._carried(claim, cited))

        also = checked(besides) if besides else None
        if given == "no":  # what is denied is not carried: the reader has nothing to tell of it
            judgement = check(asked, texts, context)
            return judgement.stated, objections(given, judgement, (), also)
        judgement = checked(asked)
        missing = much_missing(asked, "\n".join((*texts, *context)))
        return judgement.support, objections(given, judgement, missing, also)

    def _aligned(self, claim: str, align_to: Sequence[int]) -> list[Sentence]:
        """The sentences of the evidence that carry ``claim``, or the first that the model chose."""
        texts = [each.text for each in self.evidence]
        places = align(claim, texts, align_to) or tuple(align_to)[:1]
        return [self.evidence[place] for place in places]

    def _carried(self, claim: str, cited: Sequence[Sentence]) -> float:
        """The reader's logit that ``cited`` carries ``claim``; 0 where nothing is cited."""
        readings = self.reader.read(claim, self._windows(cited)) if cited else ()
        return max((each.supports for each in readings), default=0.0)

    def _unanswered(
        self, sentence: str, as_shown: str, cited: Sequence[Sentence], context: Sequence[str]
    ) -> tuple[str, ...]:
        """Why ``sentence`` does not answer the question; empty when it is likely enough that it
        does."""
        if only_repeats(self.standalone, sentence):
            return (REPEATED,)
        texts = [each.text for each in cited]
        if other := asks_for_something_else(self.standalone, sentence, texts, context):
            return (other,)
        rules = judge(self.standalone, sentence, texts, context)
        shown = [each for each in self.evidence if each not in cited]
        found = signals(
            self.standalone,
            sentence,
            self._windows(cited),
            self._windows(shown),
            rules,
            self.reader,
        )
        calibration = self.calibrations.quoted if self.extractive else self.calibrations.written
        judgement = Judgement(as_shown, round(calibration.probability(found), 4), asdict(found))
        if self.judgement is None or judgement.probability > self.judgement.probability:
            self.judgement = judgement
        if judgement.probability >= calibration.threshold:
            return ()
        return (*rules.doubts, UNLIKELY.format(probability=judgement.probability))

    def _window(self, sentence: Sentence) -> Window:
        document = self._document(sentence)
        return window(document.title, document.text, sentence.span)

    def _windows(self, sentences: Sequence[Sentence]) -> list[str]:
        return [self._window(each).text for each in sentences]

    def _context(self, cited: Sequence[Sentence]) -> list[str]:
        """Titles, headings and the sentences before the cited ones: they say who is spoken of."""
        context: dict[str, None] = {}
        for sentence in cited:
            document = self._document(sentence)
            context.update(dict.fromkeys((document.title, *sentence.headings)))
            context[_before(document, sentence.span)] = None
        return list(context)

    def _explained(self) -> Iterator[Verified]:
        """Where an explanation is asked for, more of what the same document says of it, quoted."""
        if not (self.claims and asks_to_explain(self.standalone)):
            return
        documents = {each.document_id for each in self.citations}
        cited = {(each.document_id, each.start_char_index) for each in self.citations}
        more = [
            each
            for each in self.evidence
            if each.document_id in documents and (each.document_id, each.span.start) not in cited
        ]
        best = sorted(more, key=lambda each: -each.score)[:EXPLAINING]
        yield from (self._shown(quoted(each.text), [each], 1.0) for each in more if each in best)

    def _conflicting(self) -> Iterator[Verified]:
        """Other documents' figures for what was asked, each with its citation."""
        cited_ids = {(each.document_id, each.start_char_index) for each in self.citations}
        cited = [each for each in self.evidence if (each.document_id, each.span.start) in cited_ids]
        figures = [
            (figure, sentence)
            for figure, sentence in other_figures(
                self.standalone, " ".join(self.said), self.evidence, cited
            )
            if self._answers_as_well(figure, sentence)
        ]
        if not (figures and self.claims):
            return
        yield from (
            self._shown(OTHER_FIGURE.format(figure=figure), [sentence], 1.0)
            for figure, sentence in figures
        )
        values = (self.said[0], *(figure for figure, _ in figures))
        ids = (
            *self.claims[0].citations,
            *(claim.citations[0] for claim in self.claims[-len(figures) :]),
        )
        self.conflicts = (Conflict(values, ids),)

    def _answers_as_well(self, figure: str, sentence: Sentence) -> bool:
        """Whether ``sentence`` is about all that was asked: of other things, other figures are no
        contradiction."""
        context = self._context([sentence])
        asked = judge(self.standalone, figure, [sentence.text], context)
        return not (asked.doubts or asked.missing)

    def _shown(self, sentence: str, cited: Sequence[Sentence], support: float) -> Verified:
        citations = tuple(self._cite(each) for each in cited)
        start = len(self.text) + bool(self.text)
        self.text = f"{self.text} {sentence}".strip()
        ids = tuple(each.id for each in citations)
        claim = Claim(Span(start, start + len(sentence)), "supported", support, ids)
        self.claims.append(claim)
        return Verified(sentence, claim, citations)

    def _cite(self, sentence: Sentence) -> Citation:
        for citation in self.citations:
            if (citation.document_id, citation.start_char_index) == (
                sentence.document_id,
                sentence.span.start,
            ):
                return citation
        citation = self._citation(sentence, len(self.citations) + 1)
        self.citations.append(citation)
        return citation

    def _citation(self, sentence: Sentence, number: int) -> Citation:
        document = self._document(sentence)
        return Citation(
            id=number,
            document_id=document.id,
            document_title=document.title,
            source=document.source,
            cited_text=sentence.span.of(document.text),
            start_char_index=sentence.span.start,
            end_char_index=sentence.span.end,
            page_number=document.page_number(sentence.span.start),
            headings=sentence.headings,
        )

    def _document(self, sentence: Sentence) -> Document:
        return self.index.document(sentence.document_id)

    def _status(self) -> Status:
        if not self.claims:
            return "unanswered"
        return "conflicting" if self.conflicts else "answered"

    def _answerability(self) -> float:
        """The calibrated probability; of a yes or no, how far the evidence carries it."""
        if not self.claims:
            return 0.0
        return self.judgement.probability if self.judgement else self.claims[0].support

    def finish(self) -> Answer:
        answered = bool(self.claims)
        closest = [] if answered else sorted(self.evidence, key=lambda each: -each.score)[:CLOSEST]
        return Answer(
            question=self.question,
            standalone_question=self.standalone,
            status=self._status(),
            text=self.text if answered else ABSTENTION,
            claims=tuple(self.claims),
            citations=tuple(self.citations),
            closest=tuple(self._citation(each, place + 1) for place, each in enumerate(closest)),
            conflicts=self.conflicts,
            withheld=tuple(self.withheld),
            missing=None if answered else _missing(self.standalone, closest),
            answerability=self._answerability(),
            judgement=self.judgement,
            extractive=self.extractive,
            llm=self.llm.name if self.llm else "none",
            notice=self.notice,
            usage=self.usage,
            timings=self.timings,
        )


def _before(document: Document, span: Span) -> str:
    """The text of up to a few sentences before ``span``, as far as its paragraph goes."""
    return document.text[max(0, span.start - CONTEXT_CHARACTERS) : span.start]


CONTEXT_CHARACTERS = 300  # two sentences: pronouns seldom reach further back


def _missing(question: str, closest: Sequence[Sentence]) -> str:
    if not closest:
        return "No document is close to the question."
    found = " ".join(
        (*(each.text for each in closest), *(h for each in closest for h in each.headings))
    )
    absent = missing_words(question, found)
    if not absent:
        return "The closest sentences have the words of the question, but do not answer it."
    present = [each for each in asked_words(question) if each not in absent]
    if not present:
        return f"The closest sentences say nothing of: {', '.join(absent)}."
    return f"The closest sentences mention {', '.join(present)}, but not: {', '.join(absent)}."
