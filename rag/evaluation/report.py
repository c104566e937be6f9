"""The report of one or several runs: one HTML page that needs no network and runs no script.

Every text that comes from a document, a question or a model is escaped. Knows run folders only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import pairwise
from string import Template
from typing import Any

from rag.errors import EvaluationError
from rag.evaluation.measures.outcome import (
    RIGHT_AND_SHOWN,
    RIGHT_WITH_TENTATIVE,
    WRONG_AND_UNMARKED,
    is_shown,
)
from rag.evaluation.run_folder import Row, RunFolder
from rag.evaluation.summary import summarise
from rag.evaluation.svg import (
    IntervalRow,
    Series,
    cumulative,
    interval_chart,
    line_chart,
    nice_ceiling,
)

MAX_RUNS = 4  # as many as there are colours that can be told apart
WORST_CASES = 4  # of each kind and run: as many as one reads
MAX_TEXT = 600  # characters shown of an answer

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


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the report needs it."""

    name: str
    identity: Mapping[str, Any]
    summary: Mapping[str, Any]
    rows: Sequence[Row]


def read_run(folder: RunFolder) -> Run:
    """The run as far as it came, summed up anew. Raises `EvaluationError` when there is none."""
    identity, rows = folder.identity(), folder.rows()
    return Run(str(identity["system"]), identity, summarise(rows, identity["seed"]), rows)


def render(runs: Sequence[Run]) -> str:
    """The page. Raises `EvaluationError` for no run or more than ``MAX_RUNS``."""
    if not 1 <= len(runs) <= MAX_RUNS:
        raise EvaluationError(f"a report shows 1 to {MAX_RUNS} runs, not {len(runs)}")
    suites = dict.fromkeys(str(run.identity["suite"]) for run in runs)
    if len(suites) > 1 or len({run.name for run in runs}) < len(runs):
        runs = [_named_by_suite(run) for run in runs]
    template = Template((files("rag.evaluation") / "report.html").read_text(encoding="utf-8"))
    sections = (_tiles, _plots, _tables, _all_worst_cases, _settings)
    return template.substitute(
        title=escape(f"Evaluation of {', '.join(suites)}"),
        subtitle=escape(_subtitle(runs)),
        body="\n".join(section(runs) for section in sections),
    )


def _named_by_suite(run: Run) -> Run:
    return Run(f"{run.identity['suite']} · {run.name}", run.identity, run.summary, run.rows)


def _subtitle(runs: Sequence[Run]) -> str:
    return " · ".join(
        f"{run.name}: {run.summary['questions']} questions"
        + (f", {run.summary['errors']} errors" if run.summary["errors"] else "")
        + (f", {run.identity['llm']}" if run.identity["llm"] else "")
        for run in runs
    )


def _tiles(runs: Sequence[Run]) -> str:
    tiles = []
    for name, block, key in _TILES:
        figures = [run.summary.get(block, {}).get(key) for run in runs]
        if any(figure and figure["mean"] is not None for figure in figures):
            lines = "".join(
                _tile_line(n, run, f) for n, (run, f) in enumerate(zip(runs, figures, strict=True))
            )
            tiles.append(
                f'<div class="tile"><span class="soft small">{escape(name)}</span>{lines}</div>'
            )
    return f'<section class="tiles">{"".join(tiles)}</section>'


def _tile_line(number: int, run: Run, figure: Mapping[str, Any] | None) -> str:
    mean = figure["mean"] if figure else None
    value = "–" if mean is None else f"{mean:.3f}"
    return (
        f'<div class="line"><b style="color:var(--s{number})">{value}</b>'
        f'<span class="soft small">{escape(run.name)}</span></div>'
    )


def _plots(runs: Sequence[Run]) -> str:
    cards = [
        _card("Risk by coverage", _key(runs) + _risk_coverage(runs), _RISK_NOTE),
        _card("Time to the verified answer", _key(runs) + _latency(runs), _LATENCY_NOTE),
    ]
    families = dict.fromkeys(name.partition(".")[0] for name in _measure_names(runs))
    means = [_card(each.title(), _key(runs) + _intervals(runs, each), "") for each in families]
    return (
        f'<h2>Curves</h2><div class="grid">{"".join(cards)}</div>'
        f'<h2>Means with 95 % intervals</h2><div class="grid">{"".join(means)}</div>'
    )


_RISK_NOTE = (
    "Share of wrong answers among those given, when only the most confident share of the questions "
    "is answered. Lower is better; a curve that ends early abstains from the rest."
)
_LATENCY_NOTE = "Share of the questions whose answer was complete and checked within this time."


def _card(title: str, content: str, note: str) -> str:
    noted = f'<p class="soft small">{escape(note)}</p>' if note else ""
    return f'<div class="card"><h3>{escape(title)}</h3>{content}{noted}</div>'


def _key(runs: Sequence[Run]) -> str:
    entries = "".join(
        f'<span><i class="b{number}"></i>{escape(run.name)}</span>'
        for number, run in enumerate(runs)
    )
    return f'<div class="key">{entries}</div>'


def _risk_coverage(runs: Sequence[Run]) -> str:
    curves = [Series(run.name, _points(run.summary["risk_coverage"]["points"])) for run in runs]
    highest = max((y for curve in curves for _, y in curve.points), default=1.0)
    return line_chart(
        curves, "coverage (share answered)", "risk (share wrong)", y_max=nice_ceiling(highest)
    )


def _points(points: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
    """The curve from coverage 0 on: a single threshold is then a line and not a lost point."""
    found = [(float(x), float(y)) for x, y in points]
    return [(0.0, found[0][1]), *found] if found else []


def _latency(runs: Sequence[Run]) -> str:
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


def _intervals(runs: Sequence[Run], family: str) -> str:
    rows = [
        IntervalRow(
            name.removeprefix(f"{family}."),
            [_bounds(run.summary["measures"].get(name)) for run in runs],
        )
        for name in _measure_names(runs)
        if name.startswith(f"{family}.")
    ]
    return interval_chart(rows, [run.name for run in runs])


def _bounds(figure: Mapping[str, Any] | None) -> tuple[float, float, float] | None:
    return (figure["mean"], figure["low"], figure["high"]) if figure else None


def _tables(runs: Sequence[Run]) -> str:
    body = "".join(
        f'<tr class="block"><th colspan="{len(runs) + 1}">{escape(title)}</th></tr>'
        + "".join(
            _table_row(key, [cell(run.summary[block].get(key)) for run in runs]) for key in keys
        )
        for title, block, cell in _BLOCKS
        if (keys := _keys(runs, block))
    )
    return f"<h2>All figures</h2>{_table(runs, body)}"


def _table(runs: Sequence[Run], body: str) -> str:
    head = "".join(f"<th>{escape(run.name)}</th>" for run in runs)
    return (
        '<div class="card scroll"><table><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _table_row(name: str, cells: Sequence[str]) -> str:
    return f"<tr><td>{escape(name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _figure(figure: Mapping[str, Any] | None) -> str:
    if not figure or figure["mean"] is None:
        return _ABSENT
    return (
        f'{figure["mean"]:.3f}<span class="soft">'
        f"[{figure['low']:.3f}, {figure['high']:.3f}] n={figure['n']}</span>"
    )


def _time(figure: Mapping[str, Any] | None) -> str:
    return (
        f"{figure['p50_ms'] / 1000:.2f} s / {figure['p95_ms'] / 1000:.2f} s" if figure else _ABSENT
    )


def _tokens(median: float | None) -> str:
    return _ABSENT if median is None else f"{median:,.0f}"


_ABSENT = '<span class="soft">–</span>'

# The blocks of the table: title, where they stand in the summary, and how a figure is written.
_BLOCKS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("Measures", "measures", _figure),
    ("Abstention", "abstention", _figure),
    ("Error when at least this share is answered", "error_at_answer_rate", _figure),
    ("Right outcomes by turn", "by_turn", _figure),
    ("Right and shown by kind", "by_kind", _figure),
    ("Time, median and 95th percentile", "timings", _time),
    ("Tokens per question (median)", "tokens", _tokens),
)


def _all_worst_cases(runs: Sequence[Run]) -> str:
    parts = [
        f"<h3>{escape(run.name)}</h3>" + "".join(_case(row) for row in cases)
        for run in runs
        if (cases := worst_cases(run.rows))
    ]
    if not parts:
        return ""
    key = (
        '<p class="small"><mark class="gold">gold</mark> what answers the question · '
        '<mark class="cite">cited</mark> what the answer cites · '
        '<mark class="both">both</mark></p>'
    )
    return f"<h2>Worst cases</h2>{key}{''.join(parts)}"


def worst_cases(rows: Sequence[Row]) -> list[Row]:
    """The first of each kind, the surest first: errors, answers to the unanswerable, wrong answers,
    false refusals."""
    ordered = sorted(rows, key=lambda row: (-row.get("confidence", 0.0), str(row["id"])))
    return [
        row
        for kind in range(len(_VERDICTS))
        for row in [each for each in ordered if _badness(each) == kind][:WORST_CASES]
    ]


_VERDICTS = ("error", "answered, though unanswerable", "wrong answer", "false refusal")


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


def _case(row: Row) -> str:
    verdict = _VERDICTS[_badness(row) or 0]
    entries = {
        "answer": "no answer" if row["status"] == "unanswered" else _short(row["answer"]),
        "gold": " | ".join(row["gold_answers"]) or "the documents do not answer",
        "confidence": f"{row['confidence']:.2f}",
        "withheld": " · ".join(
            f"{_short(each['text'])} ({'; '.join(each['reasons'])})" for each in row["withheld"]
        ),
        "error": row["error"] or "",
    }
    listed = "".join(
        f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in entries.items() if value
    )
    contexts = "".join(_context(row, each) for each in row["contexts"])
    return (
        f'<details><summary><span class="tag">{verdict}</span>{escape(row["question"])}</summary>'
        f'<div class="case"><dl>{listed}</dl>{contexts}</div></details>'
    )


def _context(row: Row, context: Mapping[str, Any]) -> str:
    gold = _within(row["gold_spans"], context)
    cited = _within(row["citations"], context)
    place = f"{context['doc_id']}, from character {context['start']:,}"
    return (
        f'<p class="soft small">{escape(place)}</p>'
        f"<blockquote>{highlighted(context['text'], gold, cited)}</blockquote>"
    )


def _within(spans: Sequence[Mapping[str, Any]], context: Mapping[str, Any]) -> list[range]:
    """The spans of the context's document as positions in the context's text."""
    offset, length = context["start"], len(context["text"])
    return [
        range(max(0, span["start"] - offset), min(length, span["end"] - offset))
        for span in spans
        if span["doc_id"] == context["doc_id"]
    ]


def highlighted(text: str, gold: Sequence[range], cited: Sequence[range]) -> str:
    """``text`` escaped, with the gold and the cited characters marked."""
    bounds = {0, len(text)}
    bounds.update(edge for span in (*gold, *cited) if span for edge in (span.start, span.stop))
    edges = sorted(bounds)
    parts = []
    for start, end in pairwise(edges):
        kind = _mark(any(start in span for span in gold), any(start in span for span in cited))
        piece = escape(text[start:end])
        parts.append(f'<mark class="{kind}">{piece}</mark>' if kind else piece)
    return "".join(parts)


def _mark(is_gold: bool, is_cited: bool) -> str:
    if is_gold and is_cited:
        return "both"
    return "gold" if is_gold else "cite" if is_cited else ""


def _settings(runs: Sequence[Run]) -> str:
    names = sorted({name for run in runs for name in run.identity})
    body = "".join(
        _table_row(name, [escape(_short(str(run.identity.get(name, "")))) for run in runs])
        for name in names
    )
    return f"<h2>How it was run</h2>{_table(runs, body)}"


def _measure_names(runs: Sequence[Run]) -> list[str]:
    return _keys(runs, "measures")


def _keys(runs: Sequence[Run], block: str) -> list[str]:
    return list(dict.fromkeys(key for run in runs for key in run.summary[block]))


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
