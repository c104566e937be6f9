"""The short table, and that the README shows the committed results and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.cli.main import main
from rag.evaluation.table import markdown

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "docs/results"


def test_a_run_is_a_row_and_what_was_not_measured_is_a_dash() -> None:
    share = {"mean": 0.5, "low": 0.25, "high": 0.754}
    summary = {
        "suite": "towers",
        "system": "naive",
        "questions": 12,
        "measures": {"citation.f1": share, "answer.containment": share},
        "abstention": {
            "recall": share,
            "false_refusal_rate": {"mean": None, "low": 0.0, "high": 1.0},
        },
        "tokens": {"prompt_tokens": 399.6},
        "timings": {"total": {"p50_ms": 5240.0, "p95_ms": 9000.0}},
    }
    row = markdown([summary]).splitlines()[2]
    figure = "0.50 (0.25–0.75)"
    cells = ["towers", "naive", "12", "–", "–", "–", "–", figure, "–", figure, "–", figure, "–"]
    assert row == f"| {' | '.join(cells)} | 400 | 5.2 |"


def test_a_brief_table_has_the_columns_of_a_first_look() -> None:
    summary = {"suite": "s", "system": "x", "questions": 1, "measures": {}, "abstention": {}}
    header = markdown([summary | {"tokens": {}, "timings": {}}], brief=True).splitlines()[0]
    assert header.count("|") == 9
    assert "refused of the unanswerable" in header


@pytest.mark.parametrize(
    ("page", "listed", "options"),
    [
        (ROOT / "README.md", "table.json", ["--brief"]),
        (RESULTS / "README.md", "table.json", []),
        (RESULTS / "README.md", "several-documents/table.json", []),
    ],
)
def test_the_pages_show_the_committed_results(page: Path, listed: str, options: list[str]) -> None:
    order = json.loads((RESULTS / listed).read_text(encoding="utf-8"))
    folders = [str(RESULTS / name) for name in order]
    printed = CliRunner().invoke(main, ["eval", "table", *options, *folders])
    assert printed.exit_code == 0, printed.output
    assert printed.output in page.read_text(encoding="utf-8")
