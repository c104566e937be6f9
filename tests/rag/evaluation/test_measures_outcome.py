"""The measures that decide, case by case."""

from __future__ import annotations

import pytest

from rag.evaluation.compare import compare_rows
from rag.evaluation.measures.outcome import (
    DECIDING,
    WRONG_AND_UNMARKED,
    cites_a_page_of,
    outcome_measures,
)
from rag.evaluation.measures.spans import DocumentSpan
from rag.evaluation.summary import in_order, outcomes, right_outcome, summarise


@pytest.mark.parametrize(
    ("status", "answerable", "right", "expected"),
    [
        ("answered", True, True, (0.0, 1.0, 1.0, 1.0)),
        ("conflicting", True, True, (0.0, 1.0, 1.0, 1.0)),
        ("answered", True, False, (1.0, 0.0, 0.0, None)),
        ("tentative", True, True, (0.0, 0.0, 1.0, 1.0)),
        ("tentative", True, False, (0.0, 0.0, 0.0, None)),
        ("unanswered", True, True, (0.0, 0.0, 0.0, None)),
        ("unanswered", False, None, (0.0, None, None, None)),
        ("answered", False, None, (1.0, None, None, None)),
        ("tentative", False, None, (0.0, None, None, None)),
        ("answered", None, None, (1.0, None, None, None)),
        ("answered", True, None, (None, None, None, None)),
    ],
)
def test_each_outcome_counts_where_it_belongs(
    status: str,
    answerable: bool | None,
    right: bool | None,
    expected: tuple[float | None, ...],
) -> None:
    found = outcome_measures(status, answerable, right, page_cited=True)
    assert tuple(found[name] for name in DECIDING) == expected


PAGES = {"report.pdf": (0, 100, 200)}


@pytest.mark.parametrize(
    ("cited", "expected"),
    [
        ([("report.pdf", 110, 120)], True),
        ([("report.pdf", 90, 101)], True),  # it goes over to the page
        ([("report.pdf", 90, 100)], False),
        ([("report.pdf", 250, 300)], False),
        ([("other.pdf", 110, 120)], False),
        ([("report.pdf", 10, 20), ("report.pdf", 199, 240)], True),
        ([], False),
    ],
)
def test_a_page_is_cited_where_a_citation_touches_it(
    cited: list[tuple[str, int, int]], expected: bool
) -> None:
    gold = [DocumentSpan("report.pdf", 150, 160)]
    assert cites_a_page_of(gold, [DocumentSpan(*each) for each in cited], PAGES) is expected


def test_texts_without_pages_have_no_right_page() -> None:
    span = DocumentSpan("notes.txt", 0, 5)
    assert cites_a_page_of([span], [span], {**PAGES, "notes.txt": ()}) is None
    assert cites_a_page_of([], [span], PAGES) is None


def row(id: str, status: str, *, right: bool, kind: str = "value") -> dict[str, object]:
    shown = status == "answered"
    return {
        "id": id,
        "kind": kind,
        "turns": 0,
        "answerable": True,
        "status": status,
        "correct": right and shown,
        "confidence": 0.5,
        "error": None,
        "timings": {},
        "measures": {"answer.a": 1.0} | outcome_measures(status, True, right, page_cited=None),
    }


def test_a_tentative_answer_counts_as_refused_among_right_outcomes() -> None:
    found = row("a", "tentative", right=True)
    assert right_outcome(found) == 0.0
    assert right_outcome({**found, "answerable": False}) == 1.0
    assert [each.answered for each in outcomes([found])] == [False]


def test_the_deciding_measures_stand_first_and_kinds_are_counted() -> None:
    rows = [row("a", "answered", right=True), row("b", "tentative", right=True, kind="count")]
    summary = summarise(rows, seed=0)
    assert list(summary["measures"]) == [*DECIDING[:3], "answer.a"]
    assert in_order({"answer.a", *DECIDING})[: len(DECIDING)] == list(DECIDING)
    shares = {name: (each["hits"], each["n"]) for name, each in summary["by_kind"].items()}
    assert shares == {"about one document": (1, 1), "count": (0, 1), "value": (1, 1)}


def test_fewer_wrong_and_unmarked_answers_are_better() -> None:
    wrong = [row(str(n), "answered", right=False) for n in range(12)]
    marked = [row(str(n), "tentative", right=False) for n in range(12)]
    found = {each.measure: each.verdict for each in compare_rows(wrong, marked, seed=0)}
    assert found[WRONG_AND_UNMARKED] == "better"
