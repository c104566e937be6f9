"""A server is asked one by one and by many, and what came is summed up pair by pair."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from api.app import Assistants, create_app
from rag.errors import EvaluationError
from rag.evaluation import bench_serve
from rag.settings import Settings
from tests.command_line import QUESTION, CommandLine
from tests.doubles import HashingEmbedder
from tests.serving import serving


@pytest.fixture
def running(indexed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The server that is started is the application in this process, with doubles of the models."""

    @contextmanager
    def started(variables: Mapping[str, str]) -> Iterator[str]:
        settings = Settings.from_environment({**variables, "RAG_QUEUE": "100"})
        with serving(create_app(settings, Assistants(settings, HashingEmbedder(), None))) as at:
            yield at

    monkeypatch.setattr(bench_serve, "_running", started)
    return indexed


def test_many_are_timed_beside_one_and_nothing_is_lost(running: CommandLine) -> None:
    asked = ("bench", "serve", QUESTION, "--llm", "none", "--rounds", "2", "--clients", "3")
    rows = json.loads(running(*asked, "--json").stdout)
    assert [(row["name"], row["clients"], row["n"], row["lost"]) for row in rows] == [
        ("one after the other", 1, 2, 0),
        ("3 at a time", 3, 2, 0),
    ]
    alone, many = rows
    assert alone["ratio"] is None
    assert many["ratio_low"] <= many["ratio"] <= many["ratio_high"]
    assert many["p95_s"] > 0
    (first, second) = running(*asked).stdout.splitlines()
    assert "×" not in first
    assert "0 lost  ×" in second


def test_a_server_that_does_not_start_is_an_error(home: object) -> None:
    with (
        pytest.raises(EvaluationError, match="rag serve"),
        bench_serve._running({"RAG_LLM": "nonsense"}),
    ):
        pytest.fail("it started")
