"""``rag eval``: its commands.

Importing this loads no measure and no model library, so that ``rag --help`` answers at once.
"""

from __future__ import annotations

import click

from rag.cli.evaluation.calibrate import calibrate
from rag.cli.evaluation.compare import compare
from rag.cli.evaluation.decisions import decisions
from rag.cli.evaluation.evidence import evidence
from rag.cli.evaluation.false_yes import false_yes
from rag.cli.evaluation.gate import gate
from rag.cli.evaluation.gate_errors import gate_errors
from rag.cli.evaluation.generate import generate
from rag.cli.evaluation.load import load
from rag.cli.evaluation.quotations import quotations
from rag.cli.evaluation.report import report, table
from rag.cli.evaluation.robustness import robustness
from rag.cli.evaluation.run import run
from rag.cli.evaluation.scale import scale
from rag.cli.evaluation.strictness import strictness
from rag.cli.evaluation.sweep import sweep_retrieval

COMMANDS = (
    run,
    compare,
    decisions,
    gate,
    gate_errors,
    quotations,
    false_yes,
    calibrate,
    strictness,
    robustness,
    generate,
    report,
    table,
    evidence,
    load,
    scale,
    sweep_retrieval,
)


@click.group("eval")
def evaluation() -> None:
    """Measure how far the answers can be trusted, on public suites or your own documents."""


for command in COMMANDS:
    evaluation.add_command(command)
