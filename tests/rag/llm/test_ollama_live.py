"""The back end and the whole line against the real server that OLLAMA_HOST names.

``make test-ollama`` runs it. OLLAMA_MODEL names the chat model to ask; without it, the smallest
that can chat. Where no server answers everything here is skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from rag.answering.prompts import STANDALONE_SCHEMA, standalone_messages
from rag.answering.reply import value_of
from rag.cli.main import main
from rag.errors import LLMError, LLMUnavailableError
from rag.llm.addresses import ollama_addresses
from rag.llm.ollama import OllamaLLM
from rag.llm.ollama_embedder import OllamaEmbedder
from rag.llm.ollama_server import Pulled, Server
from rag.llm.tokens import least_tokens, most_tokens
from rag.types import Message

HOST = os.environ.get("OLLAMA_HOST", "")  # read before the fixture of an empty home hides it
MODEL = os.environ.get("OLLAMA_MODEL", "")
SEEDS = Path(__file__).parents[3] / "seeds"
FIGURES = " ".join(f"{7919 * n}." for n in range(1, 900))  # about 6,000 tokens

pytestmark = pytest.mark.ollama


@pytest.fixture(scope="module")
def server() -> Server:
    if not HOST:
        pytest.skip("OLLAMA_HOST names no server")
    server = Server(ollama_addresses(HOST)[0])
    try:
        server.pulled()
    except LLMUnavailableError as error:
        pytest.skip(f"no Ollama to test with: {error}")
    return server


@pytest.fixture(scope="module")
def model(server: Server) -> str:
    """The name of the chat model to ask."""
    chat = [each for each in _pulled(server) if server.described(each.name).can("completion")]
    if not (MODEL or chat):
        pytest.skip("the server has no chat model: pull one, or name it with OLLAMA_MODEL")
    return MODEL or min(chat, key=lambda each: each.size_bytes).name


@pytest.fixture(scope="module")
def llm(server: Server, model: str) -> OllamaLLM:
    llm = OllamaLLM.connect(model, host=ollama_addresses(HOST)[0])
    llm.load()
    return llm


def _pulled(server: Server) -> list[Pulled]:
    return [each for each in server.pulled() if not each.remote]


def test_it_tells_of_every_model_what_it_can(server: Server) -> None:
    for each in _pulled(server):
        described = server.described(each.name)
        print(server.version, each, described)
        assert described.context_length is None or described.context_length > 0
        assert described.family


def test_a_loaded_model_is_running(server: Server, llm: OllamaLLM, model: str) -> None:
    assert any(
        name.removesuffix(":latest") == model.removesuffix(":latest") for name in server.loaded()
    )


def test_a_reply_is_streamed_and_counted(llm: OllamaLLM) -> None:
    asked = [Message("system", "Be brief."), Message("user", "Count: one, two,")]
    generation = llm.stream(asked, max_tokens=8)
    assert "".join(generation).strip()
    counted = generation.usage.prompt_tokens
    assert sum(least_tokens(each.content) for each in asked) <= counted
    assert counted <= sum(most_tokens(each.content) for each in asked) + 100  # the template's own
    assert generation.usage.completion_tokens <= 8


def test_a_long_reply_is_cut_and_says_so(llm: OllamaLLM) -> None:
    if llm.manner.thinks:
        pytest.skip("a model that thinks uses its tokens for that")
    generation = llm.stream([Message("user", "Write a long story.")], max_tokens=5)
    assert "".join(generation)
    assert generation.cut


def test_the_form_is_kept_or_found_out(llm: OllamaLLM) -> None:
    history = [
        Message("user", "When did the Tay Bridge open?"),
        Message("assistant", "The Tay Bridge opened in 1887."),
    ]
    messages = standalone_messages("Who built it?", history)
    value = value_of("question", llm.stream(messages, schema=STANDALONE_SCHEMA, max_tokens=64))
    print(llm.name, llm.manner, value)
    assert llm.manner.proved
    assert value.endswith("?")


@pytest.mark.parametrize("history", [False, True])
def test_a_prompt_that_does_not_fit_is_an_error(
    llm: OllamaLLM, monkeypatch: pytest.MonkeyPatch, history: bool
) -> None:
    monkeypatch.setattr(llm, "_fitting", lambda _: 4096)  # smaller than the prompt needs
    monkeypatch.setattr(llm, "_context", 4096)
    figures = [Message("user", FIGURES)]
    said = [*figures, Message("assistant", "ok"), Message("user", "Say hi.")]
    with pytest.raises(LLMError, match="larger context"):
        list(llm.stream(said if history else figures, max_tokens=5))


def test_a_model_that_is_not_there_is_told(server: Server) -> None:
    with pytest.raises(LLMUnavailableError, match="rag models pull ollama:nobody"):
        OllamaLLM.connect("nobody", host=ollama_addresses(HOST)[0])


def test_its_embeddings_are_vectors(server: Server) -> None:
    able = [each for each in _pulled(server) if server.described(each.name).can("embedding")]
    if not able:
        pytest.skip("the server has no embedding model: ollama pull all-minilm")
    embedder = OllamaEmbedder.connect(f"ollama:{able[0].name}", hosts=ollama_addresses(HOST))
    one, other, far = embedder.encode(["a red bridge", "the bridge is red", "tax law of 1987"])
    assert one @ other > one @ far
    assert np.isclose(np.linalg.norm(one), 1)


def test_the_whole_line_answers_the_seeds(
    model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", HOST)
    monkeypatch.setattr("rag.settings.user_data_path", lambda _: tmp_path)
    result = CliRunner().invoke(
        main, ["models", "try", f"ollama:{model}", "--suite", str(SEEDS)], catch_exceptions=False
    )
    print(result.output)
    assert result.exit_code == 0, result.output
    assert "Form: " in result.output
