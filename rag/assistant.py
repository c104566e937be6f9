"""The straight line from a question to a proved answer: the one place that tells the whole story.

rewrite → search → evidence → (quick answer) → language model → gate → answer. Knows no HTTP and no
terminal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from index.errors import UnknownDocumentError
from index.index import Index
from index.types import Hit
from rag.answering.across import Across, across
from rag.answering.additions import additions
from rag.answering.conversation import standalone
from rag.answering.draft import ABSTENTION, Draft
from rag.answering.evidence import select
from rag.answering.followup_retrieval import TOKENS as FOLLOWUP_TOKENS
from rag.answering.followup_retrieval import followup_question
from rag.answering.overview import overview
from rag.answering.quick import completed, may_be_quick, suffices
from rag.answering.sources import Sources
from rag.answering.unfamiliar import told, unfamiliar
from rag.answering.writing import Confirmation, asked_of, quoted, written
from rag.errors import LLMError
from rag.gate.decide import Gate
from rag.gate.types import Candidate
from rag.llm import LLM
from rag.question import MAX_QUESTION_CHARACTERS, Question, checked
from rag.types import (
    Answer,
    AnswerMode,
    Event,
    Finished,
    Message,
    Retrieved,
    Rewritten,
    Selected,
    Sentence,
    Usage,
    Verified,
)

__all__ = ["ABSTENTION", "HITS", "MAX_QUESTION_CHARACTERS", "Assistant", "evidence_of"]

HITS = 8  # chunks whose sentences compete, beside those of the documents that are asked about
FOLLOWUP_HITS = 4  # a follow-up search looks for one thing
_TRIES = 5  # of an answer whose documents are removed or replaced while they are read


class Assistant:
    """Answers questions from one index, with one language model or, without one, by quoting."""

    def __init__(
        self,
        index: Index,
        llm: LLM | None,
        *,
        gate: Gate | None = None,
        mode: AnswerMode = "written",
    ) -> None:
        """``gate`` has the reader and the calibrations that ship, if another is not given; ``mode``
        is that of questions that name none."""
        self.index = index
        self.llm = llm
        self.gate = gate or Gate()
        self.mode = mode

    def warm(self, *, language_model: bool = True) -> Assistant:
        """Load the models beside each other, so that the first question does not wait for one after
        the other; the language model only if it will surely be asked. A model that cannot be loaded
        says so when it is asked."""
        of_llm = getattr(self.llm, "load", None) if language_model else None
        for load in filter(None, (self.gate.reader.load, of_llm)):
            threading.Thread(target=_quietly, args=(load,), daemon=True).start()
        self.index.encode(["warm"])
        return self

    def ask(
        self, question: str, history: Sequence[Message] = (), *, mode: AnswerMode | None = None
    ) -> Answer:
        """Run :meth:`stream` to its end."""
        *_, last = self.stream(question, history, mode=mode)
        assert isinstance(last, Finished)
        return last.answer

    def stream(
        self, question: str, history: Sequence[Message] = (), *, mode: AnswerMode | None = None
    ) -> Generator[Event, None, None]:
        """Answer ``question``, yielding each stage as it is done and each sentence once it passed.

        ``mode`` is how, if not as the assistant does otherwise. Raises QuestionError for an empty
        or overlong question, and what the index raises. A language model that fails is no error:
        the answer is then extractive and says so.
        """
        clock = _Clock()
        text = checked(question)
        mode = mode or self.mode
        llm = None if mode == "quick" else self.llm
        with clock.stage("rewrite"):
            alone, usage = standalone(text, history, llm)
        asked = Question.of(text, alone)
        yield Rewritten(asked.standalone)
        for left in reversed(range(_TRIES)):
            shown = False
            try:
                with closing(self._found_and_told(asked, llm, mode, usage, clock)) as events:
                    for event in events:
                        shown = shown or isinstance(event, Verified)
                        yield event
                return
            except UnknownDocumentError:  # it was removed after it was found
                if shown or not left:
                    raise

    def _found_and_told(
        self, asked: Question, llm: LLM | None, mode: AnswerMode, usage: Usage, clock: _Clock
    ) -> Generator[Event, None, None]:
        """Search, and answer from what is found."""
        with clock.stage("search"):
            hits = self.index.search(asked.standalone, limit=HITS)
        yield Retrieved(tuple(hits))
        asked = asked.beside(self.index.document(hit.chunk.document_id).language for hit in hits)
        with clock.stage("documents"):
            together = across(asked, self.index)
        if together.told:
            yield from self._told(asked, together, usage, clock)
            return
        with clock.stage("evidence"):
            sentences = evidence_of(asked, hits, self.index)
        yield Selected(sentences)
        sources = Sources(self.index)
        draft = Draft(asked, [sources.evidence(each) for each in sentences], sources, self.gate)
        draft.spend(usage)
        draft.unfamiliar = unfamiliar(asked, sentences, self.index)
        draft.note(told(draft.unfamiliar))
        with clock.stage("answer"):
            if mode == "auto" and llm is not None:
                yield from self._quick(draft)
                if suffices(draft):
                    llm = None
            yield from self._answered(llm, draft)
        yield Finished(draft.finished(llm.name if llm else "none", clock.timings))

    def _quick(self, draft: Draft) -> Iterator[Verified]:
        """Answer with the line that the reader points at, if that is proved at once."""
        if draft.evidence and may_be_quick(draft.question):
            # A line is held to more than what written answers promise: what a model would have said
            # of it is not known. Below, it costs right answers and shows wrong ones.
            promised = self.gate.calibrations.scored.threshold("strict")
            yield from draft.try_out(self._quoted(draft), promised)
            draft.extractive = bool(draft.claims)

    def _told(
        self, asked: Question, together: Across, usage: Usage, clock: _Clock
    ) -> Iterator[Event]:
        """Answer with what all documents tell together; nobody writes."""
        lines = dict.fromkeys(line for each in together.told for line in each.sentences)
        yield Selected(tuple(lines))
        sources = Sources(self.index)
        draft = Draft(asked, [sources.evidence(each) for each in lines], sources, self.gate)
        draft.spend(usage)
        draft.extractive, draft.notice = True, together.notice
        for each in together.told:
            yield draft.show(each.text, each.sentences, 1.0)
        yield Finished(draft.finished("none", clock.timings))

    def _answered(self, llm: LLM | None, draft: Draft) -> Iterator[Verified]:
        """Answer with the language model; without one, or when it fails, by quoting."""
        if not draft.evidence:
            return
        if llm is not None:
            try:
                yield from self._written(llm, draft)
                if draft.is_open or (draft.question.asks_yes_or_no and not draft.claims):
                    yield from draft.suggest(self._quoted(draft))
                yield from additions(draft)
                return
            except LLMError as error:
                if draft.claims and not draft.extractive:  # what was shown is not said twice
                    draft.note(f"{error}. The answer breaks off here.")
                    return
                draft.note(f"{error}. This answer is quoted from the documents instead.")
        draft.extractive = True
        if not draft.claims:
            yield from draft.offer(self._quoted(draft))
        yield from additions(draft)

    def _quoted(self, draft: Draft) -> Candidate:
        return quoted(draft.question, draft.evidence, draft.sources, self.gate.reader)

    def _written(self, llm: LLM, draft: Draft) -> Iterator[Verified]:
        quick = len(draft.claims)
        generation = asked_of(llm, draft.question, draft.evidence)
        confirmation = Confirmation(llm, draft.question)
        candidates = written(generation, draft.evidence, llm.name, confirmation)
        try:
            if quick:
                yield from completed(draft, candidates)
            else:
                for candidate in candidates:
                    yield from draft.offer(candidate)
        finally:
            generation.close()
            draft.spend(generation.usage)
            draft.spend(confirmation.usage)
            draft.extractive = 0 < quick == len(draft.claims)


def evidence_of(question: Question, hits: Sequence[Hit], index: Index) -> tuple[Sentence, ...]:
    """The evidence of ``hits``, and of a follow-up search where they lack a part of it; of an
    overview, that of its document."""
    if question.asks_for_overview:
        return overview(question, hits, index)
    first = select(question, hits, index)
    return (*first, *followup_retrieval(question, first, index))


def followup_retrieval(
    question: Question, first: Sequence[Sentence], index: Index
) -> tuple[Sentence, ...]:
    """What a follow-up search adds to the evidence ``first``; empty where that lacks nothing."""
    titles = {each.document_id: index.document(each.document_id).title for each in first}
    text = followup_question(question, first, titles)
    if text is None:
        return ()
    hits = index.search(text, limit=FOLLOWUP_HITS)
    more = select(Question.of(text), hits, index, max_tokens=FOLLOWUP_TOKENS)
    known = {(each.document_id, each.span) for each in first}
    return tuple(each for each in more if (each.document_id, each.span) not in known)


def _quietly(load: Callable[[], object]) -> None:
    with suppress(Exception):  # nobody hears a thread; asking raises it again
        load()


class _Clock:
    """Measures the stages of one answer, in milliseconds."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.timings[name] = round((time.perf_counter() - started) * 1000, 1)
