"""A second search is for what the first one lacks, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.index import Index
from index.types import Span
from rag.answering.evidence import select
from rag.answering.followup_retrieval import followup_question
from rag.assistant import HITS, evidence_of
from rag.question import Question
from rag.types import Sentence
from tests.doubles import HashingEmbedder

QUESTION = Question.of(
    "How high is the waterfall in the town where the painter Ada Quill was born?"
)
BORN = "The painter Ada Quill was born in the town of Port Selby."
TITLES = {1: "Ada Quill"}


def _sentence(text: str, document_id: int = 1, score: float = 1.0) -> Sentence:
    return Sentence(document_id, Span(0, len(text)), text, score=score)


def test_what_is_missing_is_looked_for_with_the_names_that_were_found() -> None:
    second = followup_question(QUESTION, [_sentence(BORN)], TITLES)
    assert second is not None
    assert set(second.split()) == {"high", "waterfall", "Port", "Selby"}


def test_another_document_with_the_same_words_does_not_hide_that_they_are_missing() -> None:
    other = _sentence("The waterfall of Hollin is 20 metres high.", document_id=2, score=0.9)
    second = followup_question(QUESTION, [_sentence(BORN), other], {**TITLES, 2: "Hollin"})
    assert second is not None
    assert set(second.split()) == {"high", "waterfall", "Port", "Selby"}


def test_a_month_leads_to_no_document() -> None:
    born = _sentence(BORN.replace("born", "born in March"))
    second = followup_question(QUESTION, [born], TITLES)
    assert second is not None
    assert "March" not in second.split()


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Where was Ada Quill born?", BORN),  # too short to be about two documents
        ("In which town was it that the painter whose name is Ada Quill was born?", BORN),
        (QUESTION.text, "The painter was born in a town."),  # nothing new is named
    ],
)
def test_where_nothing_is_lacking_or_named_there_is_no_second_search(
    question: str, found: str
) -> None:
    assert followup_question(Question.of(question), [_sentence(found)], TITLES) is None


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        opened.add_text("/ada.txt", "Ada Quill", BORN)
        for number in range(HITS):
            text = f"The painter {number} was born in the town where another painter was born."
            opened.add_text(f"/{number}.txt", f"Painter {number}", text)
        opened.add_text("/port.txt", "Harbours", "Port Selby has a waterfall, 40 metres high.")
        yield opened


def test_the_second_search_adds_evidence_and_takes_none_away(index: Index) -> None:
    hits = index.search(QUESTION.text, limit=2)
    first = select(QUESTION, hits, index)
    both = evidence_of(QUESTION, hits, index)
    assert "Port Selby has a waterfall, 40 metres high." not in {each.text for each in first}
    assert both[: len(first)] == first
    assert "Port Selby has a waterfall, 40 metres high." in {each.text for each in both}
    assert len({(each.document_id, each.span) for each in both}) == len(both)
