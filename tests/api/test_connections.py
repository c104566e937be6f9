"""Connections that say nothing, half of it, or too slowly; and what the log tells of them."""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext

import h11
import httpx
import pytest
from fastapi.testclient import TestClient

from api import arrivals, connections
from api.app import Assistants, create_app
from api.logs import A_MINUTE, Sparing
from rag.printable import printable
from rag.settings import Settings
from tests.doubles import HashingEmbedder
from tests.serving import serving

PATIENCE_S = 20
HEAD = b"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = HEAD + b"Content-Length: 100000\r\nContent-Type: application/json\r\n\r\n{"


@pytest.fixture
def address(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.URL]:
    """A server with limits that a test need not wait for long."""
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    monkeypatch.setattr(connections, "WINDOW_S", 0.5)
    monkeypatch.setattr(connections, "most", lambda: 20)
    with serving(create_app(settings, Assistants(settings, HashingEmbedder(), None))) as served:
        yield httpx.URL(served)


def _connect(address: httpx.URL) -> socket.socket:
    return socket.create_connection((address.host, address.port or 80), timeout=PATIENCE_S)


def _closed_after_s(sent: socket.socket, drip: bytes = b"") -> float:
    """Seconds until the server closes the connection, while a byte is sent now and then."""
    began = time.monotonic()
    sent.settimeout(0.1)
    while time.monotonic() - began < PATIENCE_S:
        try:
            if drip:
                sent.sendall(drip)
            if not sent.recv(1000):
                return time.monotonic() - began
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - began
    raise AssertionError("it is held for ever")


@pytest.mark.parametrize("sent", [b"", b"GET", HEAD, HEAD + b"X-Slow: ", BODY])
@pytest.mark.parametrize("drip", [b"", b"a"])
def test_half_a_request_is_not_held(address: httpx.URL, sent: bytes, drip: bytes) -> None:
    with _connect(address) as connection:
        connection.sendall(sent)
        assert _closed_after_s(connection, drip) < 5


def test_half_a_second_request_is_not_held(address: httpx.URL) -> None:
    with _connect(address) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(9).startswith(b"HTTP/1.1")
        assert _closed_after_s(connection, b"G") < 5


class _Endless(io.BytesIO):
    """A file without an end; ``taken`` is how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.taken += 2**20
        return bytes(2**20)


def test_an_answer_that_nobody_takes_is_not_held(
    address: httpx.URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = _Endless()
    monkeypatch.setattr("api.documents.open_original", lambda *_: (endless, 2**50))
    with httpx.Client(base_url=address, trust_env=False) as client:
        client.post("/documents", files=[("files", ("a.txt", b"A lease."))])
        id = client.get("/documents").json()["documents"][0]["id"]
    with _connect(address) as connection:
        connection.sendall(
            f"GET /documents/{id}/original HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        )
        end = time.monotonic() + PATIENCE_S
        while not endless.closed:
            assert time.monotonic() < end
            time.sleep(0.05)
    assert endless.taken < 2**27  # what systems hold for a connection


@pytest.mark.parametrize("sent", [b"", HEAD, BODY], ids=["nothing", "head", "body"])
def test_a_server_full_of_halves_serves_others(address: httpx.URL, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(_connect(address)).sendall(sent)
        for _ in range(10):
            began = time.monotonic()
            assert httpx.get(address.join("health"), trust_env=False).status_code == 200
            assert time.monotonic() - began < 2


class _Turns:
    """A server of a loop that says in which turn it made something for which connection."""

    def __init__(self) -> None:
        self.turn = 0
        self.made: list[tuple[int, bytes]] = []  # the turn, and what came first

    def serve(self, sent: Iterable[bytes], until: int) -> None:
        """Whoever is in ``sent`` connects at once; turns of the loop until so many are made."""
        with asyncio.Runner(loop_factory=arrivals.Loop) as runner:
            runner.run(self._serve(list(sent), until))

    async def _serve(self, sent: Sequence[bytes], until: int) -> None:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(self._protocol, "127.0.0.1", 0, backlog=500)
        with closing(listening), ExitStack() as clients:
            address = listening.sockets[0].getsockname()
            for each in sent:  # nobody is taken before the loop has its turn
                client = socket.create_connection(address, timeout=PATIENCE_S)
                clients.enter_context(client).sendall(each)
            end = loop.time() + PATIENCE_S
            while len(self.made) < until and loop.time() < end:
                await asyncio.sleep(0)
                self.turn += 1
            for _ in range(50):  # for those that should not be made
                await asyncio.sleep(0)

    def _protocol(self) -> asyncio.Protocol:
        turn = self.turn
        made = self.made

        class Taken(asyncio.Protocol):
            def data_received(self, data: bytes) -> None:
                made.append((turn, data))

        return Taken()


def test_many_that_come_at_once_are_made_a_few_in_a_turn_and_none_is_turned_away() -> None:
    turns = _Turns()
    turns.serve([b"POST /ask"] * 300, until=300)
    assert len(turns.made) == 300
    assert max(Counter(turn for turn, _ in turns.made).values()) <= arrivals.AT_ONCE


@pytest.mark.parametrize("asked", [b"GET /health HTTP/1.1\r\n", b"HEAD /health HTTP/1.1\r\n"])
def test_who_asks_how_the_server_is_goes_before_others(asked: bytes) -> None:
    turns = _Turns()
    turns.serve([*[b"POST /ask"] * 300, asked], until=301)
    assert asked in [data for _, data in turns.made[: 3 * arrivals.AT_ONCE]]


def test_nobody_waits_for_ever_behind_those_who_ask_how_the_server_is() -> None:
    turns = _Turns()
    turns.serve([*[b"GET /health HTTP/1.1\r\n"] * 300, b"POST /ask"], until=301)
    assert b"POST /ask" in [data for _, data in turns.made[: 3 * arrivals.AT_ONCE]]


def test_for_who_says_nothing_nothing_is_made() -> None:
    turns = _Turns()
    turns.serve([*[b""] * 300, b"POST /ask"], until=1)
    assert [data for _, data in turns.made] == [b"POST /ask"]


def test_who_has_spoken_is_served_however_many_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "most", lambda: 20)
    turns = _Turns()
    turns.serve([b"", b"POST /ask", b""] * 100, until=100)
    assert len(turns.made) == 100


def test_where_no_file_is_left_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    class Full(socket.socket):
        def accept(self) -> tuple[socket.socket, object]:
            tried.append(time.monotonic())
            if len(tried) < 3:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    monkeypatch.setattr(arrivals, "_LOOK_S", 0.1)
    monkeypatch.setattr("api.arrivals.socket.socket", Full)
    turns = _Turns()
    turns.serve([b"POST /ask"], until=1)
    assert len(turns.made) == 1
    assert tried[2] - tried[0] > 0.15  # no turning round and round meanwhile


def test_what_is_loaded_is_not_looked_through_again_while_a_server_runs(
    settings: Settings,
) -> None:
    app = create_app(settings, Assistants(settings, HashingEmbedder(), None))
    app.state.owns_process = True  # as that of rag serve does
    with TestClient(app):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0


def test_the_slowest_body_makes_room(address: httpx.URL) -> None:
    with ExitStack() as stack:
        quick = stack.enter_context(_connect(address))
        quick.sendall(BODY + b"a" * 50_000)
        time.sleep(0.2)
        slow = [stack.enter_context(_connect(address)) for _ in range(25)]
        for each in slow:
            each.sendall(BODY)
        time.sleep(0.2)
        assert httpx.get(address.join("health"), trust_env=False).status_code == 200
        quick.setblocking(False)
        with pytest.raises(BlockingIOError):  # not closed
            quick.recv(1)


def test_a_slow_body_that_moves_on_arrives(address: httpx.URL) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    text = b"A lease for ten years. " * 1_000
    body = part + text + b"\r\n--x--\r\n"
    with _connect(address) as connection:
        connection.sendall(
            b"POST /documents HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        for start in range(0, len(body), 3_000):
            connection.sendall(body[start : start + 3_000])
            time.sleep(0.15)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b'"status": "added"' in answer


# The log


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    return lambda seconds: clock.__setitem__(0, seconds)


def _record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, message, arguments, None)


def test_a_kind_of_line_is_written_a_few_times_a_minute(now: Callable[[float], None]) -> None:
    sparing = Sparing()
    now(1.0)
    passed = [sparing.filter(_record("Invalid request from %s", n)) for n in range(1000)]
    assert sum(passed) == A_MINUTE
    assert sparing.filter(_record("another kind"))
    now(62.0)
    later = _record("Invalid request from %s", "x")
    assert sparing.filter(later)
    assert later.getMessage() == "Invalid request from x (and 995 more like it)"


def test_no_line_of_the_log_steers_a_terminal_or_is_two(now: Callable[[float], None]) -> None:
    record = _record("from %s", "\x1b]0;owned\x07\r\n\u202eevil\x9b31m")
    Sparing().filter(record)
    assert record.getMessage() == r"from \u001b]0;owned\u0007\u000d\n\u202eevil\u009b31m"


@pytest.mark.parametrize("text", ["plain", "naïve 漢字 😀\tand\nlines", "مرحبا", "क्\u200dष"])
def test_what_steers_nothing_is_printed_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(("size", "refused"), [(1, True), (60, True), (70, False)])
def test_a_body_in_pieces_of_a_few_bytes_is_refused(size: int, refused: bool) -> None:
    requests = connections._Requests(h11.SERVER)
    requests.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    requests.receive_data(b"%x\r\n%s\r\n" % (size, b"a" * size) * 3_000)
    read = 0
    with pytest.raises(h11.RemoteProtocolError) if refused else nullcontext():
        while (event := requests.next_event()) is not h11.NEED_DATA:
            read += isinstance(event, h11.Data)
    assert read == (1_000 if refused else 3_000)


def test_a_request_that_states_two_lengths_is_refused_with_what_follows(
    address: httpx.URL,
) -> None:
    second = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with _connect(address) as connection:
        connection.sendall(
            b"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second
        )
        connection.settimeout(PATIENCE_S)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
