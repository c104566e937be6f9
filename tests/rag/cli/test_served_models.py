"""``rag models recommend``, ``try`` and ``pull``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rag.cli.main import main
from tests.loopback import served, unused_address
from tests.ollama_server import Model, OllamaServer

NAME = "qwen3:4b"
LARGER = Model(parameters="4.0B")
DOCUMENT = "The bridge opened in 1932.\n\nIt was painted red by Anna Berg.\n"
QUESTIONS = [
    {"id": "1", "question": "When did the bridge open?", "answers": ["1932"], "answerable": True},
    {
        "id": "2",
        "question": "Who painted the bridge?",
        "answers": ["Anna Berg"],
        "answerable": True,
    },
    {"id": "3", "question": "How long is the bridge?", "answers": [], "answerable": False},
]


@contextmanager
def _ollama(monkeypatch: pytest.MonkeyPatch, **options: Any) -> Iterator[OllamaServer]:
    server = OllamaServer(**{"models": {NAME: LARGER}, **options})
    with served(server) as host:
        monkeypatch.setenv("OLLAMA_HOST", host)
        yield server


@pytest.fixture
def rag(home: Path) -> Any:
    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, ["models", *arguments])
        assert "Traceback" not in result.output
        return result

    return run


def test_recommend_names_the_best_and_how_to_try_and_choose_it(
    rag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {NAME: LARGER, "bge-m3:latest": Model(["embedding"], parameters="567M")}
    with _ollama(monkeypatch, models=models):
        told = rag("recommend").stdout
        judged = json.loads(rag("recommend", "--json").stdout)
    assert f"+ {NAME}" in told
    assert "- bge-m3:latest" in told
    assert f"rag models try ollama:{NAME}" in told
    assert f"RAG_LLM=ollama:{NAME}" in told
    assert [[each["suitable"] for each in models] for models in judged.values()] == [[True, False]]


def test_recommend_says_what_to_pull_where_nothing_suits(
    rag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _ollama(monkeypatch, models={}):
        assert "rag models pull ollama:" in rag("recommend").stdout


def test_recommend_says_how_to_start_a_server(rag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", unused_address())
    result = rag("recommend")
    assert result.exit_code == 1
    assert "ollama serve" in result.stderr


def test_pull_tells_each_step_and_how_to_choose_the_model(
    rag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _ollama(monkeypatch, models={}, library=["qwen3:4b"]) as server:
        result = rag("pull", "ollama:qwen3:4b")
    assert result.exit_code == 0
    for step in ("pulling manifest", "pulling aabbcc", "verifying", "success"):
        assert result.stderr.count(step) == 1
    assert "--llm ollama:qwen3:4b" in result.stdout
    assert NAME in server.models


def test_pull_goes_to_the_first_server_that_answers(
    rag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _ollama(monkeypatch, models={}, library=[NAME]) as server:
        monkeypatch.setenv("OLLAMA_HOST", f"{unused_address()},{os.environ['OLLAMA_HOST']}")
        assert rag("pull", f"ollama:{NAME}").exit_code == 0
    assert NAME in server.models


@pytest.mark.parametrize(
    ("name", "exit_code", "told"),
    [
        ("ollama:nobody", 1, "ollama.com/library"),
        ("qwen3:4b", 2, "write ollama:MODEL"),
        ("ollama:", 2, "write ollama:MODEL"),
    ],
)
def test_what_cannot_be_pulled_is_told(
    rag: Any, monkeypatch: pytest.MonkeyPatch, name: str, exit_code: int, told: str
) -> None:
    with _ollama(monkeypatch):
        result = rag("pull", name)
    assert result.exit_code == exit_code
    assert told in result.stderr


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "bridge.txt").write_text(DOCUMENT)
    lines = [json.dumps({**each, "relevant_ids": ["bridge.txt"]}) for each in QUESTIONS[:2]]
    lines.append(json.dumps({**QUESTIONS[2], "relevant_ids": []}))
    (folder / "questions.jsonl").write_text("\n".join(lines))
    return folder


def _painter(body: dict[str, Any]) -> list[str]:
    """A model that knows who painted, and takes her for the answer to everything."""
    return ['{"evidence": ["S1"], "answer": "', "Anna Berg", '"}']


@pytest.mark.real
def test_try_tells_form_seconds_and_what_is_right(
    rag: Any, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_HOME")  # the real embedder is in the user's own cache
    monkeypatch.setattr("rag.settings.user_data_path", lambda _: suite.parent / "data")
    with _ollama(monkeypatch, chat=_painter):
        result = rag("try", f"ollama:{NAME}", "--suite", str(suite))
        told = json.loads(rag("try", f"ollama:{NAME}", "--suite", str(suite), "--json").stdout)
    assert result.exit_code == 0, result.output
    assert "2 of 3 right" in result.stdout  # the painter, and that the length is not told
    assert "Form: replies held to a JSON schema\n" in result.stdout
    assert [each["right"] for each in told["questions"]] == [False, True, True]
    assert all(each["seconds"] > 0 for each in told["questions"])


@pytest.mark.real
def test_a_quoted_answer_is_not_the_models(
    rag: Any, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_HOME")
    monkeypatch.setattr("rag.settings.user_data_path", lambda _: suite.parent / "data")
    with _ollama(monkeypatch, chat=lambda _: []):
        result = rag("try", f"ollama:{NAME}", "--suite", str(suite))
    assert result.exit_code == 1, result.output
    assert "wrote no reply" in result.stdout
