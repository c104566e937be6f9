"""The table that compares the pace of two versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from rag.evaluation.bench import Cost
from tests import pace


def test_each_path_is_indexed_and_loaded_in_turns_and_the_speed_is_by_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    other = tmp_path / "other"
    other.mkdir()
    runs: list[tuple[str, str]] = []

    def cost(arguments: Sequence[str], settings: Mapping[str, str], ends: object) -> Cost:
        what = "index" if arguments[2] == "index" else "load"
        runs.append((settings["PYTHONPATH"], what))
        return Cost(8.0, 4.0 if arguments[1] == str(other) else 2.0)

    monkeypatch.setattr(pace, "process_cost", cost)
    rows = [each.row() for each in pace.compared(other, [tmp_path], 2)]
    assert rows[2:] == [
        f"| index {tmp_path.stem} | 2 | 4.00 | 2.00 | 2.00 (2.00–2.00) | 1.00 |",
        f"| load {tmp_path.stem} | 2 | 4.00 | 2.00 | 2.00 (2.00–2.00) | 1.00 |",
    ]
    here = str(pace.HERE)
    of_the_folder = runs[2 + 2 * 4 :]  # behind the fetching of models, and what one line takes
    assert of_the_folder == [
        (version, what)
        for what in ("index", "load")
        for version in (str(other), here, here, str(other))
    ]
