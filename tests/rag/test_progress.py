"""Lines that say how far a long work is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rag import progress


def test_the_building_of_an_index_is_told_at_its_begin_and_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 10.0, 31.0, 31.0])
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    lines = progress.BuildingLines()
    for done in (0, 16_384, 32_768):
        lines(done, 60_000)
    assert capsys.readouterr().err.splitlines() == [
        "Building the index of 60,000 vectors; this is done once",
        "Building the index of vectors: 32,768 of 60,000",
    ]
