"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from rag.llm.llamacpp import LlamaCppLLM
from rag.llm.openmp import import_llamacpp
from rag.settings import Settings
from rag.wiring import Wiring
from tests.connections import tracked
from tests.doubles import HashingEmbedder

# How long an example takes says something of the machine and of what else it does.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def connections() -> Iterator[None]:
    """A connection to SQLite that a test does not close makes the tests fail."""
    with tracked():
        yield


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for models and collections, with every other setting at its default."""
    for name in Settings().as_environment().keys() | os.environ.keys():
        if name.startswith(("RAG_", "OLLAMA_", "OPENAI_")):
            monkeypatch.setenv(name, "")  # restored afterwards, whatever a test makes of it
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def smollm() -> LlamaCppLLM:
    """The smallest real language model, loaded once; fetched when it is not here."""
    name = "smollm2-135m"
    llm = LlamaCppLLM(Wiring(Settings.from_environment()).store().path(name), f"llamacpp:{name}")
    llm.load()
    return llm


@pytest.fixture(scope="session")
def smollm_server() -> Iterator[str]:
    """The address of a server of llama.cpp on loopback, as people run one; ours listens nowhere."""
    xllamacpp = import_llamacpp()
    params = xllamacpp.CommonParams()
    params.model.path = str(Wiring(Settings.from_environment()).store().path("smollm2-135m"))
    params.n_ctx, params.n_parallel, params.warmup, params.verbosity = 4096, 1, False, -1
    params.hostnames, params.port = ["127.0.0.1"], 0
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server
