"""``rag models recommend``, ``try`` and ``pull``: the models of an Ollama server.

They parse, call and render; importing this loads no model library.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.options import json_option, megabytes, print_json, waiting, wiring_of
from rag.errors import EXIT_ERROR, LLMUnavailableError, SettingsError
from rag.llm.addresses import OLLAMA

if TYPE_CHECKING:
    from rag.evaluation.trial import Tried
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

    click.echo(address)
    for each in judged:
        sign = "+" if each.suitable else "-"
        size = f"{each.model.parameters:>8} {megabytes(each.model.size_bytes):>10}"
        click.echo(f"  {sign} {each.model.name:<32} {size}  {each.why}")
    best = best_of(judged)
    if best:
        click.echo(
            f"Try it: rag models try {OLLAMA}{best.name}\n"
            f"Choose it: RAG_LLM={OLLAMA}{best.name}, or --llm {OLLAMA}{best.name}"
        )
    else:
        click.echo(
            "None would serve better than the embedded model. A model of 4B or more may: "
            f"rag models pull {OLLAMA}qwen3:4b-instruct"
        )


@click.command()
@click.argument("name")
def pull(name: str) -> None:
    """Have the Ollama server fetch NAME, such as ollama:qwen3:4b-instruct."""
    from rag.llm.addresses import ollama_addresses
    from rag.llm.ollama_server import Server

    if not name.startswith(OLLAMA) or name == OLLAMA:
        raise SettingsError(
            f"'{name}' is not a model of Ollama: write {OLLAMA}MODEL; 'rag models fetch' fetches "
            "the declared models"
        )
    server = Server(ollama_addresses(_settings().ollama_host)[0])
    model = name.removeprefix(OLLAMA)
    _show_progress(model, server.pull(model))
    click.echo(f"{name}: pulled at {server.address}; choose it with --llm {name} or RAG_LLM")


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
                click.echo(f"{model}: {step.status}", err=True)
            told = step.status
    finally:
        for bar in bars.values():
            bar.close()


@click.command("try")
@click.argument("name")
@click.option(
    "--suite",
    default="seeds",
    show_default=True,
    type=click.Path(path_type=Path),
    help="A folder of documents with a questions file.",
)
@json_option
def try_model(name: str, suite: Path, as_json: bool) -> None:
    """Ask the language model NAME five questions: form, seconds, right or wrong.

    Exit code 1 when it answers none rightly.
    """
    settings = _settings(llm=name)
    rows, manner = [], ""
    for tried, manner in _trial(settings, suite):  # noqa: B007 # the last one is told below
        rows.append(tried)
        if not as_json:
            click.echo(_told(tried))
    right = sum(each.right for each in rows)
    seconds = sum(each.seconds for each in rows)
    if as_json:
        print_json({"llm": name, "form": manner, "questions": [asdict(each) for each in rows]})
    else:
        click.echo(f"{name}: {right} of {len(rows)} right, {seconds / len(rows):.1f} s a question")
        click.echo(f"Form: {manner}")
    sys.exit(0 if right else EXIT_ERROR)


def _told(tried: Tried) -> str:
    verdict = "right" if tried.right else "wrong"
    lines = [f"{verdict:<6} {tried.seconds:6.1f} s  {tried.question}", f"{'':<16} {tried.said}"]
    if tried.notice:
        lines.append(f"{'':<16} ! {tried.notice}")
    return "\n".join(lines)


def _trial(settings: Settings, suite: Path) -> Iterator[tuple[Tried, str]]:
    """Each question with, so far, the manner in which the model is asked."""
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.trial import trial, tried_questions
    from rag.evaluation.workbench import opened_corpus

    dataset = tried_questions(load_dataset(suite))
    wiring = wiring_of(settings)
    llm = wiring.open_llm()
    if llm is None:
        raise LLMUnavailableError("'none' is no language model: name one to try")
    cache = settings.collections_folder.parent / "eval"  # where 'rag eval' keeps its indexes
    with opened_corpus(dataset, wiring.open_embedder(), cache) as (index, _):
        assistant = wiring.assistant(index, llm)
        with waiting("Loading the models"):
            assistant.warm()
        for tried in trial(dataset, assistant):
            manner = getattr(llm, "manner", None)
            yield tried, str(manner) if manner else "replies held to a JSON schema"


def _settings(llm: str | None = None) -> Settings:
    from rag.settings import Settings

    return Settings.from_environment(llm=llm)
