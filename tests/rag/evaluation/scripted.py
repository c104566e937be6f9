"""A small suite and systems that answer it as they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from index.load.base import LoadedDocument
from index.types import Chunk, Document, Hit, Span
from rag.evaluation.dataset import Dataset, GoldSpan, Question, SourceDocument
from rag.evaluation.robustness import OpenSystem
from rag.evaluation.score import Corpus
from rag.evaluation.systems import System, Trace
from rag.llm import Generation, Schema
from rag.types import Answer, Citation, Claim, Message, Sentence, Usage

TEXTS = {
    f"d{n}": f"Tower {n} is {n}00 metres tall. It stands in city {n}. Nobody lives there."
    for n in range(1, 9)
}


def documents(texts: dict[str, str] | None = None) -> dict[str, SourceDocument]:
    return {
        id: SourceDocument(id, LoadedDocument(f"Title {id}", "text/plain", text))
        for id, text in (texts or TEXTS).items()
    }


def question(number: int, answerable: bool = True) -> Question:
    """The height of tower ``number``; without an answer, who built it."""
    id, text = f"d{number}", TEXTS[f"d{number}"]
    if not answerable:
        before = (Message("user", "Who lives there?"),) if number == 1 else ()
        asked = f"Who built tower {number}?"
        return Question(f"u{number}", asked, answerable=False, history=before)
    answer = f"{number}00 metres"
    span = Span(text.index(answer), text.index(answer) + len(answer))
    return Question(
        id=f"q{number}",
        question=f"How tall is tower {number}?",
        answers=(answer,),
        relevant_ids=(id,),
        relevant_spans=(GoldSpan(id, span, answer),),
        answerable=True,
    )


def suite() -> Dataset:
    """Eight documents, eight questions with an answer and four without; u1 follows a question."""
    questions = [question(n) for n in range(1, 9)] + [question(n, False) for n in range(1, 5)]
    return Dataset("towers", documents(), tuple(questions))


def corpus(dataset: Dataset) -> Corpus:
    """Document ids count from 1 in the order of the suite."""
    return Corpus.of(dataset, dict(enumerate(dataset.documents, start=1)))


def trace(asked: str, text: str | None, document: int = 1, support: float = 1.0) -> Trace:
    """An answer citing the first sentence of a document; no ``text`` is an abstention."""
    source = TEXTS[f"d{document}"]
    span = Span(0, source.index(".") + 1)
    chunk = Chunk(document, document, Span(0, len(source)), source)
    citation = Citation(1, document, "", "", span.of(source), span.start, span.end)
    answer = Answer(
        question=asked,
        standalone_question=asked,
        status="unanswered" if text is None else "answered",
        text=text or "The documents do not answer this.",
        claims=(Claim(Span(0, len(text)), "supported", support, (1,)),) if text else (),
        citations=(citation,) if text else (),
        usage=Usage(100, 10),
        timings={"search": 1.0},
    )
    evidence = (Sentence(document, span, span.of(source)),)
    return Trace(answer, (Hit(chunk, 1.0),), evidence, total_ms=5.0)


class ScriptedSystem:
    """Answers by a function of the question, and keeps what it was asked."""

    def __init__(self, reply: Callable[[str], Trace], name: str = "scripted") -> None:
        self.name = name
        self.asked: list[str] = []
        self._reply = reply

    def run(self, question: str, history: Sequence[Message] = ()) -> Trace:
        self.asked.append(question)
        return self._reply(question)


def right(asked: str) -> Trace:
    """The right answer to every question of the suite, silence where there is none."""
    number = int(asked.rstrip("?").split()[-1])
    text = f"Tower {number} is {number}00 metres tall." if asked.startswith("How") else None
    return trace(asked, text, number)


class ScriptedLLM:
    """A language model that gives its replies in order, and keeps the messages it was sent."""

    name = "scripted-llm"

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.sent: list[list[Message]] = []

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        self.sent.append(list(messages))
        return Generation(iter([self.replies.pop(0), Usage(7, 3)]))


class ScriptedIndex:
    """Finds the same hits for every question."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def search(self, question: str, *, limit: int = 10, fusion: object = None) -> list[Hit]:
        chunks = (Chunk(n, n, Span(0, len(t)), t) for n, t in enumerate(self.texts, start=1))
        return [Hit(chunk, 1.0) for chunk in chunks][:limit]

    def document(self, document_id: int) -> Document:
        text = self.texts[document_id - 1]
        return Document(document_id, f"k{document_id}", "T", "s", "text/plain", text)


def opener(
    reply: Callable[[str, Sequence[SourceDocument]], Trace],
) -> OpenSystem:
    """Opens a system whose reply depends on the documents it is opened over."""

    @contextmanager
    def opened(over: Sequence[SourceDocument]) -> Iterator[System]:
        yield ScriptedSystem(lambda asked: reply(asked, over))

    return opened
