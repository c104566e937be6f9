"""``rag ask`` and ``rag search`` beside a running server of the same user."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import Assistants, create_app
from rag.errors import LLMError
from rag.keys.store import KeyStore
from rag.llm import LLM
from rag.own_server import listening
from rag.settings import Settings
from tests.command_line import QUESTION, REPLY, TEXT, CommandLine
from tests.doubles import HashingEmbedder
from tests.scripted_llm import ScriptedLLM
from tests.serving import serving

TWO = ScriptedLLM.reply(
    "The north sends 5,000 construction workers. The north sends engineers to the south.",
    "S2",
    "S1",
)
ANSWERED = "rag: answered by a running server\n"
FOUND = "rag: searched by a running server\n"


@contextmanager
def _running(model: LLM | None = None, **changed: Any) -> Iterator[HashingEmbedder]:
    """A server with the settings of the environment, and those ``changed``; yields its embedder."""
    embedder = HashingEmbedder()
    settings = replace(Settings.from_environment(), **changed)
    with serving(create_app(settings, Assistants(settings, embedder, model))) as address:
        httpx.get(f"{address}health")  # it has started
        yield embedder


def _why(rag: CommandLine, *arguments: str) -> str:
    """What a command says that was not answered by a server."""
    told = rag("ask", QUESTION, "--verbose", *arguments)
    assert told.exit_code == 0, told.output
    first = told.stderr.splitlines()[0]
    assert first.startswith("rag: not answered by a running server: ")
    return first


def _without_timings(printed: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(printed)
    return {**answer, "timings": sorted(answer["timings"])}


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (QUESTION, TWO),
        (QUESTION, ScriptedLLM.reply("The north sends 7,000 construction workers.", "S2")),
        ("What is the population of Pyongyang?", ScriptedLLM.reply("")),
        ("Who met Kim in Pyongyang?", LLMError("it broke")),
    ],
)
def test_a_server_answers_as_the_command_does(
    indexed: CommandLine, question: str, reply: str | LLMError
) -> None:
    def asked(*options: str) -> tuple[int, str]:
        result = indexed("ask", question, *options)
        return result.exit_code, result.stdout

    indexed.llm = ScriptedLLM(reply, reply)
    code, as_json = asked("--json")
    _, as_text = asked()
    assert not indexed.llm.replies
    server = ScriptedLLM(reply, reply)
    with _running(server):
        served_code, served_json = asked("--json")
        assert (served_code, *asked()[1:]) == (code, as_text)
    assert not server.replies
    assert _without_timings(served_json) == _without_timings(as_json)


def test_a_search_finds_the_same_and_encodes_nothing_here(indexed: CommandLine) -> None:
    alone = indexed("search", "workers", "--limit", "2", "--json")
    with _running() as embedder:
        beside = indexed("search", "workers", "--limit", "2", "--json", "--verbose")
        assert "workers" in embedder.encoded
        assert indexed("search", "workers").stdout.startswith("1. Workers for the south (")
    assert beside.stderr == FOUND
    assert beside.stdout == alone.stdout


def test_a_quick_answer_needs_no_equal_language_model(indexed: CommandLine) -> None:
    alone = indexed("ask", QUESTION, "--llm", "none", "--json").stdout
    with _running(ScriptedLLM(), llm="llamacpp:other"):
        for options in (("--llm", "none"), ("--answer", "quick")):
            beside = indexed("ask", QUESTION, "--json", "--verbose", *options)
            assert beside.stderr == ANSWERED
            assert _without_timings(beside.stdout) == _without_timings(alone)


def test_a_server_of_other_settings_is_not_asked(indexed: CommandLine) -> None:
    indexed.llm = ScriptedLLM(*[REPLY] * 4)
    with _running(ScriptedLLM(), strictness="strict"):
        assert _why(indexed).endswith("the one that runs has another strictness")
        assert _why(indexed, "--strictness", "eager").endswith("another strictness")
    with _running(ScriptedLLM(), llm="llamacpp:other"):
        assert _why(indexed).endswith("another language model")
    with _running(ScriptedLLM(REPLY)):
        assert _why(indexed, "--offline").endswith("another offline")
        assert indexed("ask", QUESTION, "--verbose").stderr.startswith(ANSWERED)
    with _running(ScriptedLLM()):
        refused = indexed("ask", QUESTION, "--verbose", "--embedder", "mine")
        assert "another embedder" in refused.stderr.splitlines()[0]
        assert refused.exit_code == 1  # as without a server: the index was made with another


def test_a_switch_turns_it_off(indexed: CommandLine) -> None:
    with _running() as embedder:
        embedder.encoded.clear()
        assert "--no-server" in _why(indexed, "--no-server", "--llm", "none")
        off = indexed("search", "workers", "--verbose", env={"RAG_SERVER": "0"})
        assert "not searched by a running server" in off.stderr
        assert embedder.encoded == []
    with _running(server=False):
        assert "FileNotFoundError" not in _why(indexed, "--llm", "none")


def test_without_a_server_nothing_is_said_unless_asked_for(indexed: CommandLine) -> None:
    assert indexed("search", "workers").stderr == ""
    assert _why(indexed, "--llm", "none").endswith("none is running")


def test_a_server_with_keys_serves_its_own_user(indexed: CommandLine) -> None:
    KeyStore(Settings.from_environment().keys_file).create("Ann", "read")
    with _running():
        assert indexed("search", "workers", "--verbose").stderr == FOUND


def test_errors_are_those_of_the_command(indexed: CommandLine) -> None:
    with _running():
        assert "rag index PATH --collection law" in indexed.fails(
            1, "ask", QUESTION, "--collection", "law"
        )
        assert indexed("search", "x" * 5000).exit_code == 2


def test_another_collection_of_the_same_home_is_answered_too(
    indexed: CommandLine, files: Path
) -> None:
    assert indexed("index", files, "--collection", "law").exit_code == 0
    with _running():
        searched = indexed("search", "workers", "--collection", "law", "--verbose")
        assert searched.stderr == FOUND


class _Fake:
    """A program of this user that listens where servers do, and says what it is told to."""

    def __init__(self, *replies: bytes) -> None:
        self._replies = replies

    @contextmanager
    def running(self) -> Iterator[None]:
        import threading

        door, path = listening(Settings.from_environment().run_folder)
        with ExitStack() as stack:
            stack.callback(path.unlink)

            def serve() -> None:
                connection, _ = door.accept()
                with connection:
                    for reply in self._replies:
                        _read(connection)
                        connection.sendall(reply)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            yield
            thread.join(10)
            door.close()


def _read(connection: socket.socket) -> None:
    """The whole of a request: what is left unread would cost the reply."""
    got = b""
    while not (got.startswith(b"GET") and got.endswith(b"\r\n\r\n")) and not got.endswith(b"}"):
        got += (more := connection.recv(65536))
        if not more:
            return


def _http(body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (size, body)


def _served_here() -> bytes:
    from rag.own_server import served

    return _http(json.dumps(served(Settings.from_environment(), "hashing")).encode())


@pytest.mark.parametrize(
    "reply", [b"", b"nonsense\r\n\r\n", _http(b"[1"), _http(b"[]"), _http(b"null")]
)
def test_what_answers_nonsense_is_passed_over(indexed: CommandLine, reply: bytes) -> None:
    with _Fake(reply).running():
        assert _why(indexed, "--llm", "none")


def test_a_server_that_breaks_off_costs_nothing(indexed: CommandLine) -> None:
    """What was shown stays, and the whole answer comes behind it."""
    alone = indexed("ask", QUESTION, "--llm", "none").stdout
    claim = {"span": {"start": 0, "end": 3}, "verdict": "supported", "support": 1.0}
    sentence = {"text": "Yes", "claim": {**claim, "citations": [1]}, "citations": []}
    event = b"event: sentence\ndata: " + json.dumps(sentence).encode() + b"\n\n"
    for half in (b"", event):
        with _Fake(_served_here(), _http(half, length=10_000)).running():
            told = indexed("ask", QUESTION, "--llm", "none")
        assert told.exit_code == 0
        assert told.stdout.endswith(alone)
        assert ("broke off" in told.stderr) == bool(half)
        assert told.stdout.startswith("Yes [1]\n\n") == bool(half)
    with _Fake(_served_here(), _http(b'{"hits": [', length=10_000)).running():
        assert indexed("search", "workers").stdout.startswith("1. ")


def test_the_door_serves_commands_alone(indexed: CommandLine) -> None:
    from http.client import HTTPConnection

    from rag.own_server import connections

    assert TEXT
    with _running():
        (door,) = connections(Settings.from_environment().run_folder)
        with door:
            http = HTTPConnection("localhost")
            http.sock = door
            http.request("GET", "/documents")
            response = http.getresponse()
            assert response.status == 404
            assert "only commands" in response.read().decode()
