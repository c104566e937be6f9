"""The table of a measurement at scale, in Markdown. Reads figures and computes only shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.evaluation.markdown import markdown_table

Figures = Mapping[str, Any]


def markdown(sizes: Sequence[Figures]) -> str:
    """One column per size, one line per figure."""
    header = ["", *(f"{each['chunks']:,} chunks" for each in sizes)]
    lines = ([name, *(read(each) for each in sizes)] for name, read in _LINES.items())
    return markdown_table(header, lines)


def _per_chunk(name: str) -> Callable[[Figures], str]:
    return lambda each: f"{each['disk_bytes'][name] / each['chunks']:,.0f}"


def _memory(name: str) -> Callable[[Figures], str]:
    def read(each: Figures) -> str:
        megabytes = each["memory_mb"].get(name)
        if megabytes is None:
            return "–"
        return f"{megabytes:,.0f} MB ({1e6 * megabytes / each['chunks']:,.0f} B)"

    return read


def _time(name: str, clock: str = "times_ms") -> Callable[[Figures], str]:
    def read(each: Figures) -> str:
        times = each[clock].get(name)
        return f"{times['p50']:.1f} / {times['p95']:.1f}" if times else "–"

    return read


def _ratio(name: str, ratios: str = "ratio_to") -> Callable[[Figures], str]:
    def read(each: Figures) -> str:
        ratio = each[ratios].get(name)
        return f"{ratio['p50']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})" if ratio else "–"

    return read


def _peak(name: str) -> Callable[[Figures], str]:
    return lambda each: f"{each[name] - each['before_ingest_mb']:,.0f} MB"


def _ingest_speed(each: Figures) -> str:
    clock, processor = (
        each[f"ingest_chunks_per_{second}"] for second in ("second", "processor_second")
    )
    return f"{clock:,.0f} ({processor:,.0f})"


def _lists(each: Figures) -> str:
    return f"{each['probes']} of {each['lists']}" if each["lists"] else "flat"


_LINES: Mapping[str, Callable[[Figures], str]] = {
    "documents": lambda each: f"{each['documents']:,}",
    "catalogue on disk, bytes per chunk": _per_chunk("catalogue"),
    "vectors on disk, bytes per chunk": _per_chunk("vectors"),
    "own memory while asked (per chunk)": _memory("own"),
    "files mapped while asked (per chunk)": _memory("mapped"),
    "peak memory while documents are taken in, beyond the loaded embedder": _peak(
        "taking_in_peak_mb"
    ),
    "the same with the index of vectors made at the end": _peak("ingest_peak_mb"),
    "ingest without embedding, chunks per second (of processor time)": _ingest_speed,
    "the real embedder, chunks per second": lambda each: (
        f"{each['embedded_chunks_per_second']:.0f}"
    ),
    "open and answer the first question, seconds": lambda each: f"{each['open_seconds']:.2f}",
    "a question's retrieval, p50 / p95 ms": _time("search"),
    "encode + raw flat FAISS, p50 / p95 ms": _time("raw_flat"),
    "encode + raw inverted FAISS, p50 / p95 ms": _time("raw_inverted"),
    "retrieval against raw flat at p50": _ratio("raw_flat"),
    "retrieval against raw inverted at p50": _ratio("raw_inverted"),
    "processor time of a question's retrieval, p50 / p95 ms": _time("search", "processor_ms"),
    "processor time of raw flat, p50 / p95 ms": _time("raw_flat", "processor_ms"),
    "processor time of raw inverted, p50 / p95 ms": _time("raw_inverted", "processor_ms"),
    "processor time against raw flat at p50": _ratio("raw_flat", "processor_ratio_to"),
    "processor time against raw inverted at p50": _ratio("raw_inverted", "processor_ratio_to"),
    "lists looked through": _lists,
    "recall@10 against exact, real questions": lambda each: f"{each['recall_at_10']:.3f}",
    "recall@10 against exact, sample questions": lambda each: f"{each['sampled_recall_at_10']:.3f}",
    "update of one document until it is found, embedding aside, p50 / max s": lambda each: (
        f"{sorted(each['updates_seconds'])[len(each['updates_seconds']) // 2]:.2f} / "
        f"{max(each['updates_seconds']):.2f}"
    ),
    "load average meanwhile": lambda each: f"{each['load_average']:.1f}",
}
