"""Follow-ups are made standalone, from words of the conversation alone."""

from __future__ import annotations

import json

from rag.answering.conversation import standalone
from rag.errors import LLMError
from rag.types import Message, Usage
from tests.scripted_llm import ScriptedLLM

HISTORY = [
    Message("user", "How many sappers go to Kursk?"),
    Message("assistant", "1,000 sappers go to Kursk."),
]


def _rewriting(question: str) -> ScriptedLLM:
    return ScriptedLLM(json.dumps({"question": question}))


def test_a_question_that_stands_alone_is_left_alone() -> None:
    llm = ScriptedLLM()
    question = "Which news agency reported Shoigu's comments?"
    assert standalone(question, HISTORY, llm) == (question, Usage())
    assert standalone("When do they arrive?", [], llm) == ("When do they arrive?", Usage())


def test_a_follow_up_is_rewritten_by_the_model() -> None:
    llm = _rewriting("When do the 1,000 sappers arrive in Kursk?")
    question, usage = standalone("When do they arrive?", HISTORY, llm)
    assert question == "When do the 1,000 sappers arrive in Kursk?"
    assert usage.prompt_tokens > 0
    assert "How many sappers go to Kursk?" in llm.calls[0].messages[-1].content


def test_a_rewrite_with_words_from_nowhere_is_not_used() -> None:
    question, _ = standalone("When do they arrive?", HISTORY, _rewriting("When do tanks arrive?"))
    assert question == "When do they arrive? (How many sappers go to Kursk?)"


def test_a_rewrite_that_still_points_back_is_not_used() -> None:
    question, _ = standalone("When do they arrive?", HISTORY, _rewriting("When did they arrive?"))
    assert question == "When do they arrive? (How many sappers go to Kursk?)"


def test_without_a_model_or_when_it_fails_the_last_question_is_put_behind() -> None:
    expected = "When do they arrive? (How many sappers go to Kursk?)"
    assert standalone("When do they arrive?", HISTORY, None)[0] == expected
    failing = ScriptedLLM(LLMError("down"))
    assert standalone("When do they arrive?", HISTORY, failing)[0] == expected
    assert standalone("When do they arrive?", HISTORY, ScriptedLLM("no json"))[0] == expected


def test_of_a_long_conversation_only_its_end_is_read() -> None:
    long = [Message("user", "words " * 100_000)] * 50
    llm = _rewriting("nothing")
    question, _ = standalone("When do they arrive?", [*long, Message("user", "y " * 10_000)], llm)
    assert question.startswith("When do they arrive? (y y ")
    assert len(question) < 5000
    assert len(llm.calls[0].messages[-1].content) < 5000
