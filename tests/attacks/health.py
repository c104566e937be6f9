"""``python -m tests.attacks.health``: how soon /health answers while a real server is attacked.

Each attack comes from a process of its own. Whoever asks opens a connection each time, as what
watches servers does. Exit code 1 when one answer in a hundred takes longer than it may.
"""

from __future__ import annotations

import http.client
import io
import json
import multiprocessing
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Event
from urllib.parse import urlsplit

import click
import httpx
import numpy as np

from rag.evaluation.markdown import markdown_table
from tests.attacks.server_process import Served, rag_served

ALLOWED_S = 0.1
_EVERY_S = 0.02
CONNECTIONS = 1_100
_HEAD = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1"
_BODY = b"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n{"
_WORDS = "The bridge of the north is old, and it rains on 5,000 workers. " * 300
_LONG = json.dumps({"question": "[" * 7_000_000}).encode()
_MANY = b'{"question": "a", "history": [' + b"0," * 4_000_000 + b"0]}"
_spawned = multiprocessing.get_context("spawn")

Attacker = Callable[[Served, Event], object]


def _connected(served: Served) -> socket.socket:
    parts = urlsplit(served.address)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)


def _held(data: bytes, held_s: float, served: Served, over: Event) -> None:
    """Many connections at once, on each of which ``data`` is sent; then all anew."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * CONNECTIONS), most))
    while not over.is_set():
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                with suppress(OSError):
                    connection = stack.enter_context(_connected(served))
                    connection.sendall(data)
            over.wait(held_s)


def _often(request: Callable[[httpx.Client], object], served: Served, over: Event) -> None:
    """Eight clients that send one request after another."""

    def work() -> None:
        key = {"Authorization": f"Bearer {served.key}"}
        with httpx.Client(
            base_url=served.address, headers=key, timeout=300, trust_env=False
        ) as client:
            while not over.is_set():
                with suppress(httpx.HTTPError):
                    request(client)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(work)


def _ask(client: httpx.Client) -> None:
    client.post("/ask", json={"question": "How many workers are on the bridge of the north?"})


def _search(client: httpx.Client) -> None:
    client.post("/search", json={"question": "a" + "\u0301" * 3_900})


def _post(body: bytes, client: httpx.Client) -> None:
    client.post("/ask", content=body, headers={"Content-Type": "application/json"})


def _upload(client: httpx.Client) -> None:
    name = f"{time.monotonic_ns() % 50}.md"
    client.post("/documents", files=[("files", (name, io.BytesIO(_WORDS.encode())))])


def _churn(client: httpx.Client) -> None:
    """A collection comes and goes while files are sent into it."""
    files = [("files", ("a.txt", _WORDS.encode()))]
    client.post("/documents", params={"collection": "away"}, files=files)
    client.delete("/collections/away")


ATTACKS: Mapping[str, Attacker | None] = {
    "none": None,
    f"{CONNECTIONS:,} half-sent heads": partial(_held, _HEAD, 3.0),
    f"{CONNECTIONS:,} half-sent bodies": partial(_held, _BODY, 3.0),
    f"{CONNECTIONS:,} connections, again and again": partial(_held, b"", 0.0),
    "long questions": partial(_often, partial(_post, _LONG)),
    "millions of values": partial(_often, partial(_post, _MANY)),
    "searches for marks": partial(_often, _search),
    "questions": partial(_often, _ask),
    "uploads": partial(_often, _upload),
    "collections that come and go": partial(_often, _churn),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """How long /health took under an attack, in seconds, and how often it did not answer."""

    attack: str
    seconds: Sequence[float]
    unanswered: int

    @property
    def p99_s(self) -> float:
        return float(np.quantile(self.seconds, 0.99))

    @property
    def holds(self) -> bool:
        return not self.unanswered and self.p99_s <= ALLOWED_S


@contextmanager
def _under(attack: Attacker | None, served: Served) -> Iterator[None]:
    over = _spawned.Event()
    attacker = attack and _spawned.Process(target=attack, args=(served, over))
    if attacker:
        attacker.start()
        time.sleep(1)  # until it has begun
    try:
        yield
    finally:
        over.set()
        if attacker:
            attacker.join()


def answered(name: str, attack: Attacker | None, served: Served, seconds: float) -> Answered:
    """Asks how a server is, again and again for ``seconds``, while it is under an attack."""
    took: list[float] = []
    unanswered = 0
    with _under(attack, served):
        end = time.monotonic() + seconds
        while (started := time.monotonic()) < end:
            try:
                _ask_health(served)
            except (OSError, http.client.HTTPException):
                unanswered += 1
            took.append(time.monotonic() - started)
            time.sleep(_EVERY_S)
    return Answered(name, took, unanswered)


def _ask_health(served: Served) -> None:
    parts = urlsplit(served.address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request("GET", "/health")
        reply = connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise http.client.HTTPException(f"status {reply.status}")
    finally:
        connection.close()


def text(results: Sequence[Answered]) -> str:
    """A row for each attack."""
    header = ["attack", "asked", "unanswered", "median ms", "p99 ms", "at most ms"]
    rows = []
    for each in results:
        times = (np.median(each.seconds), each.p99_s, max(each.seconds))
        counts = (f"{len(each.seconds):,}", str(each.unanswered))
        rows.append([each.attack, *counts, *(f"{1000 * value:.0f}" for value in times)])
    return markdown_table(header, rows)


@click.command()
@click.option("--only", "names", multiple=True, type=click.Choice(list(ATTACKS)))
@click.option("--seconds", default=15.0, show_default=True, help="Under each attack.")
def main(names: Sequence[str], seconds: float) -> None:
    """Attack a real server, and say how soon it answers meanwhile how it is."""
    with rag_served(RAG_RATE="1000000") as served:
        results = [
            answered(name, ATTACKS[name], served, seconds) for name in names or list(ATTACKS)
        ]
    click.echo(text(results))
    sys.exit(0 if all(each.holds for each in results) else 1)


if __name__ == "__main__":
    main()
