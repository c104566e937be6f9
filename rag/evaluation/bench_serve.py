"""How much a server gains when many ask at once, beside the same questions asked one by one.

Servers of its own are started, asked over HTTP and stopped. In each round the same questions are
asked first by one client, then by each number of clients, each time of a new server, so that what
else the machine does falls on all. Knows no terminal and no suite.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from rag.errors import EvaluationError
from rag.evaluation.bench import Cost, Measured, measured
from rag.evaluation.load import Clients, Load

# The server ends with whoever started it, however that one ends: its end of the pipe closes.
_FOLLOW = """
import os, signal, threading
def follow():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=follow, daemon=True).start()
"""
_SERVER = "from rag.cli.main import main; main()"
_STARTED_S = 120.0  # to load what is served, on a busy machine
_LOOK_S = 0.1
_FOREVER_S = 86_400.0
# Of the server: nobody is turned away, and no answer is cut short by its time budget.
_PATIENT = {"RAG_QUEUE": "10000", "RAG_TIME_BUDGET": "3600", "RAG_SERVER": "0"}


_KNOWN = ("name", "n", "wall_s", "ratio", "ratio_low", "ratio_high")  # the server's process is not


@dataclass(frozen=True, slots=True)
class Served:
    """What ``clients`` got that asked at the same time, summed up over the rounds.

    ``measured.wall_s`` is the median of a round's seconds by the number of its questions, and
    ``measured.ratio`` that to one client's: 0.5 is twice the throughput. ``p95_s`` is of single
    answers, waiting included: the median of the rounds. ``lost`` are requests without an answer.
    """

    clients: int
    measured: Measured
    p95_s: float
    lost: int

    def as_dict(self) -> dict[str, Any]:
        """Its fields as JSON types, those of ``measured`` among them that are known."""
        known = {name: value for name, value in asdict(self.measured).items() if name in _KNOWN}
        return {**known, "clients": self.clients, "p95_s": self.p95_s, "lost": self.lost}


def serve(
    settings: Mapping[str, str], questions: Sequence[str], clients: Sequence[int], rounds: int
) -> Iterator[Served]:
    """Ask ``questions``, or each again until there is one for each client, in ``rounds`` rounds.

    ``settings`` are the variables of the server. Raises EvaluationError when it does not start.
    """
    requests = max(len(questions), *clients)
    kept: dict[int, list[tuple[Cost, Load]]] = {each: [] for each in (1, *clients)}
    for _ in range(rounds):
        for count, done in kept.items():
            # A new one each time: what it keeps of a question would make the next ones faster.
            with _running(settings) as address:
                asking = Clients(address, None, None)
                _round(asking, questions, 1, 1)  # what is loaded once is no question's
                done.append(_round(asking, questions, count, requests))
    alone = [cost for cost, _ in kept[1]]
    for count, done in kept.items():
        name = f"{count} at a time" if count > 1 else "one after the other"
        row = measured(name, [cost for cost, _ in done], alone if count > 1 else ())
        p95_s = statistics.median(load.p95_s or 0.0 for _, load in done)
        lost = sum(load.lost + load.outcomes["refused"] for _, load in done)
        yield Served(count, row, p95_s, lost)


def _round(
    asking: Clients, questions: Sequence[str], clients: int, requests: int
) -> tuple[Cost, Load]:
    """Seconds by the number of the answers, and what came. Raises EvaluationError without any."""
    began = time.perf_counter()
    load = asking.ask(questions, clients=clients, requests=requests, seconds=_FOREVER_S)
    answers = load.requests - load.lost - load.outcomes["refused"]
    if not answers:
        raise EvaluationError(f"no question was answered ({load.why}): start 'rag serve' and ask")
    return Cost((time.perf_counter() - began) / answers, None), load


@contextmanager
def _running(settings: Mapping[str, str]) -> Iterator[str]:
    """A server on a free port until the block ends; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _FOLLOW + _SERVER, "serve", "--port", str(port)]
    environment = {**os.environ, **settings, **_PATIENT}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment
    ) as server:
        try:
            _await(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _await(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _STARTED_S
    while server.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(_LOOK_S)
    raise EvaluationError("the server did not start: run 'rag serve' to see why")
