"""What each strictness would have shown and hidden of the answers of runs, as a table in Markdown.

Reads rows and a calibration; nothing is asked again. Knows no index and no language model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rag.evaluation.intervals import Proportion
from rag.evaluation.markdown import markdown_table, share_cell
from rag.evaluation.measures.outcome import is_shown
from rag.evaluation.run_folder import Row, RunFolder
from rag.evaluation.summary import proportion
from rag.gate.calibration import STRICTNESSES, Calibration, Calibrations, Signals
from rag.question import Question
from rag.types import Strictness

Judging = Callable[[Signals], Calibration]  # the calibration that judges these signals


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one suite at one strictness: ``wrong_shown`` of all questions, ``right_shown`` and
    ``right_hidden`` (in hand and not shown) of the answerable ones."""

    wrong_shown: Proportion
    right_shown: Proportion
    right_hidden: Proportion


def shares(rows: Sequence[Row], judging: Judging, strictness: Strictness) -> Shares:
    """What ``strictness`` shows and hides of the answers in ``rows``, judged by ``judging``."""
    known = [row for row in rows if row["answerable"] is not None]
    judged = [_outcome(row, judging, strictness) for row in known]
    right = [bool(row["answerable"]) and good for row, (_, good) in zip(known, judged, strict=True)]
    shown = [is_one for is_one, _ in judged]
    answerable = sum(bool(row["answerable"]) for row in known)
    both = list(zip(shown, right, strict=True))
    return Shares(
        Proportion(both.count((True, False)), len(known)),
        Proportion(both.count((True, True)), answerable),
        Proportion(both.count((False, True)), answerable),
    )


def markdown(runs: Sequence[RunFolder], calibrations: Calibrations, *, quoted: bool) -> str:
    """A row for each run, with the shares of each strictness. Raises EvaluationError."""
    names = ("wrong shown", "right shown", "right hidden")
    header = ["suite", "questions", *(f"{name}, {each}" for each in STRICTNESSES for name in names)]
    lines = []
    for run in runs:
        rows = run.rows()
        judging = partial(calibrations.of, writer=run.identity()["llm"], quoted=quoted)
        cells = []
        for each in STRICTNESSES:
            found = shares(rows, judging, each)
            cells += [found.wrong_shown, found.right_shown, found.right_hidden]
        shown = (share_cell(proportion(each)) for each in cells)
        lines.append([run.identity()["suite"], str(len(rows)), *shown])
    return markdown_table(header, lines)


def _outcome(row: Row, judging: Judging, strictness: Strictness) -> tuple[bool, bool]:
    """Whether the row's answer is shown, and whether it is right. What no calibration decided (a
    proved yes, a refusal) stays as it was."""
    judgement = row.get("judgement")
    if judgement is None:
        return is_shown(row["status"]), bool(row["correct"])
    signals = Signals(**judgement["signals"])
    calibration = judging(signals)
    likely = calibration.probability(signals) >= calibration.threshold(strictness)
    of_all = Question.of(row["question"], row["standalone_question"]).asks_of_all
    # What was likely enough for the run and yet uncertain had a reservation beside its probability.
    enough = judgement["probability"] >= calibration.threshold("balanced")
    is_reserved = of_all or (row["status"] == "tentative" and enough)
    return likely and not is_reserved, bool(judgement["correct"])
