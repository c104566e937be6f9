from __future__ import annotations

from dataclasses import replace
from typing import Any

from index.types import Span
from rag.evaluation.dataset import Question
from rag.evaluation.measures.outcome import DECIDING
from rag.evaluation.score import answer_measures, confidence, score
from rag.types import Answer, Claim
from tests.rag.evaluation.scripted import corpus, question, right, suite, trace


def ask(answers: tuple[str, ...], **extra: Any) -> Question:
    return Question("q", "?", answers, answerable=True, extra=extra)


def test_an_answer_that_is_right_only_where_it_quotes_is_not_right_unquoted() -> None:
    asked = ask(("2 %",))
    quoting = answer_measures(asked, "16 %: “The tax ranges from 2 % to 16 %.”")
    assert (quoting["answer.correct"], quoting["answer.correct_unquoted"]) == (1.0, 0.0)
    assert answer_measures(asked, "2 %: “It is 2 %.”")["answer.correct_unquoted"] == 1.0


def test_confidence_is_that_of_the_weakest_sentence() -> None:
    claims = (
        Claim(Span(0, 1), "supported", 0.9, (1,)),
        Claim(Span(1, 2), "supported", 0.6, (1,)),
    )
    answer = Answer("?", "?", "answered", "ab", claims)
    assert confidence(answer) == 0.6
    assert confidence(replace(answer, status="unanswered")) == 0.0


def test_a_row_of_a_wrong_document_shows_it_in_every_measure() -> None:
    row = score(question(1), trace("?", "Tower 2 is 200 metres tall.", document=2), corpus(suite()))
    measures = row["measures"]
    assert row["correct"] is False
    assert measures["retrieval.recall@5"] == measures["retrieval.evidence_recall"] == 0.0
    assert measures["citation.precision"] == measures["citation.f1"] == 0.0
    assert measures["citation.offset_integrity"] == 1.0
    assert [context["doc_id"] for context in row["contexts"]] == ["d1", "d2"]


def test_silence_has_no_citation_measures_and_scores_no_answer() -> None:
    row = score(question(1), trace("?", None), corpus(suite()))
    assert row["measures"]["answer.token_f1"] == row["measures"]["answer.correct"] == 0.0
    assert row["measures"]["citation.precision"] is None
    assert row["measures"]["retrieval.evidence_recall"] == 1.0


def test_an_unanswerable_question_has_no_answer_measures() -> None:
    row = score(question(1, answerable=False), right("Who built tower 1?"), corpus(suite()))
    assert row["correct"] is None
    assert {row["measures"][name] for name in row["measures"] if name.startswith("answer.")} == {
        None
    }


def test_a_citation_that_was_moved_breaks_offset_integrity() -> None:
    found = trace("?", "Tower 1 is 100 metres tall.")
    assert found.answer is not None
    moved = replace(found.answer.citations[0], start_char_index=1)
    broken = replace(found, answer=replace(found.answer, citations=(moved,)))
    row = score(question(1), broken, corpus(suite()))
    assert row["measures"]["citation.offset_integrity"] == 0.0


def test_a_tentative_answer_is_neither_right_and_shown_nor_wrong_and_unmarked() -> None:
    found = trace("?", "Tower 1 is 100 metres tall.")
    assert found.answer is not None
    status: Any = "tentative"
    marked = replace(found.answer, status=status)
    row = score(question(1), replace(found, answer=marked), corpus(suite()))
    assert [row["measures"][name] for name in DECIDING] == [0.0, 0.0, 1.0, None]
    assert row["correct"] is False  # it counts as refused
    assert row["measures"]["answer.correct"] == 0.0
    assert row["measures"]["citation.precision"] is None
