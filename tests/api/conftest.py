"""The application over collections of a home of its own, also on a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from index.errors import DamagedIndexError
from rag.assistant import Assistant
from rag.llm import LLM
from rag.settings import Settings
from rag.types import Event, Finished
from rag.wiring import Wiring
from tests.api.workers import TEXT, Serve
from tests.doubles import HashingEmbedder
from tests.serving import serving


@pytest.fixture(autouse=True)
def _closed_assistants(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the indexes of every application that a test has made, also of one never served."""
    made: list[Assistants] = []
    initialise = Assistants.__init__

    def remembered(self: Assistants, *arguments: Any, **options: Any) -> None:
        initialise(self, *arguments, **options)
        made.append(self)

    monkeypatch.setattr(Assistants, "__init__", remembered)
    yield
    for assistants in made:
        assistants.close()


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of a home that is empty."""
    return Settings.from_environment()


@pytest.fixture
def client(settings: Settings, embedder: HashingEmbedder) -> Iterator[TestClient]:
    """The application without a language model."""
    with TestClient(create_app(settings, Assistants(settings, embedder, None))) as opened:
        yield opened


@pytest.fixture
def broken_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer breaks off before its end."""
    real = Assistant.stream

    def breaks(self: Assistant, *arguments: Any, **options: Any) -> Iterator[Event]:
        for event in real(self, *arguments, **options):
            if isinstance(event, Finished):
                raise DamagedIndexError("the catalogue cannot be read")
            yield event

    monkeypatch.setattr(Assistant, "stream", breaks)


@pytest.fixture
def workers(home: Path, embedder: HashingEmbedder) -> Settings:
    """Settings of a home whose collection holds one document, ``TEXT``."""
    settings = Settings.from_environment()
    with Wiring(settings).open_index(embedder, create=True) as index:
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
