"""The pages on retrieval, scale and speed show the committed figures and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation import bench_table, scale_table, sweep_table

RESULTS = Path(__file__).parents[3] / "docs/results"
SWEEPS = sorted((RESULTS / "retrieval").glob("*.json"))
BENCHMARKS = sorted((RESULTS / "bench").glob("*.json"))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_the_page_on_retrieval_holds_the_table_of_each_sweep(path: Path) -> None:
    page = (RESULTS / "retrieval.md").read_text(encoding="utf-8")
    assert sweep_table.markdown(_read(path)) in page


def test_the_page_on_scale_holds_the_table_of_the_figures() -> None:
    measured = _read(RESULTS / "scale.json")
    sizes = [measured[size] for size in sorted(measured, key=int)]
    assert scale_table.markdown(sizes) in (RESULTS / "scale.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_the_page_on_speed_holds_the_table_of_each_benchmark(path: Path) -> None:
    page = (RESULTS.parent / "performance.md").read_text(encoding="utf-8")
    assert bench_table.markdown(_read(path)) in page
