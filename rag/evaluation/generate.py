"""Drafts questions with gold spans from a person's own documents, for them to edit.

The language model drafts, strings decide: an answer must stand in the sentence it was drafted from,
and the assistant itself must give it back citing that sentence. An unanswerable question is kept
when the assistant abstains from it. What the assistant gets wrong is therefore left out: scores on
an unedited file flatter it, and compare settings rather than say how good it is. Knows no files.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.sentences import sentence_spans
from index.types import Span
from index.words import words
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset
from rag.evaluation.measures.answer import containment
from rag.evaluation.measures.spans import DocumentSpan
from rag.evaluation.score import Corpus
from rag.evaluation.systems import System
from rag.facts import names, quantities
from rag.llm import LLM, Schema
from rag.types import Answer, Message

ANSWERABLE_INSTRUCTIONS = (
    "You write one question that the given sentence answers, so that somebody who does not see the "
    "sentence understands it: name who and what is meant. Copy the short answer from the sentence, "
    "character by character. The question must not contain the answer."
)
UNANSWERABLE_INSTRUCTIONS = (
    "You write one question about the people, places or things in the given text that sounds as if "
    "the text answered it, but it does not: ask for a figure, date, name or reason that the text "
    "does not state. Name who and what is meant."
)
ANSWERABLE_SCHEMA: Schema = {
    "type": "object",
    "properties": {"question": {"type": "string"}, "answer": {"type": "string"}},
    "required": ["question", "answer"],
    "additionalProperties": False,
}
UNANSWERABLE_SCHEMA: Schema = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}

MAX_TOKENS = 120  # a question and a short answer
UNANSWERABLE_SHARE = 1 / 3  # enough of them that a system which always answers shows
MIN_WORDS, MAX_WORDS = 8, 45  # shorter ones are headings, longer ones lists
MAX_ANSWER_WORDS = 10  # what counts as a short answer when it is scored
DRAFTS_PER_QUESTION = 6  # a small model's drafts mostly fail; then the documents are used up


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence to draft from: ``dataset.documents[document_id].text[span]``."""

    document_id: str
    span: Span


Row = dict[str, Any]


def generate(
    dataset: Dataset,
    corpus: Corpus,
    llm: LLM,
    assistant: System,
    count: int,
    seed: int,
    on_draft: Callable[[], None] | None = None,
) -> Iterator[Row]:
    """At most ``count`` question rows, a third of them unanswerable, each as soon as it passed.

    ``on_draft`` is called after each draft. Raises `EvaluationError` when no sentence is fit to
    draft from, and what the language model raises.
    """
    sources = candidates(dataset, seed)
    if not sources:
        raise EvaluationError("no sentence states a figure or a name: give documents with facts")
    unanswerable = round(count * UNANSWERABLE_SHARE)
    makers = (
        (count - unanswerable, lambda each: _answerable(dataset, corpus, llm, assistant, each)),
        (unanswerable, lambda each: _unanswerable(dataset, llm, assistant, each)),
    )
    number = 0
    for wanted, make in makers:
        for row in _kept(sources, wanted, make, on_draft or _nobody):
            number += 1
            yield {"id": f"q-{number:03d}", **row}


def candidates(dataset: Dataset, seed: int) -> list[Source]:
    """Sentences that state a figure or a name and have a usual length, in an order by ``seed``."""
    found = [
        Source(document.id, span)
        for document in dataset.documents.values()
        for span in sentence_spans(document.text)
        if _states_something(span.of(document.text))
    ]
    random.Random(seed).shuffle(found)
    return found


def _states_something(sentence: str) -> bool:
    if not MIN_WORDS <= len(words(sentence)) <= MAX_WORDS:
        return False
    return bool(quantities(sentence) or names(sentence))


def _kept(
    sources: Sequence[Source],
    wanted: int,
    make: Callable[[Source], Row | None],
    on_draft: Callable[[], None],
) -> Iterator[Row]:
    """Rows from one source after the other until there are enough, or too many drafts failed."""
    asked: set[str] = set()
    for source in sources[: wanted * DRAFTS_PER_QUESTION]:
        if len(asked) == wanted:
            return
        row = make(source)
        on_draft()
        if row is not None and row["question"].lower() not in asked:
            asked.add(row["question"].lower())
            yield row


def _answerable(
    dataset: Dataset, corpus: Corpus, llm: LLM, assistant: System, source: Source
) -> Row | None:
    text = dataset.documents[source.document_id].text
    sentence = source.span.of(text)
    draft = _draft(llm, ANSWERABLE_INSTRUCTIONS, ANSWERABLE_SCHEMA, sentence)
    question, answer = draft.get("question", ""), draft.get("answer", "")
    place = answer_place(sentence, question, answer)
    if place is None:
        return None
    reply = assistant.run(question).answer
    if reply is None or not gives_back(reply, answer, source, corpus):
        return None
    span = place.shift(source.span.start)
    gold = {"doc_id": source.document_id, "start": span.start, "end": span.end}
    return {
        "question": question,
        "answers": [span.of(text)],
        "relevant_ids": [source.document_id],
        "relevant_spans": [{**gold, "text": span.of(text)}],
        "answerable": True,
    }


def _unanswerable(dataset: Dataset, llm: LLM, assistant: System, source: Source) -> Row | None:
    sentence = source.span.of(dataset.documents[source.document_id].text)
    draft = _draft(llm, UNANSWERABLE_INSTRUCTIONS, UNANSWERABLE_SCHEMA, sentence)
    question = draft.get("question", "")
    if not words(question):
        return None
    reply = assistant.run(question).answer
    if reply is None or reply.status != "unanswered":
        return None
    return {
        "question": question,
        "answers": [],
        "relevant_ids": [],
        "relevant_spans": [],
        "answerable": False,
        "distractor_ids": [source.document_id],
    }


def answer_place(sentence: str, question: str, answer: str) -> Span | None:
    """Where the drafted answer stands in its sentence; None when the draft is of no use.

    It must be short, stand there exactly, be less than the whole sentence, and not be given away
    by the question.
    """
    answer = answer.strip()
    start = sentence.find(answer)
    if not 0 < len(words(answer)) <= MAX_ANSWER_WORDS or start < 0:
        return None
    if not words(question) or len(answer) == len(sentence) or containment(question, [answer]):
        return None
    return Span(start, start + len(answer))


def gives_back(reply: Answer, answer: str, source: Source, corpus: Corpus) -> bool:
    """Whether the assistant's reply holds the answer and cites the sentence it came from."""
    if reply.status == "unanswered" or not containment(reply.text, [answer]):
        return False
    sentence = DocumentSpan(source.document_id, source.span.start, source.span.end)
    return any(
        sentence.overlaps(
            DocumentSpan(
                corpus.ids[citation.document_id],
                citation.start_char_index,
                citation.end_char_index,
            )
        )
        for citation in reply.citations
    )


def _draft(llm: LLM, instructions: str, schema: Schema, sentence: str) -> Mapping[str, str]:
    """The model's reply; empty when it was cut off within its tokens."""
    messages = [Message("system", instructions), Message("user", sentence)]
    reply = "".join(llm.stream(messages, schema=schema, max_tokens=MAX_TOKENS))
    try:
        draft = json.loads(reply)
    except json.JSONDecodeError:
        return {}
    return draft if isinstance(draft, dict) else {}


def _nobody() -> None:
    """Nobody watches."""
