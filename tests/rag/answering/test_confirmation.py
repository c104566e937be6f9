"""A language model is asked once more of the cited text alone, and what it says is weighed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.index import Index
from index.types import Span
from rag.answering.prompts import confirmation_messages
from rag.answering.writing import Confirmation, written
from rag.assistant import Assistant
from rag.errors import LLMError
from rag.gate.calibration import Calibrations, default_calibrations
from rag.gate.decide import Gate
from rag.llm import Generation, Part, Schema, Token
from rag.question import Question
from rag.types import Evidence, Message, Sentence, Usage
from tests.doubles import HashingEmbedder

QUESTION = Question.of("How long is the bridge?")
LINE = "The bridge is 120 metres long."
REPLY = '{"evidence": ["S1"], "answer": "The bridge is 120 metres long."}'


class Says:
    """Writes REPLY, and ``said`` when it is asked whether a text answers."""

    name = "a model"

    def __init__(self, *said: Part | Exception, tells: bool = True) -> None:
        self.said = said
        self.tells = tells
        self.asked: list[str] = []

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        if schema is not None:
            return Generation(iter([Token(REPLY, -0.5) if self.tells else REPLY, Usage(400, 20)]))
        self.asked.append(messages[-1].content)
        return Generation(self._parts())

    def _parts(self) -> Iterator[Part]:
        for each in self.said:
            if isinstance(each, Exception):
                raise each
            yield each


def _evidence(text: str = LINE, title: str = "Bridges", headings: tuple[str, ...] = ()) -> Evidence:
    sentence = Sentence(1, Span(0, len(text)), text, headings)
    return Evidence(sentence, title, (title, *headings), text, text, "en")


@pytest.mark.parametrize(
    ("said", "odds"),
    [
        (Token("Yes", math.log(0.8)), math.log(4)),
        (Token(" yes", math.log(0.8)), math.log(4)),
        (Token("No", math.log(0.8)), -math.log(4)),
        (Token("Yes", math.log(0.4)), 0.0),
        (Token("Perhaps", math.log(0.8)), None),
        ("Yes", None),
        (LLMError("gone"), None),
    ],
)
def test_a_word_and_its_likelihood_become_log_odds(
    said: Part | Exception, odds: float | None
) -> None:
    found = Confirmation(Says(said), QUESTION)([_evidence()])
    assert found == (odds if odds is None else pytest.approx(odds))


def test_a_certain_word_has_an_end() -> None:
    found = Confirmation(Says(Token("No", 0.0)), QUESTION)([_evidence()])
    assert found is not None
    assert -10 < found < -9


def test_what_it_took_is_counted() -> None:
    confirmation = Confirmation(Says(Token("Yes", -0.1), Usage(80, 1)), QUESTION)
    confirmation([_evidence()])
    confirmation([_evidence()])
    assert confirmation.usage == Usage(160, 2)


def test_it_is_asked_of_the_cited_texts_below_what_stands_above_them() -> None:
    cited = [_evidence(headings=("Town", "North", "River")), _evidence("It is of\nsteel.")]
    (system, asked) = confirmation_messages("how long is it?", cited)
    assert system.role == "system"
    assert asked.content.splitlines()[:4] == ["Bridges", "North > River", LINE, "It is of steel."]
    assert asked.content.endswith("how long is it?")


def test_who_does_not_tell_how_likely_its_words_are_is_not_asked_again() -> None:
    for tells in (True, False):
        llm = Says(Token("Yes", -0.1), tells=tells)
        generation = llm.stream([], schema=Schema({}))
        (candidate,) = written(generation, [_evidence()], llm.name, Confirmation(llm, QUESTION))
        assert (candidate.confirm is not None) is tells


@pytest.mark.parametrize(("word", "status"), [("Yes", "answered"), ("No", "tentative")])
def test_an_answer_that_its_own_line_does_not_confirm_is_uncertain(
    tmp_path: Path, embedder: HashingEmbedder, word: str, status: str
) -> None:
    shipped = default_calibrations()
    scored = replace(
        shipped.scored,
        weights=dict.fromkeys(shipped.scored.weights, 0.0) | {"confirmed": 1.0},
        intercept=0.5,
        writer=Says.name,
    )
    gate = Gate(calibrations=Calibrations(scored, shipped.written, shipped.quoted))
    llm = Says(Token(word, math.log(0.8)), Usage(80, 1))
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.add_text("/texts/bridge.txt", "Bridges", LINE)
        answer = Assistant(index, llm, gate=gate).ask(QUESTION.text)
    assert answer.status == status
    assert answer.text.startswith(LINE.rstrip("."))
    assert answer.judgement is not None
    assert answer.judgement.signals["confirmed"] == (1.4 if word == "Yes" else -1.4)
    assert answer.usage.prompt_tokens == 480
    assert len(llm.asked) == 1
