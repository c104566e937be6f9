"""A model for somebody who waits only so long."""

from __future__ import annotations

import threading

import pytest

from rag.errors import LLMError, LLMTimeoutError, StoppedError
from rag.llm import Schema
from rag.llm.deadline import Deadline
from rag.llm.time_limited import TimeLimitedLLM
from rag.types import Message, Usage
from tests.patient_llms import HangingLLM, HeldLLM
from tests.scripted_llm import ScriptedLLM

ASKED = [Message("user", "Who?")]
LONG = 3600.0
SCHEMA = Schema({"a": 1})


def test_with_patience_a_model_says_what_it_says() -> None:
    llm = ScriptedLLM("Kim met Shoigu in Pyongyang.")
    generation = TimeLimitedLLM(llm, Deadline(LONG)).stream(ASKED, schema=SCHEMA, max_tokens=7)
    assert "".join(generation) == "Kim met Shoigu in Pyongyang."
    assert generation.usage == Usage(1, 5)
    assert (llm.calls[0].schema, llm.calls[0].max_tokens) == (SCHEMA, 7)


def test_its_name_is_that_of_the_model() -> None:
    patient = TimeLimitedLLM(ScriptedLLM(), Deadline(LONG))
    assert patient.name == "scripted"


@pytest.mark.parametrize("error", [LLMError("it broke"), LLMTimeoutError("too slow")])
def test_an_error_of_the_model_is_raised_where_it_is_read(error: LLMError) -> None:
    with pytest.raises(type(error), match=str(error)):
        list(TimeLimitedLLM(ScriptedLLM(error), Deadline(LONG)).stream(ASKED))


def test_a_model_that_hangs_is_left_when_the_time_is_over() -> None:
    llm = HangingLLM()
    try:
        with pytest.raises(LLMTimeoutError, match=r"0\.05 s of RAG_TIME_BUDGET"):
            list(TimeLimitedLLM(llm, Deadline(0.05)).stream(ASKED))
    finally:
        llm.over.set()


def test_when_the_time_is_over_a_model_is_not_even_asked() -> None:
    llm = ScriptedLLM("never read")
    with pytest.raises(LLMTimeoutError):
        list(TimeLimitedLLM(llm, Deadline(0)).stream(ASKED))
    assert not llm.calls


def test_what_was_written_before_the_time_was_over_is_read() -> None:
    llm = HeldLLM("Kim met Shoigu.", beginning="Kim")
    generation = TimeLimitedLLM(llm, Deadline(0.3)).stream(ASKED)
    read: list[str] = []
    with pytest.raises(LLMTimeoutError):
        read.extend(generation)
    assert next(generation, None) is None
    llm.closed.wait()
    assert llm.writing == 0


def test_leaving_ends_the_wait_and_stops_the_model() -> None:
    llm, deadline = HeldLLM("Kim met Shoigu."), Deadline(LONG)
    generation = TimeLimitedLLM(llm, deadline).stream(ASKED)
    next(generation)
    threading.Timer(0.05, deadline.leave).start()
    with pytest.raises(StoppedError):
        list(generation)
    assert llm.closed.wait(10)


def test_whoever_has_left_already_is_not_waited_for() -> None:
    llm, deadline = HangingLLM(), Deadline(LONG)
    deadline.leave()
    try:
        with pytest.raises(StoppedError):
            list(TimeLimitedLLM(llm, deadline).stream(ASKED))
    finally:
        llm.over.set()


def test_closing_stops_the_model() -> None:
    llm = HeldLLM("Kim met Shoigu.")
    generation = TimeLimitedLLM(llm, Deadline(LONG)).stream(ASKED)
    next(generation)
    generation.close()
    assert llm.closed.wait(10)
