"""What the reader is trained on: gold spans stay exact, and made negatives are really negative."""

from __future__ import annotations

import random
from typing import Any

import pytest

from index.load.base import LoadedDocument
from index.types import Span
from rag.evaluation.dataset import Dataset, GoldSpan, Question, SourceDocument
from rag.evaluation.split import PARTS, only, part_of, question_part
from rag.evaluation.training.examples import Example, Head, examples, thinned, without_leaks

HEADS: tuple[Head, ...] = ("answer", "support")
RIVERS = ("Amber", "Birch", "Cedar", "Dawn", "Elm", "Fern", "Gorse", "Hazel", "Iris", "Juniper")


def _document(number: int) -> SourceDocument:
    name = RIVERS[number % len(RIVERS)]
    text = (
        f"The {name} River {number} rises in the hills of Old Marland near the town of Quill. "
        f"It is {300 + number} kilometres long. It was mapped by Anna Berg in {1800 + number}. "
        f"In the spring the {name} River {number} floods the low meadows around Port Selby."
    )
    return SourceDocument(
        f"d{number}", LoadedDocument(f"{name} River {number}", "text/plain", text)
    )


def _question(document: SourceDocument, **extra: Any) -> Question:
    start = document.text.index("Anna Berg")
    gold = GoldSpan(document.id, Span(start, start + 9), "Anna Berg")
    return Question(
        id=f"q-{document.id}",
        question=f"Who was the first to map the {document.title}?",
        answers=("Anna Berg",),
        relevant_ids=(document.id,),
        relevant_spans=(gold,),
        answerable=True,
        extra=extra,
    )


@pytest.fixture
def dataset() -> Dataset:
    documents = {f"d{n}": _document(n) for n in range(40)}
    return Dataset("rivers", documents, tuple(_question(d) for d in documents.values()))


def test_every_document_is_in_one_part_and_the_same_in_every_suite(dataset: Dataset) -> None:
    parts = {part: only(part, dataset).questions for part in PARTS}
    assert sum(len(each) for each in parts.values()) == len(dataset.questions)
    assert all(parts.values())
    for document in dataset.documents.values():
        other = SourceDocument("x", LoadedDocument(document.title.upper(), "text/html", "Else."))
        assert part_of(other) == part_of(document)


def test_a_question_without_an_answer_belongs_to_the_document_meant_to_mislead(
    dataset: Dataset,
) -> None:
    asked = Question("q", "Who?", extra={"distractor_ids": ["d3"]})
    assert question_part(asked, dataset) == part_of(dataset.documents["d3"])
    assert question_part(Question("q", "Who?"), dataset) is None


def test_the_answer_of_an_example_is_exact(dataset: Dataset) -> None:
    pointed = [each for each in examples(dataset, "train", 1) if each.answer is not None]
    assert len(pointed) > 10
    assert {each.answer.of(each.second) for each in pointed if each.answer} == {"Anna Berg"}
    assert all(each.label and each.head == "answer" for each in pointed)


def _title(question: str) -> str:
    return question.rpartition("map the ")[2].rstrip("?")


def test_texts_and_questions_without_the_answer_are_negative(dataset: Dataset) -> None:
    made = examples(dataset, "train", 1)
    questions = {each.question for each in dataset.questions}
    asked = [each for each in made if each.head == "answer" and each.first in questions]
    own = [each for each in asked if _title(each.first) in each.second]
    assert {each.label for each in own} == {True, False}
    for each in own:
        assert each.label is ("Anna Berg" in each.second)
    changed = [each for each in made if each.head == "answer" and each.first not in questions]
    assert changed
    assert not any(each.label for each in changed)


def test_a_question_with_another_thing_of_the_text_is_not_carried(dataset: Dataset) -> None:
    said = [e for e in examples(dataset, "train", 1) if e.head == "support" and "?" in e.first]
    assert {each.first.rpartition("? ")[2] for each in said if each.label} == {"Anna Berg"}
    wrong = [each for each in said if not each.label and each.first.endswith("Port Selby")]
    assert all("Anna Berg" not in each.first for each in wrong)


def test_claims_that_people_labelled_keep_their_label(dataset: Dataset) -> None:
    document = next(d for d in dataset.documents.values() if part_of(d) == "train")
    for label, expected in (("SUPPORT", True), ("Incomplete", False)):
        labelled = Dataset("claims", dataset.documents, (_question(document, label=label),))
        assert {each.label for each in examples(labelled, "train", 1)} == {expected}
    partial = Dataset("claims", dataset.documents, (_question(document, label="Partial"),))
    assert examples(partial, "train", 1) == []


def test_questions_of_another_part_are_not_trained_on(dataset: Dataset) -> None:
    made = examples(dataset, "train", 1)
    kept = without_leaks(made, [made[0]])
    assert made[0].first not in {each.first for each in kept}
    assert len(kept) < len(made)


def test_an_epoch_has_all_positive_examples_and_a_draw_of_negative_ones() -> None:
    made = [Example("answer", str(n), "text", n < 10) for n in range(100)]
    first, second = (thinned(made, random.Random(seed)) for seed in (1, 2))
    assert {each.first for each in first if each.label} == {str(n) for n in range(10)}
    assert sum(not each.label for each in first) == 22
    assert {each.first for each in first} != {each.first for each in second}


def test_what_people_wrote_to_mislead_is_in_every_epoch(dataset: Dataset) -> None:
    document = next(d for d in dataset.documents.values() if part_of(d) == "train")
    asked = Question(
        "q",
        f"Who was the first to drain the {document.title}?",
        answerable=False,
        extra={"distractor_ids": [document.id]},
    )
    made = examples(Dataset("rivers", dataset.documents, (asked,)), "train", 1)
    (misleading,) = [each for each in made if each.misleading]
    assert misleading.first == asked.question
    assert not misleading.label
    assert "mapped by Anna Berg" in misleading.second  # the sentence with most of its words
    answered = [Example("answer", str(n), "text", n < 2) for n in range(100)]
    for seed in range(3):
        assert misleading in thinned([*made, *answered], random.Random(seed))


def test_claims_made_by_rule_can_be_limited() -> None:
    made = [Example(head, str(n), "text", n < 50) for n in range(100) for head in HEADS]
    kept = thinned(made, random.Random(1), 0.5, claims=10)
    assert sum(each.head == "support" for each in kept) == 10
    assert sum(each.head == "answer" and not each.label for each in kept) == 25
