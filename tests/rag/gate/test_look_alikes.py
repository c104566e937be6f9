"""Documents that say almost the same: which of them is meant, only the question can tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from rag.answering.lines import lines_of
from rag.assistant import Assistant, evidence_of
from rag.gate.decide import CLEAR_LEAD
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


def test_the_line_of_the_document_that_is_meant_takes_the_place_of_its_look_alike(
    index: Index,
) -> None:
    question = "With what notice may the client end the agreement, by the terms for doors?"
    given = _ask(index, question, 42)
    assert [each.source for each in given.citations] == ["/doors.txt"]
    assert "30 days" in given.text
    assert "42" not in given.text
    assert "The notice is 42 days." in [each.text for each in given.withheld]


def test_what_the_model_says_behind_a_line_that_was_replaced_must_answer_by_itself(
    index: Index,
) -> None:
    question = "With what notice may the client end the agreement, by the terms for doors?"
    asked = Question.of(question)
    evidence = [each.text for each in evidence_of(asked, index.search(question), index)]
    place = next(at for at, text in enumerate(evidence, 1) if "42 days" in text)
    said = "The notice is 42 days. It may end this agreement with a notice of 42 days."
    reply = ScriptedLLM.reply(said, f"S{place}")
    given = Assistant(index, ScriptedLLM(reply)).ask(question)
    assert "30 days" in given.text
    assert "42" not in given.text


def _ask_of_row(
    tmp_path: Path, embedder: HashingEmbedder, row: str, said: str, asked: str
) -> Answer:
    with Index.open(tmp_path / "rows", embedder, create=True) as opened:
        opened.add_text("/results.txt", "Results", row)
        return Assistant(opened, ScriptedLLM(ScriptedLLM.reply(said, "S1"))).ask(asked)


def test_cells_that_point_at_each_other_are_tried_once(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    years = "FY 2017 Results: 331; FY Base: 220; FY 2016 Results new: 220; FY 2016 Final Results: 9"
    asked = "What were the FY 2016 final results?"
    given = _ask_of_row(tmp_path, embedder, f"Measure: Days; {years}", "331", asked)
    assert [each.text for each in given.withheld].count("331") <= 1
    assert given.status != "answered"


def test_a_cell_of_another_kind_takes_no_place(tmp_path: Path, embedder: HashingEmbedder) -> None:
    row = "Project lead: Ann Lee; Project budget 2016: 5,000; Project place: Hull"
    given = _ask_of_row(tmp_path, embedder, row, "Ann Lee", "Who ran the project in 2016?")
    assert not given.text.startswith("5,000")


def test_the_cell_that_is_asked_for_takes_the_place_of_its_neighbour(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    row = "Measure: Days to complete an inquiry; FY 2016 Results: 220; FY 2017 Results: 331"
    asked = "How many days to complete an inquiry in FY 2016?"
    given = _ask_of_row(tmp_path, embedder, row, "331", asked)
    assert given.text.startswith("220")
    assert [(each.text, each.reasons[0]) for each in given.withheld if each.text == "331"] == [
        ("331", "the row says '220' for 'FY 2016 Results'")
    ]
    assert given.citations[0].cited_text == row


def test_of_reports_that_are_alike_the_one_of_the_year_that_is_asked_for_comes_first(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    told = "The budget grew from 2017 to 2019. The office had a budget of {} dollars."
    with Index.open(tmp_path / "years", embedder, create=True) as opened:
        for year, sum_ in (("2019", 265), ("2017", 259), ("2018", 261)):
            opened.add_text(f"/{year}", f"Report of the office {year}", told.format(sum_))
        asked = Question.of("What budget did the office have in 2017?")
        first, *others = lines_of(asked, opened.search(asked.text), opened).lines
        ahead = first.sentence.document_id
        assert opened.document(ahead).title.endswith("2017")
        assert first.sentence.lead >= CLEAR_LEAD
        assert all(each.document_share < 1 for each in others if each.sentence.document_id != ahead)
