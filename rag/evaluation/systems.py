"""What an evaluation asks: our assistant, the baseline that anyone would write, and search alone.

Each is a `System`: a question and its history in, a `Trace` out. Knows no gold answers, measures or
files.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.search import DEFAULT_FUSION, DENSE, WORDS, Fuses, Fusion
from index.sentences import sentence_spans
from index.types import Document, Hit, Span
from rag.llm import LLM, Generation, Part, Schema
from rag.types import (
    Answer,
    Citation,
    Claim,
    Event,
    Finished,
    Message,
    Retrieved,
    Selected,
    Sentence,
    Verified,
)

NAIVE_CHUNKS = 5  # what the tutorials of every framework put into the prompt
NAIVE_MAX_TOKENS = 256  # room for three or four sentences, as much as ours may write
RETRIEVAL_DEPTH = 100  # the deepest cut-off among the retrieval measures

DENSE_ONLY = Fusion(weights={WORDS: 0.0})
WORDS_ONLY = Fusion(weights={DENSE: 0.0})

NAIVE_REFUSAL = "I don't know"
NAIVE_INSTRUCTIONS = (
    "Answer the question in complete sentences, using only the numbered sources below. After each "
    "sentence, cite the sources it comes from as [n]. If the sources do not contain the answer, "
    f'say "{NAIVE_REFUSAL}".'
)

_MARKER = re.compile(r"\s*\[\s*\d+(?:\s*,\s*\d+)*\s*\]")
_LEADING_MARKERS = re.compile(rf"^(?:{_MARKER.pattern})+")


class Searcher(Protocol):
    """The part of an index that the systems use."""

    def search(self, question: str, *, limit: int = ..., fusion: Fuses = ...) -> list[Hit]: ...

    def document(self, document_id: int) -> Document: ...


class Streams(Protocol):
    """The part of an assistant that the systems use."""

    def stream(self, question: str, history: Sequence[Message] = ()) -> Iterator[Event]: ...


@dataclass(frozen=True, slots=True)
class Trace:
    """What a system did for one question.

    ``answer`` is None when the system only searches. ``evidence`` is the text shown to the language
    model. Times are milliseconds from the question: to the first token of the call that writes the
    answer, to the first sentence that a reader sees, and to the end.
    """

    answer: Answer | None
    hits: tuple[Hit, ...]
    evidence: tuple[Sentence, ...] = ()
    first_token_ms: float | None = None
    first_sentence_ms: float | None = None
    total_ms: float = 0.0


class System(Protocol):
    """Something that can be evaluated. Raises `rag.errors.RagError` when it cannot answer."""

    name: str

    def run(self, question: str, history: Sequence[Message] = ()) -> Trace: ...


class WatchedLLM:
    """A language model that remembers when its newest call gave its first token."""

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.name = llm.name
        self.first_token_at: float | None = None

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        self.first_token_at = None
        generation = self._llm.stream(messages, schema=schema, max_tokens=max_tokens)
        return Generation(self._parts(generation))

    def _parts(self, generation: Generation) -> Iterator[Part]:
        try:
            for text in generation:
                if self.first_token_at is None:
                    self.first_token_at = time.perf_counter()
                yield text
            yield from generation.ending()
        finally:
            generation.close()


class AssistantSystem:
    """The assistant as users have it. ``llm`` is the watched model inside it, if it has one."""

    def __init__(
        self, assistant: Streams, llm: WatchedLLM | None = None, name: str = "footnote"
    ) -> None:
        self.name = name
        self._assistant = assistant
        self._llm = llm

    def run(self, question: str, history: Sequence[Message] = ()) -> Trace:
        if self._llm is not None:
            self._llm.first_token_at = None
        started = time.perf_counter()
        hits: tuple[Hit, ...] = ()
        evidence: tuple[Sentence, ...] = ()
        answer: Answer | None = None
        first_sentence_ms: float | None = None
        for event in self._assistant.stream(question, history):
            match event:
                case Retrieved():
                    hits = event.hits
                case Selected():
                    evidence = event.evidence
                case Verified() if first_sentence_ms is None:
                    first_sentence_ms = _ms_since(started)
                case Finished():
                    answer = event.answer
        return Trace(
            answer=answer,
            hits=hits,
            evidence=evidence,
            first_token_ms=_first_token_ms(self._llm, started),
            first_sentence_ms=first_sentence_ms,
            total_ms=_ms_since(started),
        )


class NaiveSystem:
    """The baseline: the best chunks numbered in the prompt, ``[n]`` markers in the reply, no check.

    It searches the same chunks with the same embedder, by meaning alone, and asks the same language
    model as the assistant, so that what differs in a table is everything in between.
    """

    def __init__(self, index: Searcher, llm: LLM, name: str = "naive") -> None:
        self.name = name
        self._index = index
        self._llm = WatchedLLM(llm)

    def run(self, question: str, history: Sequence[Message] = ()) -> Trace:
        started = time.perf_counter()
        hits = tuple(self._index.search(question, limit=NAIVE_CHUNKS, fusion=DENSE_ONLY))
        searched_ms = _ms_since(started)
        generation = self._llm.stream(
            naive_prompt(question, hits, history), max_tokens=NAIVE_MAX_TOKENS
        )
        reply = "".join(generation)
        total_ms = _ms_since(started)
        timings = {"search": searched_ms, "llm": total_ms - searched_ms, "total": total_ms}
        text, claims, citations = parse_naive(reply, hits, self._index)
        return Trace(
            answer=Answer(
                question=question,
                standalone_question=question,
                status="unanswered" if is_naive_refusal(reply) else "answered",
                text=text,
                claims=claims,
                citations=citations,
                llm=self._llm.name,
                usage=generation.usage,
                timings=timings,
            ),
            hits=hits,
            evidence=tuple(
                Sentence(hit.chunk.document_id, hit.chunk.span, hit.chunk.text) for hit in hits
            ),
            first_token_ms=_first_token_ms(self._llm, started),
            # Nothing is checked, so a reader sees the first token as soon as it is there.
            first_sentence_ms=_first_token_ms(self._llm, started),
            total_ms=total_ms,
        )


class RetrievalSystem:
    """Search alone, for retrieval measures over whole sets without a language model."""

    def __init__(
        self, index: Searcher, name: str = "retrieval", fusion: Fuses = DEFAULT_FUSION
    ) -> None:
        self.name = name
        self._index = index
        self._fusion = fusion

    def run(self, question: str, history: Sequence[Message] = ()) -> Trace:  # noqa: ARG002
        started = time.perf_counter()
        hits = tuple(self._index.search(question, limit=RETRIEVAL_DEPTH, fusion=self._fusion))
        return Trace(answer=None, hits=hits, total_ms=_ms_since(started))


def naive_prompt(
    question: str, hits: Sequence[Hit], history: Sequence[Message] = ()
) -> list[Message]:
    """The instructions, the turns before, then the numbered chunks and the question."""
    sources = "\n\n".join(f"[{n}] {hit.chunk.text}" for n, hit in enumerate(hits, start=1))
    return [
        Message("system", NAIVE_INSTRUCTIONS),
        *history,
        Message("user", f"Sources:\n\n{sources}\n\nQuestion: {question}"),
    ]


def is_naive_refusal(reply: str) -> bool:
    """Whether the refusal of the instructions stands in ``reply``; an empty reply refuses too."""
    plain = reply.replace("’", "'").lower()
    return not plain.strip() or NAIVE_REFUSAL.lower() in plain


def parse_naive(
    reply: str, hits: Sequence[Hit], index: Searcher
) -> tuple[str, tuple[Claim, ...], tuple[Citation, ...]]:
    """The text without markers, its sentences as claims, and the chunks they cite.

    A marker after a full stop belongs to the sentence before it. Numbers that were not shown are
    dropped. Every claim counts as supported, because nothing checks it, and has no own confidence.
    """
    citation_ids: dict[int, int] = {}  # chunk number in the prompt -> citation id
    text, claims = "", []
    for sentence, numbers in _sentences_with_markers(reply):
        shown = [number for number in numbers if 1 <= number <= len(hits)]
        cited = tuple(citation_ids.setdefault(n, len(citation_ids) + 1) for n in shown)
        start = len(text) + bool(text)
        text = f"{text} {sentence}" if text else sentence
        claims.append(Claim(Span(start, len(text)), "supported", 1.0, tuple(dict.fromkeys(cited))))
    citations = tuple(_cite(hits[n - 1], id, index) for n, id in citation_ids.items())
    return text, tuple(claims), citations


def _sentences_with_markers(reply: str) -> list[tuple[str, list[int]]]:
    found: list[tuple[str, list[int]]] = []
    for span in sentence_spans(reply):
        sentence = span.of(reply)
        leading = _LEADING_MARKERS.match(sentence)
        if leading and found:
            found[-1][1].extend(_numbers(leading.group()))
            sentence = sentence[leading.end() :]
        plain = _MARKER.sub("", sentence).strip()
        if plain:
            found.append((plain, _numbers(sentence)))
    return found


def _numbers(text: str) -> list[int]:
    return [int(n) for marker in _MARKER.findall(text) for n in re.findall(r"\d+", marker)]


def _cite(hit: Hit, id: int, index: Searcher) -> Citation:
    chunk, document = hit.chunk, index.document(hit.chunk.document_id)
    return Citation(
        id=id,
        document_id=chunk.document_id,
        document_title=document.title,
        source=document.source,
        cited_text=chunk.text,
        start_char_index=chunk.span.start,
        end_char_index=chunk.span.end,
        page_number=document.page_number(chunk.span.start),
        headings=chunk.headings,
    )


def _first_token_ms(llm: WatchedLLM | None, started: float) -> float | None:
    if llm is None or llm.first_token_at is None:
        return None
    return (llm.first_token_at - started) * 1000


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
