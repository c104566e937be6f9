"""How an index grows: made of so many chunks by the product's own ingest, then asked and updated.

Each size is ingested in one process and asked in another, so that the memory of one does not hide
in that of the other. Times are wall-clock, with the files in the page cache; what they are compared
with is measured in turns with them. Knows no terminal.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index import vector_file
from index.catalogue import Catalogue
from index.disk import bytes_on_disk
from index.embed import Embedder
from index.index import Index
from index.ingest import Progress
from index.load.base import LoadedDocument
from index.load.loading import from_string
from index.search import DENSE, WORDS
from index.vectors import load_vectors, measured_recall
from rag.errors import EvaluationError
from rag.evaluation.derived import DerivedEmbedder, Spent
from rag.evaluation.intervals import Interval
from rag.evaluation.scale_text import many_documents
from rag.settings import Settings
from rag.wiring import Wiring

if TYPE_CHECKING:
    import faiss

T = TypeVar("T")
Figures = dict[str, Any]
Times = Mapping[str, NDArray[np.float64]]  # for each way one of every question

INGEST_FILE = "ingest.json"  # beside the collection: what making it took
VECTORS_FILE = "real-vectors.npz"
HITS = 10  # of a question, as a page shows them
_UPDATES = 10
_EQUAL = 1e-4  # a question encoded twice in bfloat16 differs by less
_SAMPLE_CHUNKS = 64  # two batches of the embedder
_RESAMPLES = 2000  # of medians: their quantiles are then stable to a few percent of the width
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure: texts and questions of suites, and how many of the vectors are real.

    ``folder`` keeps the collections and the real vectors for another time. After ``minutes`` an
    ingest ends with what it has.
    """

    suites: tuple[Path, ...]
    questions: tuple[str, ...]
    real: int
    folder: Path
    embedder: str
    minutes: float


def measure(asked: Asked, chunks: int) -> Figures:
    """All figures for a collection of so many chunks, which is kept."""
    folder = asked.folder / f"scale-{chunks}"
    kept = folder / INGEST_FILE
    if not kept.exists():
        made = _alone(ingested, asked, chunks, folder)
        kept.write_text(json.dumps(made, indent=2), encoding="utf-8")
    return {**json.loads(kept.read_text(encoding="utf-8")), **_alone(questioned, asked, folder)}


def _alone(work: Callable[..., T], *arguments: object) -> T:
    """What ``work`` returns, from a new process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(work, *arguments).result()


def ingested(asked: Asked, chunks: int, folder: Path) -> Figures:
    """Makes the collection; what that took."""
    real = _open_embedder(asked)
    embedder = DerivedEmbedder(real, asked.real, asked.folder / VECTORS_FILE)
    before = sum(_memory().values())
    started = time.perf_counter()
    spent, made, peak = Spent(), 0, 0

    def enough() -> Iterator[tuple[str, LoadedDocument]]:
        for document in many_documents(asked.suites):
            if made >= chunks or time.perf_counter() - started > 60 * asked.minutes:
                return
            yield document

    def count(progress: Progress) -> None:
        nonlocal made, peak
        made, peak = progress.chunks, _peak_bytes()

    with Index.open(folder, embedder, create=True) as index, spent.counted():
        report = index.add(enough(), on_progress=count)
    embedder.save()
    if report.chunks < chunks and spent.seconds < 60 * asked.minutes:
        raise EvaluationError(f"the suites hold {report.chunks} chunks only: ask for fewer")
    own, encoding = spent.processor_seconds, embedder.spent
    return {
        "chunks": report.chunks,
        "documents": report.added,
        "ingest_seconds": spent.seconds,
        "ingest_chunks_per_second": report.chunks / (spent.seconds - encoding.seconds),
        "ingest_chunks_per_processor_second": report.chunks / (own - encoding.processor_seconds),
        "before_ingest_mb": before / _MEGABYTE,
        "taking_in_peak_mb": peak / _MEGABYTE,
        "ingest_peak_mb": _peak_bytes() / _MEGABYTE,
    }


def questioned(asked: Asked, folder: Path) -> Figures:
    """What opening, asking and updating the collection takes, and how well it finds."""
    embedder = _open_embedder(asked)
    before = _memory()
    started = time.perf_counter()
    with Index.open(folder, embedder) as index:
        index.search(asked.questions[0], limit=HITS)
        opened = time.perf_counter() - started
        for question in asked.questions:
            index.search(question, limit=HITS)
        memory = {name: (after - before[name]) / _MEGABYTE for name, after in _memory().items()}
        figures = {"open_seconds": opened, "memory_mb": memory, "disk_bytes": _disk_bytes(folder)}
        figures |= _compared(index, embedder, folder, asked.questions)
        figures["embedded_chunks_per_second"] = _embedding_speed(index, embedder)
    figures["updates_seconds"] = _updated(asked, folder, embedder)
    return figures | {"load_average": os.getloadavg()[0]}


def _compared(index: Index, embedder: Embedder, folder: Path, questions: Sequence[str]) -> Figures:
    """The product's search beside encoding and raw FAISS; the questions go round by turns."""
    with closing(Catalogue(folder)) as catalogue, catalogue.reading():
        flat = _raw_flat(catalogue, embedder.dimension)
        vectors = load_vectors(folder, catalogue, embedder.dimension)
        sampled_recall = measured_recall(catalogue, vectors)
    inverted = None if vectors.is_exact else _raw_file(folder)
    exact: dict[str, float] = {}  # the score of the last hit

    def search(question: str) -> None:
        index.search(question, limit=HITS)

    def search_flat(question: str) -> None:
        exact[question] = float(flat.search(embedder.encode_questions([question]), HITS)[0][0][-1])

    def search_inverted(question: str) -> None:
        if inverted is not None:
            inverted.search(embedder.encode_questions([question]), HITS)

    ways = {"search": search, "raw_flat": search_flat}
    if inverted is not None:
        ways["raw_inverted"] = search_inverted
    times, processor_times = _by_turns(ways, questions)
    found = [
        [score for _, score in index.rankings(question, HITS)[DENSE][:HITS]]
        for question in questions
    ]
    return {
        "times_ms": {name: _percentiles(values) for name, values in times.items()},
        "processor_ms": {name: _percentiles(values) for name, values in processor_times.items()},
        "ratio_to": _ratios(times),
        "processor_ratio_to": _ratios(processor_times),
        "recall_at_10": recall_by_scores(found, [exact[question] for question in questions]),
        "sampled_recall_at_10": sampled_recall,
        "probes": int(inverted.nprobe) if inverted is not None else None,
        "lists": int(inverted.nlist) if inverted is not None else None,
    }


def recall_by_scores(found: Sequence[Sequence[float]], worst: Sequence[float]) -> float:
    """The share of hits that are as near as the last of the exact ones: copies are equally near."""
    near = [
        score >= last - _EQUAL
        for scores, last in zip(found, worst, strict=True)
        for score in scores
    ]
    return float(np.mean(near))


def _by_turns(
    ways: Mapping[str, Callable[[str], None]], questions: Sequence[str]
) -> tuple[Times, Times]:
    """The milliseconds of each way for each question, and those of the processor, in all threads,
    which other work on the machine does not lengthen; another way begins each time."""
    names = list(ways)
    spent: dict[str, list[Spent]] = {name: [] for name in names}
    for turn, question in enumerate(questions):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            spent[name].append(Spent())
            with spent[name][-1].counted():
                ways[name](question)
    return (
        {name: np.array([1000 * each.seconds for each in of]) for name, of in spent.items()},
        {
            name: np.array([1000 * each.processor_seconds for each in of])
            for name, of in spent.items()
        },
    )


def _ratios(times: Times) -> dict[str, Figures]:
    """How many times as long a search takes as each other way."""
    return {
        name: ratio_of_medians(times["search"], values)
        for name, values in times.items()
        if name != "search"
    }


def ratio_of_medians(one: NDArray[np.float64], other: NDArray[np.float64]) -> Figures:
    """The median of ``one`` in medians of ``other``, paired, with its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).integers(len(one), size=(_RESAMPLES, len(one)))
    ratios = np.median(one[draws], axis=1) / np.median(other[draws], axis=1)
    interval = Interval(*np.quantile(ratios, [0.025, 0.975]).tolist())
    return {
        "p50": float(np.median(one) / np.median(other)),
        "low": interval.low,
        "high": interval.high,
    }


def _percentiles(times: NDArray[np.float64]) -> Figures:
    return {"p50": float(np.median(times)), "p95": float(np.quantile(times, 0.95))}


def _updated(asked: Asked, folder: Path, embedder: Embedder) -> list[float]:
    """Seconds until a changed document is found, for documents from all over the collection.

    Its chunks get derived vectors, so that the time is the index's and not the embedder's.
    """
    derived = DerivedEmbedder(embedder, 0, asked.folder / VECTORS_FILE)
    seconds = []
    with Index.open(folder, derived) as index:
        index.search(asked.questions[0])
        ids = list(index.document_ids_by_key().values())
        for number in range(_UPDATES):
            document = index.document(ids[number * len(ids) // _UPDATES])
            said = f"Code{time.time_ns()} is key{time.time_ns()}."  # words that are nowhere else
            started = time.perf_counter()
            changed = from_string(document.title, f"{document.text} {said}")
            index.add([(document.key, changed)])
            (found, _), *_ = index.rankings(said, HITS)[WORDS]  # its derived vector means nothing
            seconds.append(time.perf_counter() - started)
            if said not in index.chunks([found])[found].text:
                raise EvaluationError(f"the update of {document.key} was not found")
    return sorted(seconds)


def _embedding_speed(index: Index, embedder: Embedder) -> float:
    chunks = index.chunks(range(1, _SAMPLE_CHUNKS + 1))
    started = time.perf_counter()
    embedder.encode([chunk.text for chunk in chunks.values()])
    return len(chunks) / (time.perf_counter() - started)


def _open_embedder(asked: Asked) -> Embedder:
    embedder = Wiring(Settings.from_environment(embedder=asked.embedder)).open_embedder()
    embedder.encode(["warm"])
    return embedder


def _raw_flat(catalogue: Catalogue, dimension: int) -> faiss.IndexFlatIP:
    """All vectors in a flat index of FAISS and nothing else."""
    import faiss

    flat = faiss.IndexFlatIP(dimension)
    for _, vectors in catalogue.vector_blocks():
        flat.add(vectors)
    return flat


def _raw_file(folder: Path) -> faiss.IndexIVF:
    """The inverted index of the collection by itself, in memory."""
    import faiss

    index = faiss.read_index(str(vector_file.files(folder)[0]))
    if not isinstance(index, faiss.IndexIVF):
        raise EvaluationError(f"{folder} holds no inverted index: make the collection again")
    return index


def _disk_bytes(folder: Path) -> dict[str, int]:
    """The size of the catalogue, its log included, and of the file of vectors."""
    vectors = sum(path.stat().st_size for path in vector_file.files(folder))
    return {"catalogue": bytes_on_disk(folder) - vectors, "vectors": vectors}


def _peak_bytes() -> int:
    """The most memory that this process has had; the unit depends on the system."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _memory() -> dict[str, int]:
    """Bytes of this process's own memory, and of files mapped into it; the peak where not known."""
    status = Path("/proc/self/status")
    if not status.exists():
        return {"peak": _peak_bytes()}
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return {
        name: int(lines[field].split()[0]) * 1024
        for name, field in (("own", "RssAnon"), ("mapped", "RssFile"))
    }
