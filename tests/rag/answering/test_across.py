"""What the documents of a folder tell together, and what they do not tell for certain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from rag.answering.across import across
from rag.assistant import Assistant
from rag.question import Question
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM

# place, vessel, date, make, crew, age of the skipper, temperature
VOYAGES = (
    ("Vardø", "LK-101", "03/14/2019", "Selfa", "2 rescued", "61", "-4 °C"),
    ("Bodø", "LK-202", "11/02/2018", "Grovfjord", "1 drowned, 3 rescued", "35", "7 °C"),
    ("Alta", "LK-303", "03/20/2019", "Selfa", "4 rescued", "44", "1 °C"),
    ("Narvik", "LK-404", "07/07/2017", "Mørejet", "0 drowned, 2 rescued", "52", "15 °C"),
    ("Harstad", "LK-505", "12/24/2018", "Selfa", "2 drowned", "29", "-11 °C"),
)
FORM = """Capsizing Report

Place: {}
Registration: {}
Date: {}
Make: {}
Outcome: {}

Skipper Information

Age: {}, Male
Experience: {} years (all vessels), {} years (this vessel)

Weather

Temperature: {}
Sea: moderate
"""
YEARS = ((20, 9), (12, 11), (30, 2), (8, 8), (5, 1))


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        for (*first, temperature), years in zip(VOYAGES, YEARS, strict=True):
            text = FORM.format(*first, *years, temperature)
            opened.add_text(f"{first[1]}.pdf", f"{first[1]}.pdf", text)
        yield opened


def told(index: Index, question: str) -> list[str]:
    """The registrations that are told, in order; a count first."""
    found = across(Question.of(question), index).told
    for each in found:
        for line in each.sentences:
            assert line.span.of(index.document(line.document_id).text) == line.text
    sources = {each.id: each.key.removesuffix(".pdf") for each in index.documents()}
    return [
        each.text if each.text.endswith("documents.") else sources[each.sentences[0].document_id]
        for each in found
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how many reports are in this folder?", ["5 of 5 documents.", *(v[1] for v in VOYAGES)]),
        ("How many capsizings were with a Selfa?", "3 LK-101 LK-303 LK-505"),
        ("how many of the capsizings happened in march 2019", "2 LK-101 LK-303"),
        ("In which capsizings were people drowned?", "LK-202 LK-505"),
        ("Which reports have Selfa as the make?", "LK-101 LK-303 LK-505"),
        ("capsizings on 7 July 2017?", "LK-404"),
        ("What is the most recent capsizing in this folder?", "LK-303"),
        ("Which is the oldest report?", "LK-404"),
        ("Who was the youngest skipper in these reports?", "LK-505"),
        ("Which capsizing had the lowest temperature?", "LK-505"),
        ("Was it colder at Vardø or at Harstad?", "LK-505 LK-101"),
        ("Who was older, the skipper of LK-202 or that of LK-404?", "LK-404 LK-202"),
        ("Who had more experience, the skipper at Narvik or at Bodø?", "LK-202 LK-404"),
        ("Who had more years of experience with this vessel, Bodø or Vardø?", "LK-202 LK-101"),
    ],
)
def test_what_the_forms_state_is_looked_up(
    index: Index, question: str, expected: str | list[str]
) -> None:
    if isinstance(expected, str):
        count, *rest = expected.split()
        expected = [f"{count} of 5 documents.", *rest] if count.isdigit() else [count, *rest]
    assert told(index, question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "How many people were rescued at Alta?",
        "What was the temperature at Vardø?",
        "How many capsizings had a drunken skipper?",
        "Which capsizings happened in fog?",
        "Who was older, the skipper of LK-202 or the mate of LK-404?",
        "What is the most recent inspection in these reports?",
        "Which capsizing was the most tragic?",
        "Why did the vessel at Bodø capsize?",
        "how many outcomes were there at Bodø?",
    ],
)
def test_what_they_do_not_state_for_certain_is_left_to_the_line_from_question_to_answer(
    index: Index, question: str
) -> None:
    assert told(index, question) == []


def test_a_label_that_some_lack_is_told(index: Index) -> None:
    index.add_text("LK-606.pdf", "LK-606.pdf", FORM.format(*VOYAGES[0][:6], 1, 1, "").replace(
        "Age: 61, Male\n", ""
    ))  # fmt: skip
    found = across(Question.of("Who was the youngest skipper in these reports?"), index)
    assert found.notice == "1 of 6 documents do not state “Age”."


def test_an_answer_of_all_asks_no_model_and_cites_every_row(index: Index) -> None:
    llm = ScriptedLLM()
    answer = Assistant(index, llm).ask("How many capsizings were with a Selfa?")
    assert answer.status == "answered"
    assert answer.text.startswith("3 of 5 documents. ")
    assert llm.calls == []
    assert len(answer.citations) == 3
    assert {each.cited_text for each in answer.citations} == {"Make: Selfa"}
    assert all(claim.citations for claim in answer.claims)
    assert "LK-101.pdf" not in answer.text  # what tells it from the others is enough


@pytest.mark.parametrize(
    "question",
    [
        "How many capsizings were with a Selfa?",
        "Who was the youngest skipper in these reports?",
        "how many happened in march 2019",
    ],
)
def test_of_a_mixed_folder_the_forms_tell_nothing_for_all(index: Index, question: str) -> None:
    for number in range(2):
        index.add_text(f"letter {number}", "", "Dear all, the report is late. It rains in Alta.")
    assert told(index, question) == []
    assert told(index, "how many reports are in this folder?")[0] == "7 of 7 documents."
    assert told(index, "Was it colder at Vardø or at Harstad?") == ["LK-505", "LK-101"]
