"""``rag eval``: parses, calls and prints. Knows no measure.

Importing this loads no model library and no measure, so that ``rag --help`` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rag.cli.evaluation_decisions import decisions
from rag.cli.evaluation_evidence import evidence
from rag.cli.evaluation_load import load
from rag.cli.evaluation_scale import scale
from rag.cli.evaluation_sweep import sweep_retrieval
from rag.errors import EXIT_ANSWERED, EXIT_ERROR, EvaluationError

if TYPE_CHECKING:
    from index.embed import Embedder
    from rag.cli.evaluation_terminal import Advance
    from rag.evaluation.dataset import Dataset
    from rag.evaluation.split import Part
    from rag.gate.calibration import Calibrations
    from rag.llm import LLM

Command = TypeVar("Command", bound=Callable[..., Any])
FolderPath = click.Path(path_type=Path, file_okay=False)
FilePath = click.Path(path_type=Path, dir_okay=False)

DEFAULT_RUNS = Path("runs")
DEFAULT_EXPECTATIONS = Path("docs/results/expected.json")
DEFAULT_COUNT = 30  # the intervals of fewer questions say nothing, more are not read through

# Written out, not imported: the module that opens them imports the models' libraries.
SYSTEM_NAMES = (
    "footnote",
    "extractive",
    "naive",
    "retrieval",
    "retrieval-dense",
    "retrieval-words",
)
PARTS = ("train", "calibration", "test")
ANSWERING_SYSTEMS = ("footnote", "naive")


@dataclass(frozen=True, slots=True)
class Tools:
    """What the commands run on. ``cache`` is the folder for the suites' indexes."""

    embedder: Embedder
    llm: LLM | None
    cache: Path
    settings: dict[str, str]
    calibrations: Calibrations | None = None


def open_tools(
    llm: str | None, embedder: str | None, *, with_llm: bool = True, warm: bool = True
) -> Tools:
    """Return the models that the settings name; without a language model if so asked.

    With ``warm``, they are loaded now and not with the first question.
    """
    from rag.evaluation.workbench import warm_up
    from rag.settings import DEFAULT_EMBEDDER, Settings

    settings = Settings.from_environment(llm=llm, embedder=embedder)
    chosen = settings.embedder or DEFAULT_EMBEDDER  # the user's collection has no say here
    opened = replace(settings, embedder=chosen).open_embedder()
    model = settings.open_llm() if with_llm else None
    if warm:
        warm_up(opened, model)
    cache = settings.collections_folder.parent / "eval"
    told = {"llm": settings.llm, "embedder": chosen}
    if settings.calibration:
        told["calibration"] = settings.calibration.name
    return Tools(opened, model, cache, told, settings.calibrations())


def _suite_options(command: Command) -> Command:
    """The suite, and which of its questions; they arrive as ``suite``, ``questions``, ``seed``."""
    for decorate in (
        click.option("--seed", default=0, show_default=True, help="For every random draw."),
        click.option("--limit", type=click.IntRange(1), help="Ask at most so many questions."),
        click.option(
            "--questions", type=FilePath, help="The questions file, if there are several."
        ),
        click.argument("suite", type=FolderPath),
    ):
        command = decorate(command)
    return command


def _model_options(command: Command) -> Command:
    for decorate in (
        click.option("--embedder", metavar="NAME", help="The embedder [RAG_EMBEDDER]."),
        click.option("--llm", metavar="NAME", help="The language model, as in rag ask [RAG_LLM]."),
    ):
        command = decorate(command)
    return command


_resume_option = click.option("--resume", is_flag=True, help="Continue a run that was stopped.")
_out_option = click.option(
    "--out",
    type=FolderPath,
    default=DEFAULT_RUNS,
    show_default=True,
    help="Where each run gets its folder.",
)
_part_option = click.option(
    "--part",
    type=click.Choice(PARTS),
    help="Only questions on this part of the documents: the reader knows those of 'train'.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("eval")
def evaluation() -> None:
    """Measure how far the answers can be trusted, on public suites or your own documents."""


evaluation.add_command(load)


@evaluation.command("run")
@_suite_options
@click.option("--also", type=FolderPath, multiple=True, help="Add this suite's documents as well.")
@_part_option
@click.option(
    "--system",
    "systems",
    type=click.Choice(SYSTEM_NAMES),
    multiple=True,
    default=("footnote",),
    show_default=True,
    help="What to ask; give it again to compare.",
)
@click.option(
    "--replies",
    type=FilePath,
    help="Keep the language model's replies in this file, and use those that are there.",
)
@_model_options
@_resume_option
@_out_option
@_json_option
def run_command(
    suite: Path,
    questions: Path | None,
    limit: int | None,
    seed: int,
    also: tuple[Path, ...],
    part: Part | None,
    systems: tuple[str, ...],
    replies: Path | None,
    llm: str | None,
    embedder: str | None,
    resume: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Ask the questions of SUITE: a folder with corpus.jsonl, or with documents of your own.

    Each system gets a folder OUT/SUITE-SYSTEM with a row per question and a summary; OUT/SUITE.html
    is the report. Stopped with Ctrl-C, it continues with --resume.
    """
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.report import read_run, render
    from rag.evaluation.run_folder import RunFolder
    from rag.evaluation.split import only

    dataset = load_dataset(suite, questions, also)
    if part is not None:
        dataset = only(part, dataset)
    tools = open_tools(llm, embedder, with_llm=bool(set(systems) & set(ANSWERING_SYSTEMS)))
    if replies is not None and tools.llm is not None:
        from rag.evaluation.replies import KeptReplies

        tools = replace(tools, llm=KeptReplies(tools.llm, replies))
    summaries = _run_systems(dataset, systems, tools, part, limit, seed, resume, out)
    page = out / f"{dataset.name}.html"
    folders = [RunFolder(_run_path(out, dataset, name)) for name in systems]
    page.write_text(render([read_run(folder) for folder in folders]), encoding="utf-8")
    if as_json:
        _print_json(summaries)
        return
    from rag.cli.evaluation_terminal import print_summaries

    print_summaries(summaries)
    click.echo(f"Report: {page}", err=True)


def _run_systems(
    dataset: Dataset,
    systems: Sequence[str],
    tools: Tools,
    part: Part | None,
    limit: int | None,
    seed: int,
    resume: bool,
    out: Path,
) -> list[dict[str, Any]]:
    from rag.cli.evaluation_terminal import question_bar
    from rag.cli.terminal import ingest_bar
    from rag.evaluation.replies import KeptReplies
    from rag.evaluation.run import RunOptions, run
    from rag.evaluation.workbench import make_system, opened_corpus

    summaries = []
    with ExitStack() as stack:
        with ingest_bar() as indexing:
            index, corpus = stack.enter_context(
                opened_corpus(dataset, tools.embedder, tools.cache, indexing)
            )
        for name in systems:
            options = RunOptions(
                timed=not isinstance(tools.llm, KeptReplies),
                part=part,
                limit=limit,
                seed=seed,
                llm=tools.llm.name if tools.llm and name in ANSWERING_SYSTEMS else "",
                embedder=tools.embedder.name,
                settings=tools.settings,
            )
            with question_bar(f"{dataset.name} · {name}") as advance:
                summaries.append(
                    run(
                        dataset,
                        make_system(name, index, tools.llm, tools.calibrations),
                        corpus,
                        _run_path(out, dataset, name),
                        options,
                        resume=resume,
                        on_progress=partial(_show, advance),
                    )
                )
    return summaries


def _show(advance: Advance, done: int, total: int, row: dict[str, Any] | None) -> None:
    advance(done, total, str(row.get("status", "")) if row else "")


@evaluation.command()
@click.argument("a", type=FolderPath)
@click.argument("b", type=FolderPath)
@_json_option
def compare(a: Path, b: Path, as_json: bool) -> None:
    """Say in which measures run B differs from run A, question by question.

    Exit code 1 when B is worse in any measure, else 0.
    """
    from rag.evaluation.compare import compare_runs
    from rag.evaluation.run_folder import RunFolder

    comparisons = compare_runs(RunFolder(a), RunFolder(b))
    if as_json:
        _print_json([asdict(each) for each in comparisons])
    else:
        from rag.cli.evaluation_terminal import print_comparison

        print_comparison(a.name, b.name, comparisons)
    sys.exit(_exit_code(all(each.verdict != "worse" for each in comparisons)))


@evaluation.command()
@click.option(
    "--expected", type=FilePath, default=DEFAULT_EXPECTATIONS, show_default=True, help="Scores."
)
@_out_option
@_json_option
def gate(expected: Path, out: Path, as_json: bool) -> None:
    """Hold the runs in OUT against committed scores.

    Exit code 1 on a regression or a missing run.
    """
    from rag.evaluation.gate import check, passes, read_expectations, read_summaries

    checked = check(read_expectations(expected), read_summaries(out))
    if as_json:
        _print_json([asdict(each) for each in checked])
    else:
        from rag.cli.evaluation_terminal import print_gate

        print_gate(checked)
    sys.exit(_exit_code(passes(checked)))


@evaluation.command("gate-errors")
@_suite_options
@_part_option
@_json_option
def gate_errors(
    suite: Path,
    questions: Path | None,
    part: Part | None,
    limit: int | None,
    seed: int,
    as_json: bool,
) -> None:
    """Measure what the check of each sentence lets through wrongly and strips wrongly.

    SUITE names support sentences or spans, which are changed by rule, or claims with labels.
    Each is put to the gate as a sentence behind others and, with its question, as the answer.
    """
    from rag.evaluation.dataset import load_dataset, sample
    from rag.evaluation.gate_errors import (
        as_a_later_sentence,
        as_the_answer,
        measure_gate,
        trials_of,
    )
    from rag.evaluation.split import only
    from rag.gate.decide import Gate

    dataset = load_dataset(suite, questions)
    if part is not None:
        dataset = only(part, dataset)
    asked = replace(dataset, questions=sample(dataset.questions, limit, seed))
    trials = trials_of(asked, seed)
    gate = Gate()
    ways = {"as a later sentence": as_a_later_sentence(gate)}
    if all(trial.question for trial in trials):
        ways["as the answer"] = as_the_answer(gate)
    found = {name: measure_gate(trials, passes) for name, passes in ways.items()}
    if as_json:
        _print_json({name: errors.as_dict() for name, errors in found.items()})
        return
    from rag.cli.evaluation_terminal import print_shares

    for name, errors in found.items():
        shares = errors.as_dict()
        blocks = {each: shares[each] for each in ("false_pass", "false_strip")}
        print_shares(f"{dataset.name}, {errors.trials} claims: {name}", blocks)
        if errors.balanced_accuracy is not None:
            click.echo(f"balanced accuracy {errors.balanced_accuracy:.3f}")


@evaluation.command()
@click.option("--written", type=FolderPath, multiple=True, help="A run of 'footnote'.")
@click.option("--quoted", type=FolderPath, multiple=True, help="A run of 'extractive'.")
@click.option(
    "--bound",
    default=0.3,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The share of wrong answers among those written that you accept.",
)
@click.option(
    "--quoted-bound",
    default=0.38,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The same for quoted sentences, which show themselves how far they answer.",
)
@click.option("-o", "--output", type=FilePath, required=True, help="The calibration to write.")
def calibrate(
    written: tuple[Path, ...],
    quoted: tuple[Path, ...],
    bound: float,
    quoted_bound: float,
    output: Path,
) -> None:
    """Fit when to abstain, on runs whose questions have known answers.

    Make the runs with 'rag eval run SUITE --part calibration --system footnote --system extractive'
    and use the calibration with RAG_CALIBRATION.
    """
    from rag.evaluation.calibrate import calibrate_runs
    from rag.evaluation.run_folder import RunFolder
    from rag.gate.calibration import Calibrations

    fitted = {
        name: calibrate_runs([RunFolder(path) for path in runs], accepted)
        for name, runs, accepted in (("written", written, bound), ("quoted", quoted, quoted_bound))
    }
    Calibrations(**fitted).write(output)
    for name, each in fitted.items():
        click.echo(f"{name}: {each.summary()}")


@evaluation.command()
@_suite_options
@click.option(
    "--system", type=click.Choice(ANSWERING_SYSTEMS), default="footnote", help="What to ask."
)
@click.option("--true-documents", type=FolderPath, help="The suite that holds the truth.")
@click.option("--group", default="", help="Only groups of cases whose name contains this.")
@_model_options
@_resume_option
@_out_option
@_json_option
def robustness(
    suite: Path,
    questions: Path | None,
    limit: int | None,
    seed: int,
    system: str,
    true_documents: Path | None,
    group: str,
    llm: str | None,
    embedder: str | None,
    resume: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Ask over documents made to mislead: noise, false, poisoned and instructing ones.

    --limit counts the cases of each group.
    """
    from rag.cli.evaluation_terminal import print_shares, question_bar
    from rag.evaluation.dataset import load_dataset
    from rag.evaluation.misleading import cases_of, chosen
    from rag.evaluation.robustness import run_cases
    from rag.evaluation.run_folder import RunFolder
    from rag.evaluation.workbench import system_opener

    dataset = load_dataset(suite, questions)
    truth = load_dataset(true_documents) if true_documents else None
    cases = chosen(cases_of(suite, dataset, truth, seed), limit, seed, group)
    if not cases:
        raise EvaluationError(f"no group of cases has {group!r} in its name: leave out --group")
    tools = open_tools(llm, embedder)
    identity = {
        "suite": dataset.name,
        "system": system,
        "dataset_sha256": dataset.sha256(),
        "limit": limit,
        "seed": seed,
        "group": group,
        "settings": tools.settings,
        "llm": tools.llm.name if tools.llm else "",
    }
    folder = RunFolder(out / f"{dataset.name}-{system}-robustness")
    opener = system_opener(system, tools.embedder, tools.llm)
    with question_bar(f"{dataset.name} · {system}") as advance:
        summary = run_cases(
            cases,
            opener,
            folder,
            identity,
            resume=resume,
            on_progress=lambda done, total: advance(done, total, ""),
        )
    if as_json:
        _print_json(summary)
        return
    shares = {
        name: {key: value for key, value in figures.items() if isinstance(value, dict)}
        for name, figures in summary["groups"].items()
    }
    print_shares(f"{dataset.name} · {system}", shares)


@evaluation.command()
@click.argument("documents", type=FolderPath)
@click.option("-o", "--output", type=FilePath, required=True, help="The questions file to write.")
@click.option(
    "--count",
    default=DEFAULT_COUNT,
    show_default=True,
    type=click.IntRange(1),
    help="How many questions to draft.",
)
@click.option("--seed", default=0, show_default=True, help="Chooses the sentences.")
@_model_options
def generate(
    documents: Path, output: Path, count: int, seed: int, llm: str | None, embedder: str | None
) -> None:
    """Draft questions with gold spans from the folder DOCUMENTS, a third of them unanswerable.

    Read them through and edit them: what this assistant got wrong is not among them.
    """
    from rag.cli.evaluation_terminal import question_bar
    from rag.evaluation.dataset import Dataset, read_own_documents
    from rag.evaluation.generate import generate as drafted
    from rag.evaluation.workbench import make_system, opened_corpus

    if output.exists():
        raise EvaluationError(f"{output} exists: name another file with -o, or remove it")
    found = {document.id: document for document in read_own_documents(documents)}
    dataset = Dataset(documents.resolve().name, found, ())
    tools = open_tools(llm, embedder)
    if tools.llm is None:
        raise EvaluationError("drafting needs a language model: choose one with --llm")
    kept = 0
    with (
        opened_corpus(dataset, tools.embedder, tools.cache) as (index, corpus),
        output.open("w", encoding="utf-8") as file,
        question_bar("Drafting") as advance,
    ):
        system = make_system("footnote", index, tools.llm)
        for kept, row in enumerate(drafted(dataset, corpus, tools.llm, system, count, seed), 1):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            advance(kept, count, row["question"])
    click.echo(
        f"{kept} of {count} questions kept in {output}. Edit them, then: "
        f"rag eval run {documents} --questions {output}"
    )


@evaluation.command()
@click.argument("runs", nargs=-1, required=True, type=FolderPath)
@click.option(
    "-o",
    "--output",
    type=FilePath,
    default=Path("report.html"),
    show_default=True,
    help="The page to write.",
)
def report(runs: tuple[Path, ...], output: Path) -> None:
    """Write one HTML page on the RUNS, side by side, that needs no network."""
    from rag.evaluation.report import read_run, render
    from rag.evaluation.run_folder import RunFolder

    output.write_text(render([read_run(RunFolder(path)) for path in runs]), encoding="utf-8")
    click.echo(f"Report: {output}")


@evaluation.command()
@click.argument("runs", nargs=-1, required=True, type=FolderPath)
@click.option("--brief", is_flag=True, help="The columns of a first look only.")
def table(runs: tuple[Path, ...], brief: bool) -> None:
    """Print a Markdown table of the RUNS; their summaries are enough."""
    from rag.evaluation.run_folder import SUMMARY_FILE, read_json
    from rag.evaluation.table import markdown

    summaries = [read_json(path / SUMMARY_FILE) for path in runs]
    click.echo(markdown(summaries, brief=brief), nl=False)


for command in (decisions, evidence, scale, sweep_retrieval):
    evaluation.add_command(command)


def _run_path(out: Path, dataset: Dataset, system: str) -> Path:
    return out / f"{dataset.name}-{system}"


def _exit_code(good: bool) -> int:
    return EXIT_ANSWERED if good else EXIT_ERROR


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
