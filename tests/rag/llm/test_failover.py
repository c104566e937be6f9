"""Several servers of one model: one that is down is passed over, and nothing is said twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rag.errors import LLMError, LLMUnavailableError
from rag.llm import open_llm
from rag.models import ModelStore
from rag.types import Message
from tests.loopback import BrokenOffError, Reply, Request, served, unused_address
from tests.ollama_server import Chat, ModelFailedError, OllamaServer
from tests.openai_server import OpenAIServer

NAME = "m:1b"
ASKED = [Message("user", "How many?")]


class _Dying:
    """An Ollama server whose chats break off before the first word once it is ``dead``."""

    def __init__(self, chat: Chat) -> None:
        self._ollama = OllamaServer({NAME: ["completion"]}, chat=chat)
        self.dead = False

    def handle(self, request: Request) -> Reply:
        reply = self._ollama.handle(request)
        if not self.dead:
            return reply

        return Reply(_raises(BrokenOffError()), content_type=reply.content_type)


def _raises(error: Exception) -> Iterator[Any]:
    """Yields nothing before it fails."""
    yield from ()
    raise error


def _says(text: str) -> Chat:
    return lambda _: [text]


def _open(name: str, folder: Path, hosts: str | None = None) -> Any:
    return open_llm(name, ModelStore(folder), ollama_host=hosts)


def test_a_server_that_is_down_at_the_beginning_is_passed_over(tmp_path: Path) -> None:
    with served(OllamaServer({NAME: ["completion"]}, chat=_says("Five."))) as host:
        llm = _open(f"ollama:{NAME}", tmp_path, f"{unused_address()},{host}")
        assert llm.name == f"ollama:{NAME}"
        assert list(llm.stream(ASKED)) == ["Five."]


def test_a_server_without_the_model_is_passed_over(tmp_path: Path) -> None:
    with ExitStack() as stack:
        without = stack.enter_context(served(OllamaServer({})))
        host = stack.enter_context(served(OllamaServer({NAME: None}, chat=_says("Five."))))
        llm = _open(f"ollama:{NAME}", tmp_path, f"{without},{host}")
        assert list(llm.stream(ASKED)) == ["Five."]


def test_a_server_that_dies_later_is_left_for_the_next_and_then_not_asked_first(
    tmp_path: Path,
) -> None:
    dying = _Dying(_says("One."))
    other = OllamaServer({NAME: ["completion"]}, chat=_says("Two."))
    with served(dying) as first, served(other) as second:
        llm = _open(f"ollama:{NAME}", tmp_path, f"{first},{second}")
        said = [list(llm.stream(ASKED))]
        dying.dead = True
        said += [list(llm.stream(ASKED)), list(llm.stream(ASKED))]
    assert said == [["One."], ["Two."], ["Two."]]
    assert len(other.chats()) == 2


def test_where_no_server_answers_the_first_ones_failure_is_told(tmp_path: Path) -> None:
    first, second = unused_address(), unused_address()
    with pytest.raises(LLMUnavailableError, match=first):
        _open(f"ollama:{NAME}", tmp_path, f"{first},{second}")


def test_when_all_servers_have_died_the_failure_is_told(tmp_path: Path) -> None:
    one, two = _Dying(_says("One.")), _Dying(_says("Two."))
    with served(one) as first, served(two) as second:
        llm = _open(f"ollama:{NAME}", tmp_path, f"{first},{second}")
        one.dead = two.dead = True
        with pytest.raises(LLMUnavailableError, match="stopped answering"):
            list(llm.stream(ASKED))


def test_a_reply_that_breaks_off_is_not_begun_anew_elsewhere(tmp_path: Path) -> None:
    def breaks(_: dict[str, Any]) -> Any:
        yield "One "
        raise BrokenOffError

    other = OllamaServer({NAME: ["completion"]})
    with served(OllamaServer({NAME: None}, chat=breaks)) as first, served(other) as second:
        generation = _open(f"ollama:{NAME}", tmp_path, f"{first},{second}").stream(ASKED)
        assert next(generation) == "One "
        with pytest.raises(LLMUnavailableError):
            next(generation)
    assert other.chats() == []


def test_what_a_model_does_wrong_is_not_tried_elsewhere(tmp_path: Path) -> None:
    def fails(_: dict[str, Any]) -> Iterator[str]:
        return _raises(ModelFailedError("out of memory"))

    other = OllamaServer({NAME: ["completion"]})
    with (
        served(OllamaServer({NAME: None}, chat=fails)) as first,
        served(other) as second,
        pytest.raises(LLMError, match="out of memory"),
    ):
        list(_open(f"ollama:{NAME}", tmp_path, f"{first},{second}").stream(ASKED))
    assert other.chats() == []


def test_the_model_is_loaded_on_the_server_that_will_be_asked(tmp_path: Path) -> None:
    server = OllamaServer({NAME: ["completion"]})
    with served(server) as host:
        _open(f"ollama:{NAME}", tmp_path, f"{unused_address()},{host}").load()
    assert server.loaded == {NAME: 4096}


def test_other_servers_are_passed_over_alike(tmp_path: Path) -> None:
    with served(OpenAIServer(chat=_says("Five."))) as host:
        llm = _open(f"openai:tiny@{unused_address()}/v1,{host}/v1", tmp_path)
        assert list(llm.stream(ASKED)) == ["Five."]
