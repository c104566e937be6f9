"""What each strictness shows and hides, from the rows of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.evaluation.calibrate import SIGNALS
from rag.evaluation.run_folder import RunFolder
from rag.evaluation.strictness import markdown, shares
from rag.gate.calibration import (
    OF_WRITER,
    STRICTNESSES,
    Calibration,
    Calibrations,
    Signals,
    default_calibrations,
)

NONE = dict.fromkeys((each for each in SIGNALS if each not in OF_WRITER), 0.0)
# The probability is that of the reader's logit alone.
CALIBRATION = replace(
    default_calibrations().written,
    weights=NONE | {"answers": 1.0},
    intercept=0.0,
    thresholds={"strict": 0.9, "balanced": 0.6, "eager": 0.3},
)
CALIBRATIONS = Calibrations(
    replace(CALIBRATION, writer="a model"), CALIBRATION, replace(CALIBRATION, intercept=-9.0)
)


def _judging(found: Signals) -> Calibration:
    return CALIBRATION


def _row(id: str, answers: float | None, correct: bool | None, **values: Any) -> dict[str, Any]:
    signals = NONE | {"answers": answers or 0.0}
    probability = CALIBRATION.probability(Signals(**signals))
    judgement = {"signals": signals, "probability": probability, "correct": correct}
    return {
        "id": id,
        "question": "When did it open?",
        "standalone_question": "When did it open?",
        "answerable": True,
        "status": "answered" if (answers or 0) > 0.5 else "tentative",
        "correct": correct,
        "judgement": None if answers is None else judgement,
    } | values


ROWS = [
    _row("likely and right", 1.0, True),
    _row("unlikely and right", -0.5, True),
    _row("likely and wrong", 1.0, False),
    _row("not in the documents", -0.5, None, answerable=False),
    _row("proved", None, True, status="answered"),
    _row("likely, with a reservation", 3.0, False, status="tentative"),
    _row("refused", None, False, status="unanswered"),
    _row("small talk", 3.0, None, answerable=None),
    _row("of all", 3.0, True, standalone_question="Which reports were signed?"),
]


def test_a_lower_threshold_shows_more_of_both() -> None:
    counts = {}
    for each in STRICTNESSES:
        found = shares(ROWS, _judging, each)
        counts[each] = tuple(
            (share.hits, share.total)
            for share in (found.wrong_shown, found.right_shown, found.right_hidden)
        )
    assert counts == {
        "strict": ((0, 8), (1, 7), (3, 7)),
        "balanced": ((1, 8), (2, 7), (2, 7)),
        "eager": ((2, 8), (3, 7), (1, 7)),
    }


def test_the_table_has_a_row_for_each_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.start({"suite": "bridges", "llm": "a model"}, resume=False)
    for row in ROWS:
        folder.append(row)
    header, _, line = markdown([folder], CALIBRATIONS, quoted=False).splitlines()
    assert header.startswith("| suite | questions | wrong shown, strict |")
    assert line.startswith("| bridges | 9 | 0.00 (0.00–0.37) | 0.14 (0.00–0.58) |")
    *_, quoted = markdown([folder], CALIBRATIONS, quoted=True).splitlines()
    assert line.endswith("| 0.43 (0.10–0.82) | 0.14 (0.00–0.58) |")  # right and shown, and hidden
    assert quoted.endswith("| 0.14 (0.00–0.58) | 0.43 (0.10–0.82) |")
