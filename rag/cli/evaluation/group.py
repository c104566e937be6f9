"""``rag eval``: its commands, and what is said where their packages are not installed.

Importing this loads no measure and no model library, so that ``rag --help`` answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from rag.cli.evaluation.calibrate import calibrate
from rag.cli.evaluation.compare import compare
from rag.cli.evaluation.evidence import evidence
from rag.cli.evaluation.gate import gate
from rag.cli.evaluation.gate_errors import gate_errors
from rag.cli.evaluation.generate import generate
from rag.cli.evaluation.load import load
from rag.cli.evaluation.report import report, table
from rag.cli.evaluation.robustness import robustness
from rag.cli.evaluation.run import run
from rag.cli.evaluation.scale import scale
from rag.cli.evaluation.sweep import sweep_retrieval
from rag.errors import EvaluationError

COMMANDS = (
    run,
    compare,
    gate,
    gate_errors,
    calibrate,
    robustness,
    generate,
    report,
    table,
    evidence,
    load,
    scale,
    sweep_retrieval,
)
NEEDS = "pip install 'footnote-rag[eval]'"
_OURS = ("rag", "index", "api")  # one of these missing is a mistake in the installation


class _Commands(click.Group):
    """Says how to install what a measure imports and this installation has not."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if not package or package in _OURS:
                raise
            raise EvaluationError(f"'rag eval' needs {package}, not installed: {NEEDS}") from error


@click.group("eval", cls=_Commands)
def evaluation() -> None:
    """Measure how far the answers can be trusted, on public suites or your own documents."""


for command in COMMANDS:
    evaluation.add_command(command)
