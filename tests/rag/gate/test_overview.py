"""A request for a summary gets what its document says, each sentence proved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from rag.assistant import Assistant
from rag.gate.decide import TOLD_OF_ONE
from rag.types import Answer
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

BRIDGE = (
    "The Alma bridge crosses the river. It was opened in 1904 by Queen Anne. Its paint is red. "
    "A toll of 4 euros was asked until 1950. The bridge was closed for repairs in 1962.\n\n"
    "Page 1 of the Alma bridge"
)
TOWER = "The tower stands beside the harbour. It was opened in 1880. Its lamp burns at night."
SUMMARY = "Summarise the report on the Alma bridge."


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add_text("/bridge.txt", "The Alma bridge", BRIDGE)
        opened.add_text("/tower.txt", "The tower", TOWER)
        yield opened


def _ask(index: Index, question: str, answer: str, *evidence: str) -> Answer:
    return Assistant(index, ScriptedLLM(ScriptedLLM.reply(answer, *evidence))).ask(question)


def test_what_is_written_is_proved_and_more_is_quoted_from_the_same_document(index: Index) -> None:
    answer = _ask(index, SUMMARY, "The Alma bridge was opened in 1904 by Queen Anne.", "S2")
    assert answer.status == "answered"
    assert answer.text.startswith("The Alma bridge was opened in 1904 by Queen Anne. “")
    assert "“A toll of 4 euros was asked until 1950.”" in answer.text
    assert "Page 1" not in answer.text
    assert {each.source for each in answer.citations} == {"/bridge.txt"}
    assert all(each.citations for each in answer.claims)


def test_a_sentence_that_the_document_does_not_carry_is_withheld(index: Index) -> None:
    reply = "The Alma bridge was opened in 1911. It was closed for repairs in 1962."
    answer = _ask(index, SUMMARY, reply, "S2")
    assert "1911" not in answer.text
    assert answer.withheld[0].reasons == ("the evidence does not state the number 1911",)


def test_a_document_that_lacks_a_name_of_the_question_is_not_summarised_as_it(
    index: Index,
) -> None:
    answer = _ask(index, "Summarise the report on the Elba bridge.", "Its paint is red.", "S3")
    assert answer.status != "answered"


def test_without_a_name_the_document_that_clearly_fits_best_is_summarised(index: Index) -> None:
    answer = _ask(index, "Summary of paint, toll and repairs", "Its paint is red.", "S3")
    assert answer.status == "answered"
    unclear = _ask(index, "Give me a summary.", "It was opened in 1904 by Queen Anne.", "S2")
    assert unclear.status != "answered"


def test_the_only_document_is_the_one_that_is_meant(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    with Index.open(tmp_path / "one", embedder, create=True) as index:
        index.add_text("/bridge.txt", "The Alma bridge", BRIDGE)
        assert _ask(index, "Summarise the report.", "Its paint is red.", "S3").status == "answered"


def test_what_is_asked_of_all_documents_is_not_answered_from_one(index: Index) -> None:
    question = "Which of these reports tells of the bridge that was opened in 1904 by Queen Anne?"
    answer = _ask(index, question, "The Alma bridge was opened in 1904 by Queen Anne.", "S2")
    assert answer.status == "tentative"
    assert answer.uncertainty
    assert TOLD_OF_ONE in answer.uncertainty
