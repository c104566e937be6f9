"""LangChain's client of OpenAI's interface, as its users set it up, over a real connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from rag.llm import LLM
from tests.api.workers import ANSWER, FOOTNOTED, QUESTION, TASS, TWO, Serve
from tests.scripted_llm import ScriptedLLM

Connect = Callable[..., ChatOpenAI]


@pytest.fixture
def connect(serve: Serve) -> Iterator[Connect]:
    """Starts a server with a language model and gives LangChain's client of it."""
    with httpx.Client() as connection:

        def connected(llm: LLM | None, **options: Any) -> ChatOpenAI:
            return ChatOpenAI(
                model="default",
                base_url=f"{serve(llm)}v1",
                api_key=SecretStr("none"),
                max_retries=0,
                http_client=connection,
                **options,
            )

        yield connected


def test_a_question_is_answered_with_real_usage(connect: Connect) -> None:
    llm = ScriptedLLM(TWO)
    message = connect(llm).invoke(QUESTION)
    assert message.content == f"{ANSWER} {TASS}"
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] == llm.count_tokens(TWO)


def test_the_client_that_keeps_nothing_but_text_can_have_its_citations_in_it(
    connect: Connect,
) -> None:
    chat = connect(ScriptedLLM(TWO, TWO), extra_body={"footnotes": True})
    assert chat.invoke(QUESTION).content == FOOTNOTED
    assert "".join(str(chunk.content) for chunk in chat.stream(QUESTION)) == FOOTNOTED


def test_a_stream_is_the_answer_in_parts(connect: Connect) -> None:
    chat = connect(ScriptedLLM(TWO), stream_usage=True)
    chunks = list(chat.stream(QUESTION))
    contents = [chunk.content for chunk in chunks if chunk.content]
    assert contents == [ANSWER, f" {TASS}"]
    assert sum(chunk.usage_metadata is not None for chunk in chunks) == 1


def test_a_conversation_goes_on_with_the_answer_that_was_given(connect: Connect) -> None:
    llm = ScriptedLLM(TWO, f'{{"question": "{QUESTION}"}}', TWO)
    chat = connect(llm, extra_body={"footnotes": True})
    history = [SystemMessage("Be brief."), HumanMessage(QUESTION)]
    first = chat.invoke(history)
    assert isinstance(first, AIMessage)
    assert chat.invoke([*history, first, HumanMessage("How many of them?")]).content == FOOTNOTED
    assert f"assistant: {ANSWER} {TASS}\n" in llm.calls[1].messages[1].content


def test_an_abstention_arrives_as_a_refusal(connect: Connect) -> None:
    chat = connect(ScriptedLLM(ScriptedLLM.reply("")))
    message = chat.invoke("What is the population of Pyongyang?")
    assert message.content == "The documents do not answer this."
    assert "population" in message.additional_kwargs["refusal"]


class Workers(BaseModel):
    """What structured output is asked for."""

    number: int


def test_what_cannot_be_done_is_refused_in_words(connect: Connect) -> None:
    chat = connect(ScriptedLLM())
    with pytest.raises(openai.BadRequestError, match="read 'citations'"):
        chat.with_structured_output(Workers).invoke(QUESTION)
    with pytest.raises(openai.BadRequestError, match="no tools are called"):
        chat.bind_tools([Workers]).invoke(QUESTION)
