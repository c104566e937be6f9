"""How long things take beside what they are made of, pair by pair on one machine.

Each question or command is timed for us and for a baseline, one directly after the other, so that
what else the machine does falls on both. Knows no terminal and no suite.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from index.catalogue import Catalogue
from index.embed import Embedder
from index.index import Index
from rag.errors import EvaluationError
from rag.evaluation.intervals import bootstrap_mean
from rag.evaluation.systems import System
from rag.evaluation.waiting import MODELS, Model, Waiting

BEYOND = "beyond its models"
_LIMIT = 5  # hits, as `rag search` shows
_COMMAND = "from rag.cli.main import main; main()"
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # what the system counts peak memory in

# What encoding one question costs with sentence-transformers itself, from a cold start.
_RAW_ENCODER = (
    "import sys; from sentence_transformers import SentenceTransformer; "
    "SentenceTransformer(sys.argv[1], device='cpu', local_files_only=True).encode([sys.argv[2]])"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and processor seconds; ``cpu_s`` is None of a part of what a process does, and
    ``peak_bytes`` of memory is known where a process of its own was run."""

    wall_s: float
    cpu_s: float | None
    peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One thing that was timed ``n`` times: medians, and ratios to the baseline: ``ratio`` of wall
    time, ``cpu_ratio`` of processor time, which other work on the machine hardly lengthens.

    Ratios are geometric means over the pairs, with 95 % bootstrap intervals; None for what is no
    pair, as the baseline itself. ``tokens`` and ``bytes`` of text or files were worked on each
    time, where that is known.
    """

    name: str
    n: int
    wall_s: float
    cpu_s: float | None
    peak_bytes: int | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    cpu_ratio: float | None = None
    cpu_ratio_low: float | None = None
    cpu_ratio_high: float | None = None
    tokens: int | None = None
    bytes: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Its fields as JSON types."""
        return asdict(self)


def measured(name: str, costs: Sequence[Cost], baseline: Sequence[Cost] = ()) -> Measured:
    """Sum ``costs`` (not empty) up, each beside the one of ``baseline`` at its place, if any."""
    peaks = [each.peak_bytes for each in costs if each.peak_bytes]
    cpu = _processor(costs)
    found = Measured(
        name,
        len(costs),
        statistics.median(each.wall_s for each in costs),
        statistics.median(cpu) if cpu else None,
        max(peaks, default=None),
    )
    if not baseline:
        return found
    ratio, low, high = _ratio([each.wall_s for each in costs], [each.wall_s for each in baseline])
    found = replace(found, ratio=ratio, ratio_low=low, ratio_high=high)
    theirs = _processor(baseline)
    # A clock of the processor may be too coarse for something short.
    if cpu and theirs and min(*cpu, *theirs) > 0:
        ratio, low, high = _ratio(cpu, theirs)
        found = replace(found, cpu_ratio=ratio, cpu_ratio_low=low, cpu_ratio_high=high)
    return found


def _processor(costs: Sequence[Cost]) -> list[float]:
    """Its seconds; empty where they are not known of all."""
    known = [each.cpu_s for each in costs if each.cpu_s is not None]
    return known if len(known) == len(costs) else []


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """The geometric mean of the pairs' ratios, and its interval."""
    logarithms = [math.log(one / other) for one, other in zip(ours, theirs, strict=True)]
    low, high = bootstrap_mean(logarithms, seed=0)
    return math.exp(statistics.fmean(logarithms)), math.exp(low), math.exp(high)


def start(
    settings: Mapping[str, str], model: str, question: str, rounds: int
) -> Iterator[Measured]:
    """From a cold start: the help, a search, a quick answer; beside sentence-transformers that
    encodes the question with the embedder in the folder ``model``.

    ``settings`` are the variables of the collection that is asked. A first round, in which modules
    are compiled that are kept so, does not count. Raises EvaluationError when a command fails.
    """
    commands = {
        "rag --help": (_COMMAND, "--help"),
        "rag search": (_COMMAND, "search", question),
        "rag ask --answer quick": (_COMMAND, "ask", question, "--answer", "quick"),
    }
    encoder = (_RAW_ENCODER, model, question)
    raw: list[Cost] = []
    ours: dict[str, list[Cost]] = {name: [] for name in commands}
    for arguments in (encoder, *commands.values()):
        process_cost(arguments, settings)
    for _ in range(rounds):
        raw.append(process_cost(encoder, settings))
        for name, arguments in commands.items():
            ours[name].append(process_cost(arguments, settings))
    yield measured("sentence-transformers encodes one question", raw)
    yield from (measured(name, costs, raw) for name, costs in ours.items())


def written_start(
    settings: Mapping[str, str], prefixes: Path, question: str, rounds: int
) -> Iterator[Measured]:
    """From a cold start: a written answer, beside the same one by a language model that reads its
    instructions anew, as nothing is kept of them in the folder ``prefixes``.

    As `start` otherwise.
    """
    asking = (_COMMAND, "ask", question, "--answer", "written")
    anew: list[Cost] = []
    kept: list[Cost] = []
    process_cost(asking, settings)
    for _ in range(rounds):
        shutil.rmtree(prefixes, ignore_errors=True)
        anew.append(process_cost(asking, settings))
        kept.append(process_cost(asking, settings))
    yield measured("rag ask --answer written, nothing kept of its instructions", anew)
    yield measured("rag ask --answer written", kept, anew)


def process_cost(
    arguments: Sequence[str], settings: Mapping[str, str], ends: Collection[int] = (0, 3, 4)
) -> Cost:
    """Run Python with ``-c`` and ``arguments`` in a process of its own.

    ``ends`` are the exit codes of what went well; by default 3 and 4 too, which are answers.
    Raises EvaluationError when it ends otherwise.
    """
    command = [sys.executable, "-c", *arguments]
    environment = {**os.environ, **settings}
    # Modules are compiled once on a user's machine, and not each time that they are imported.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in ends:
        told = " ".join(arguments[1:])
        raise EvaluationError(f"'{told}' ended with exit code {code}: run it to see why")
    peak_bytes = usage.ru_maxrss * PEAK_UNIT
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, peak_bytes)


def search(index: Index, embedder: Embedder, questions: Sequence[str]) -> Iterator[Measured]:
    """A search beside what it is made of: the raw encoder and a flat FAISS index of its vectors."""
    nearest = _raw_search(index, embedder)
    index.search(questions[0], limit=_LIMIT)  # what is loaded once is no question's
    raw, ours = [], []
    for question in questions:
        raw.append(_cost(lambda asked=question: nearest(asked)))  # type: ignore[misc]
        ours.append(_cost(lambda asked=question: index.search(asked, limit=_LIMIT)))  # type: ignore[misc]
    yield measured("raw encoder and FAISS", raw)
    yield measured("search", ours, raw)


def _raw_search(index: Index, embedder: Embedder) -> Callable[[str], object]:
    import faiss

    flat = faiss.IndexFlatIP(embedder.dimension)
    catalogue = Catalogue.existing(index.folder)
    try:
        with catalogue.reading():
            for _, vectors in catalogue.vector_blocks():
                flat.add(vectors)
    finally:
        catalogue.close()
    embedder.encode(["warm"])
    return lambda question: flat.search(embedder.encode_questions([question]), _LIMIT)


def answer(
    system: System, baseline: System | None, questions: Sequence[str], waiting: Waiting
) -> Iterator[Measured]:
    """Seconds to the first sentence that a reader sees, and to the end; beside the end of
    ``baseline`` where there is one. What is not spent ``waiting`` for the models is told beside
    whole answers."""
    raw, told = [], []
    for question in questions:
        if baseline is not None:
            raw.append(_cost(lambda asked=question: baseline.run(asked)))  # type: ignore[misc]
        told.append(_told(system, question, waiting))
    if baseline is not None:
        yield measured(f"{baseline.name}: whole answer, beside {system.name}", raw)
    whole = [each.whole for each in told]
    yield measured(f"{system.name}: first sentence", [each.first for each in told], raw)
    yield measured(f"{system.name}: whole answer", whole, raw)
    for model in MODELS:
        yield measured(f"{system.name}: {model}", [each.waited[model] for each in told])
    yield measured(f"{system.name}: {BEYOND}", [each.beyond for each in told], whole)


@dataclass(frozen=True, slots=True)
class _Told:
    """Until the first sentence, or the end where none is shown before; until the end; what of that
    was waited for each model, and for none."""

    first: Cost
    whole: Cost
    waited: Mapping[Model, Cost]
    beyond: Cost


def _told(system: System, question: str, waiting: Waiting) -> _Told:
    began_cpu_s, before = time.process_time(), dict(waiting.seconds)
    trace = system.run(question)
    cpu_s = time.process_time() - began_cpu_s
    first_ms = trace.total_ms if trace.first_sentence_ms is None else trace.first_sentence_ms
    whole_s = trace.total_ms / 1000
    # Whose the processor's time is, nobody tells: a language model writes on meanwhile.
    waited = {model: waiting.seconds[model] - before[model] for model in MODELS}
    return _Told(
        Cost(first_ms / 1000, cpu_s),
        Cost(whole_s, cpu_s),
        {model: Cost(seconds, None) for model, seconds in waited.items()},
        Cost(whole_s - sum(waited.values()), None),
    )


def _cost(run: Callable[[], object]) -> Cost:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    run()
    return Cost(time.perf_counter() - wall_s, time.process_time() - cpu_s)
