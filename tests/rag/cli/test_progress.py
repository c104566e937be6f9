"""How far an ingest or the building of an index is, in words and on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from index.index import Index
from index.ingest import Progress
from rag.cli import terminal
from rag.cli.throughput import Throughput, in_words
from tests.doubles import HashingEmbedder


def _progress(done: int, chunks: int, share: float | None = None) -> Progress:
    return Progress(done, 1000, "a.txt", chunks, share)


def test_the_throughput_counts_from_the_first_chunk() -> None:
    seconds = iter([0.0, 10.0, 11.0, 13.0, 20.0, 110.0, 12_000.0])
    throughput = Throughput(lambda: next(seconds))
    assert throughput(_progress(900, 0, 0.5)) == ""  # files that have not changed
    assert throughput(_progress(900, 64, 0.5)) == ""
    assert throughput(_progress(901, 128, 0.5)) == ""  # too soon to say
    assert throughput(_progress(901, 128, 0.505)) == "21 chunks/s"  # too little done to say
    assert throughput(_progress(902, 564, 0.6)) == "50 chunks/s, 40 s left"
    assert throughput(_progress(903, 10_064, 0.6)) == "100 chunks/s, 7 min left"
    assert throughput(_progress(904, 10_064, 0.7)) == "1 chunks/s, 5 h 0 min left"


def test_the_throughput_goes_by_files_where_sizes_are_not_known() -> None:
    seconds = iter([0.0, 50.0])
    throughput = Throughput(lambda: next(seconds))
    throughput(_progress(0, 1))
    assert throughput(_progress(500, 1001)) == "20 chunks/s, 50 s left"


@pytest.mark.parametrize(
    ("progress", "throughput", "line"),
    [
        (
            Progress(1200, 4000, "x", 9, 0.25),
            "9 chunks/s",
            "1,200 of 4,000 files (25%), 9 chunks/s",
        ),
        (Progress(3, None, "x", 9), "", "3 files"),
        (Progress(0, 0, "x", 0), "", "0 of 0 files"),
    ],
)
def test_a_line_tells_how_far_it_is(progress: Progress, throughput: str, line: str) -> None:
    assert in_words(progress, throughput) == line


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_progress_is_shown_as_a_bar_or_told_in_lines(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=is_terminal, width=100)
    monkeypatch.setattr(terminal, "console", lambda: console)
    monkeypatch.setattr(terminal, "_LINE_SECONDS", 0.0)
    with terminal.ingest_bar() as update:
        update(_progress(1, 64, 0.4))
        update(_progress(2, 128, 0.5))
    assert "2 of 1,000 files (50%)" in shown.getvalue()
    assert ("a.txt" in shown.getvalue()) is is_terminal


def test_a_log_is_not_flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(terminal, "console", lambda: Console(file=shown))
    with terminal.ingest_bar() as update:
        update(_progress(1, 64, 0.4))
    assert shown.getvalue() == ""


def test_an_ingest_tells_the_share_by_size(tmp_path: Path, files: Path) -> None:
    (files / "large.txt").write_text("One more worker. " * 1000)
    told: list[Progress] = []
    with Index.open(tmp_path / "index", HashingEmbedder(), create=True) as index:
        index.ingest([files], on_progress=told.append)
    shares = [each.share or 0.0 for each in told]
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert shares[-1] == 1.0
