"""``rag serve``: how the server is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag.settings import Settings
from rag.wiring import Wiring
from tests.command_line import CommandLine


class _Uvicorn:
    """Records how the server would be started."""

    def __init__(self, failure: SystemExit | None = None) -> None:
        self.started: dict[str, Any] = {}
        self._failure = failure

    def __call__(self, app: str, **options: Any) -> None:
        self.started = {"app": app, **options}
        if self._failure:
            raise self._failure


def test_serve_starts_the_application_with_these_settings(
    indexed: CommandLine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvicorn = _Uvicorn()
    monkeypatch.setattr("uvicorn.run", uvicorn)
    result = indexed("serve", "--port", "8123", "--llm", "none", "--offline")
    assert result.exit_code == 0
    assert "Serving collection 'default' at http://127.0.0.1:8123" in result.stderr
    assert uvicorn.started["app"] == "api.app:create_app"
    assert (uvicorn.started["host"], uvicorn.started["port"]) == ("127.0.0.1", 8123)
    # The application reads its settings from the environment.
    assert Settings.from_environment() == Settings(home=home, llm="none", offline=True)


def test_serve_passes_on_how_it_is_to_answer(
    indexed: CommandLine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.run", _Uvicorn())
    options = ("--llm", "none", "--strictness", "eager", "--answer", "auto")
    assert indexed("serve", *options).exit_code == 0
    given = Settings(home=home, llm="none", strictness="eager", answer="auto")
    assert Settings.from_environment() == given


def test_serve_without_an_index_begins_with_an_empty_collection(
    rag: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvicorn = _Uvicorn()
    monkeypatch.setattr("uvicorn.run", uvicorn)
    assert rag("serve", "--llm", "none").exit_code == 0
    assert uvicorn.started
    assert Wiring(Settings.from_environment()).collections.names() == ["default"]


def test_a_server_that_cannot_start_is_an_error(
    indexed: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.run", _Uvicorn(SystemExit(3)))
    assert indexed("serve", "--llm", "none").exit_code == 1
