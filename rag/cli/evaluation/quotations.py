"""``rag eval quotations``: parses, calls and prints."""

from __future__ import annotations

from dataclasses import asdict

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import SuiteChoice, part_option, suite_options
from rag.cli.options import json_option, print_json


@click.command()
@suite_options(part_option)
@click.option("--by", metavar="FIELD", default="lang", show_default=True, help="Count by this.")
@click.option("--withheld", is_flag=True, help="Print what is withheld though it answers, and why.")
@json_option
def quotations(chosen: SuiteChoice, by: str, withheld: bool, as_json: bool) -> None:
    """Measure which answers pass that stand in the document word for word, by language.

    SUITE has gold spans. The sentence that holds one is offered as a quotation, the span alone as
    what a language model wrote, and another sentence of the document as what answers nothing.
    """
    from rag.evaluation.quotations import counted, markdown, measure_quotations
    from rag.gate.decide import Gate

    found = measure_quotations(chosen.sampled(), Gate(), by, chosen.seed)
    if as_json:
        print_json({"groups": counted(found), "quotations": [asdict(each) for each in found]})
        return
    echo(markdown(counted(found), by), nl=False)
    for each in found if withheld else ():
        if each.outcome == "withheld" and each.offered != "other":
            echo(f"{each.id}  {each.offered}  {each.text}")
            echo(f"  {'; '.join(each.reasons)}")
