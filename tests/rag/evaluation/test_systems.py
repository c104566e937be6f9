from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from index.types import Chunk, Hit, Span
from rag.evaluation.systems import (
    NAIVE_CHUNKS,
    AssistantSystem,
    NaiveSystem,
    WatchedLLM,
    is_naive_refusal,
    naive_prompt,
    parse_naive,
)
from rag.types import (
    Answer,
    Claim,
    Event,
    Finished,
    Message,
    Retrieved,
    Rewritten,
    Selected,
    Sentence,
    Usage,
    Verified,
)
from tests.rag.evaluation.scripted import ScriptedIndex, ScriptedLLM

TEXTS = ("Rome is in Italy.", "Paris is in France.", "Oslo is in Norway.")


def parsed(reply: str) -> tuple[str, list[tuple[str, tuple[int, ...]]], list[str]]:
    """The text, each sentence with the numbers of its citations, and the cited texts."""
    index = ScriptedIndex(*TEXTS)
    text, claims, citations = parse_naive(reply, index.search("?"), index)
    return (
        text,
        [(claim.span.of(text), claim.citations) for claim in claims],
        [citation.cited_text for citation in citations],
    )


@pytest.mark.parametrize(
    ("reply", "text", "claims", "cited"),
    [
        (
            "Paris is in France [2]. Oslo is in Norway [3].",
            "Paris is in France. Oslo is in Norway.",
            [("Paris is in France.", (1,)), ("Oslo is in Norway.", (2,))],
            [TEXTS[1], TEXTS[2]],
        ),
        (
            "Paris is in France. [2] Oslo is in Norway.",
            "Paris is in France. Oslo is in Norway.",
            [("Paris is in France.", (1,)), ("Oslo is in Norway.", ())],
            [TEXTS[1]],
        ),
        ("Both [1][2], also [1, 3].", "Both, also.", [("Both, also.", (1, 2, 3))], list(TEXTS)),
        ("Nowhere [7].", "Nowhere.", [("Nowhere.", ())], []),
        ("[2]", "", [], []),
        ("No marker at all", "No marker at all", [("No marker at all", ())], []),
    ],
)
def test_markers_become_citations_of_chunks(
    reply: str, text: str, claims: list[tuple[str, tuple[int, ...]]], cited: list[str]
) -> None:
    assert parsed(reply) == (text, claims, cited)


@pytest.mark.parametrize(
    ("reply", "refuses"),
    [
        ("I don't know.", True),
        ("Sorry, I don’t know that [1].", True),
        ("  ", True),
        ("I know: Paris [2].", False),
    ],
)
def test_the_refusal_is_recognised(reply: str, refuses: bool) -> None:
    assert is_naive_refusal(reply) is refuses


def test_the_naive_prompt_numbers_the_chunks_and_keeps_the_history() -> None:
    history = [Message("user", "Hi"), Message("assistant", "Hello")]
    prompt = naive_prompt("Where is Paris?", ScriptedIndex(*TEXTS).search("?"), history)
    assert [message.role for message in prompt] == ["system", "user", "assistant", "user"]
    assert "[1] Rome is in Italy.\n\n[2] Paris is in France." in prompt[-1].content
    assert prompt[-1].content.endswith("Question: Where is Paris?")


def test_the_naive_system_answers_with_counted_tokens_and_times() -> None:
    llm = ScriptedLLM("Paris is in France [2].")
    trace = NaiveSystem(ScriptedIndex(*TEXTS * 3), llm).run("Where is Paris?")
    assert trace.answer is not None
    assert (trace.answer.status, trace.answer.text) == ("answered", "Paris is in France.")
    assert trace.answer.usage == Usage(7, 3)
    assert len(trace.hits) == len(trace.evidence) == NAIVE_CHUNKS
    assert trace.first_token_ms is not None
    assert 0 < trace.first_token_ms <= trace.total_ms


def test_the_watched_model_times_its_newest_call_and_passes_everything_on() -> None:
    llm = WatchedLLM(ScriptedLLM("one", "two"))
    generation = llm.stream([Message("user", "?")])
    assert list(generation) == ["one"]
    assert generation.usage == Usage(7, 3)
    first = llm.first_token_at
    assert first is not None
    llm.stream([])
    assert llm.first_token_at is None


class _Assistant:
    """Yields the events of one answer, asking its model on the way."""

    def __init__(self, llm: WatchedLLM) -> None:
        self.llm = llm
        self.history: Sequence[Message] = ()

    def stream(self, question: str, history: Sequence[Message] = ()) -> Iterator[Event]:
        self.history = history
        claim = Claim(Span(0, 1), "supported", 1.0, ())
        chunk = Chunk(1, 1, Span(0, 1), "x")
        yield Rewritten(question)
        yield Retrieved((Hit(chunk, 1.0),))
        yield Selected((Sentence(1, Span(0, 1), "x"),))
        assert list(self.llm.stream([])) == ["x"]
        yield Verified("x", claim, ())
        yield Verified("y", claim, ())
        yield Finished(Answer(question, question, "answered", "xy"))


def test_the_assistant_is_traced_through_its_events() -> None:
    llm = WatchedLLM(ScriptedLLM("x"))
    assistant = _Assistant(llm)
    trace = AssistantSystem(assistant, llm).run("?", [Message("user", "Hi")])
    assert trace.answer is not None
    assert trace.answer.text == "xy"
    assert (len(trace.hits), len(trace.evidence)) == (1, 1)
    assert trace.first_token_ms is not None
    assert trace.first_sentence_ms is not None
    assert trace.first_token_ms <= trace.first_sentence_ms <= trace.total_ms
    assert assistant.history == [Message("user", "Hi")]
