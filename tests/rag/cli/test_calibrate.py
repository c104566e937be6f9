"""``rag eval calibrate``: which parts it fits, and which stay as they ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.evaluation.calibrate import SIGNALS
from rag.evaluation.run_folder import RunFolder
from rag.gate.calibration import Calibrations, default_calibrations
from tests.command_line import CommandLine


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Sixty answers of a language model whose signals say which are right."""
    folder = RunFolder(tmp_path / "run")
    folder.start({"suite": "made", "llm": "a model"}, resume=False)
    for number in range(60):
        right = number % 3 > 0
        signals = dict.fromkeys(SIGNALS, 0.0) | {"confirmed": 2.0 if right else -2.0 + number % 2}
        judgement = {"signals": signals, "correct": right}
        folder.append({"id": str(number), "answerable": True, "judgement": judgement})
    return folder.path


def test_a_part_without_runs_stays_as_it_ships(rag: CommandLine, run: Path, tmp_path: Path) -> None:
    told = rag("eval", "calibrate", "--scored", run, "-o", tmp_path / "c.json")
    assert told.exit_code == 0, told.output
    assert [line.partition(":")[0] for line in told.stdout.splitlines()] == [
        "scored",
        "written",
        "quoted",
    ]
    fitted, shipped = Calibrations.read(tmp_path / "c.json"), default_calibrations()
    assert fitted.scored.writer == "a model"
    assert fitted.scored.weights["confirmed"] > 0
    assert (fitted.written, fitted.quoted) == (shipped.written, shipped.quoted)


def test_runs_of_one_kind_fit_both_parts_of_written_answers(
    rag: CommandLine, run: Path, tmp_path: Path
) -> None:
    rag("eval", "calibrate", "--written", run, "-o", tmp_path / "c.json")
    fitted, shipped = Calibrations.read(tmp_path / "c.json"), default_calibrations()
    assert fitted.scored.writer == "a model"
    assert fitted.written.evidence["suites"] == {"made": 60}
    assert fitted.quoted == shipped.quoted


def test_without_runs_there_is_nothing_to_fit(rag: CommandLine, tmp_path: Path) -> None:
    told = rag("eval", "calibrate", "-o", tmp_path / "c.json")
    assert told.exit_code == 2
    assert "--written, --scored or --quoted" in told.stderr
    assert not (tmp_path / "c.json").exists()
