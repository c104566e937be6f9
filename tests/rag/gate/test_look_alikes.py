"""Documents that say almost the same: which of them is meant, only the question can tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from rag.assistant import Assistant, evidence_of
from rag.question import Question
from rag.types import Answer
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

CAMERAS = "Terms for cameras. The client may end this agreement with a notice of 42 days."
DOORS = "Terms for doors. The client may end this agreement with a notice of 30 days."


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add_text("/cameras.txt", "Terms for cameras", CAMERAS)
        opened.add_text("/doors.txt", "Terms for doors", DOORS)
        yield opened


def _ask(index: Index, question: str, days: int) -> Answer:
    asked = Question.of(question)
    evidence = [each.text for each in evidence_of(asked, index.search(question), index)]
    place = next(at for at, text in enumerate(evidence, 1) if f"{days} days" in text)
    reply = ScriptedLLM.reply(f"The notice is {days} days.", f"S{place}")
    return Assistant(index, ScriptedLLM(reply)).ask(question)


def test_what_a_look_alike_says_otherwise_is_uncertain_where_the_question_means_neither(
    index: Index,
) -> None:
    given = _ask(index, "With what notice may the client end the agreement?", 30)
    assert given.status == "tentative"
    assert "another document says the same of something else" in str(given.uncertainty)
    assert "42 days" in str(given.uncertainty)


def test_a_question_that_names_one_of_them_means_it(index: Index) -> None:
    question = "With what notice may the client end the agreement, by the terms for doors?"
    assert "another document" not in str(_ask(index, question, 30).uncertainty)
