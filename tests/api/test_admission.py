"""Turns: how many at once, who is next, who is turned away, and what leaving does. Over sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route
from starlette.types import Message

from api.access import DeclaredRoutes, access
from api.admission import Admission, FullError, Turns
from api.app import Assistants, create_app
from api.types import mode_of
from rag.llm import LLM
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder
from tests.patient_llms import HangingLLM, HeldLLM
from tests.scripted_llm import ScriptedLLM
from tests.serving import serving

TEXT = """\
Workers for the south

The north sends engineers to the south. It also sends 5,000 construction workers.
"""
QUESTION = "How many construction workers does the north send?"
ANSWER = "The north sends 5,000 construction workers."
REPLY = ScriptedLLM.reply(ANSWER, "S2")
PATIENCE_S = 30  # of the tests: what takes longer has failed


# The queue by itself


class _Queue:
    """Turns that are taken and given back by the names of the principals."""

    def __init__(self, at_once: int, places: int) -> None:
        self.turns = Turns(at_once, places)
        self._open: dict[str, ExitStack] = {}
        self.order: list[str] = []

    def ask(self, who: str) -> None:
        """``who`` is a principal and a number: a1, a2, b1."""
        stack = self._open[who] = ExitStack()
        turn = stack.enter_context(self.turns.turn(who[0]))
        turn.came.add_done_callback(lambda _: self.order.append(who))

    async def leave(self, who: str) -> None:
        self._open.pop(who).close()
        await asyncio.sleep(0)


def test_as_many_as_may_have_their_turn_and_the_others_wait_in_order() -> None:
    async def run() -> list[str]:
        queue = _Queue(at_once=2, places=8)
        for who in ("a1", "a2", "a3", "a4"):
            queue.ask(who)
        assert (queue.turns.running, queue.turns.waiting) == (2, 2)
        for who in ("a2", "a1", "a3", "a4"):
            await queue.leave(who)
        assert (queue.turns.running, queue.turns.waiting) == (0, 0)
        return queue.order

    assert asyncio.run(run()) == ["a1", "a2", "a3", "a4"]


def test_principals_have_their_turns_in_rotation_however_much_one_asks() -> None:
    async def run() -> list[str]:
        queue = _Queue(at_once=1, places=16)
        for who in ("a1", "a2", "a3", "a4", "b1", "c1", "b2"):
            queue.ask(who)
        for who in ("a1", "a2", "b1", "c1", "a3", "b2", "a4"):
            await queue.leave(who)
        return queue.order

    assert asyncio.run(run()) == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


def test_one_who_leaves_the_queue_is_passed_over() -> None:
    async def run() -> list[str]:
        queue = _Queue(at_once=1, places=8)
        for who in ("a1", "a2", "b1"):
            queue.ask(who)
        await queue.leave("a2")
        await queue.leave("a1")
        await queue.leave("b1")
        assert (queue.turns.running, queue.turns.waiting) == (0, 0)
        return queue.order

    assert asyncio.run(run()) == ["a1", "b1"]


def test_beyond_the_bound_one_is_turned_away_and_half_is_left_to_others() -> None:
    async def run() -> None:
        queue = _Queue(at_once=1, places=4)
        for who in ("a1", "a2", "a3"):
            queue.ask(who)
        with pytest.raises(FullError):  # half of the places: the others are for others
            queue.ask("a4")
        queue.ask("b1")
        queue.ask("c1")
        with pytest.raises(FullError) as full:
            queue.ask("d1")
        assert 1 <= full.value.retry_s <= 60
        for who in ("a1", "a2", "b1", "c1", "a3"):
            await queue.leave(who)
        queue.ask("d1")
        assert queue.turns.running == 1
        await queue.leave("d1")

    asyncio.run(run())


# The application, asked over sockets


@pytest.fixture
def settings(home: Path, embedder: HashingEmbedder) -> Settings:
    chosen = Settings.from_environment()
    with Wiring(chosen).open_index(embedder, create=True) as index:
        index.add_text("workers.txt", "Workers", TEXT)
    return chosen


@contextmanager
def _served(settings: Settings, llm: LLM | None) -> Iterator[tuple[httpx.Client, Turns]]:
    app = create_app(settings, Assistants(settings, HashingEmbedder(), llm))
    with serving(app) as address, httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        yield client, app.state.questions


def _ask(client: httpx.Client) -> httpx.Response:
    return client.post("/ask", json={"question": QUESTION})


def _until(condition: Any) -> None:
    """Waits until ``condition()`` holds."""
    tick = threading.Event()
    for _ in range(PATIENCE_S * 100):
        if condition():
            return
        tick.wait(0.01)
    pytest.fail("it did not come to that")


def test_so_many_are_answered_at_a_time_and_all_in_the_end(settings: Settings) -> None:
    llm = HeldLLM(REPLY)
    with (
        _served(replace(settings, parallel=3, queue=32), llm) as (client, turns),
        ThreadPoolExecutor(10) as pool,
    ):
        asked = [pool.submit(_ask, client) for _ in range(10)]
        _until(lambda: turns.waiting == 7)
        assert turns.running == 3
        for _ in range(3):
            assert llm.began.acquire(timeout=PATIENCE_S)
        llm.go.set()
        assert [each.result().json()["text"] for each in asked] == [ANSWER] * 10
        assert llm.most == 3
        _until(lambda: turns.running == 0)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ask", {"question": QUESTION}),
        ("/ask/stream", {"question": QUESTION}),
        (
            "/v1/chat/completions",
            {"model": "default", "messages": [{"role": "user", "content": QUESTION}]},
        ),
    ],
)
def test_beyond_the_queue_a_question_is_refused_with_the_time_to_come_back(
    settings: Settings, path: str, body: dict[str, Any]
) -> None:
    llm = HeldLLM(REPLY)
    with (
        _served(replace(settings, parallel=1, queue=1), llm) as (client, turns),
        ThreadPoolExecutor(2) as pool,
    ):
        asked = [pool.submit(_ask, client) for _ in range(2)]
        _until(lambda: turns.waiting == 1)
        refused = client.post(path, json=body)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) >= 1
        error = refused.json()["error"]
        assert error["code"] == "busy"
        assert "ask again in" in error["message"]
        assert client.post("/search", json={"question": QUESTION}).status_code == 200
        llm.go.set()
        assert [each.result().status_code for each in asked] == [200, 200]


@pytest.mark.parametrize("path", ["/ask", "/ask/stream"])
def test_quick_answers_and_searches_wait_for_no_model(settings: Settings, path: str) -> None:
    """However many answers are being written, and wait to be."""
    llm = HeldLLM(REPLY)
    with (
        _served(replace(settings, parallel=1, queue=1), llm) as (client, turns),
        ThreadPoolExecutor(2) as pool,
    ):
        asked = [pool.submit(_ask, client) for _ in range(2)]
        _until(lambda: turns.waiting == 1)
        quick = client.post(path, json={"question": QUESTION, "answer": "quick"})
        assert quick.status_code == 200
        assert "5,000 construction workers" in quick.text
        assert client.post("/search", json={"question": QUESTION}).status_code == 200
        written = client.post(path, json={"question": QUESTION, "answer": "written"})
        assert written.status_code == 429
        assert not any(each.done() for each in asked)
        llm.go.set()
        assert [each.result().status_code for each in asked] == [200, 200]


def test_a_server_that_quotes_by_itself_has_them_wait_for_no_model_either(
    settings: Settings,
) -> None:
    llm = HeldLLM(REPLY)
    body = {"question": QUESTION, "answer": "written"}
    with (
        _served(replace(settings, parallel=1, answer="quick"), llm) as (client, turns),
        ThreadPoolExecutor(1) as pool,
    ):
        written = pool.submit(client.post, "/ask", json=body)
        _until(lambda: turns.running == 1)
        assert _ask(client).status_code == 200
        assert not written.done()
        llm.go.set()
        assert written.result().json()["text"] == ANSWER


@pytest.mark.parametrize("body", [b'{"answer"', b'["answer"]', b'"answer"', b'{"answer": null}'])
def test_a_body_that_does_not_say_how_says_nothing(body: bytes) -> None:
    assert mode_of(body) is None
    assert mode_of(b'{"answer": ' + b"[" * 100_000) is None
    assert mode_of(b'{"answer": "quick"}') == "quick"


def test_one_who_is_alone_may_take_all_places() -> None:
    async def run() -> None:
        turns = Turns(at_once=1, places=4)
        with ExitStack() as stack:
            for _ in range(5):
                stack.enter_context(turns.turn("me", alone=True))
            with pytest.raises(FullError):
                stack.enter_context(turns.turn("me", alone=True))

    asyncio.run(run())


def test_a_question_whose_turn_does_not_come_in_time_is_refused() -> None:
    over = asyncio.Event()

    async def endpoint(*_: object) -> None:
        await over.wait()

    @access("read", turn="question")
    def question() -> None:
        """Declares the turn; ``endpoint`` stands for the application."""

    async def asked(admission: Admission) -> list[Message]:
        body = {"type": "http.request", "body": b"{}", "more_body": False}
        connection, sent = _Connection([body]), list[Message]()

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/ask", "headers": []}
        await admission(scope, connection.receive, send)
        return sent

    async def run() -> list[Message]:
        admission = Admission(
            endpoint,
            routes=DeclaredRoutes([Route("/ask", question, methods=["POST"])], {}),
            turns={"question": Turns(1, 4)},
            time_budget_s=0.05,
        )
        first = asyncio.create_task(asked(admission))
        await asyncio.sleep(0)
        late = await asked(admission)
        over.set()
        assert await first == []
        return late

    start, _ = asyncio.run(run())
    assert start["status"] == 429
    assert b"retry-after" in dict(start["headers"])


class _Connection:
    """A client that sends some messages and then stays."""

    def __init__(self, messages: list[Message]) -> None:
        self._messages = messages

    async def receive(self) -> Message:
        if self._messages:
            return self._messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("it stays")


# Those who leave


def _sent(address: httpx.URL, path: str, body: dict[str, Any]) -> socket.socket:
    """A connection over which a question was sent."""
    content = json.dumps(body).encode()
    connection = socket.create_connection((address.host, address.port))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    connection.sendall(head.encode() + content)
    return connection


CHAT = {"model": "default", "messages": [{"role": "user", "content": QUESTION}]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ask", {"question": QUESTION}),
        ("/ask/stream", {"question": QUESTION}),
        ("/v1/chat/completions", CHAT),
        ("/v1/chat/completions", {**CHAT, "stream": True}),
    ],
)
def test_a_client_that_leaves_stops_the_model_and_frees_its_turn(
    settings: Settings, path: str, body: dict[str, Any]
) -> None:
    llm = HeldLLM(REPLY)
    with _served(replace(settings, parallel=1), llm) as (client, turns):
        with _sent(client.base_url, path, body):
            assert llm.began.acquire(timeout=PATIENCE_S)
            assert turns.running == 1
        assert llm.closed.wait(PATIENCE_S)
        _until(lambda: turns.running == 0)
        llm.go.set()
        assert _ask(client).json()["text"] == ANSWER


def test_a_client_that_leaves_the_queue_costs_no_model_call(settings: Settings) -> None:
    llm = HeldLLM(REPLY)
    with (
        _served(replace(settings, parallel=1), llm) as (client, turns),
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(_ask, client)
        assert llm.began.acquire(timeout=PATIENCE_S)
        with _sent(client.base_url, "/ask", {"question": QUESTION}):
            _until(lambda: turns.waiting == 1)
        _until(lambda: turns.waiting == 0)
        _until(lambda: 'status="499"' in client.get("/metrics").text)
        llm.go.set()
        assert first.result().json()["text"] == ANSWER
        assert not llm.began.acquire(blocking=False)


def test_a_client_that_leaves_before_its_question_is_whole_is_no_question(
    settings: Settings,
) -> None:
    with _served(settings, ScriptedLLM(REPLY)) as (client, turns):
        address = client.base_url
        with socket.create_connection((address.host, address.port or 80)) as connection:
            connection.sendall(b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
        assert _ask(client).json()["text"] == ANSWER
        _until(lambda: (turns.running, turns.waiting) == (0, 0))


# Those who wait


def test_a_model_that_hangs_ends_in_a_quoted_answer_that_says_so(settings: Settings) -> None:
    llm = HangingLLM()
    try:
        with _served(replace(settings, time_budget_s=1), llm) as (client, turns):
            answer = _ask(client).json()
            assert answer["extractive"]
            assert answer["citations"][0]["cited_text"] in TEXT
            assert "not done within the 1 s of RAG_TIME_BUDGET" in answer["notice"]
            assert "quoted from the documents instead" in answer["notice"]
            events = client.post("/ask/stream", json={"question": QUESTION}).text
            assert '"extractive": true' in events.rpartition("event: answer")[2]
            _until(lambda: turns.running == 0)
    finally:
        llm.over.set()


def test_an_answer_that_breaks_off_keeps_what_was_proved(settings: Settings) -> None:
    llm = HeldLLM(REPLY, beginning=REPLY.removesuffix('"}') + " TASS told of it.")
    with _served(replace(settings, time_budget_s=2), llm) as (client, _):
        answer = _ask(client).json()
    assert answer["text"] == ANSWER
    assert not answer["extractive"]
    assert answer["notice"].endswith("The answer breaks off here.")


def test_documents_go_in_while_questions_are_answered(settings: Settings) -> None:
    llm = HeldLLM(REPLY)
    with (
        _served(replace(settings, parallel=2), llm) as (client, turns),
        ThreadPoolExecutor(4) as pool,
    ):
        asked = [pool.submit(_ask, client) for _ in range(4)]
        _until(lambda: turns.waiting == 2)
        uploads = [
            pool.submit(
                client.post,
                "/documents",
                files=[("files", (f"bridge{number}.txt", b"The bridge is 80 m long."))],
            )
            for number in range(3)
        ]
        llm.go.set()
        for each in uploads:
            line, done = map(json.loads, each.result().text.splitlines())
            assert (line["status"], done["failed"]) == ("added", 0)
        assert [each.result().json()["text"] for each in asked] == [ANSWER] * 4
        found = client.post("/search", json={"question": "How long is the bridge?"}).json()
        assert found["hits"][0]["text"] == "The bridge is 80 m long."


def test_uploads_do_not_wait_for_questions(settings: Settings) -> None:
    llm = HeldLLM(REPLY)
    with (
        _served(replace(settings, parallel=1), llm) as (client, _),
        ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(_ask, client)
        assert llm.began.acquire(timeout=PATIENCE_S)
        files = [("files", ("bridge.txt", b"The bridge is 80 m long."))]
        sent = client.post("/documents", files=files)  # while the model is still writing
        assert json.loads(sent.text.splitlines()[0])["status"] == "added"
        assert not asked.done()
        llm.go.set()
        assert asked.result().json()["text"] == ANSWER


def test_those_who_send_slowly_keep_no_upload_waiting(settings: Settings) -> None:
    with _served(settings, None) as (client, _), ExitStack() as stack:
        address = client.base_url
        for _ in range(4):  # more than may have their turn at the same time
            slow = stack.enter_context(socket.create_connection((address.host, address.port or 80)))
            slow.sendall(
                f"POST /documents HTTP/1.1\r\nHost: {address.host}\r\nContent-Length: 9999\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x".encode()
            )
        sent = client.post("/documents", files=[("files", ("a.txt", b"The bridge is long."))])
        assert json.loads(sent.text.splitlines()[0])["status"] == "added"


def test_an_upload_beyond_the_queue_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise FullError(7)

    with _served(settings, None) as (client, _):
        monkeypatch.setattr(Turns, "turn", full)
        refused = client.post("/documents", files=[("files", ("a.txt", b"The bridge is long."))])
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "7"
    assert refused.json()["error"]["code"] == "busy"
