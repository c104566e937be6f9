"""``rag eval gate-errors``: parses, calls and prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import SuiteChoice, part_option, suite_options
from rag.cli.options import json_option, print_json

if TYPE_CHECKING:
    from rag.evaluation.gate_errors import GateErrors


@click.command("gate-errors")
@suite_options(part_option)
@json_option
def gate_errors(chosen: SuiteChoice, as_json: bool) -> None:
    """Measure what the check of each sentence lets through wrongly and strips wrongly.

    SUITE names support sentences or spans, which are changed by rule, or claims with labels.
    Each is put to the gate as a sentence behind others and, with its question, as the answer.
    """
    from rag.evaluation.gate_errors import (
        as_a_later_sentence,
        as_the_answer,
        measure_gate,
        trials_of,
    )
    from rag.gate.decide import Gate

    asked = chosen.sampled()
    trials = trials_of(asked, chosen.seed)
    gate = Gate()
    ways = {"as a later sentence": as_a_later_sentence(gate)}
    if all(trial.question for trial in trials):
        ways["as the answer"] = as_the_answer(gate)
    found = {name: measure_gate(trials, passes) for name, passes in ways.items()}
    if as_json:
        print_json({name: errors.as_dict() for name, errors in found.items()})
    else:
        _print(asked.name, found)


def _print(suite: str, found: Mapping[str, GateErrors]) -> None:
    from rag.cli.evaluation.terminal import print_shares

    for name, errors in found.items():
        shares = errors.as_dict()
        blocks = {each: shares[each] for each in ("false_pass", "false_strip")}
        print_shares(f"{suite}, {errors.trials} claims: {name}", blocks)
        if errors.balanced_accuracy is not None:
            echo(f"balanced accuracy {errors.balanced_accuracy:.3f}")
