"""Of rows that read alike the one is quoted that is asked for, whichever the reader points at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from index.index import Index
from index.types import Span
from rag.answering.evidence import select
from rag.answering.sources import Sources
from rag.answering.writing import quoted
from rag.gate.decide import Gate
from rag.question import Question
from rag.reader.reader import Reader, Reading
from rag.types import Sentence
from tests.doubles import HashingEmbedder

_MONTHS = ("January", "February", "March", "April")


@pytest.mark.parametrize("region", ["North", "South"])
@pytest.mark.parametrize("month", _MONTHS)
def test_the_row_that_is_asked_for_is_quoted(
    tmp_path: Path, embedder: HashingEmbedder, region: str, month: str
) -> None:
    rows = [(area, name) for area in ("North", "South") for name in _MONTHS]
    lines = [
        f"Sales – row {number}: Region: {area}; Month: {name}; Units sold: {100 + number}"
        for number, (area, name) in enumerate(rows, 2)
    ]
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.add_text("/texts/sales.txt", "Sales", "\n\n".join(lines))
        question = Question.of(f"How many units were sold in the {region} in {month}?")
        sources = Sources(index)
        chosen = select(question, index.search(question.text), index)
        evidence = [sources.evidence(each) for each in chosen]
        candidate = quoted(question, evidence, sources, Gate().reader)
    assert candidate.text == lines[rows.index((region, month))]


@pytest.mark.parametrize(
    ("question", "code", "reads"),
    [("何時に閉まりますか", "ja", False), ("Wann ist zu?", "de", True)],
)
def test_the_reader_points_in_the_languages_whose_words_it_knows(
    tmp_path: Path, embedder: HashingEmbedder, question: str, code: str, reads: bool
) -> None:
    assert Gate().reader.reads(question) is reads
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.add_text("/texts/a.txt", "A", "Ada arrived. Bob left.")
        id = index.document_ids_by_key()["/texts/a.txt"]
        sources = Sources(index)
        low = Sentence(id, Span(0, 12), "Ada arrived.", score=0.2)
        high = Sentence(id, Span(13, 22), "Bob left.", score=0.9)
        evidence = [sources.evidence(each) for each in (low, high)]
        asked = Question.of(question).beside([code])
        chosen = quoted(asked, evidence, sources, PointsAtFirst())
    assert chosen.text == ("Ada arrived." if reads else "Bob left.")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Is Ada there? Bob left.", "Bob left."), ("Is Ada there? Did Bob leave?", "Is Ada there?")],
)
@pytest.mark.parametrize("question", ["Is Ada there?", "阿达在吗"])
def test_what_asks_is_quoted_only_where_nothing_else_was_found(
    tmp_path: Path, embedder: HashingEmbedder, question: str, text: str, shown: str
) -> None:
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.add_text("/texts/a.txt", "A", text)
        id = index.document_ids_by_key()["/texts/a.txt"]
        sources = Sources(index)
        spans = (Span(0, 13), Span(14, len(text)))
        found = [
            Sentence(id, span, span.of(text), score=score)
            for span, score in zip(spans, (0.9, 0.2), strict=True)
        ]
        asked = Question.of(question)
        evidence = [sources.evidence(each) for each in found]
        chosen = quoted(asked, evidence, sources, PointsAtFirst())
    assert chosen.text == shown
    assert evidence[chosen.chosen[0]].text == shown


class PointsAtFirst(Reader):
    """Finds the answer in the first of the texts, and knows the words that the real one knows."""

    def read(self, first: str, texts: Sequence[str]) -> list[Reading]:
        return [Reading(float(-place), 0.0, 0.0, None) for place, _ in enumerate(texts)]
