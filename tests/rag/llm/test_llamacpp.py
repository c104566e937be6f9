"""The embedded back end, with a real model: the smallest that is declared."""

from __future__ import annotations

import json
import math
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.answering.prompts import answer_schema
from rag.errors import LLMError
from rag.llm import Schema, Token
from rag.llm.llamacpp import CONTEXT_TOKENS, LlamaCppLLM
from rag.types import Message, Usage

STORY = [Message("user", "Tell a long story about a dog.")]
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


@pytest.mark.real
def test_streams_text_and_counts_its_tokens(smollm: LlamaCppLLM) -> None:
    generation = smollm.stream(STORY, max_tokens=8)
    pieces = list(generation)
    assert len(pieces) > 1
    assert "".join(pieces).strip()
    assert generation.usage.completion_tokens == 8
    assert generation.usage.prompt_tokens > len(STORY[0].content.split())  # and the template
    assert generation.cut


@pytest.mark.real
def test_writes_the_same_again(smollm: LlamaCppLLM) -> None:
    first, second = ("".join(smollm.stream(STORY, max_tokens=8)) for _ in range(2))
    assert first == second


@pytest.mark.real
def test_tells_how_likely_each_token_was(smollm: LlamaCppLLM) -> None:
    pieces = list(smollm.stream(STORY, max_tokens=8))
    logprobs = [piece.logprob for piece in pieces if isinstance(piece, Token)]
    assert len(logprobs) == len(pieces)
    # The likeliest of 49,152 tokens, which is taken, has more than an even share.
    assert all(-math.log(49_152) < each <= 0 for each in logprobs)
    assert min(logprobs) < -0.01


@pytest.mark.real
def test_keeps_to_the_schema(smollm: LlamaCppLLM) -> None:
    written = "".join(smollm.stream(STORY, schema=Schema(SCHEMA), max_tokens=30))
    assert json.loads(written) in ({"answer": "yes"}, {"answer": "no"})


@pytest.mark.real
def test_writes_no_blanks_and_lines_between_the_parts_of_a_reply(smollm: LlamaCppLLM) -> None:
    generation = smollm.stream(STORY, schema=answer_schema(5), max_tokens=60)
    assert re.match(r'\{"evidence": \[("S[1-5]"(, |\]))*\]?, "answer": "', "".join(generation))


class _Watched:
    """The model's server, counting what it writes."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.events = 0

    def handle_chat_completions(self, request: Any, receive: Callable[[Any], bool]) -> None:
        def counted(event: Any) -> bool:
            self.events += 1
            return receive(event)

        self._server.handle_chat_completions(request, counted)


@pytest.mark.real
def test_closing_a_generation_stops_the_model(
    smollm: LlamaCppLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = _Watched(smollm.load())
    monkeypatch.setattr(smollm, "load", lambda: watched)
    generation = smollm.stream(STORY, max_tokens=200)
    next(generation)
    generation.close()
    events = watched.events
    assert events < 100  # of 200 tokens and the frame around them
    assert generation.usage == Usage()
    assert "".join(smollm.stream(STORY, max_tokens=2))  # and it is free for the next question


@pytest.mark.real
def test_several_replies_are_written_at_the_same_time(smollm: LlamaCppLLM) -> None:
    shared = LlamaCppLLM(smollm._path, smollm.name, parallel=2)
    watched = _Watched(shared.load())
    shared.load = lambda: watched  # type: ignore[method-assign]
    long = shared.stream(STORY, max_tokens=1000)
    next(long)
    assert "".join(shared.stream(STORY, max_tokens=2))  # it did not wait for the long one's end
    assert watched.events < 900
    long.close()


@pytest.mark.real
def test_a_prompt_that_does_not_fit_is_an_error(smollm: LlamaCppLLM) -> None:
    with pytest.raises(LLMError, match=f"exceeds the available context size.*{CONTEXT_TOKENS}"):
        list(smollm.stream([Message("user", "dog " * (CONTEXT_TOKENS + 1))]))


@pytest.mark.real
def test_a_schema_that_cannot_be_kept_is_an_error(smollm: LlamaCppLLM) -> None:
    with pytest.raises(LLMError, match="the embedded model failed"):
        list(smollm.stream(STORY, schema=Schema({"type": "nonsense"})))


@pytest.mark.real
def test_text_that_is_no_unicode_is_an_error(smollm: LlamaCppLLM) -> None:
    with pytest.raises(LLMError, match="the embedded model failed"):
        list(smollm.stream([Message("user", "\ud800")]))


@pytest.mark.parametrize("content", [b"", b"GGUF and nothing that belongs there"])
def test_a_file_that_is_no_model_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    llm = LlamaCppLLM(path, "llamacpp:broken.gguf")
    with pytest.raises(LLMError, match=r"broken\.gguf cannot be loaded"):
        list(llm.stream(STORY))


def test_a_folder_or_a_missing_file_is_an_error_that_says_where_to_look(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.gguf"):
        with pytest.raises(LLMError, match="rag models list"):
            LlamaCppLLM(path, "llamacpp:x").load()


def test_what_fails_while_writing_is_raised_where_it_is_read() -> None:
    class Failing:
        def handle_chat_completions(self, request: Any, receive: Callable[[Any], bool]) -> None:
            raise MemoryError("no room for the prompt")

    llm = LlamaCppLLM(Path("model.gguf"), "llamacpp:model")
    llm.load = Failing  # type: ignore[method-assign]
    with pytest.raises(LLMError, match="the embedded model failed: no room for the prompt"):
        list(llm.stream(STORY))


def _own_sockets() -> set[str]:
    """The inodes of the sockets that this process holds."""
    links = set()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the listing's own is closed by now
            links.add(str(each.readlink()))
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def _listening_ports(own: set[str]) -> list[str]:
    """The addresses of TCP on which this process listens."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/self/net", table).read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in own]


def _socket_files(own: set[str]) -> list[Path]:
    """The paths to which this process's sockets are bound."""
    rows = [line.split() for line in Path("/proc/self/net/unix").read_text().splitlines()[1:]]
    return [Path(row[7]) for row in rows if len(row) > 7 and row[6] in own]


@pytest.mark.real
@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs the tables of Linux")
def test_nothing_can_connect_to_the_embedded_model(smollm: LlamaCppLLM) -> None:
    before = set(_listening_ports(_own_sockets()))
    loaded = LlamaCppLLM(smollm._path, smollm.name)
    server = loaded.load()
    own = _own_sockets()
    assert set(_listening_ports(own)) <= before
    bound = _socket_files(own)
    assert any(str(path) in server.listening_address for path in bound)  # it was looked for
    assert not [path for path in bound if path.exists()]
    assert list(loaded.stream(STORY, max_tokens=2))


@pytest.mark.real
def test_without_sockets_of_files_nobody_has_the_key(
    smollm: LlamaCppLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    server = LlamaCppLLM(smollm._path, smollm.name).load()
    address = server.listening_address
    assert address.startswith("http://127.0.0.1:")
    evil = {"Origin": "http://evil.example"}
    for path in ("/v1/models", "/props", "/slots"):
        answer = httpx.get(address + path, headers=evil, trust_env=False)
        assert answer.status_code == 401
        assert not answer.headers["access-control-allow-origin"]
    asked = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
    chat = httpx.post(f"{address}/v1/chat/completions", json=asked, headers=evil, trust_env=False)
    assert chat.status_code == 401
