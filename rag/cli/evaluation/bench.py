"""``rag bench``: parses, calls and prints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from rag.cli.echo import echo
from rag.cli.evaluation.options import (
    ModelChoice,
    SuiteChoice,
    model_options,
    part_option,
    suite_options,
)
from rag.cli.options import (
    answer_option,
    collection_options,
    json_option,
    llm_option,
    opened_index,
    print_json,
)
from rag.errors import EvaluationError

if TYPE_CHECKING:
    from index.index import Index
    from rag.evaluation.bench import Measured
    from rag.evaluation.waiting import Waiting
    from rag.gate.decide import Gate
    from rag.llm import LLM
    from rag.wiring import Wiring

Opened: TypeAlias = "tuple[Index, LLM | None, Gate]"

_MODES = ("quick", "cascade", "footnote")
_questions = click.argument("questions", nargs=-1, required=True)


@click.group()
def bench() -> None:
    """Time starting, searching, answering and serving on this machine, each beside its baseline."""


@bench.command()
@click.argument("question")
@click.option(
    "--rounds", default=5, show_default=True, type=click.IntRange(1), help="How often each is run."
)
@click.option(
    "--written", is_flag=True, help="Time written answers, with and without kept instructions."
)
@json_option
@collection_options
def start(question: str, rounds: int, written: bool, wiring: Wiring, as_json: bool) -> None:
    """Time 'rag --help', 'rag search' and a quick answer to QUESTION from a cold start.

    The baseline encodes QUESTION with sentence-transformers, and does nothing else.
    """
    from rag.evaluation import bench as benchmark
    from rag.llm.addresses import OLLAMA
    from rag.settings import DEFAULT_EMBEDDER

    wiring.require_collection()
    made_with = wiring.collections.embedder_name(wiring.settings.collection)
    name = wiring.settings.embedder or made_with or DEFAULT_EMBEDDER
    if name.startswith(OLLAMA):
        raise EvaluationError(f"{name} is not run here: choose a collection with another embedder")
    settings = wiring.settings.as_environment() | {"RAG_SERVER": "0"}
    if written:
        prefixes = wiring.store().prefixes
        _print(benchmark.written_start(settings, prefixes, question, rounds), as_json)
        return
    model = str(wiring.store().path(name))
    _print(benchmark.start(settings, model, question, rounds), as_json)


_paths = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)


@bench.command()
@_paths
@json_option
@collection_options
def embed(paths: tuple[Path, ...], wiring: Wiring, as_json: bool) -> None:
    """Time the encoding of what the files in PATHS hold, as it is indexed.

    Beside the raw encoder and sentence-transformers with its defaults, each in a process of its
    own.
    """
    from rag.evaluation import bench_ingest as benchmark

    embedder = wiring.open_embedder()
    texts = benchmark.chunk_texts(paths, embedder)
    tokens = [len(embedder.token_starts(text)) for text in texts]
    _print(benchmark.embed(benchmark.EMBEDDERS, embedder.name, texts, tokens), as_json)


@bench.command()
@_paths
@click.option(
    "--rounds", default=3, show_default=True, type=click.IntRange(1), help="How often each is run."
)
@json_option
@collection_options
def ingest(paths: tuple[Path, ...], rounds: int, wiring: Wiring, as_json: bool) -> None:
    """Time indexing the files in PATHS, from reading to the last commit.

    Beside the raw encoder and sentence-transformers with its defaults, which encode what is
    embedded of them and do nothing else.
    """
    from rag.evaluation import bench_ingest as benchmark

    embedder = wiring.open_embedder()
    texts = benchmark.chunk_texts(paths, embedder)
    tokens = [len(embedder.token_starts(text)) for text in texts]
    rows = benchmark.ingest(benchmark.BARE, embedder.name, paths, texts, tokens, rounds)
    _print(rows, as_json)


@bench.command()
@_questions
@json_option
@collection_options
def search(questions: tuple[str, ...], wiring: Wiring, as_json: bool) -> None:
    """Time a search for each of QUESTIONS beside the raw encoder and a flat FAISS index."""
    from rag.evaluation import bench as benchmark

    with opened_index(wiring) as index:
        _print(benchmark.search(index, wiring.open_embedder(), questions), as_json)


@bench.command()
@_questions
@llm_option
@json_option
@collection_options
def answer(questions: tuple[str, ...], wiring: Wiring, as_json: bool) -> None:
    """Time the first proved sentence and the whole answer to QUESTIONS, in each mode.

    The baseline puts the five nearest chunks into the prompt of the same language model. Without
    one, quick answers alone are timed.
    """
    from rag.evaluation.waiting import WaitedEmbedder

    @contextmanager
    def opened(waiting: Waiting) -> Iterator[Opened]:
        with opened_index(wiring, through=lambda each: WaitedEmbedder(each, waiting)) as index:
            yield index, wiring.open_llm(), wiring.gate()

    _print(_answers(opened, questions), as_json)


@bench.command()
@suite_options(part_option)
@model_options
@json_option
def suite(chosen: SuiteChoice, models: ModelChoice, as_json: bool) -> None:
    """Time answers as 'rag bench answer' does, to the questions of SUITE that need no history."""
    from rag.evaluation.waiting import WaitedEmbedder

    dataset = chosen.sampled()
    questions = [each.question for each in dataset.questions if not each.history]
    if not questions:
        raise EvaluationError(f"{chosen.suite} asks nothing by itself: choose another suite")

    @contextmanager
    def opened(waiting: Waiting) -> Iterator[Opened]:
        tools = models.open(warm=False)
        watched = replace(tools, embedder=WaitedEmbedder(tools.embedder, waiting))
        with watched.opened(dataset) as (index, _):
            yield index, tools.llm, tools.gate()

    _print(_answers(opened, questions), as_json)


def _answers(
    opened: Callable[[Waiting], AbstractContextManager[Opened]], questions: Sequence[str]
) -> Iterator[Measured]:
    """Each mode with models of its own: none finds a prompt read, or a text, that another read."""
    from rag.evaluation import bench as benchmark
    from rag.evaluation.waiting import WaitedLLM, WaitedReader, Waiting
    from rag.evaluation.workbench import make_system, warm_up
    from rag.facts import forget_facts
    from rag.reader.reader import Reader

    for name in _MODES:
        waiting = Waiting()
        with opened(waiting) as (index, llm, gate):
            if llm is None and name != "quick":
                return
            watched = WaitedLLM(llm, waiting) if llm else None
            reader = WaitedReader(Reader(), waiting)
            system = make_system(name, index, watched, replace(gate, reader=reader))
            baseline = make_system("naive", index, watched) if watched else None
            reader.load()
            warm_up(index, llm)
            forget_facts()
            yield from benchmark.answer(system, baseline, questions, waiting)


@bench.command()
@_questions
@click.option(
    "--clients",
    multiple=True,
    type=click.IntRange(2, 256),
    default=(4, 16, 64),
    show_default=True,
    help="How many ask at the same time; may be given again.",
)
@click.option(
    "--rounds", default=5, show_default=True, type=click.IntRange(1), help="How often each is run."
)
@llm_option
@answer_option
@json_option
@collection_options
def serve(
    questions: tuple[str, ...],
    clients: tuple[int, ...],
    rounds: int,
    wiring: Wiring,
    as_json: bool,
) -> None:
    """Time the answers of a server to QUESTIONS, asked one by one and by many at the same time.

    Servers of its own are started for it; the baseline is one client that asks the same.
    """
    from rag.evaluation.bench_serve import serve

    wiring.require_collection()
    found = list(serve(wiring.settings.as_environment(), questions, clients, rounds))
    if as_json:
        print_json([each.as_dict() for each in found])
        return
    for each in found:
        row = each.measured
        ratio = _ratio("", row.ratio, row.ratio_low, row.ratio_high)
        told = f"p95 {each.p95_s:.3f} s, {each.lost} lost"
        echo(f"{row.name:<24} {row.wall_s:8.3f} s an answer  {told}{ratio}")


@bench.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
def table(file: Path) -> None:
    """Print what another of these commands wrote with --json into FILE as a table in Markdown."""
    from rag.evaluation.bench_table import markdown

    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EvaluationError(f"{file} is no JSON ({error}): write it with --json") from error
    echo(markdown(rows), nl=False)


def _print(rows: Iterable[Measured], as_json: bool) -> None:
    found = list(rows)
    if as_json:
        print_json([each.as_dict() for each in found])
        return
    for each in found:
        ratio = _ratio("", each.ratio, each.ratio_low, each.ratio_high)
        ratio += _ratio(" of processor", each.cpu_ratio, each.cpu_ratio_low, each.cpu_ratio_high)
        peak = f"  {each.peak_bytes / 1e6:,.0f} MB" if each.peak_bytes else ""
        tokens = f"  {each.tokens:,} tokens" if each.tokens else ""
        times = f"{each.wall_s:8.3f} s"
        if each.cpu_s is not None:
            times += f"  {each.cpu_s:8.3f} s of processor"
        echo(f"{each.name:<44} {times}{tokens}{peak}{ratio}")


def _ratio(of: str, ratio: float | None, low: float | None, high: float | None) -> str:
    return f"  × {ratio:.2f}{of} ({low:.2f}–{high:.2f})" if ratio is not None else ""
