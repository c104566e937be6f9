"""Fixtures of the tests that ask over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.app import Assistants, create_app
from rag.llm import LLM
from rag.settings import Settings
from tests.api.workers import TEXT, Serve
from tests.doubles import HashingEmbedder
from tests.serving import serving


@pytest.fixture
def workers(home: Path, embedder: HashingEmbedder) -> Settings:
    """Settings of a home whose collection holds one document, ``TEXT``."""
    settings = Settings.from_environment()
    with settings.open_index(embedder, create=True) as index:
        index.add_text("workers.txt", "Workers", TEXT)
    return settings


@pytest.fixture
def serve(workers: Settings) -> Iterator[Serve]:
    """Starts a server with a language model; the value is its base address."""
    with ExitStack() as stack:

        def served(llm: LLM | None) -> str:
            app = create_app(workers, Assistants(workers, HashingEmbedder(), llm))
            return stack.enter_context(serving(app))

        yield served
