"""``rag models recommend`` and ``pull``: the models of an Ollama server.

They parse, call and render; importing this loads no model library.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rag.cli.echo import echo
from rag.cli.options import json_option, megabytes, print_json, waiting
from rag.errors import SettingsError
from rag.llm.addresses import OLLAMA

if TYPE_CHECKING:
    from rag.llm.ollama_server import PullProgress
    from rag.llm.recommend import Suitability
    from rag.settings import Settings


@click.command()
@json_option
def recommend(as_json: bool) -> None:
    """Say which models of the Ollama server would serve better than the embedded one."""
    from rag.llm.addresses import ollama_addresses
    from rag.llm.ollama_server import Server
    from rag.llm.recommend import recommended

    found: dict[str, list[Suitability]] = {}
    for address in ollama_addresses(_settings().ollama_host):
        with waiting(f"Asking {address}"):
            server = Server(address)
            found[server.address] = recommended(server)
    if as_json:
        print_json(
            {address: [asdict(each) for each in judged] for address, judged in found.items()}
        )
        return
    for address, judged in found.items():
        _print_recommended(address, judged)


def _print_recommended(address: str, judged: list[Suitability]) -> None:
    from rag.llm.recommend import best_of

    echo(address)
    for each in judged:
        sign = "+" if each.suitable else "-"
        size = f"{each.model.parameters:>8} {megabytes(each.model.size_bytes):>10}"
        echo(f"  {sign} {each.model.name:<32} {size}  {each.why}")
    best = best_of(judged)
    if best:
        echo(
            f"Try it: rag models try {OLLAMA}{best.name}\n"
            f"Choose it: RAG_LLM={OLLAMA}{best.name}, or --llm {OLLAMA}{best.name}"
        )
    else:
        echo(
            "None would serve better than the embedded model. A model of 4B or more may: "
            f"rag models pull {OLLAMA}qwen3:4b-instruct"
        )


@click.command()
@click.argument("name")
def pull(name: str) -> None:
    """Have the Ollama server fetch NAME, such as ollama:qwen3:4b-instruct."""
    from rag.llm.addresses import ollama_addresses
    from rag.llm.ollama_server import Server, first_that

    if not name.startswith(OLLAMA) or name == OLLAMA:
        raise SettingsError(
            f"'{name}' is not a model of Ollama: write {OLLAMA}MODEL; 'rag models fetch' fetches "
            "the declared models"
        )
    server, _ = first_that(ollama_addresses(_settings().ollama_host), Server.pulled)
    model = name.removeprefix(OLLAMA)
    _show_progress(model, server.pull(model))
    echo(f"{name}: pulled at {server.address}; choose it with --llm {name} or RAG_LLM")


def _show_progress(model: str, steps: Iterator[PullProgress]) -> None:
    """A bar for each file on a terminal, else each new step as a line."""
    from rag.cli.terminal import DownloadBar

    bars: dict[str, DownloadBar] = {}
    told = ""
    try:
        for step in steps:
            if step.total_bytes:
                bar = bars.setdefault(step.status, DownloadBar(model, step.total_bytes))
                bar(step.done_bytes, step.status)
            if step.status != told:
                echo(f"{model}: {step.status}", err=True)
            told = step.status
    finally:
        for bar in bars.values():
            bar.close()


def _settings() -> Settings:
    from rag.settings import Settings

    return Settings.from_environment()
