from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rag.cli.evaluation.group import evaluation
from rag.cli.evaluation.options import SYSTEM_NAMES
from rag.errors import EvaluationError
from rag.evaluation.workbench import SYSTEMS, make_system
from tests.doubles import wired
from tests.rag.evaluation.scripted import TEXTS, ScriptedIndex, ScriptedLLM

REPLIES = [f"Tower {n} is {n}00 metres tall [1]." for n in range(1, 9)]


@pytest.fixture
def towers(tmp_path: Path) -> Path:
    """A suite of eight documents, each with one question."""
    folder = tmp_path / "towers"
    folder.mkdir()
    rows = [{"id": id, "title": f"Tower {id}", "text": text} for id, text in TEXTS.items()]
    write(folder / "corpus.jsonl", rows)
    write(folder / "questions.jsonl", [_question(n) for n in range(1, 9)])
    return folder


def _question(number: int) -> dict[str, Any]:
    answer = f"{number}00 metres"
    start = TEXTS[f"d{number}"].index(answer)
    span = {"doc_id": f"d{number}", "start": start, "end": start + len(answer), "text": answer}
    return {
        "id": f"q{number}",
        "question": f"How tall is Tower {number}?",
        "answers": [answer],
        "relevant_ids": [f"d{number}"],
        "relevant_spans": [span],
        "answerable": True,
        "support_sentence": {"text": TEXTS[f"d{number}"].split(". ")[0] + "."},
        "counterfactual_ids": [f"d{number % 8 + 1}"],
        "fake_answer": f"{number % 8 + 1}00 metres",
    }


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")


class _Evaluation:
    """Runs 'rag eval' with an embedder of hashes and a language model that says ``llm.replies``."""

    def __init__(self) -> None:
        self.llm = ScriptedLLM(*REPLIES)

    def __call__(self, *arguments: object) -> Result:
        given = [str(each) for each in arguments]
        return CliRunner().invoke(evaluation, given, obj=wired(llm=self.llm))

    def output(self, *arguments: object, exit_code: int = 0) -> Any:
        """What a command prints as JSON."""
        found = self(*arguments, "--json")
        assert found.exit_code == exit_code, found.output
        return json.loads(found.stdout)


@pytest.fixture
def rag_eval(home: Path) -> _Evaluation:
    return _Evaluation()


def test_a_run_leaves_rows_a_summary_and_a_report(
    towers: Path, tmp_path: Path, home: Path, rag_eval: _Evaluation
) -> None:
    out = tmp_path / "runs"
    arguments = ("run", towers, "--system", "naive", "--system", "retrieval", "--out", out)
    naive, retrieval = rag_eval.output(*arguments)
    assert (naive["system"], naive["measures"]["answer.correct"]["n"]) == ("naive", 8)
    assert naive["measures"]["answer.correct"]["mean"] == 1.0
    assert retrieval["measures"]["retrieval.recall@1"]["n"] == 8
    assert len((out / "towers-naive" / "rows.jsonl").read_text("utf-8").splitlines()) == 8
    assert "towers" in (out / "towers.html").read_text("utf-8")
    assert not rag_eval.llm.replies
    assert rag_eval.output(*arguments, "--resume") == [naive, retrieval]
    assert len(list((home / "eval").iterdir())) == 1


def test_search_alone_opens_no_language_model(
    towers: Path, tmp_path: Path, rag_eval: _Evaluation
) -> None:
    arguments = ("run", towers, "--system", "retrieval-dense", "--limit", 3)
    (summary,) = rag_eval.output(*arguments, "--out", tmp_path / "runs")
    assert summary["questions"] == 3
    assert not rag_eval.llm.sent


def test_the_table_names_every_measure(towers: Path, tmp_path: Path, rag_eval: _Evaluation) -> None:
    shown = rag_eval("run", towers, "--system", "retrieval", "--out", tmp_path / "runs")
    assert "retrieval.ndcg@10" in shown.stdout
    assert "Report: " in shown.stderr


def test_compare_exits_with_one_when_the_second_run_is_worse(
    towers: Path, tmp_path: Path, rag_eval: _Evaluation
) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    rag_eval("run", towers, "--system", "naive", "--out", good)
    rag_eval.llm.replies = ["I don't know."] * 8
    rag_eval("run", towers, "--system", "naive", "--out", bad)
    a, b = good / "towers-naive", bad / "towers-naive"
    verdicts = {
        each["measure"]: each["verdict"] for each in rag_eval.output("compare", a, b, exit_code=1)
    }
    assert verdicts["answer.correct"] == "worse"
    assert {each["verdict"] for each in rag_eval.output("compare", a, a)} == {"no difference"}
    assert rag_eval("compare", b, a).exit_code == 0
    assert "better" in rag_eval("compare", b, a).stdout


@pytest.mark.parametrize(("expected", "exit_code"), [(1.0, 0), (1.2, 1)])
def test_the_gate_exits_with_one_on_a_regression(
    towers: Path, tmp_path: Path, rag_eval: _Evaluation, expected: float, exit_code: int
) -> None:
    rag_eval("run", towers, "--system", "naive", "--out", tmp_path / "runs")
    entry = {
        "suite": "towers",
        "system": "naive",
        "measure": "answer.correct",
        "expected": expected,
        "tolerance": 0.1,
        "direction": "higher",
        "command": "rag eval run towers --system naive",
    }
    scores = tmp_path / "expected.json"
    scores.write_text(json.dumps([entry]), encoding="utf-8")
    arguments = ("gate", "--expected", scores, "--out", tmp_path / "runs")
    (checked,) = rag_eval.output(*arguments, exit_code=exit_code)
    assert checked["actual"] == 1.0
    shown = rag_eval(*arguments).stdout
    assert ("rag eval run towers --system naive" in shown) is bool(exit_code)


def test_gate_errors_reports_both_kinds_of_error(towers: Path, rag_eval: _Evaluation) -> None:
    for found in rag_eval.output("gate-errors", towers).values():
        assert found["false_strip"]["unchanged"]["hits"] == 0
        assert found["false_pass"]["number"]["n"] == 8
    assert "false_pass" in rag_eval("gate-errors", towers, "--limit", 2).stdout


def test_robustness_asks_over_a_corpus_of_each_case(
    towers: Path, tmp_path: Path, rag_eval: _Evaluation
) -> None:
    rag_eval.llm.replies = ["It is 100 metres tall [1]."] * 4
    arguments = ("robustness", towers, "--system", "naive", "--limit", 2)
    found = rag_eval.output(*arguments, "--out", tmp_path / "runs")
    assert set(found["groups"]) == {"counterfactual", "conflict"}
    assert found["groups"]["conflict"]["cases"] == 2
    refused = rag_eval(*arguments, "--group", "noise").exception
    assert isinstance(refused, EvaluationError)
    assert "leave out --group" in str(refused)


def test_questions_are_drafted_from_own_documents(tmp_path: Path, rag_eval: _Evaluation) -> None:
    folder, written = tmp_path / "own", tmp_path / "questions.jsonl"
    folder.mkdir()
    text = "The tower of Oslo was opened by Anna Berg 340 days after the fire."
    (folder / "a.txt").write_text(text, encoding="utf-8")
    question = "How long after the fire did Anna Berg open the tower of Oslo?"
    rag_eval.llm.replies = [
        json.dumps({"question": question}),
        json.dumps({"evidence": ["S1"], "answer": text}),
    ]
    shown = rag_eval("generate", folder, "-o", written, "--count", 1)
    assert "1 of 1 questions kept" in shown.output
    rows = [json.loads(line) for line in written.read_text("utf-8").splitlines()]
    assert [(row["question"], row["answers"]) for row in rows] == [(question, ["340 days"])]
    refused = rag_eval("generate", folder, "-o", written).exception
    assert isinstance(refused, EvaluationError)
    assert "exists" in str(refused)


def test_a_report_is_written_for_several_runs(
    towers: Path, tmp_path: Path, rag_eval: _Evaluation
) -> None:
    out, page = tmp_path / "runs", tmp_path / "page.html"
    rag_eval("run", towers, "--system", "retrieval", "--system", "retrieval-dense", "--out", out)
    rag_eval("report", out / "towers-retrieval", out / "towers-retrieval-dense", "-o", page)
    assert "retrieval-dense" in page.read_text("utf-8")


def test_the_systems_named_by_the_command_are_those_that_can_be_made() -> None:
    assert SYSTEM_NAMES == SYSTEMS
    with pytest.raises(EvaluationError, match="--llm"):
        make_system("naive", ScriptedIndex(), None)  # type: ignore[arg-type]
    for name in ("footnote", "quick", "cascade"):
        assert make_system(name, ScriptedIndex(), None).name == name  # type: ignore[arg-type]


def test_decisions_are_written_and_compared_with_accepted_changes(
    towers: Path, tmp_path: Path, rag_eval: _Evaluation
) -> None:
    written, accepted = tmp_path / "before.jsonl", tmp_path / "accepted.jsonl"
    command = ("decisions", towers, "--system", "extractive")
    made = rag_eval(*command, "-o", written)
    assert (made.exit_code, made.stdout) == (0, "towers · extractive: 8 decisions\n")
    same = rag_eval.output(*command, "--against", written)
    assert same == {"decisions": 8, "differences": []}

    rows = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
    assert {row["status"] for row in rows} <= {"answered", "unanswered", "conflicting"}
    write(written, [{**rows[0], "status": "error"}, *rows[1:]])
    (changed,) = rag_eval.output(*command, "--against", written, exit_code=1)["differences"]
    assert (changed["id"], changed["field"], changed["before"]) == ("q1", "status", "error")

    write(accepted, [{"id": "q1", "reason": "the server is back"}])
    found = rag_eval(*command, "--against", written, "--accepted", accepted)
    assert found.exit_code == 0, found.output
    assert "q1  status  (accepted: the server is back)" in found.stdout
    assert "8 decisions, 1 differ from" in found.stdout
    assert "0 of them not accepted" in found.stdout
    assert rag_eval.llm.sent == []


def test_decisions_on_kept_replies_ask_no_model_and_hold_no_text_as_digests(
    towers: Path, tmp_path: Path, rag_eval: _Evaluation
) -> None:
    rag_eval.llm.replies = ['{"evidence": ["S1"], "answer": "It is tall."}'] * 8
    replies, written = tmp_path / "replies.jsonl", tmp_path / "decisions.jsonl"
    command = ("decisions", towers, "--replies", replies)
    first = rag_eval(*command, "--digests", "-o", written)
    assert first.exit_code == 0, first.output
    assert f"{len(rag_eval.llm.sent)} replies were not in {replies}" in first.stderr
    asked = len(rag_eval.llm.sent)
    assert asked > 0
    again = rag_eval(*command, "--against", written)
    assert again.exit_code == 0, again.output
    assert len(rag_eval.llm.sent) == asked
    assert "metres" not in written.read_text(encoding="utf-8")
