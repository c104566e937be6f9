from __future__ import annotations

from pathlib import Path

from index.load.loading import load
from rag.evaluation.dataset import load_dataset
from rag.evaluation.measures.answer import containment

SEEDS = Path(__file__).parents[3] / "seeds"


def test_there_are_enough_questions_of_each_kind() -> None:
    questions = load_dataset(SEEDS).questions
    unanswerable = [question for question in questions if question.answerable is False]
    assert len(questions) >= 25
    assert len(unanswerable) * 3 >= len(questions)
    assert sum(bool(question.history) for question in questions) >= 3
    assert sum(question.extra["kind"] == "on_topic" for question in unanswerable) >= 5


def test_every_answerable_question_has_an_exact_span_that_holds_its_answer() -> None:
    dataset = load_dataset(SEEDS)
    for question in dataset.questions:
        if not question.answerable:
            assert not question.answers
            assert not question.relevant_spans
            continue
        assert question.relevant_spans
        for gold in question.relevant_spans:
            text = load(SEEDS / gold.document_id).text
            assert text[gold.span.start : gold.span.end] == gold.text
            assert text.count(gold.text) == 1
        if question.extra["kind"] == "yes_or_no":
            assert question.answers in (("yes",), ("no",))  # a word that no document has to hold
            continue
        golds = " ".join(gold.text for gold in question.relevant_spans)
        assert containment(golds, question.answers), question.id
