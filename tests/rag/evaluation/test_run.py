from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import EvaluationError, LLMUnavailableError
from rag.evaluation.run import ERRORS_IN_A_ROW, RunOptions, run
from rag.evaluation.run_folder import RunFolder
from rag.evaluation.summary import summarise
from rag.evaluation.systems import RetrievalSystem, Trace
from tests.rag.evaluation.scripted import (
    TEXTS,
    ScriptedIndex,
    ScriptedSystem,
    corpus,
    right,
    suite,
    trace,
)


def run_scripted(out: Path, system: ScriptedSystem, **options: Any) -> dict[str, Any]:
    resume = options.pop("resume", False)
    return run(suite(), system, corpus(suite()), out, RunOptions(**options), resume=resume)


def without_timings(summary: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in summary.items() if name != "timings"}


def test_a_perfect_system_scores_one_everywhere(tmp_path: Path) -> None:
    summary = run_scripted(tmp_path / "run", ScriptedSystem(right))
    means = {name: figure["mean"] for name, figure in summary["measures"].items()}
    for name in (
        "answer.correct",
        "answer.containment",
        "retrieval.evidence_recall",
        "citation.f1",
    ):
        assert means[name] == 1.0
    assert means["citation.offset_integrity"] == means["citation.cited_share"] == 1.0
    assert (means["citation.necessary"], means["citation.sufficient"]) == (1.0, 1.0)
    assert summary["measures"]["answer.correct"]["n"] == 8
    assert summary["abstention"]["recall"]["mean"] == 1.0
    assert summary["abstention"]["right_outcome_rate"]["n"] == 12
    assert (summary["questions"], summary["errors"]) == (12, 0)
    assert summary["tokens"]["prompt_tokens"] == 100
    assert {turn: share["n"] for turn, share in summary["by_turn"].items()} == {
        "first question": 11,
        "follow-up": 1,
    }


def test_a_run_on_kept_replies_tells_no_times(tmp_path: Path) -> None:
    assert run_scripted(tmp_path / "timed", ScriptedSystem(right))["timings"]
    assert run_scripted(tmp_path / "kept", ScriptedSystem(right), timed=False)["timings"] == {}


def test_a_killed_run_continues_and_gives_the_same_summary(tmp_path: Path) -> None:
    whole = run_scripted(tmp_path / "whole", ScriptedSystem(right))

    def killed(asked: str) -> Trace:
        if len(system.asked) == 6:
            raise KeyboardInterrupt
        return right(asked)

    system = ScriptedSystem(killed)
    with pytest.raises(KeyboardInterrupt):
        run_scripted(tmp_path / "killed", system)
    rows = tmp_path / "killed" / "rows.jsonl"
    complete = rows.read_text(encoding="utf-8")
    torn = complete.splitlines()[-1][:40]
    rows.write_text(complete + torn, encoding="utf-8")

    again = ScriptedSystem(right)
    resumed = run_scripted(tmp_path / "killed", again, resume=True)
    assert again.asked == [question.question for question in suite().questions[5:]]
    assert without_timings(resumed) == without_timings(whole)
    assert rows.read_text(encoding="utf-8").count("\n") == 12


def test_a_run_is_not_overwritten_and_not_continued_with_other_settings(tmp_path: Path) -> None:
    run_scripted(tmp_path, ScriptedSystem(right), limit=4, seed=1)
    with pytest.raises(EvaluationError, match="--resume"):
        run_scripted(tmp_path, ScriptedSystem(right), limit=4, seed=1)
    with pytest.raises(EvaluationError, match="seed = 1, now it is 2"):
        run_scripted(tmp_path, ScriptedSystem(right), limit=4, seed=2, resume=True)


def test_an_error_is_a_row_that_counts_as_unanswered_and_is_asked_again(tmp_path: Path) -> None:
    def failing(asked: str) -> Trace:
        if asked == "How tall is tower 2?":
            raise LLMUnavailableError("start the server")
        return right(asked)

    summary = run_scripted(tmp_path, ScriptedSystem(failing))
    assert summary["errors"] == 1
    assert (
        summary["measures"]["answer.correct"] | {"hits": 7, "n": 8}
        == (summary["measures"]["answer.correct"])
    )
    assert summary["abstention"]["false_refusal_rate"]["hits"] == 1
    row = next(row for row in RunFolder(tmp_path).rows() if row["id"] == "q2")
    assert row["error"] == "LLMUnavailableError: start the server"

    again = ScriptedSystem(right)
    assert run_scripted(tmp_path, again, resume=True)["errors"] == 0
    assert again.asked == ["How tall is tower 2?"]


def test_a_server_that_is_gone_stops_the_run(tmp_path: Path) -> None:
    def gone(asked: str) -> Trace:
        raise LLMUnavailableError("start the server")

    system = ScriptedSystem(gone)
    with pytest.raises(EvaluationError, match=r"start the server.*--resume"):
        run_scripted(tmp_path, system)
    assert len(system.asked) == ERRORS_IN_A_ROW


def test_progress_is_told_before_the_first_question_and_after_each(tmp_path: Path) -> None:
    told: list[tuple[int, int, Any]] = []
    run(
        suite(),
        ScriptedSystem(right),
        corpus(suite()),
        tmp_path,
        RunOptions(limit=3),
        on_progress=lambda done, total, row: told.append((done, total, row and row["status"])),
    )
    assert [(done, total) for done, total, _ in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert told[0][2] is None
    assert told[1][2] == "answered"


def test_search_alone_has_retrieval_measures_only(tmp_path: Path) -> None:
    system = RetrievalSystem(ScriptedIndex(*TEXTS.values()))
    summary = run(suite(), system, corpus(suite()), tmp_path)
    assert summary["measures"]["retrieval.recall@10"]["mean"] == 1.0
    assert summary["measures"]["retrieval.recall@5"]["mean"] == 5 / 8
    assert not [name for name in summary["measures"] if not name.startswith("retrieval.")]
    assert summary["abstention"] == {}


def test_wrong_answers_of_low_confidence_come_last_in_the_risk_coverage_curve(
    tmp_path: Path,
) -> None:
    def unsure(asked: str) -> Trace:
        if asked.startswith("Who"):
            return trace(asked, "An architect.", 1, support=0.5)
        return right(asked)

    summary = run_scripted(tmp_path, ScriptedSystem(unsure))
    assert summary["risk_coverage"]["points"] == [[8 / 12, 0.0], [1.0, 4 / 12]]
    errors = {rate: share["mean"] for rate, share in summary["error_at_answer_rate"].items()}
    assert errors == {"0.5": 0.0, "0.7": 4 / 12, "0.9": 4 / 12}


@given(st.permutations(range(12)))
def test_the_order_of_the_rows_does_not_change_the_summary(order: list[int]) -> None:
    from rag.evaluation.score import score

    questions = suite().questions
    rows = [score(each, right(each.question), corpus(suite())) for each in questions]
    shuffled = [rows[place] for place in order]
    assert summarise(shuffled, seed=3) == summarise(rows, seed=3)


def test_rows_are_json_that_reads_back_equal(tmp_path: Path) -> None:
    run_scripted(tmp_path, ScriptedSystem(right))
    for line in (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert row["error"] is None
        assert {"id", "question", "answer", "status", "confidence", "measures", "timings"} <= set(
            row
        )
