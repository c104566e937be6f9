"""A server is asked one by one and by many, and what came is summed up pair by pair."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
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
def running(indexed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """The server that is started is the application in this process, with doubles of the models,
    and the same one each time."""
    given = Settings.from_environment().as_environment() | {"RAG_LLM": "none", "RAG_QUEUE": "100"}
    settings = Settings.from_environment(given)
    with serving(create_app(settings, Assistants(settings, HashingEmbedder(), None))) as at:

        @contextmanager
        def started(variables: Mapping[str, str]) -> Iterator[str]:
            assert variables["RAG_LLM"] == "none"
            yield at

        monkeypatch.setattr(bench_serve, "_running", started)
        yield indexed


def test_many_are_timed_beside_one_and_nothing_is_lost(running: CommandLine) -> None:
    asked = ("bench", "serve", QUESTION, "--llm", "none", "--rounds", "2", "--clients", "3")
    told = running(*asked, "--json")
    assert told.exit_code == 0, told.output
    rows = json.loads(told.stdout)
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


_STARTER = """
import signal, sys, time
from rag.evaluation import bench_serve
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where the tests run behind nohup
signal.signal(signal.SIGINT, signal.default_int_handler)  # and this one in the background
bench_serve._SERVER = '''
import socket, sys, time
listening = socket.create_server(("127.0.0.1", int(sys.argv[-1])))
time.sleep(600)
'''
with bench_serve._running({}) as address:
    print(address, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of other systems")
@pytest.mark.parametrize("sent", ["SIGTERM", "SIGHUP", "SIGKILL", "SIGINT"])
def test_the_server_ends_with_the_command_however_that_ends(sent: str) -> None:
    command = [sys.executable, "-c", _STARTER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as starter:
        assert starter.stdout
        port = int(starter.stdout.readline().decode().rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        try:
            starter.send_signal(signal.Signals[sent])
            assert starter.wait(60) != 0
        finally:
            starter.kill()
    end = time.monotonic() + 60
    while _listens(port):
        assert time.monotonic() < end, "the server runs on"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except OSError:
        return False
    return True
