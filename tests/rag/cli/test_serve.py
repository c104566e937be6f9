"""``rag serve``: how the server is started."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from api.connections import Connection
from rag.gate.calibration import default_calibrations
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
    recorded = _Uvicorn()
    monkeypatch.setattr("uvicorn.run", recorded)
    result = indexed("serve", "--port", "8123", "--llm", "none", "--offline")
    assert result.exit_code == 0
    assert "Serving collection 'default' at http://127.0.0.1:8123" in result.stderr
    assert recorded.started["app"] == "api.app:create_app"
    assert (recorded.started["host"], recorded.started["port"]) == ("127.0.0.1", 8123)
    # The application reads its settings from the environment.
    assert Settings.from_environment() == Settings(home=home, llm="none", offline=True)


def test_serve_limits_connections_and_its_log_and_believes_no_header(
    indexed: CommandLine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    recorded = _Uvicorn()
    monkeypatch.setattr("uvicorn.run", recorded)
    assert indexed("serve", "--llm", "none").exit_code == 0
    assert recorded.started["proxy_headers"] is False  # else X-Forwarded-For names who asks
    config = uvicorn.Config(
        FastAPI(), http=recorded.started["http"], log_config=recorded.started["log_config"]
    )
    config.load()
    assert config.http_protocol_class is Connection
    for name in ("uvicorn.error", "asyncio"):
        capfd.readouterr()
        for number in range(1000):
            logging.getLogger(name).error("request %s failed \x1b[31m", number)
        told = capfd.readouterr().err
        assert 1 <= told.count("failed") <= 10
        assert "\x1b[31m" not in told


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
    recorded = _Uvicorn()
    monkeypatch.setattr("uvicorn.run", recorded)
    assert rag("serve", "--llm", "none").exit_code == 0
    assert recorded.started
    assert Wiring(Settings.from_environment()).collections.names() == ["default"]


def test_a_server_that_cannot_start_is_an_error(
    indexed: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.run", _Uvicorn(SystemExit(3)))
    assert indexed("serve", "--llm", "none").exit_code == 1


def test_a_calibration_that_cannot_judge_is_told_at_the_start(
    indexed: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded, path = _Uvicorn(), tmp_path / "c.json"
    monkeypatch.setattr("uvicorn.run", recorded)
    default_calibrations().write(path)
    values = json.loads(path.read_text(encoding="utf-8"))
    values["written"]["weights"]["logprob"] = 0.5  # no model is named that gives it
    path.write_text(json.dumps(values), encoding="utf-8")
    monkeypatch.setenv("RAG_CALIBRATION", str(path))
    result = indexed("serve", "--llm", "none")
    assert result.exit_code == 2
    assert "rag eval calibrate" in result.stderr
    assert not recorded.started
