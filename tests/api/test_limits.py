"""What is too much: requests a minute, and bytes at once, whether their number is told or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from api import limits
from api.access import DeclaredRoutes, access
from api.app import Assistants, create_app
from api.limits import BodyLimit, RateLimit
from api.room import Room
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder


@dataclass
class _Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_minutes_requests_may_come_at_once_and_then_one_after_another() -> None:
    clock = _Clock()
    rate = RateLimit(60, clock)
    assert [rate.wait_s("ann") for _ in range(60)] == [0] * 60
    assert rate.wait_s("ann") == 1
    clock.seconds += 1
    assert [rate.wait_s("ann"), rate.wait_s("ann")] == [0, 1]


def test_a_wait_is_told_in_whole_seconds_and_is_long_enough() -> None:
    clock = _Clock()
    rate = RateLimit(7, clock)
    assert [rate.wait_s("ann") for _ in range(7)] == [0] * 7
    wait = rate.wait_s("ann")
    assert wait == 9  # 60 / 7, rounded up
    clock.seconds += wait
    assert rate.wait_s("ann") == 0


def test_nobody_pays_for_the_requests_of_others() -> None:
    rate = RateLimit(1, _Clock())
    assert rate.wait_s("ann") == 0
    assert rate.wait_s("ann") == 60
    assert rate.wait_s("bob") == 0


def test_more_than_a_minutes_requests_are_not_saved_up() -> None:
    clock = _Clock()
    rate = RateLimit(2, clock)
    assert rate.wait_s("ann") == 0
    clock.seconds += 3600
    assert [rate.wait_s("ann") for _ in range(3)] == [0, 0, 30]


def test_addresses_that_come_and_go_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_KEPT_BUCKETS", 3)
    rate = RateLimit(1, _Clock())
    for address in "abcd":
        assert rate.wait_s(address) == 0
    assert len(rate._buckets) == 3
    assert rate.wait_s("d") == 60
    assert rate.wait_s("a") == 0  # forgotten: it asked before all the others


@pytest.fixture
def client(
    home: Path, embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    monkeypatch.setattr(limits, "BODY_BYTES", 2**20)
    monkeypatch.setattr(limits, "UPLOAD_BYTES", 3 * 2**20)
    settings = Settings.from_environment()
    Wiring(settings).open_index(embedder, create=True).close()
    with TestClient(create_app(settings, Assistants(settings, embedder, None))) as opened:
        yield opened


def _pieces(size: int) -> Iterator[bytes]:
    """A body whose length is not told beforehand."""
    yield b'{"question": "'
    for _ in range(size // 1000):
        yield b"a" * 1000
    yield b'"}'


@pytest.mark.parametrize("path", ["/ask", "/ask/stream", "/search", "/v1/chat/completions"])
@pytest.mark.parametrize("told", [True, False])
def test_a_question_that_is_too_large_is_refused(client: TestClient, path: str, told: bool) -> None:
    body = _pieces(2**20 + 5000)
    headers = {"Content-Type": "application/json"}
    refused = client.post(path, content=b"".join(body) if told else body, headers=headers)
    assert refused.status_code == 413
    error = refused.json()["error"]
    assert (error["code"], error["type"]) == ("too_large", "invalid_request_error")
    assert error["message"] == "the request is larger than 1 MB: send less at once"


@access("public", turn=None)
async def _endpoint() -> None:
    """Declares what it needs; the application of the test stands for it."""


def test_between_large_bodies_others_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAUSE_S", 0.001)
    served: list[int] = []  # bytes

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        served.append(len((await receive())["body"]))

    async def send(message: Message) -> None:
        raise AssertionError(message)

    async def requests() -> None:
        routes = DeclaredRoutes([Route("/", _endpoint, methods=["POST"])], {})
        layer = BodyLimit(app, routes, Room(()))

        async def request(size: int) -> None:
            async def receive() -> Message:
                return {"type": "http.request", "body": bytes(size)}

            await layer(
                {"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send
            )

        large = [asyncio.create_task(request(limits.LARGE + 1)) for _ in range(4)]
        while not all(each.done() for each in large):
            await request(1)
            await asyncio.sleep(0)

    asyncio.run(requests())
    places = [place for place, size in enumerate(served) if size > 1]
    assert len(places) == 4
    assert all(after - before > 1 for before, after in pairwise(places))


def test_an_upload_may_be_larger_and_not_too_large(client: TestClient) -> None:
    fits = [("files", ("a.txt", b"A lease. " * 200_000))]
    assert client.post("/documents", files=fits).status_code == 200
    refused = client.post("/documents", files=[("files", ("b.txt", b"x" * 4 * 2**20))])
    assert refused.status_code == 413
    assert [each["title"] for each in client.get("/documents").json()["documents"]] == ["a.txt"]


def test_an_upload_of_untold_length_is_refused_where_it_becomes_too_large(
    client: TestClient,
) -> None:
    def parts() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="b.txt"\r\n\r\n'
        for _ in range(5):
            yield b"x" * 2**20
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    refused = client.post("/documents", content=parts(), headers=headers)
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "too_large"
    assert client.get("/documents").json()["total"] == 0


@pytest.mark.parametrize("length", ["many", "-5", "", "1e9"])
def test_a_length_that_is_no_number_does_not_pass_for_a_small_one(
    client: TestClient, length: str
) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": length}
    body = b"".join(_pieces(2**20 + 5000))
    assert client.post("/ask", content=body, headers=headers).status_code == 413
