"""The worker process: what a parser may do to it, and that the next file is read all the same."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.errors import UnreadableError, UnsupportedFormatError
from index.load import isolated
from index.load.base import LoadedDocument
from index.load.formats import LOADERS
from index.load.isolated import Member, Message, Runner
from index.load.loading import load_bytes
from index.types import Heading, Span
from tests.index.load import hostile


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close()


def test_a_document_comes_back_whole_whatever_the_parser_prints(runner: Runner) -> None:
    document = runner.document(hostile.well, "Grüße 😀".encode(), "a.x", "!")
    headings = (Heading(Span(0, 2), 1),)
    expected = LoadedDocument(
        "a.x", "text/plain", "Grüße 😀!", (0, 2), headings, ("3 notes",), (2,)
    )
    assert document == expected


def test_one_worker_serves_many_calls_and_is_not_this_process(runner: Runner) -> None:
    ids = {runner.data(hostile.process_id, b"", "a") for _ in range(5)}
    assert len(ids) == 1
    assert int(ids.pop()) != os.getpid()


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (hostile.crash, UnreadableError, r"bad\.x is damaged.*crashes"),
        (hostile.leave, UnreadableError, r"bad\.x is damaged"),
        (hostile.panic, UnreadableError, r"bad\.x is damaged.*PanicError"),
        (hostile.fail, UnreadableError, r"bad\.x is damaged.*KeyError"),
        (hostile.recurse, UnreadableError, r"bad\.x is nested too deeply"),
        (hostile.eat_memory, UnreadableError, r"bad\.x needs too much memory"),
        (hostile.refuse, UnsupportedFormatError, r"bad\.x is refused"),
    ],
)
def test_what_goes_wrong_is_told_and_the_next_file_is_read(
    runner: Runner,
    function: Callable[[bytes, str], bytes],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        runner.data(function, b"", "bad.x")
    assert runner.document(hostile.well, b"good", "a").text == "good"


def test_a_parser_that_hangs_is_stopped() -> None:
    runner = Runner(timeout_s=0.2)
    with pytest.raises(UnreadableError, match=r"bad\.x takes more than 0\.2 s"):
        runner.data(hostile.hang, b"", "bad.x")
    runner.close()


def test_a_worker_is_replaced_after_long_service(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "_CALLS_PER_WORKER", 2)
    ids = [runner.data(hostile.process_id, b"", "a") for _ in range(4)]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_a_closed_runner_starts_again(runner: Runner) -> None:
    before = runner.data(hostile.process_id, b"", "a")
    runner.close()
    assert runner.data(hostile.process_id, b"", "a") != before


def test_the_worker_knows_no_secrets(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert b"secret" not in runner.data(hostile.environment, b"", "a")


def test_purposes_do_not_share_a_worker() -> None:
    assert isolated.runner("one") is isolated.runner("one")
    assert isolated.runner("one") is not isolated.runner("another")


def test_threads_get_their_own_documents(runner: Runner) -> None:
    def text(number: int) -> str:
        return runner.document(hostile.well, str(number).encode() * 10_000, "a").text

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(text, range(40))) == [str(n) * 10_000 for n in range(40)]


def test_what_a_file_holds_comes_one_after_the_other(runner: Runner) -> None:
    found = list(runner.members(hostile.several, b"words", "a.x", 3))
    assert [each.name for each in found] == ["0", "1", "2", "bad"]
    assert [each.content for each in found[:3]] == [b"words"] * 3
    assert [each.taken for each in found] == [5, 5, 5, 0]
    assert isinstance(found[3].content, UnreadableError)


@pytest.mark.parametrize("function", [hostile.several_then_crash, hostile.several_then_fail])
def test_what_came_before_a_crash_is_kept(
    runner: Runner, function: Callable[[bytes, str], Iterator[Member]]
) -> None:
    found = runner.members(function, b"words", "bad.x")
    assert next(found).content == b"words"
    with pytest.raises(UnreadableError, match=r"bad\.x is damaged"):
        next(found)
    assert runner.document(hostile.well, b"good", "a").text == "good"


def test_members_are_read_while_others_are_still_to_come() -> None:
    runner = Runner(workers=1)
    texts = [
        runner.document(hostile.well, outer.content, inner.name).text
        for outer in runner.members(hostile.several, b"words", "a.x", 2)
        if isinstance(outer.content, bytes)
        for inner in runner.members(hostile.several, b"x", "b.x", 1)
    ]
    assert texts == ["words"] * 4
    runner.close()


def test_a_worker_that_was_left_in_the_middle_serves_no_other(runner: Runner) -> None:
    found = runner.members(hostile.several, b"words", "a.x", 3)
    next(found)
    found.close()
    assert runner.document(hostile.well, b"good", "a").text == "good"


def test_many_members_that_are_slow_end_too() -> None:
    runner = Runner(timeout_s=0.5)
    with pytest.raises(UnreadableError, match="split or convert it"):
        for _ in runner.members(hostile.several_slowly, b"", "a.x"):
            pass
    runner.close()


def test_a_file_that_hangs_does_not_hold_the_others() -> None:
    runner = Runner(timeout_s=3)
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(runner.data, hostile.hang, b"", "bad.x")
        assert runner.document(hostile.well, b"good", "a").text == "good"
        assert not hanging.done()
        assert isinstance(hanging.exception(), UnreadableError)
    runner.close()


def test_at_most_so_many_workers_compute_at_once() -> None:
    runner = Runner(timeout_s=1, workers=1)
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(runner.data, hostile.hang, b"", "bad.x")
        while not runner._busy:
            time.sleep(0.01)
        assert runner.document(hostile.well, b"good", "a").text == "good"
        assert hanging.done()
    runner.close()


@pytest.mark.parametrize(
    "reply",
    [
        struct.pack("<IQ", 2, 1 << 60) + b"{}",
        struct.pack("<IQ", 2, 0) + b"[]",
        struct.pack("<IQ", 2, 0) + b"{}",
        struct.pack("<IQ", 4, 0) + b"no!!",
        struct.pack("<IQ", 100_000, 0) + b"[" * 60_000,
    ],
)
def test_a_parser_that_was_taken_over_breaks_nothing_here(reply: bytes) -> None:
    runner = Runner(timeout_s=2)
    with pytest.raises(UnreadableError, match=r"bad\.x"):
        runner.document(hostile.lie, reply, "bad.x")  # type: ignore[arg-type]
    runner.close()


def test_every_format_is_read_in_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []

    class Watched(Runner):
        def _call(self, function: Callable[..., object], *_: object) -> Message:
            read.append(function)
            raise UnreadableError("seen")

    watched = Watched()
    monkeypatch.setattr("index.load.loading.runner", lambda: watched)
    for suffix, loader in LOADERS.items():
        with pytest.raises(UnreadableError, match="seen"):
            load_bytes(b"Words.", f"a{suffix}")
        assert read.pop() is loader
    with pytest.raises(UnreadableError, match="seen"):
        load_bytes(b"Words.", "a.unknown")
