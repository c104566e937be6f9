"""The curve of evidence: what is shown grows with the budget, and is counted rightly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.cli.main import main
from tests.doubles import wired


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "rivers"
    folder.mkdir()
    filler = "The hills around are low and green, and sheep graze on them all year. "
    text = f"{filler}The Amber is 300 kilometres long. {filler}"
    start = text.index("The Amber")
    rows = [
        {
            "id": "q1",
            "question": "How long is the Amber?",
            "answers": ["300 kilometres"],
            "relevant_ids": ["d1"],
            "relevant_spans": [
                {"doc_id": "d1", "start": start, "end": start + 33, "text": text[start:][:33]}
            ],
            "answerable": True,
            "kind": "value",
        },
        {"id": "q2", "question": "Who?", "answers": [], "relevant_ids": [], "answerable": False},
    ]
    (folder / "corpus.jsonl").write_text(
        json.dumps({"id": "d1", "title": "Amber", "text": text}) + "\n", encoding="utf-8"
    )
    (folder / "questions.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    return folder


@pytest.mark.usefixtures("home")
def test_a_row_per_suite_and_budget(suite: Path, tmp_path: Path) -> None:
    output = tmp_path / "curve.json"
    command = ["eval", "evidence", str(suite), "--budget", "8", "--budget", "60"]
    printed = CliRunner().invoke(main, [*command, "-o", str(output)], obj=wired())
    assert printed.exit_code == 0, printed.output
    rows = json.loads(output.read_text(encoding="utf-8"))
    asked = [(row["kind"], row["budget"], row["searches"], row["questions"]) for row in rows]
    budgets = [(8, 1, 1), (8, 2, 1), (60, 1, 1), (60, 2, 1)]
    assert asked == [(kind, *each) for kind in ("all", "value") for each in budgets]
    for name in ("recall", "line", "answer"):
        assert [row[name]["mean"] for row in rows] == [1.0] * 8
    assert [row["right_document"] for row in rows] == [1.0] * 8
    assert rows[0]["tokens"] <= 8
    assert printed.output.count("| rivers | value | 1 |") == 4
