"""Attacks by requests: questions, the API, uploads, connections, and what waits for another."""

from __future__ import annotations

import io
import json
import os
import socket
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx

from api.app import Assistants, create_app
from index.errors import IndexingError
from rag.assistant import Assistant
from rag.errors import RagError
from rag.settings import Settings
from rag.wiring import Wiring
from tests.attacks.suite import Attack, require
from tests.doubles import HashingEmbedder
from tests.serving import serving

_HEALTHY_S = 2.0  # on a machine that does other work too; alone it answers within 0.1 s
_TEXT = "Workers\n\nThe north sends 5,000 construction workers to the south. It rains.\n"
_SIGNS = (
    *" a1(\"'*中%$\\_\u202e\u200b",
    *("1,", "a ", "a-", "a.", "a\u0301", "\u0301\u0323", "OR ", "NEAR(", "and ", "twenty-"),
    *("how many ", "who ", "is "),
)


@contextmanager
def _home() -> Iterator[Settings]:
    """Settings of a home with one small document."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: "" for name in os.environ if name.startswith(("RAG_", "OLLAMA_", "OPENAI_"))}
        with patch.dict(os.environ, kept | {"RAG_HOME": folder}):
            settings = Settings.from_environment()
            with Wiring(settings).open_index(HashingEmbedder(), create=True) as index:
                index.add_text("workers.txt", "Workers", _TEXT)
            yield settings


@contextmanager
def asking() -> Iterator[Iterable[Attack]]:
    """Questions and conversations as no person writes them, put to an assistant."""
    with (
        _home() as settings,
        Wiring(settings).open_index(HashingEmbedder()) as index,
    ):
        assistant = Assistant(index, None)
        yield [
            Attack(f"{unit!r} × {length}", partial(_ask, assistant, unit * (length // len(unit))))
            for unit in _SIGNS
            for length in (3_900, 60_000, 1_000_000)
        ]


def _ask(assistant: Assistant, text: str) -> None:
    for question in (text, f"How many workers? {text}", f"{text} workers"):
        with suppress(RagError, IndexingError):
            assistant.ask(question)


class _Server:
    """A server under attack, and one client of it."""

    def __init__(self, address: str, home: Path) -> None:
        self.address = address
        self.home = home
        self.client = httpx.Client(base_url=address, timeout=60, trust_env=False)

    def request(self, method: str, path: str, **options: object) -> httpx.Response:
        """The response to a request, which must be no error of the server."""
        reply = self.client.request(method, path, **options)  # type: ignore[arg-type]
        require(reply.status_code < 500, f"status {reply.status_code}: {reply.text[:200]}")
        require("Traceback" not in reply.text, "a traceback was answered")
        return reply

    def require_healthy(self) -> None:
        started = time.monotonic()
        reply = self.client.get("/health")
        seconds = time.monotonic() - started
        require(reply.status_code == 200, f"/health answers {reply.status_code}")
        require(seconds < _HEALTHY_S, f"/health took {seconds:.1f} s")

    def meanwhile(self, attack: Callable[[], object]) -> None:
        """Runs an attack, during which the server must stay healthy."""
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(_quietly, attack)
            while not running.done():
                self.require_healthy()
                time.sleep(0.05)
            running.result()
        self.require_healthy()

    def raw(self, data: bytes) -> socket.socket:
        """A connection on which ``data`` was sent."""
        parts = urlsplit(self.address)
        connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)
        connection.sendall(data)
        return connection


def _quietly(attack: Callable[[], object]) -> None:
    with suppress(httpx.HTTPError, OSError):
        attack()


@contextmanager
def _served() -> Iterator[_Server]:
    with _home() as settings:
        app = create_app(settings, Assistants(settings, HashingEmbedder(), None))
        with serving(app) as address:
            assert settings.home
            server = _Server(address, settings.home)
            with server.client:
                yield server


@contextmanager
def requests() -> Iterator[Iterable[Attack]]:
    """Requests of any form on every route."""
    with _served() as server:
        yield _requests(server)


def _requests(server: _Server) -> Iterator[Attack]:
    for path in ("/ask", "/search", "/v1/chat/completions", "/api/chat", "/api/generate"):
        for name, body in _bodies():
            call = partial(server.request, "POST", path, content=body, headers=_JSON)
            yield Attack(f"{path} {name}", partial(server.meanwhile, call))
    for path in ("/documents", "/documents/1", "/documents/1/text", "/documents/1/pages/1.png"):
        for query in ("9" * 30, "-1", "%00", "%ff%fe", "%F0%9F%98%80", "a" * 20_000, "..%2f..%2f"):
            for name in ("collection", "contains", "offset", "limit", "start", "end"):
                call = partial(server.request, "GET", f"{path}?{name}={query}")
                yield Attack(f"{path} {name}={query[:10]}", partial(server.meanwhile, call))
    for header, value in _HEADERS:
        call = partial(
            server.request, "GET", "/documents", headers={header: value.encode("latin-1")}
        )
        yield Attack(f"{header}: {value[:30]}", partial(server.meanwhile, call))


_JSON = {"Content-Type": "application/json"}
_HEADERS = (
    *(("Origin", value) for value in ("http://[", "null", "http://evil.example", "http://a:99999")),
    *(("Host", value) for value in ("evil.example", "[127.0.0.1].evil.com", "[", "a" * 5000)),
    *(("Authorization", value) for value in ("Bearer", "Bearer " + "x" * 5000, "Basic \xff", "")),
    *(("X-Forwarded-For", value) for value in ("1.2.3.4", "x" * 5000, "127.0.0.1")),
)


def _bodies() -> Iterator[tuple[str, bytes]]:
    for unit in _SIGNS:
        text = unit * (400_000 // len(unit))
        turns = [{"role": "user", "content": text}]
        yield (
            repr(unit),
            json.dumps(
                {"question": text, "prompt": text, "model": "default", "messages": turns}
            ).encode(),
        )
    long = [{"role": "user", "content": "words " * 10_000}] * 100
    asks = {"model": "default", "messages": [*long, {"role": "user", "content": "And they?"}]}
    yield "history", json.dumps({"question": "And they?", "history": long}).encode()
    yield "messages", json.dumps(asks).encode()
    yield "deep", b"[" * 200_000
    yield "deep object", b'{"question":' * 100_000
    yield "half a character", b'{"question": "\\ud800", "model": "default", "prompt": "\\ud800"}'
    yield "number", b'{"question": ' + b"9" * 100_000 + b"}"
    for name, value in (("numbers", b"1,"), ("objects", b"{},"), ("lists", b"[[]],")):
        items = value * (7_000_000 // len(value)) + b"1"
        asked = b'{"question": "a", "model": "default", "%s": [' + items + b"]}"
        yield f"history of {name}", asked % b"history"
        yield f"messages of {name}", asked % b"messages"
    keys = b",".join(b'"%d":1' % number for number in range(500_000))
    yield "keys", b'{"question": "a", "model": "default", ' + keys + b"}"
    yield "no JSON", b"\xff\xfe\0"
    yield "empty", b""


# Uploads


@contextmanager
def uploads() -> Iterator[Iterable[Attack]]:
    """Files with names and contents made to harm, and requests that break off."""
    with _served() as server:
        yield _uploads(server)


def _uploads(server: _Server) -> Iterator[Attack]:
    for name in (
        *_NAMES,
        *(f"a.{suffix}" for suffix in ("zip", "tar", "pdf", "docx", "md", "txt")),
    ):
        for content in (b"Words.", b"", b"\0" * 1000, b"# a" + b" " * 60_000 + b"\0"):
            send = partial(_upload, server, name, content)
            yield Attack(f"{name[:20]!r} {content[:5]!r}", partial(server.meanwhile, send))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(100_000_000))
    send = partial(_upload, server, "bomb.zip", bomb.getvalue())
    yield Attack("bomb", partial(server.meanwhile, send))
    yield Attack("broken off", partial(_broken_off, server))
    yield Attack("nothing is left outside", partial(_nothing_outside, server))


_NAMES = (
    *(
        "../../x.txt",
        "/etc/x.txt",
        ".hidden.txt",
        "a\0b.txt",
        "a\nb.txt",
        "x" * 300 + ".txt",
        "...",
    ),
    *(
        "文" * 120 + ".txt",
        "con.txt",
        "a.txt/../b.txt",
        "a%2fb.txt",
        "\u202egpj.txt",
        "<b>.txt",
        "",
    ),
)


def _upload(server: _Server, name: str, content: bytes) -> None:
    server.request("POST", "/documents", files=[("files", (name, content))])


def _broken_off(server: _Server) -> None:
    head = (
        b"POST /documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: "
        b'form-data; name="files"; filename="half.txt"\r\n\r\nhalf of it'
    )
    for _ in range(20):
        server.raw(head).close()
    time.sleep(1)
    server.require_healthy()
    left = [path for path in server.home.rglob("*") if "half" in path.name]
    require(not left, f"{len(left)} halves of files were left")


def _nothing_outside(server: _Server) -> None:
    outside = list(server.home.parent.glob("x.txt"))
    require(not outside and not Path("/etc/x.txt").exists(), "a file was written outside")


# Connections and what waits


@contextmanager
def connections() -> Iterator[Iterable[Attack]]:
    """Many requests that never end, and work that takes long."""
    with _served() as server:
        half = b"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n{"
        openings = {"headers": b"GET /health HTTP/1.1\r\nHost: a", "body": half, "nothing": b""}
        openings["a long header"] = b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000
        held = (
            Attack(f"half-sent: {name}", partial(_held, server, data))
            for name, data in openings.items()
        )
        yield [*held, Attack("deleted while files come", partial(_deleted_meanwhile, server))]


def _held(server: _Server, data: bytes) -> None:
    held: list[socket.socket] = []
    try:
        for _ in range(150):
            with suppress(OSError):
                held.append(server.raw(data))
        server.require_healthy()
    finally:
        for each in held:
            each.close()
    server.require_healthy()


def _deleted_meanwhile(server: _Server) -> None:
    """Files come into a collection that is deleted again and again."""
    text = "\n\n".join(f"Line {number} of a long file." for number in range(20_000)).encode()

    def send() -> None:
        files = [("files", ("long.txt", text))]
        server.client.post("/documents", params={"collection": "away"}, files=files)

    sending = threading.Thread(target=lambda: _quietly(send))
    sending.start()
    for _ in range(10):
        server.request("DELETE", "/collections/away")
        server.require_healthy()
        time.sleep(0.1)
    sending.join(60)
    require(not sending.is_alive(), "an upload never ended")
    server.require_healthy()
