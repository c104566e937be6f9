"""The report of one or several runs: one HTML page that needs no network and runs no script.

What the page shows is gathered here; ``report.html`` is its template, which escapes every text that
comes from a document, a question or a model. Knows run folders only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple

from rag.errors import EvaluationError
from rag.evaluation import svg
from rag.evaluation.extra import require
from rag.evaluation.measures.outcome import (
    RIGHT_AND_SHOWN,
    RIGHT_WITH_TENTATIVE,
    UNANSWERED,
    WRONG_AND_UNMARKED,
    is_shown,
)
from rag.evaluation.run_folder import Row, RunFolder
from rag.evaluation.summary import summarise
from rag.evaluation.svg import (
    IntervalChart,
    IntervalRow,
    LineChart,
    Series,
    cumulative,
    interval_chart,
    line_chart,
    nice_ceiling,
)

MAX_RUNS = 4  # as many as there are colours that can be told apart
WORST_CASES = 4  # of each kind and run: as many as one reads
MAX_TEXT = 600  # characters shown of an answer
ABSENT = "–"

# What the tiles show, if the run has it: a name, and where its figure stands in the summary.
_TILES = (
    ("Wrong and unmarked", "measures", WRONG_AND_UNMARKED),
    ("Right and shown", "measures", RIGHT_AND_SHOWN),
    ("Right with tentative", "measures", RIGHT_WITH_TENTATIVE),
    ("Right answers", "measures", "answer.correct"),
    ("Right outcome", "abstention", "right_outcome_rate"),
    ("Unanswerable refused", "abstention", "recall"),
    ("False refusals", "abstention", "false_refusal_rate"),
    ("Citation precision", "measures", "citation.precision"),
    ("Evidence recall", "measures", "retrieval.evidence_recall"),
    ("nDCG@10", "measures", "retrieval.ndcg@10"),
)
_RISK_NOTE = (
    "Share of wrong answers among those given, when only the most confident share of the questions "
    "is answered. Lower is better; a curve that ends early abstains from the rest."
)
_LATENCY_NOTE = "Share of the questions whose answer was complete and checked within this time."
_VERDICTS = ("error", "answered, though unanswerable", "wrong answer", "false refusal")


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the report needs it."""

    name: str
    identity: Mapping[str, Any]
    summary: Mapping[str, Any]
    rows: Sequence[Row]


class Cell(NamedTuple):
    """A figure of a table, and what stands softly behind it."""

    text: str
    detail: str = ""


class Piece(NamedTuple):
    """Characters of a document: ``mark`` is gold, cite or both; empty for neither."""

    mark: str
    text: str


def read_run(folder: RunFolder) -> Run:
    """Return the run as far as it came, summed up anew. Raises EvaluationError without one."""
    identity, rows = folder.identity(), folder.rows()
    return Run(str(identity["system"]), identity, summarise(rows, identity["seed"]), rows)


def render(runs: Sequence[Run]) -> str:
    """Return the page.

    Raises EvaluationError for no run, for more than ``MAX_RUNS``, and without Jinja2.
    """
    if not 1 <= len(runs) <= MAX_RUNS:
        raise EvaluationError(f"a report shows 1 to {MAX_RUNS} runs, not {len(runs)}")
    require("jinja2")
    from jinja2 import Environment, StrictUndefined

    suites = dict.fromkeys(str(run.identity["suite"]) for run in runs)
    if len(suites) > 1 or len({run.name for run in runs}) < len(runs):
        runs = [replace(run, name=f"{run.identity['suite']} · {run.name}") for run in runs]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = (files("rag.evaluation") / "report.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        title=f"Evaluation of {', '.join(suites)}",
        subtitle=" · ".join(map(_told, runs)),
        names=[run.name for run in runs],
        tiles=_tiles(runs),
        curves=[
            ("Risk by coverage", _risk_coverage(runs), _RISK_NOTE),
            ("Time to the verified answer", _latency(runs), _LATENCY_NOTE),
        ],
        means=[(family.title(), _intervals(runs, family)) for family in _families(runs)],
        blocks=_blocks(runs),
        cases=[(run.name, found) for run in runs if (found := _cases(run.rows))],
        settings=_settings(runs),
        drawing=svg,
    )


def _told(run: Run) -> str:
    errors = f", {run.summary['errors']} errors" if run.summary["errors"] else ""
    llm = f", {run.identity['llm']}" if run.identity["llm"] else ""
    return f"{run.name}: {run.summary['questions']} questions{errors}{llm}"


def _tiles(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """The tiles for which some run has a figure, each with a figure per run."""
    tiles = []
    for name, block, key in _TILES:
        means = [(run.summary.get(block, {}).get(key) or {}).get("mean") for run in runs]
        if any(mean is not None for mean in means):
            tiles.append((name, [ABSENT if mean is None else f"{mean:.3f}" for mean in means]))
    return tiles


def _risk_coverage(runs: Sequence[Run]) -> LineChart:
    curves = [Series(run.name, _points(run.summary["risk_coverage"]["points"])) for run in runs]
    highest = max((y for curve in curves for _, y in curve.points), default=1.0)
    return line_chart(
        curves, "coverage (share answered)", "risk (share wrong)", y_max=nice_ceiling(highest)
    )


def _points(points: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
    """The curve from coverage 0 on: a single threshold is then a line and not a lost point."""
    found = [(float(x), float(y)) for x, y in points]
    return [(0.0, found[0][1]), *found] if found else []


def _latency(runs: Sequence[Run]) -> LineChart:
    totals = [
        [row["timings"]["total"] / 1000 for row in run.rows if "total" in row["timings"]]
        for run in runs
    ]
    longest = max((max(values) for values in totals if values), default=1.0)
    curves = [
        Series(run.name, cumulative(values) if values else [])
        for run, values in zip(runs, totals, strict=True)
    ]
    return line_chart(
        curves,
        "seconds",
        "share of questions",
        x_max=nice_ceiling(longest),
        x_unit=" s",
        step=True,
    )


def _families(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(name.partition(".")[0] for name in _keys(runs, "measures")))


def _intervals(runs: Sequence[Run], family: str) -> IntervalChart:
    rows = [
        IntervalRow(
            name.removeprefix(f"{family}."),
            [_bounds(run.summary["measures"].get(name)) for run in runs],
        )
        for name in _keys(runs, "measures")
        if name.startswith(f"{family}.")
    ]
    return interval_chart(rows, [run.name for run in runs])


def _bounds(figure: Mapping[str, Any] | None) -> tuple[float, float, float] | None:
    return (figure["mean"], figure["low"], figure["high"]) if figure else None


def _figure(figure: Mapping[str, Any] | None) -> Cell:
    if not figure or figure["mean"] is None:
        return Cell("", ABSENT)
    interval = f"[{figure['low']:.3f}, {figure['high']:.3f}] n={figure['n']}"
    return Cell(f"{figure['mean']:.3f}", interval)


def _time(figure: Mapping[str, Any] | None) -> Cell:
    if not figure:
        return Cell("", ABSENT)
    return Cell(f"{figure['p50_ms'] / 1000:.2f} s / {figure['p95_ms'] / 1000:.2f} s")


def _tokens(median: float | None) -> Cell:
    return Cell("", ABSENT) if median is None else Cell(f"{median:,.0f}")


# The blocks of the table: title, where they stand in the summary, and how a figure is written.
_BLOCKS: tuple[tuple[str, str, Callable[[Any], Cell]], ...] = (
    ("Measures", "measures", _figure),
    ("Abstention", "abstention", _figure),
    ("Error when at least this share is answered", "error_at_answer_rate", _figure),
    ("Right outcomes by turn", "by_turn", _figure),
    ("Right and shown by kind", "by_kind", _figure),
    ("Time, median and 95th percentile", "timings", _time),
    ("Tokens per question (median)", "tokens", _tokens),
)


def _blocks(runs: Sequence[Run]) -> list[tuple[str, list[tuple[str, list[Cell]]]]]:
    """The blocks that hold anything: a title, and rows of a name and a cell per run."""
    return [
        (title, [(key, [cell(run.summary[block].get(key)) for run in runs]) for key in keys])
        for title, block, cell in _BLOCKS
        if (keys := _keys(runs, block))
    ]


def _settings(runs: Sequence[Run]) -> list[tuple[str, list[Cell]]]:
    names = sorted({name for run in runs for name in run.identity})
    return [
        (name, [Cell(_short(str(run.identity.get(name, "")))) for run in runs]) for name in names
    ]


def worst_cases(rows: Sequence[Row]) -> list[Row]:
    """Return the first of each kind, the surest first: errors, answers to the unanswerable, wrong
    answers, false refusals."""
    ordered = sorted(rows, key=lambda row: (-row.get("confidence", 0.0), str(row["id"])))
    return [
        row
        for kind in range(len(_VERDICTS))
        for row in [each for each in ordered if _badness(each) == kind][:WORST_CASES]
    ]


def _badness(row: Row) -> int | None:
    """The position in ``_VERDICTS`` of what is bad about the row; None when nothing is."""
    if row["error"] is not None:
        return 0
    if "status" not in row or row["answerable"] is None:
        return None
    answered = is_shown(row["status"])
    if not row["answerable"]:
        return 1 if answered else None
    if row["correct"] is False:
        return 2 if answered else 3
    return None


def _cases(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "verdict": _VERDICTS[_badness(row) or 0],
            "question": row["question"],
            "entries": {name: value for name, value in _entries(row).items() if value},
            "contexts": [_context(row, each) for each in row["contexts"]],
        }
        for row in worst_cases(rows)
    ]


def _entries(row: Row) -> dict[str, str]:
    return {
        "answer": "no answer" if row["status"] == UNANSWERED else _short(row["answer"]),
        "gold": " | ".join(row["gold_answers"]) or "the documents do not answer",
        "confidence": f"{row['confidence']:.2f}",
        "withheld": " · ".join(
            f"{_short(each['text'])} ({'; '.join(each['reasons'])})" for each in row["withheld"]
        ),
        "error": row["error"] or "",
    }


def _context(row: Row, context: Mapping[str, Any]) -> tuple[str, list[Piece]]:
    """Where the text stands, and its pieces."""
    gold = _within(row["gold_spans"], context)
    cited = _within(row["citations"], context)
    place = f"{context['doc_id']}, from character {context['start']:,}"
    return place, marked(context["text"], gold, cited)


def _within(spans: Sequence[Mapping[str, Any]], context: Mapping[str, Any]) -> list[range]:
    """The spans of the context's document as positions in the context's text."""
    offset, length = context["start"], len(context["text"])
    return [
        range(max(0, span["start"] - offset), min(length, span["end"] - offset))
        for span in spans
        if span["doc_id"] == context["doc_id"]
    ]


def marked(text: str, gold: Sequence[range], cited: Sequence[range]) -> list[Piece]:
    """Return ``text`` cut where gold or cited characters begin and end."""
    bounds = {0, len(text)}
    bounds.update(edge for span in (*gold, *cited) if span for edge in (span.start, span.stop))
    return [
        Piece(
            _mark(any(start in span for span in gold), any(start in span for span in cited)),
            text[start:end],
        )
        for start, end in pairwise(sorted(bounds))
    ]


def _mark(is_gold: bool, is_cited: bool) -> str:
    if is_gold and is_cited:
        return "both"
    return "gold" if is_gold else "cite" if is_cited else ""


def _keys(runs: Sequence[Run], block: str) -> list[str]:
    return list(dict.fromkeys(key for run in runs for key in run.summary[block]))


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
