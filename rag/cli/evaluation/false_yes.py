"""``rag eval false-yes``: parses, calls and prints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.cli.evaluation.options import output_option
from rag.cli.options import json_option, print_json

if TYPE_CHECKING:
    from rag.evaluation.assertions import FalseYes, Part


@click.command("false-yes")
@click.option(
    "--part",
    "parts",
    type=click.Choice(("dev", "held")),
    multiple=True,
    help="Only this part of the lines: 'held' is the third that the gate was not mended on.",
)
@click.option(
    "--gold",
    "suites",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Also tell how often this suite's marked answers are taken to assert nothing.",
)
@output_option(help="Write the JSON to this file as well.")
@json_option
def false_yes(
    parts: tuple[str, ...], suites: tuple[Path, ...], output: Path | None, as_json: bool
) -> None:
    """Measure how often a yes rests on a line that asserts nothing.

    Questions, conditions, orders, proposals, rumours and denials are put to the gate as the only
    evidence; plain statements and flat denials beside them show that it still says yes and no.
    """
    from rag.evaluation.assertions import (
        PARTS,
        by_the_gate,
        doubted_gold,
        measure_false_yes,
        trials,
    )
    from rag.evaluation.dataset import load_dataset
    from rag.gate.decide import Gate

    judge, lines = by_the_gate(Gate()), trials()
    found = {
        part: measure_false_yes([each for each in lines if each.part == part], judge)
        for part in PARTS
        if not parts or part in parts
    }
    doubted = {each.resolve().name: doubted_gold(load_dataset(each)) for each in suites}
    as_data: dict[str, Any] = {part: each.as_dict() for part, each in found.items()}
    if doubted:
        as_data["doubted_gold"] = doubted
    if output is not None:
        output.write_text(json.dumps(as_data, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if as_json:
        print_json(as_data)
    else:
        _print(found, doubted)


def _print(
    found: Mapping[Part, FalseYes], doubted: Mapping[str, Mapping[str, dict[str, Any]]]
) -> None:
    from rag.cli.evaluation.terminal import print_shares

    for part, measured in found.items():
        print_shares(f"part {part}, {measured.lines} lines", measured.shares)
    if doubted:
        print_shares("marked answers that are taken to assert nothing", doubted)
