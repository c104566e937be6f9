"""``python -m tests.attacks.soak``: a real server, and the requests of an hour.

Clients search, ask, upload, replace and delete documents and collections, leave in the middle and
come with wrong keys. Each knows what it was promised: a document whose upload was acknowledged is
found, one whose deletion was is not. Meanwhile what the server's processes hold is measured; over
the second half it must not grow. Exit code 1 when something was lost or grew.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import httpx
import numpy as np

from rag.evaluation.markdown import markdown_table
from tests.attacks.server_process import Served, Usage, rag_served

SHARED = "default"
_MOST = 12  # documents of a client in the shared collection: as many at the end as in the middle
_REMEMBERED = 30  # words of what is gone, to be looked for again
_SAMPLE_S = 1.0
_FIRST = 0.02  # of the samples: the first documents and the first of every kind of request
# What may be seen to grow though nothing does: a fit has an error, and some threads come and go.
ALLOWED = Usage(memory_mb=16.0, descriptors=6, threads=3)


@dataclass(slots=True)
class Seen:
    """What the clients saw, all together."""

    requests: Counter[str] = field(default_factory=Counter)
    refused: int = 0  # told to come again later
    wrong: list[str] = field(default_factory=list)
    health_s: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        return self.requests.total()

    def note(self, kind: str, seconds: float) -> None:
        with self._lock:
            self.requests[kind] += 1
            if kind == "health":
                self.health_s.append(seconds)


class Client:
    """One who uses the server, with documents and a collection of its own."""

    def __init__(self, number: int, served: Served, seen: Seen) -> None:
        self._number = number
        self._served = served
        self._seen = seen
        self._dice = random.Random(number)
        self._count = 0
        once = httpx.Limits(max_keepalive_connections=0)  # a connection for each request
        self._http = httpx.Client(
            base_url=served.address, timeout=300, trust_env=False, limits=once
        )
        self._key = {"Authorization": f"Bearer {served.key}"}
        self.standing: dict[str, tuple[str, int]] = {}  # by name: its word and id
        self._gone: list[str] = []

    def work(self, wanted: int) -> None:
        """Requests of all kinds until all clients together have made as many as are ``wanted``."""
        kinds, weights = list(_KINDS), list(_KINDS.values())
        with self._http:
            while self._seen.total < wanted and len(self._seen.wrong) < 20:
                (kind,) = self._dice.choices(kinds, weights)
                try:
                    kind(self)
                except Exception as error:  # noqa: BLE001  # whatever comes out is what is looked for
                    self._wrong(f"{kind.__name__}: {type(error).__name__}: {error}")
            self.look_for_all()

    def look_for_all(self) -> None:
        """Everything that stands is found, and nothing that is gone."""
        with httpx.Client(
            base_url=self._served.address, timeout=300, trust_env=False
        ) as self._http:
            for word, _ in self.standing.values():
                self._require(self._finds(word), f"{word} was acknowledged and is not found")
            for word in self._gone:
                self._require(not self._finds(word), f"{word} was deleted and is found")

    # Kinds of requests

    def search(self) -> None:
        if self.standing:
            word, _ = self._dice.choice(list(self.standing.values()))
            self._require(self._finds(word), f"{word} was acknowledged and is not found")

    def search_gone(self) -> None:
        if self._gone:
            word = self._dice.choice(self._gone)
            self._require(not self._finds(word), f"{word} was deleted and is found")

    def ask(self) -> None:
        if self.standing:
            word, _ = self._dice.choice(list(self.standing.values()))
            asked = {"question": f"Where does the {word} live?"}
            self._request("ask", "POST", "/ask", json=asked)

    def health(self) -> None:
        self._request("health", "GET", "/health")

    def upload(self) -> None:
        if len(self.standing) >= _MOST:
            return self.delete()
        self._count += 1
        return self._sent(f"c{self._number}/n{self._count}.txt")

    def replace(self) -> None:
        if self.standing:
            self._sent(self._dice.choice(list(self.standing)))

    def delete(self) -> None:
        if self.standing:
            name = self._dice.choice(list(self.standing))
            word, id_ = self.standing[name]
            if self._request("delete", "DELETE", f"/documents/{id_}") is not None:
                del self.standing[name]
                self._is_gone(word)

    def collection(self) -> None:
        """One is made, filled, searched and deleted."""
        name = f"own-{self._number}-{self._dice.randrange(3)}"
        made = self._request("create", "POST", "/collections", json={"name": name})
        if made is None:
            return
        word = self._word()
        if self._put("a.txt", word, name):
            self._require(self._finds(word, name), f"{word} is not found in {name}")
        while self._request("delete collection", "DELETE", f"/collections/{name}") is None:
            time.sleep(0.5)
        asked = {"question": word, "collection": name}
        told = self._http.post("/search", json=asked, headers=self._key)
        self._require(told.status_code == 404, f"{name} was deleted and answers")

    def half_sent(self) -> None:
        head = (
            f"POST /documents HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
            f"{self._served.key}\r\nContent-Length: 100000\r\nContent-Type: multipart/form-data; "
            'boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name="files"; '
            'filename="half.txt"\r\n\r\nhalf of it'
        )
        self._broken_off("half-sent", head)

    def left(self) -> None:
        body = json.dumps({"question": f"Where does the {self._word()} live?"})
        head = (
            f"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._served.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        self._broken_off("left", head)

    def wrong_key(self) -> None:
        told = self._http.get("/documents", headers={"Authorization": "Bearer fnr_wrong"})
        self._seen.note("wrong key", 0)
        self._require(told.status_code == 401, f"a wrong key is answered {told.status_code}")

    # What they are made of

    def _request(self, kind: str, method: str, path: str, **options: Any) -> httpx.Response | None:
        """The response; None where the server says to come again later."""
        started = time.monotonic()
        told = self._http.request(method, path, headers=self._key, **options)
        self._seen.note(kind, time.monotonic() - started)
        if told.status_code in (429, 503):
            self._require("retry-after" in told.headers, f"{path}: {told.status_code} for ever")
            self._seen.refused += 1
            time.sleep(0.1)
            return None
        self._require(told.status_code < 300, f"{path}: {told.status_code}: {told.text[:200]}")
        return told

    def _finds(self, word: str, collection: str = SHARED) -> bool:
        asked = {"question": f"Where does the {word} live?", "collection": collection}
        while (told := self._request("search", "POST", "/search", json=asked)) is None:
            pass
        return any(word in hit["text"] for hit in told.json()["hits"])

    def _word(self) -> str:
        self._count += 1
        return f"zq{self._number}x{self._count}y"

    def _sent(self, name: str) -> None:
        before = self.standing.get(name)
        word = self._word()
        if (id_ := self._put(name, word, SHARED)) is not None:
            self.standing[name] = word, id_
            if before:
                self._is_gone(before[0])

    def _put(self, name: str, word: str, collection: str) -> int | None:
        """The id of a document that was uploaded; None where it was refused."""
        text = f"Animals of the north\n\nThe {word} lives here. " + "It rains much. " * (
            self._dice.randrange(200)
        )
        kind = "replace" if name in self.standing else "upload"
        files = [("files", (name, text.encode()))]
        told = self._request(
            kind, "POST", "/documents", params={"collection": collection}, files=files
        )
        if told is None:
            return None
        line = json.loads(told.text.splitlines()[0])
        self._require(line["status"] in ("added", "replaced"), f"{name}: {line}")
        id_: int = line["document_id"]
        return id_

    def _is_gone(self, word: str) -> None:
        self._gone = [*self._gone, word][-_REMEMBERED:]

    def _broken_off(self, kind: str, data: str) -> None:
        parts = urlsplit(self._served.address)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as sent:
            sent.sendall(data.encode())
            time.sleep(self._dice.random() / 20)
        self._seen.note(kind, 0)

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self._wrong(otherwise)

    def _wrong(self, what: str) -> None:
        self._seen.wrong.append(f"after {self._seen.total} requests: {what}")


_KINDS: Mapping[Callable[[Client], None], int] = {
    Client.search: 40,
    Client.search_gone: 12,
    Client.ask: 6,
    Client.health: 16,
    Client.upload: 9,
    Client.replace: 4,
    Client.delete: 3,
    Client.collection: 1,
    Client.half_sent: 2,
    Client.left: 2,
    Client.wrong_key: 5,
}


def soaked(served: Served, requests: int, clients: int) -> tuple[Seen, list[Usage]]:
    """What ``clients`` saw in as many ``requests``, and what the server held meanwhile."""
    seen = Seen()
    with measured(served.process_id) as samples, ThreadPoolExecutor(clients) as pool:
        working = [
            pool.submit(Client(number, served, seen).work, requests) for number in range(clients)
        ]
        for each in working:
            each.result()
    return seen, samples


@contextmanager
def measured(process_id: int, every_s: float = _SAMPLE_S) -> Iterator[list[Usage]]:
    """What a process and those it started hold, a sample every ``every_s`` seconds."""
    samples: list[Usage] = []
    over = threading.Event()

    def measure() -> None:
        while not over.wait(every_s):
            samples.append(Usage.of(process_id))

    thread = threading.Thread(target=measure)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Growth:
    """Of one thing that is held: its mean in the second half, and how much it grew over that by the
    line that fits it best."""

    name: str
    first: float
    mean: float
    most: float
    grew: float
    allowed: float

    @property
    def is_flat(self) -> bool:
        return self.grew <= self.allowed


def growths(samples: Sequence[Usage], allowed: Usage = ALLOWED) -> list[Growth]:
    """How much each thing grew over the second half of two samples or more."""
    values = np.array([astuple(each) for each in samples], dtype=float)
    half = values[len(values) // 2 :]
    at = np.linspace(0, 1, len(half))
    return [
        Growth(
            name=each.name,
            first=float(values[int(_FIRST * len(values)), number]),
            mean=float(half[:, number].mean()),
            most=float(values[:, number].max()),
            grew=float(np.polyfit(at, half[:, number], 1)[0]),
            allowed=getattr(allowed, each.name),
        )
        for number, each in enumerate(fields(Usage))
    ]


def text(grown: Sequence[Growth]) -> str:
    """A row for each thing that is held."""
    header = ["held", "at first", "mean of the second half", "most", "grew over it", "allowed"]
    rows = [
        [
            each.name.replace("_mb", ", MB"),
            *(f"{value:.1f}" for value in (each.first, each.mean, each.most)),
            f"{each.grew:+.1f}",
            f"{each.allowed:.0f}",
        ]
        for each in grown
    ]
    return markdown_table(header, rows)


@click.command()
@click.option("--requests", default=20_000, show_default=True, type=click.IntRange(1))
@click.option("--clients", default=8, show_default=True, type=click.IntRange(1))
@click.option("--out", type=click.Path(path_type=Path), help="Write the samples as JSON.")
def main(requests: int, clients: int, out: Path | None) -> None:
    """Use a real server for as many REQUESTS, and say what it lost and whether it grew."""
    started = time.monotonic()
    with rag_served(RAG_RATE="1000000") as served:
        seen, samples = soaked(served, requests, clients)
    grown = growths(samples)
    click.echo(text(grown))
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in seen.requests.most_common())
    click.echo(f"{seen.total:,} requests in {time.monotonic() - started:.0f} s: {kinds}")
    p50, p99 = np.quantile(seen.health_s, [0.5, 0.99])
    click.echo(
        f"told to come again: {seen.refused}; /health: median {1000 * p50:.0f} ms, "
        f"p99 {1000 * p99:.0f} ms, at most {1000 * max(seen.health_s):.0f} ms"
    )
    click.echo(f"wrong or lost: {len(seen.wrong)}")
    for each in seen.wrong:
        click.echo(f"  {each}")
    if out:
        out.write_text(json.dumps([astuple(each) for each in samples]) + "\n")
    sys.exit(0 if not seen.wrong and all(each.is_flat for each in grown) else 1)


if __name__ == "__main__":
    main()
