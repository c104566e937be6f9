"""Of rows that read alike the one is quoted that is asked for, whichever the reader points at."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.index import Index
from rag.answering.evidence import select
from rag.answering.sources import Sources
from rag.answering.writing import quoted
from rag.gate.decide import Gate
from rag.question import Question
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
