from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset
from rag.evaluation.generate import candidates, facts, generate, unanswerable_twin
from rag.evaluation.systems import Trace
from tests.rag.evaluation.scripted import ScriptedLLM, ScriptedSystem, corpus, documents, trace

SENTENCE = "The old tower was opened by Anna Berg in Oslo 340 days after a fire."
TEXT = f"Something else stands here first. {SENTENCE}"
QUESTION = "How many days after a fire did Anna Berg open the tower?"


def one_document() -> Dataset:
    return Dataset("towers", documents({"d1": TEXT}), ())


def draft(question: str) -> str:
    return json.dumps({"question": question})


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        (SENTENCE, ["340 days"]),
        ("It was opened by Anna Berg in Oslo after a long fire.", ["Anna Berg", "Oslo"]),
        ("It was opened by Anna Berg in Oslo after a long fire", []),
        ("Anna Berg opened it.", []),
    ],
)
def test_figures_come_first_and_names_are_whole(sentence: str, stated: list[str]) -> None:
    assert [span.of(sentence) for span in facts(sentence)] == stated


def test_only_sentences_that_state_something_are_drafted_from() -> None:
    (source,) = candidates(one_document(), seed=1)
    assert source.span.of(TEXT) == SENTENCE
    assert source.answer.of(TEXT) == "340 days"


def test_the_unanswerable_twin_names_another() -> None:
    twin = unanswerable_twin("When did Berlin open its tower?", 1, ["Berlin", "Oslo"])
    assert twin == "When did Oslo open its tower?"
    assert unanswerable_twin("when did it open?", 1, ["Berlin", "Oslo"]) is None


def citing(text: str | None) -> Trace:
    """Cites the first document as if its only sentence were the one drafted from."""
    found = trace("?", text)
    assert found.answer is not None
    start = TEXT.index(SENTENCE)
    moved = tuple(
        replace(c, start_char_index=start, end_char_index=start + len(SENTENCE))
        for c in found.answer.citations
    )
    return replace(found, answer=replace(found.answer, citations=moved))


def test_a_question_is_kept_when_the_assistant_gives_the_answer_back_from_its_sentence() -> None:
    llm = ScriptedLLM(draft(QUESTION))
    system = ScriptedSystem(lambda asked: citing("It was 340 days after a fire."))
    dataset = one_document()
    (row,) = generate(dataset, corpus(dataset), llm, system, count=1, seed=1)
    (span,) = row["relevant_spans"]
    assert TEXT[span["start"] : span["end"]] == span["text"] == "340 days"
    assert (row["id"], row["question"], row["answers"]) == ("q-001", QUESTION, ["340 days"])
    assert llm.sent[0][1].content == f"Sentence: {SENTENCE}\nAnswer: 340 days"


@pytest.mark.parametrize(
    "reply", [citing(None), citing("After 341 days."), trace("?", "After 340 days.")]
)
def test_a_question_is_dropped_when_the_reply_is_silent_wrong_or_cites_elsewhere(
    reply: Trace,
) -> None:
    dataset = one_document()
    system = ScriptedSystem(lambda asked: reply)
    drafts = ScriptedLLM(draft(QUESTION))
    assert not list(generate(dataset, corpus(dataset), drafts, system, count=1, seed=1))


@pytest.mark.parametrize(
    "reply", ['{"question": "When was', "[]", '{"question": "?"}', draft("Why 340 days?")]
)
def test_a_draft_that_is_no_question_or_gives_the_answer_away_is_passed_over(reply: str) -> None:
    dataset = one_document()
    system = ScriptedSystem(lambda asked: citing("340 days"))
    assert not list(generate(dataset, corpus(dataset), ScriptedLLM(reply), system, count=1, seed=1))
    assert not system.asked


def test_a_third_is_unanswerable_and_kept_when_the_assistant_is_silent() -> None:
    dataset = Dataset("towers", documents({"d1": TEXT, "d2": SENTENCE, "d3": SENTENCE}), ())
    llm = ScriptedLLM(draft(QUESTION), draft("For how long did Anna Berg wait?"))

    def reply(asked: str) -> Trace:
        if "Anna Berg" not in asked:
            return trace(asked, None)
        answered = trace(asked, "340 days")
        assert answered.answer is not None
        everywhere = [
            replace(answered.answer.citations[0], document_id=n, end_char_index=10_000)
            for n in (1, 2, 3)
        ]
        return replace(answered, answer=replace(answered.answer, citations=tuple(everywhere)))

    rows = list(generate(dataset, corpus(dataset), llm, ScriptedSystem(reply), count=3, seed=1))
    assert [row["answerable"] for row in rows] == [True, False, True]
    assert [row["id"] for row in rows] == ["q-001", "q-002", "q-003"]
    assert "Anna Berg" not in rows[1]["question"]
    assert rows[1]["distractor_ids"] == rows[0]["relevant_ids"]


def test_documents_without_facts_are_refused() -> None:
    dataset = Dataset("empty", documents({"d1": "nothing here."}), ())
    with pytest.raises(EvaluationError, match="no sentence states"):
        list(generate(dataset, corpus(dataset), ScriptedLLM(), ScriptedSystem(citing), 1, 1))
