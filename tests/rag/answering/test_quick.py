"""The quick answer: shown before the language model is asked, completed by it, never taken back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.index import Index
from rag.assistant import Assistant
from rag.errors import LLMError
from rag.gate.calibration import (
    STRICTNESSES,
    Calibration,
    Calibrations,
    default_calibrations,
)
from rag.gate.decide import Gate
from rag.types import Answer, AnswerMode, Event, Finished, Verified
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

BECAUSE = "The ferry stopped because the north pier had lost its ramp in a storm."
AGAIN = "Divers of the harbour office repaired the ramp, and the ferry sailed again in April."
COUNT = "The ferry carries 300 people and 42 cars."
TEXT = f"{BECAUSE} {AGAIN} {COUNT}"
HOW_MANY, WHY = "How many people does the ferry carry?", "Why did the ferry stop?"
OVERVIEW = "Summarise the report on the ferry."
reply = ScriptedLLM.reply


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add_text("/texts/ferry.txt", "The ferry", TEXT)
        yield opened


def _gate(line: float, written: float = 0.99) -> Gate:
    """Takes every line, and every sentence of a model, for right with these probabilities; shows
    what has .6."""
    ours = default_calibrations()

    def always(calibration: Calibration, probability: float) -> Calibration:
        return replace(
            calibration,
            weights=dict.fromkeys(calibration.weights, 0.0),
            intercept=math.log(probability / (1 - probability)),
            thresholds=dict.fromkeys(STRICTNESSES, 0.6),
        )

    quoted = replace(always(ours.quoted, line), thresholds=dict.fromkeys(STRICTNESSES, 0.3))
    by_model = always(ours.written, written)
    return Gate(calibrations=Calibrations(by_model, by_model, quoted))


def _events(
    index: Index, llm: ScriptedLLM, question: str, gate: Gate, mode: AnswerMode = "auto"
) -> tuple[list[Event], Answer]:
    events = list(Assistant(index, llm, gate=gate, mode=mode).stream(question))
    last = events[-1]
    assert isinstance(last, Finished)
    told = [each.text for each in events if isinstance(each, Verified)]
    if last.answer.status != "tentative":
        assert " ".join(told) == last.answer.text * bool(told)  # nothing that was told is unsaid
    return events, last.answer


def test_asked_for_a_figure_the_proved_line_is_the_answer_and_no_model_is_asked(
    index: Index,
) -> None:
    llm = ScriptedLLM()
    _, answer = _events(index, llm, HOW_MANY, _gate(0.9))
    assert (answer.text, answer.status) == (COUNT, "answered")
    assert answer.extractive
    assert answer.llm == "none"
    assert llm.calls == []


@pytest.mark.parametrize("line", [0.1, 0.4])
def test_a_line_of_which_less_is_promised_leaves_the_answer_to_the_model(
    index: Index, line: float
) -> None:
    """Also one that would be shown where no model writes."""
    said = "The ferry carries 300 people."
    for mode in ("auto", "written"):
        llm = ScriptedLLM(reply(said, "S3"))
        events, answer = _events(index, llm, HOW_MANY, _gate(line), mode)
        assert answer.text.startswith("The ferry carries 300 people: “")
        assert answer.withheld == ()  # nor does the answer know of the line
        assert not answer.extractive
        assert answer.llm == "scripted"
        assert len([each for each in events if isinstance(each, Verified)]) == 1


def test_an_explanation_is_begun_with_the_line_and_completed_by_the_model(index: Index) -> None:
    repeated = "The ferry stopped because the north pier had lost its ramp."
    llm = ScriptedLLM(reply(f"{repeated} {AGAIN}", "S1", "S2"))
    assistant = Assistant(index, llm, gate=_gate(0.9), mode="auto")
    shown = (each for each in assistant.stream(WHY) if isinstance(each, Verified))
    asked_at = [(each.text, len(llm.calls)) for each in shown]
    assert asked_at[0] == (BECAUSE, 0)  # before the model was asked
    assert asked_at[1] == (AGAIN, 1)
    assert repeated not in [text for text, _ in asked_at]


def test_what_the_model_adds_must_answer_the_question_by_itself(index: Index) -> None:
    new = "Divers of the harbour office were there and have repaired the ramp."
    llm = ScriptedLLM(reply(new, "S2"))
    _, answer = _events(index, llm, WHY, _gate(0.9, written=0.1))
    assert answer.claims[0].span.of(answer.text) == BECAUSE
    assert new not in [each.span.of(answer.text) for each in answer.claims]
    assert answer.extractive
    assert new in [each.text for each in answer.withheld]


def test_a_model_that_fails_leaves_the_line_and_says_so(index: Index) -> None:
    _, answer = _events(index, ScriptedLLM(LLMError("it broke")), WHY, _gate(0.9))
    assert answer.text.startswith(BECAUSE)
    assert answer.extractive
    assert answer.notice == "it broke. This answer is quoted from the documents instead."
    said = [claim.span.of(answer.text) for claim in answer.claims]
    assert len(said) == len(set(said))


def test_no_line_is_an_overview(index: Index) -> None:
    llm = ScriptedLLM(reply(AGAIN, "S2"))
    events, _ = _events(index, llm, OVERVIEW, _gate(0.9))
    first = next(each for each in events if isinstance(each, Verified))
    assert first.text == AGAIN
    assert len(llm.calls) == 1


def test_no_line_is_a_yes_or_a_no_unless_one_is_proved(index: Index) -> None:
    llm = ScriptedLLM(reply("Yes.", "S3"))
    _, answer = _events(index, llm, "Does the ferry carry 300 people?", _gate(0.9))
    assert len(llm.calls) == 1
    assert answer.text == f"Yes: “{COUNT}”"
    index.add_text("/texts/form.txt", "Report", "Ferry: Karlotta\nPilot on board: No\nFire: None\n")
    quiet = ScriptedLLM()
    _, answer = _events(index, quiet, "Was there a fire on the ferry Karlotta?", _gate(0.9))
    assert answer.text.startswith("No: “")
    assert quiet.calls == []


@pytest.mark.parametrize("question", [HOW_MANY, WHY, OVERVIEW])
def test_quick_is_what_is_answered_without_a_model(index: Index, question: str) -> None:
    without = Assistant(index, None).ask(question)
    quick = Assistant(index, ScriptedLLM()).ask(question, mode="quick")
    assert replace(quick, timings={}) == replace(without, timings={})
