"""What the reader is trained on: questions and claims beside a text, with gold labels.

Examples come from evaluation suites. Hard negatives are made by rule: sentences close to the
question without its answer, questions whose name, number or date was exchanged, answers exchanged
for another of the same text, and sentences changed by rule. Knows no model and no tokenizer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from index.identity import BEGINNING, Identity
from index.sentences import sentence_spans
from index.types import Span
from rag.evaluation.dataset import Dataset, GoldSpan, Question, SourceDocument
from rag.evaluation.extra import require
from rag.evaluation.measures.answer import normalize
from rag.evaluation.perturb import faithful_variants, names_of, perturbations
from rag.evaluation.split import Part, part_of, question_part
from rag.facts import facts_of
from rag.language import ENGLISH
from rag.reader.windows import AFTER, BEFORE, Window, window

Head = Literal["answer", "support"]

CLOSE = 12  # sentences of the suite that share most words with a question
NEGATIVES = 2  # of them, shown beside the question as texts without its answer
LONGEST_ANSWER = 160  # characters: a longer gold span is a passage, not something to point at
ANSWERLESS, UNCARRIED = 2.2, 1.4  # negatives for each positive example in an epoch
WITH_TITLE = 0.8  # share of the texts shown under their title: not every file has one
MOST_FACTS = 4
WITH_FACTS = 0.3  # share of the titles that facts of the document follow, as they do in use
SUPPORTED = frozenset({"complete", "support"})
UNSUPPORTED = frozenset({"incomplete", "contradict", "nei"})


@dataclass(frozen=True, slots=True)
class Example:
    """``first`` (a question, a claim, or a question with its answer) beside ``second``.

    ``label`` says whether the second answers the first (head ``answer``) or carries it (head
    ``support``). ``answer`` is the span of ``second`` that answers, where it is known.
    """

    head: Head
    first: str
    second: str
    label: bool
    answer: Span | None = None
    misleading: bool = False


class Sentences:
    """The sentences of a suite's documents, found by the words that they share with a text."""

    def __init__(self, dataset: Dataset, part: Part) -> None:
        self._documents = dataset.documents
        self.places = [
            (document.id, span)
            for document in dataset.documents.values()
            if part_of(document) == part
            for span in sentence_spans(document.text)
        ]

    @cached_property
    def _index(self) -> tuple[object, object]:
        require("sklearn")
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        texts = [
            f"{self._documents[id].title} {span.of(self._documents[id].text)}"
            for id, span in self.places
        ]
        return vectorizer, vectorizer.fit_transform(texts)

    def close_to(self, text: str, count: int = CLOSE) -> list[tuple[str, Span]]:
        """The sentences of all documents that share words with ``text``, the closest first."""
        scores = self._scores(text, slice(None))
        best = np.argsort(-scores)[:count]
        return [self.places[place] for place in best if scores[place] > 0]

    def closest_of(self, id: str, text: str, count: int) -> list[tuple[str, Span]]:
        """The sentences of one document, those that share most words with ``text`` first."""
        places = self._of_document.get(id, [])
        best = np.argsort(-self._scores(text, places), kind="stable")[:count]
        return [self.places[places[each]] for each in best]

    @cached_property
    def _of_document(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for place, (id, _) in enumerate(self.places):
            found.setdefault(id, []).append(place)
        return found

    def _scores(self, text: str, places: Sequence[int] | slice) -> np.ndarray:
        vectorizer, matrix = self._index
        asked = vectorizer.transform([text])  # type: ignore[attr-defined]
        scores: np.ndarray = (matrix[places] @ asked.T).toarray().ravel()  # type: ignore[index]
        return scores


def examples(dataset: Dataset, part: Part, seed: int) -> list[Example]:
    """All examples of one part of a suite, in the order of its questions."""
    maker = _Maker(dataset, part, seed)
    return [
        example
        for question in dataset.questions
        if question_part(question, dataset) == part
        for example in maker.of(question)
    ]


class _Maker:
    def __init__(self, dataset: Dataset, part: Part, seed: int) -> None:
        self._dataset = dataset
        self._seed = seed
        self._sentences = Sentences(dataset, part)
        self._names = sorted(
            {
                name
                for id, span in self._sentences.places
                for name in names_of(span.of(dataset.documents[id].text))
            }
        )
        self._titles = sorted({d.title for d in dataset.documents.values() if d.title})

    def of(self, question: Question) -> Iterator[Example]:
        draw = random.Random(f"{self._seed} {question.id}")
        label = str(question.extra.get("label", "")).lower()
        if label:
            yield from self._labelled(question, label, draw)
            return
        gold = self._gold(question) if question.answerable else []
        if gold or question.answerable is False:
            yield from self._unanswered(question, draw)
        if not gold:
            return
        shown = self._window(gold[0].document_id, self._around(gold[0]), draw)
        span = _inside(shown, gold[0]) if question.answers else None
        yield Example("answer", question.question, shown.text, True, span)
        answers = [each for each in question.answers if len(each) <= LONGEST_ANSWER]
        others = [
            Example("answer", changed, shown.text, False)
            for changed in self._other_questions(question.question, draw)
        ]
        yield from others
        yield from self._claims(question, answers, shown, others, draw)
        sentence = self._around(gold[0]).of(self._text(gold[0].document_id))
        yield from self._sentence_claims(sentence, shown)

    def _gold(self, question: Question) -> list[GoldSpan]:
        """Gold spans; where a suite has none, the first place of the answer in its document."""
        if question.relevant_spans:
            return list(question.relevant_spans)
        derived = question.extra.get("answer_type", "span") not in ("span",)
        if derived or not question.relevant_ids or not question.answers:
            return []
        id, answer = question.relevant_ids[-1], question.answers[0]
        start = self._text(id).find(answer)
        once = len(answer) > 2 and self._text(id).count(answer) == 1
        return [GoldSpan(id, Span(start, start + len(answer)), answer)] if once else []

    def _unanswered(self, question: Question, draw: random.Random) -> Iterator[Example]:
        """Close sentences without the answer; of a question without one, those meant to mislead."""
        meant = question.extra.get("distractor_ids", ())
        places = [
            place
            for id in meant
            for place in self._sentences.closest_of(id, question.question, NEGATIVES)
        ]
        made = 0
        for id, span in places or self._sentences.close_to(question.question):
            shown = self._window(id, span, draw)
            if made < NEGATIVES and not _holds(shown.text, question.answers):
                made += 1
                misleading = bool(places) and made == 1
                yield Example("answer", question.question, shown.text, False, misleading=misleading)
                if question.answers and made == 1 and len(question.answers[0]) <= LONGEST_ANSWER:
                    yield Example("support", _asserted(question), shown.text, False)
                elif not question.answers and (others := _candidates(shown)):
                    said = f"{question.question} {draw.choice(others)}"
                    yield Example("support", said, shown.text, False)

    def _other_questions(self, question: str, draw: random.Random) -> Iterator[str]:
        """The question about something else: a name, number or date exchanged, or denied."""
        seed = draw.randrange(2**31)
        changed = perturbations(question, seed, self._names, learnt=True)
        draw.shuffle(changed)
        yield from (each.text for each in changed[:2])
        lowered = question.lower()
        for title in self._titles:
            if len(title) > 4 and title.lower() in lowered:
                other = draw.choice(self._titles)
                yield re.sub(re.escape(title), lambda _, o=other: o, question, flags=re.IGNORECASE)  # type: ignore[misc]
                return

    def _claims(
        self,
        question: Question,
        answers: Sequence[str],
        shown: Window,
        others: Sequence[Example],
        draw: random.Random,
    ) -> Iterator[Example]:
        """The question with its answer is carried; with another thing of the text it is not."""
        if not answers:
            return
        answer = draw.choice(answers)
        yield Example("support", f"{question.question} {answer}", shown.text, True)
        wrong = [each for each in _candidates(shown) if not _alike(each, question.answers)]
        for each in draw.sample(wrong, min(2, len(wrong))):
            yield Example("support", f"{question.question} {each}", shown.text, False)
        for other in others[:1]:
            yield Example("support", f"{other.first} {answer}", shown.text, False)

    def _sentence_claims(self, sentence: str, shown: Window) -> Iterator[Example]:
        for each in faithful_variants(sentence, self._seed)[:1]:
            yield Example("support", each.text, shown.text, True)
        changed = perturbations(sentence, self._seed, self._names, learnt=True)
        for each in changed[:2]:
            yield Example("support", each.text, shown.text, False)

    def _labelled(self, question: Question, label: str, draw: random.Random) -> Iterator[Example]:
        """Claims that people judged against a whole text: its closest sentences stand for it."""
        if label not in SUPPORTED | UNSUPPORTED:
            return
        spans = question.relevant_spans or tuple(self._closest(question))
        for gold in spans[:2]:
            shown = self._window(gold.document_id, gold.span, draw)
            yield Example("support", question.question, shown.text, label in SUPPORTED)

    def _closest(self, question: Question) -> list[GoldSpan]:
        ids = set(question.relevant_ids)
        wanted = set(normalize(question.question).split())
        spans = [
            (len(wanted & set(normalize(span.of(self._text(id))).split())), id, span)
            for id in sorted(ids)
            for span in sentence_spans(self._text(id))
        ]
        spans.sort(key=lambda each: -each[0])
        return [GoldSpan(id, span, span.of(self._text(id))) for _, id, span in spans[:1]]

    def _text(self, id: str) -> str:
        return self._dataset.documents[id].text

    def _around(self, gold: GoldSpan) -> Span:
        text = self._text(gold.document_id)
        return next((s for s in sentence_spans(text) if s.contains(gold.span)), gold.span)

    def _window(self, id: str, span: Span, draw: random.Random) -> Window:
        document = self._dataset.documents[id]
        before, after = draw.randint(0, BEFORE), draw.randint(0, AFTER)
        title = self._heading(document, draw) if draw.random() < WITH_TITLE else ""
        return window(title, document.text, span, before=before, after=after)

    def _heading(self, document: SourceDocument, draw: random.Random) -> str:
        names = [each for each in names_of(document.text[:BEGINNING]) if each != document.title]
        if not document.title or not names or draw.random() >= WITH_FACTS:
            return document.title
        return str(Identity(document.title, tuple(names[: draw.randint(1, MOST_FACTS)])))


def _asserted(question: Question) -> str:
    return f"{question.question} {question.answers[0]}"


def _inside(shown: Window, gold: GoldSpan) -> Span | None:
    moved = shown.offset - shown.span.start
    span = Span(gold.span.start + moved, gold.span.end + moved)
    inside = shown.span.contains(gold.span) and len(gold.text) <= LONGEST_ANSWER
    return span if inside else None


def _holds(text: str, answers: Sequence[str]) -> bool:
    known = f" {normalize(text)} "
    return any(f" {normalize(answer)} " in known for answer in answers if normalize(answer))


def _candidates(shown: Window) -> list[str]:
    """Names and numbers of a text: what a careless reader could take for the answer."""
    found = [
        *names_of(shown.text),
        *(each.text for each in facts_of(shown.text, ENGLISH).quantities),
    ]
    return list(dict.fromkeys(found))


def _alike(one: str, answers: Sequence[str]) -> bool:
    """Whether a candidate shares a word with a right answer."""
    words = set(normalize(one).split())
    return any(words & set(normalize(answer).split()) for answer in answers)


def without_leaks(training: Sequence[Example], held: Sequence[Example]) -> list[Example]:
    """``training`` without the questions that another part asks too (in another suite, perhaps)."""
    asked = {normalize(each.first) for each in held}
    return [each for each in training if normalize(each.first) not in asked]


def thinned(
    examples: Sequence[Example],
    draw: random.Random,
    answerless: float = ANSWERLESS,
    claims: int | None = None,
) -> list[Example]:
    """All positive and misleading examples, and of the other negative ones a new draw at each call:
    for one epoch.

    ``answerless`` and ``UNCARRIED`` negatives are kept for each positive one of their head; where
    ``claims`` is given, at most so many examples of the head ``support`` are kept in all.
    """
    kept: list[Example] = []
    for head, share in (("answer", answerless), ("support", UNCARRIED)):
        positive = [each for each in examples if each.head == head and each.label]
        negative = [each for each in examples if each.head == head and not each.label]
        misleading = [each for each in negative if each.misleading]
        made = [each for each in negative if not each.misleading]
        count = max(0, round(share * len(positive)) - len(misleading))
        kept += positive + misleading + draw.sample(made, min(len(made), count))
    draw.shuffle(kept)
    if claims is None:
        return kept
    carried = [each for each in kept if each.head == "support"]
    return [each for each in kept if each.head == "answer"] + carried[:claims]
