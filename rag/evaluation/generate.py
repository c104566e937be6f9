"""Drafts questions with gold spans from a person's own documents, for them to edit.

A figure or a name of a sentence is the answer, and the language model writes the question to it. It
is kept when the assistant gives that answer back, citing that sentence. Its unanswerable twin asks
the same of another name of the documents, and is kept when the assistant abstains. What the
assistant gets wrong is therefore left out: scores on an unedited file flatter it, and compare
settings rather than say how good it is. Knows no files.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from index.sentences import sentence_spans
from index.types import Span
from index.words import words
from rag.answering.reply import value_of
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset
from rag.evaluation.measures.answer import containment
from rag.evaluation.measures.outcome import is_shown
from rag.evaluation.measures.spans import DocumentSpan
from rag.evaluation.perturb import perturbations
from rag.evaluation.score import Corpus
from rag.evaluation.systems import System
from rag.facts import facts_of
from rag.language import ENGLISH
from rag.llm import LLM, Schema
from rag.types import Answer, Message

# The answer is given: a small model that has to choose it copies lists of names or the sentence.
INSTRUCTIONS = """\
You are given a sentence and an answer that stands in it. Write the question that has this answer. \
Name who and what is meant, so that the question is understood without the sentence. The answer \
itself must not stand in the question.
Sentence: The bridge over the Tay was opened by Anna Berg in May 1998.
Answer: Anna Berg
Question: Who opened the bridge over the Tay?
Sentence: The new school in Oslo has 340 pupils and 25 teachers.
Answer: 340
Question: How many pupils does the new school in Oslo have?"""

SCHEMA = Schema(
    {
        "type": "object",
        "properties": {"question": {"type": "string"}},
        "required": ["question"],
        "additionalProperties": False,
    },
    in_words='Reply with JSON only, as {"question": "the question"}.',
    as_text="Reply with the question only.",
)

MAX_TOKENS = 80  # one question
UNANSWERABLE_SHARE = 1 / 3  # enough of them that a system which always answers shows
MIN_WORDS, MAX_WORDS = 8, 45  # shorter ones are headings, longer ones lists
DRAFTS_PER_QUESTION = 6  # a small model's drafts mostly fail; then the documents are used up

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence to draft from and a figure or name in it, as spans of the document's text."""

    document_id: str
    span: Span
    answer: Span


@dataclass(frozen=True, slots=True)
class Draft:
    """A question to which the assistant gave back the answer of its source."""

    question: str
    answer: str
    source: Source


def generate(
    dataset: Dataset, corpus: Corpus, llm: LLM, assistant: System, count: int, seed: int
) -> Iterator[Row]:
    """At most ``count`` question rows, a third of them unanswerable, each as soon as it passed.

    Raises `EvaluationError` when no sentence is fit to draft from, and what the language model and
    the assistant raise.
    """
    sources = candidates(dataset, seed)
    if not sources:
        raise EvaluationError("no sentence states a figure or a name: give documents with facts")
    known = sorted(
        {name for text in dataset.texts().values() for name in facts_of(text, ENGLISH).names}
    )
    unanswerable = round(count * UNANSWERABLE_SHARE)
    left = {True: count - unanswerable, False: unanswerable}
    for draft in _kept(dataset, corpus, llm, assistant, sources[: count * DRAFTS_PER_QUESTION]):
        if left[True]:
            left[True] -= 1
            yield _numbered(_answerable(draft), count - sum(left.values()))
        twin = unanswerable_twin(draft.question, seed, known) if left[False] else None
        if twin and _abstains(assistant, twin):
            left[False] -= 1
            yield _numbered(_unanswerable(draft, twin), count - sum(left.values()))
        if not any(left.values()):
            return


def candidates(dataset: Dataset, seed: int) -> list[Source]:
    """Sentences of a usual length with a figure or name in each, in an order by ``seed``."""
    draw = random.Random(seed)
    found = []
    for document in dataset.documents.values():
        for span in sentence_spans(document.text):
            stated = facts(span.of(document.text))
            if stated:
                answer = draw.choice(stated).shift(span.start)
                found.append(Source(document.id, span, answer))
    draw.shuffle(found)
    return found


def facts(sentence: str) -> list[Span]:
    """Where the figures of a sentence stand, or without figures its names of one or more words.

    None in a heading (no full stop), and in a sentence that is too short or too long.
    """
    if not MIN_WORDS <= len(words(sentence)) <= MAX_WORDS or sentence[-1].isalnum():
        return []
    facts = facts_of(sentence, ENGLISH)
    figures = _places(sentence, [each.text for each in facts.quantities])
    return figures or _joined(sentence, _places(sentence, list(facts.names)))


def unanswerable_twin(question: str, seed: int, known: list[str]) -> str | None:
    """The question with one name put in the place of another; None where it holds no name.

    SQuAD 2.0 calls this an entity swap (Rajpurkar, Jia and Liang 2018, table 2).
    """
    changes = perturbations(question, seed, known)
    return next((change.text for change in changes if change.kind == "name"), None)


def gives_back(reply: Answer, answer: str, source: Source, corpus: Corpus) -> bool:
    """Whether the assistant's reply holds the answer and cites the sentence it came from."""
    if not is_shown(reply.status) or not containment(reply.text, [answer]):
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


def _kept(
    dataset: Dataset, corpus: Corpus, llm: LLM, assistant: System, sources: list[Source]
) -> Iterator[Draft]:
    """The drafts that pass, no question twice."""
    asked: set[str] = set()
    for source in sources:
        text = dataset.documents[source.document_id].text
        answer = source.answer.of(text)
        question = _question(llm, source.span.of(text), answer)
        if not question or question.lower() in asked or containment(question, [answer]):
            continue
        asked.add(question.lower())
        reply = assistant.run(question).answer
        if reply is not None and gives_back(reply, answer, source, corpus):
            yield Draft(question, answer, source)


def _question(llm: LLM, sentence: str, answer: str) -> str:
    """The drafted question; empty when the model wrote none within its tokens."""
    prompt = f"Sentence: {sentence}\nAnswer: {answer}"
    messages = [Message("system", INSTRUCTIONS), Message("user", prompt)]
    question = value_of("question", llm.stream(messages, schema=SCHEMA, max_tokens=MAX_TOKENS))
    return question if words(question) else ""


def _abstains(assistant: System, question: str) -> bool:
    reply = assistant.run(question).answer
    return reply is not None and not is_shown(reply.status)


def _answerable(draft: Draft) -> Row:
    source = draft.source
    span = {"doc_id": source.document_id, "start": source.answer.start, "end": source.answer.end}
    return {
        "question": draft.question,
        "answers": [draft.answer],
        "relevant_ids": [source.document_id],
        "relevant_spans": [{**span, "text": draft.answer}],
        "answerable": True,
    }


def _unanswerable(draft: Draft, twin: str) -> Row:
    return {
        "question": twin,
        "answers": [],
        "relevant_ids": [],
        "relevant_spans": [],
        "answerable": False,
        "distractor_ids": [draft.source.document_id],
    }


def _numbered(row: Row, number: int) -> Row:
    return {"id": f"q-{number:03d}", **row}


def _places(sentence: str, texts: list[str]) -> list[Span]:
    """The first place of each text as whole words, in order of the places."""
    found = (re.search(rf"(?<!\w){re.escape(text)}(?!\w)", sentence) for text in texts)
    return sorted({Span(*match.span()) for match in found if match})


def _joined(sentence: str, places: list[Span]) -> list[Span]:
    """Names with nothing but one blank between them as one name."""
    joined: list[Span] = []
    for place in places:
        if joined and sentence[joined[-1].end : place.start] == " ":
            joined[-1] = Span(joined[-1].start, place.end)
        else:
            joined.append(place)
    return joined
