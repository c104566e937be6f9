"""The worker process: what a parser may do to it, and that the next file is read all the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.errors import UnreadableError, UnsupportedFormatError
from index.load import isolated
from index.load.base import LoadedDocument
from index.load.isolated import Runner
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
