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


SHARE = {"mean": 0.5, "low": 0.25, "high": 0.754}
FIGURE = "0.50 (0.25–0.75)"
RUN = {
    "suite": "towers",
    "system": "naive",
    "questions": 12,
    "measures": {"citation.f1": SHARE, "outcome.wrong_and_unmarked": SHARE},
    "abstention": {"recall": SHARE, "false_refusal_rate": {**SHARE, "mean": None}},
    "tokens": {"prompt_tokens": 399.6},
    "timings": {"total": {"p50_ms": 5240.0, "p95_ms": 9000.0}},
}


def test_a_run_is_a_row_and_what_decides_stands_first() -> None:
    header, _, row = markdown([RUN]).splitlines()
    assert header.startswith(
        "| suite | system | questions | wrong and unmarked | right and shown |"
    )
    cells = [FIGURE, *["–"] * 8, "–", FIGURE, "–", FIGURE, "–"]
    assert row == f"| towers | naive | 12 | {' | '.join(cells)} | 400 | 5.2 |"


def test_runs_made_before_the_deciding_measures_have_no_columns_for_them() -> None:
    old = {**RUN, "measures": {"citation.f1": SHARE}}
    assert "wrong and unmarked" not in markdown([old])
    header, _, first, second = markdown([old, RUN]).splitlines()
    assert "wrong and unmarked" in header
    assert (first.split(" | ")[3], second.split(" | ")[3]) == ("–", FIGURE)


def test_a_brief_table_has_the_columns_of_a_first_look() -> None:
    header = markdown([RUN], brief=True).splitlines()[0]
    assert header.count("|") == 13
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
