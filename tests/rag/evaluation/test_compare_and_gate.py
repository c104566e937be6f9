from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import EvaluationError
from rag.evaluation.compare import compare_rows, compare_runs
from rag.evaluation.gate import check, figure, passes, read_expectations, read_summaries
from rag.evaluation.run import RunOptions, run
from rag.evaluation.run_folder import RunFolder
from rag.evaluation.systems import Trace
from tests.rag.evaluation.scripted import ScriptedSystem, corpus, right, suite, trace


def rows(correct: list[float], f1: list[float]) -> list[dict[str, Any]]:
    """Rows of answerable questions with one measure of 0 and 1 and one in between."""
    return [
        {
            "id": f"q{n}",
            "answerable": True,
            "status": "answered",
            "correct": bool(is_correct),
            "measures": {"answer.correct": is_correct, "answer.token_f1": share, "absent": None},
        }
        for n, (is_correct, share) in enumerate(zip(correct, f1, strict=True))
    ]


def test_equal_runs_do_not_differ() -> None:
    one = rows([1.0, 0.0] * 20, [0.9, 0.3] * 20)
    compared = compare_rows(one, one, seed=0)
    assert {each.verdict for each in compared} == {"no difference"}
    assert {(each.difference, each.low, each.high) for each in compared} == {(0.0, 0.0, 0.0)}
    assert {each.measure for each in compared} == {
        "abstention.right_outcome",
        "answer.correct",
        "answer.token_f1",
    }


def test_runs_that_differ_by_a_coin_toss_do_not_differ() -> None:
    one = rows([1.0, 0.0] * 20, [0.5, 0.4] * 20)
    other = rows([0.0, 1.0] * 20, [0.4, 0.5] * 20)
    assert {each.verdict for each in compare_rows(one, other, seed=0)} == {"no difference"}


def test_a_planted_regression_is_found_in_both_kinds_of_measure() -> None:
    one = rows([1.0] * 40, [0.8 + n / 400 for n in range(40)])
    worse = rows([1.0] * 30 + [0.0] * 10, [0.7 + n / 400 for n in range(40)])
    compared = {each.measure: each for each in compare_rows(one, worse, seed=0)}
    correct, f1 = compared["answer.correct"], compared["answer.token_f1"]
    assert (correct.verdict, correct.test, correct.difference) == ("worse", "mcnemar", -0.25)
    assert correct.p == pytest.approx(2 / 2**10)  # ten discordant pairs, all one way
    assert (f1.verdict, f1.test) == ("worse", "bootstrap")
    assert f1.low <= f1.difference <= f1.high < 0
    back = {each.measure: each for each in compare_rows(worse, one, seed=0)}
    assert back["answer.correct"].verdict == back["answer.token_f1"].verdict == "better"


def test_only_common_questions_count() -> None:
    one, other = rows([1.0] * 10, [0.5] * 10), rows([1.0] * 4, [0.5] * 4)
    assert {each.n for each in compare_rows(one, other, seed=0)} == {4}
    with pytest.raises(EvaluationError, match="no question in common"):
        compare_rows(one, [], seed=0)


def wrong(asked: str) -> Trace:
    return trace(asked, "Nobody knows.") if asked.startswith("How") else trace(asked, None)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name, reply in (("good", right), ("bad", wrong)):
        system = ScriptedSystem(reply, name)
        run(suite(), system, corpus(suite()), tmp_path / f"towers-{name}", RunOptions(seed=3))
    return tmp_path


def test_runs_on_disk_are_compared(runs: Path) -> None:
    compared = compare_runs(RunFolder(runs / "towers-good"), RunFolder(runs / "towers-bad"))
    verdicts = {each.measure: each.verdict for each in compared}
    assert verdicts["answer.correct"] == "worse"
    assert verdicts["citation.offset_integrity"] == "no difference"


def test_runs_of_other_questions_are_not_compared(runs: Path) -> None:
    identity = json.loads((runs / "towers-bad" / "run.json").read_text(encoding="utf-8"))
    changed = json.dumps({**identity, "dataset_sha256": "0"})
    (runs / "towers-bad" / "run.json").write_text(changed, encoding="utf-8")
    with pytest.raises(EvaluationError, match="same documents and questions"):
        compare_runs(RunFolder(runs / "towers-good"), RunFolder(runs / "towers-bad"))


def expectation(**changes: Any) -> dict[str, Any]:
    return {
        "suite": "towers",
        "system": "good",
        "measure": "answer.correct",
        "expected": 1.0,
        "tolerance": 0.05,
        "direction": "higher",
        "command": "rag eval run towers",
    } | changes


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "OK"),
        ({"expected": 0.5}, "OK"),
        ({"system": "bad"}, "FAIL"),
        ({"system": "bad", "expected": 0.05}, "OK"),
        ({"system": "bad", "expected": 0.051}, "FAIL"),
        ({"measure": "abstention.recall"}, "OK"),
        ({"measure": "abstention.false_refusal_rate", "direction": "lower"}, "OK"),
        ({"measure": "abstention.answer_rate", "expected": 0.5, "direction": "lower"}, "FAIL"),
        ({"measure": "risk_coverage.area", "expected": 0.0, "direction": "lower"}, "OK"),
        ({"system": "other"}, "MISSING"),
        ({"measure": "answer.charm"}, "MISSING"),
    ],
)
def test_the_gate_judges_each_expectation(
    runs: Path, tmp_path: Path, changes: dict[str, Any], outcome: str
) -> None:
    path = tmp_path / "expected.json"
    path.write_text(json.dumps([expectation(**changes)]), encoding="utf-8")
    (checked,) = check(read_expectations(path), read_summaries(runs))
    assert checked.outcome == outcome
    assert passes([checked]) is (outcome == "OK")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "not JSON"),
        ("{}", "a list"),
        ('[{"suite": "towers"}]', "entry 1 must have exactly the fields"),
        (json.dumps([expectation(direction="up")]), "higher or lower"),
        (json.dumps([expectation(expected="1")]), "must be numbers"),
    ],
)
def test_a_bad_file_of_expectations_is_refused(
    tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "expected.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match=complaint):
        read_expectations(path)


def test_a_figure_that_is_no_number_is_none() -> None:
    assert figure({"measures": {}, "suite": "towers"}, "suite") is None
