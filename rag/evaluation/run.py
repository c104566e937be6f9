"""Asks a system every question of a suite and keeps what it did, row by row.

Knows systems only by their protocol, and nothing of terminals or reports.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from rag.errors import EvaluationError, RagError
from rag.evaluation.dataset import Dataset, Question, sample
from rag.evaluation.run_folder import RunFolder
from rag.evaluation.score import Corpus, Row, error_row, score
from rag.evaluation.summary import summarise
from rag.evaluation.systems import System

DISTRIBUTION = "footnote-rag"
ERRORS_IN_A_ROW = 5  # so many are a server that is gone and no longer the question's fault

# Called before the first question (done = those resumed) and after each: done, total, newest row.
Progress = Callable[[int, int, Row | None], None]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run depends on beside its suite and system; ``settings`` are the product's own.

    ``timed`` is false where replies may have been kept from an earlier run: its times say nothing.
    """

    timed: bool = True
    part: str | None = None
    limit: int | None = None
    seed: int = 0
    llm: str = ""
    embedder: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def run(
    dataset: Dataset,
    system: System,
    corpus: Corpus,
    out_dir: Path,
    options: RunOptions | None = None,
    *,
    resume: bool = False,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Ask the sampled questions, write the run's folder, and return the summary.

    With ``resume``, only questions without a row in ``out_dir``, or with an error there, are asked.
    A question on which the system raises a `RagError` is a row too: unanswered, with the error.
    Raises `EvaluationError` when ``out_dir`` holds another run, and after ``ERRORS_IN_A_ROW``.
    """
    chosen = options or RunOptions()
    questions = sample(dataset.questions, chosen.limit, chosen.seed)
    folder = RunFolder(out_dir)
    rows = folder.start(_identity(dataset, system, chosen), resume)
    done = {row["id"] for row in rows if row["error"] is None}
    report = on_progress or _silent
    report(len(done), len(questions), None)
    errors_in_a_row = 0
    for question in (each for each in questions if each.id not in done):
        row = ask(system, question, corpus)
        if not chosen.timed:
            row["timings"] = {}
        folder.append(row)
        done.add(question.id)
        report(len(done), len(questions), row)
        errors_in_a_row = errors_in_a_row + 1 if row["error"] else 0
        if errors_in_a_row == ERRORS_IN_A_ROW:
            raise EvaluationError(
                f"{ERRORS_IN_A_ROW} questions in a row failed, the last with {row['error']}: mend "
                "that and continue with --resume"
            )
    return finish(folder)


def ask(system: System, question: Question, corpus: Corpus) -> Row:
    """Return the row of one question; a `RagError` of the system is a row with the error."""
    try:
        trace = system.run(question.question, question.history)
    except RagError as error:
        return error_row(question, error, corpus)
    return score(question, trace, corpus)


def finish(folder: RunFolder) -> dict[str, Any]:
    """Summarise the rows that the folder holds and write the summary."""
    identity = folder.identity()
    summary = {"suite": identity["suite"], "system": identity["system"]}
    summary |= summarise(folder.rows(), identity["seed"])
    folder.finish(summary)
    return summary


def versions() -> dict[str, str]:
    """Python's version and ours, where the distribution is installed."""
    try:
        own = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        own = "not installed"
    return {"python": platform.python_version(), DISTRIBUTION: own}


def _identity(dataset: Dataset, system: System, options: RunOptions) -> dict[str, Any]:
    return {
        "suite": dataset.name,
        "system": system.name,
        "dataset_sha256": dataset.sha256(),
        **asdict(options),
        "versions": versions(),
    }


def _silent(done: int, total: int, row: Row | None) -> None:
    """Nobody watches."""
