from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import EvaluationError
from rag.evaluation.report import Run, marked, read_run, render, worst_cases
from rag.evaluation.run import run
from rag.evaluation.run_folder import RunFolder
from rag.evaluation.svg import (
    IntervalRow,
    Series,
    cumulative,
    interval_chart,
    line_chart,
    nice_ceiling,
)
from rag.evaluation.systems import Trace
from tests.rag.evaluation.scripted import ScriptedSystem, corpus, right, suite, trace

HOSTILE = "<script src='http://evil.example/x.js'></script>&\"'"


def hostile(asked: str) -> Trace:
    return trace(asked, HOSTILE, document=2)


@pytest.fixture
def page(tmp_path: Path) -> str:
    found: list[Run] = []
    for name, reply in (("ours", right), ("<b>theirs</b>", hostile)):
        out = tmp_path / str(len(found))
        run(suite(), ScriptedSystem(reply, name), corpus(suite()), out)
        found.append(read_run(RunFolder(out)))
    return render(found)


def test_every_text_is_escaped(page: str) -> None:
    assert "<script" not in page
    assert "<b>theirs" not in page
    assert (
        "&lt;script src=&#39;http://evil.example/x.js&#39;&gt;&lt;/script&gt;&amp;&#34;&#39;"
        in page
    )


def test_nothing_is_fetched_from_elsewhere(page: str) -> None:
    assert not re.search(r"<(script|link|img|iframe|object)\b|@import|url\(", page)
    assert not re.search(r"(src|href|xmlns)\s*=\s*[\"']?https?:", page)


def test_the_runs_stand_side_by_side_with_their_curves(page: str) -> None:
    assert page.count('<path class="line s0"') == page.count('<path class="line s1"') == 2
    assert "answer.correct" in page
    assert "right_outcome_rate" in page
    assert "answered, though unanswerable" in page


def test_gold_and_cited_characters_are_marked_apart() -> None:
    pieces = marked("one <two> three", gold=[range(4, 9)], cited=[range(8, 15)])
    assert pieces == [("", "one "), ("gold", "<two"), ("both", ">"), ("cite", " three")]


def test_marked_characters_stand_as_they_are_and_escaped(page: str) -> None:
    gold = '<mark class="gold">100 metres</mark>'
    assert f"<blockquote>Tower 1 is {gold} tall." in page
    assert '<mark class="cite">Tower 2 is 200 metres tall.</mark>' in page


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted), max_size=3),
)
def test_marking_keeps_every_character(text: str, spans: list[list[int]]) -> None:
    ranges = [range(start, min(end, len(text))) for start, end in spans]
    assert "".join(piece.text for piece in marked(text, ranges, ranges[:1])) == text


def test_worst_cases_are_errors_then_false_answers_then_refusals() -> None:
    base: dict[str, Any] = {"error": None, "answerable": True, "status": "answered"}
    rows = [
        {**base, "id": "refused", "status": "unanswered", "correct": False, "confidence": 0.0},
        {**base, "id": "wrong", "correct": False, "confidence": 0.2},
        {**base, "id": "surely wrong", "correct": False, "confidence": 0.9},
        {**base, "id": "right", "correct": True, "confidence": 0.9},
        {**base, "id": "invented", "answerable": False, "correct": None, "confidence": 0.9},
        {**base, "id": "failed", "error": "LLMError", "correct": False, "confidence": 0.0},
    ]
    assert [row["id"] for row in worst_cases(rows)] == [
        "failed",
        "invented",
        "surely wrong",
        "wrong",
        "refused",
    ]


def test_a_report_shows_one_to_four_runs(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="1 to 4 runs"):
        render([])
    with pytest.raises(EvaluationError, match=r"run\.json does not exist"):
        read_run(RunFolder(tmp_path))


def test_runs_of_one_name_are_told_apart_by_their_suite(tmp_path: Path) -> None:
    run(suite(), ScriptedSystem(right, "ours"), corpus(suite()), tmp_path)
    one = read_run(RunFolder(tmp_path))
    other = replace(one, identity={**one.identity, "suite": "bridges"})
    assert isinstance(one, Run)
    page = render([one, other])
    assert "towers · ours" in page
    assert "bridges · ours" in page


def test_a_curve_is_drawn_where_its_numbers_say() -> None:
    drawn = line_chart([Series("s", [(0.0, 0.0), (1.0, 1.0)])], "x", "y")
    assert [line.path for line in drawn.lines] == ["M66.0 254.0 L542.0 14.0"]
    assert [tick.label for tick in drawn.x_ticks] == ["0", "0.25", "0.5", "0.75", "1"]
    assert (drawn.y_ticks[0].place, drawn.y_ticks[-1].place) == (254.0, 14.0)


def test_an_interval_lies_between_its_bounds_under_the_names() -> None:
    rows = [IntervalRow("precision", [(0.5, 0.0, 1.0), None]), IntervalRow("recall", [None, None])]
    drawn = interval_chart(rows, ["ours", "theirs"])
    (bar,) = drawn.bands[0].bars
    assert (bar.x1, bar.x, bar.x2) == (150.0, 346.0, 542.0)
    assert bar.title == "ours: 0.500 [0.000, 1.000]"
    assert drawn.bands[1].bars == ()
    assert drawn.height == 2 * (2 * 12 + 10)


def test_the_cumulative_share_rises_to_one() -> None:
    assert cumulative([3.0, 1.0]) == [(0.0, 0.0), (1.0, 0.5), (3.0, 1.0)]


@pytest.mark.parametrize(
    ("value", "ceiling"),
    [(0.0, 1.0), (0.18, 0.2), (0.21, 0.25), (1.0, 1.0), (7.0, 10.0), (101, 200)],
)
def test_axes_end_at_round_figures(value: float, ceiling: float) -> None:
    assert nice_ceiling(value) == pytest.approx(ceiling)
