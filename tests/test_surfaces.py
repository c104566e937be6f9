"""Law: the same question gets the same answer through every surface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from api.app import Assistants, create_app
from rag.assistant import Assistant
from rag.cli.main import main
from rag.errors import LLMError
from rag.llm import LLM
from rag.settings import Settings
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder, wired
from tests.scripted_llm import ScriptedLLM

TEXT = """\
Workers for the south

The north sends engineers to the south. It also sends 5,000 construction workers.

Shoigu met Kim in Pyongyang. TASS told of workers from the north.
"""

# What is asked, and what the language model says; None where there is no model.
CASES: dict[str, tuple[str, str | LLMError | None]] = {
    "answered": (
        "How many construction workers does the north send?",
        ScriptedLLM.reply(
            "The north sends 5,000 construction workers. TASS told of workers from the north.",
            "S2",
        ),
    ),
    "in part withheld": (
        "How many construction workers does the north send?",
        ScriptedLLM.reply("The north sends 5,000 construction workers. Putin paid.", "S2"),
    ),
    "withheld": (
        "How many construction workers does the north send?",
        ScriptedLLM.reply("The north sends 7,000 construction workers.", "S2"),
    ),
    "declined": ("What is the population of Pyongyang?", ScriptedLLM.reply("")),
    "failed": ("Who met Kim in Pyongyang?", LLMError("it broke")),
    "without a model": ("Who met Kim in Pyongyang?", None),
}


class _Surfaces:
    """The three ways to ask, each with a language model that says the same."""

    def __init__(self, settings: Settings, embedder: HashingEmbedder) -> None:
        self._settings = settings
        self._embedder = embedder

    def assistant(self, question: str, llm: LLM | None) -> dict[str, Any]:
        with Wiring(self._settings).open_index(self._embedder) as index:
            answer: dict[str, Any] = json.loads(
                json.dumps(Assistant(index, llm).ask(question).as_dict())
            )
        return answer

    def command_line(self, question: str, llm: LLM | None) -> dict[str, Any]:
        named = ["--llm", "none"] if llm is None else []
        doubles = wired(self._embedder, llm)
        printed = CliRunner().invoke(main, ["ask", question, "--json", *named], obj=doubles)
        answer: dict[str, Any] = json.loads(printed.stdout)
        return answer

    def http(self, question: str, llm: LLM | None) -> dict[str, Any]:
        with self._client(llm) as client:
            answer: dict[str, Any] = client.post("/ask", json={"question": question}).json()
        return answer

    def chat(self, question: str, llm: LLM | None) -> dict[str, Any]:
        asked = {"model": "default", "messages": [{"role": "user", "content": question}]}
        with self._client(llm) as client:
            completion = client.post("/v1/chat/completions", json=asked).json()
        message: dict[str, Any] = completion["choices"][0]["message"]
        return message

    def _client(self, llm: LLM | None) -> TestClient:
        return TestClient(
            create_app(self._settings, Assistants(self._settings, self._embedder, llm))
        )


@pytest.fixture
def surfaces(home: Path, tmp_path: Path, embedder: HashingEmbedder) -> _Surfaces:
    (tmp_path / "korea.txt").write_text(TEXT)
    settings = Settings.from_environment()
    with Wiring(settings).open_index(embedder, create=True) as index:
        index.ingest([tmp_path / "korea.txt"])
    return _Surfaces(settings, embedder)


def _without_timings(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["timings"].keys() == {*("rewrite", "search", "documents", "evidence", "answer")}
    return {**answer, "timings": {}}


def _llm(says: str | LLMError | None) -> LLM | None:
    return None if says is None else ScriptedLLM(says)


@pytest.mark.parametrize("case", CASES)
def test_the_same_answer_through_every_surface(surfaces: _Surfaces, case: str) -> None:
    question, says = CASES[case]
    direct = _without_timings(surfaces.assistant(question, _llm(says)))
    assert _without_timings(surfaces.command_line(question, _llm(says))) == direct
    assert _without_timings(surfaces.http(question, _llm(says))) == direct


@pytest.mark.parametrize("case", CASES)
def test_a_chat_has_the_text_and_the_characters_of_the_answer(
    surfaces: _Surfaces, case: str
) -> None:
    question, says = CASES[case]
    direct = surfaces.assistant(question, _llm(says))
    message = surfaces.chat(question, _llm(says))
    assert message["content"].endswith(direct["text"])
    assert (message["content"] == direct["text"]) is (direct["status"] != "tentative")
    assert message["uncertainty"] == direct["uncertainty"]
    assert message["refusal"] == direct["missing"]
    assert message["notice"] == direct["notice"]
    assert message["unfamiliar"] == list(direct["unfamiliar"])
    for kind in ("citations", "closest"):
        assert [_characters(each) for each in message[kind]] == [
            _characters(each) for each in direct[kind]
        ]


def _characters(citation: dict[str, Any]) -> tuple[str, str, int, int]:
    return (
        citation["source"],
        citation["cited_text"],
        citation["start_char_index"],
        citation["end_char_index"],
    )


def test_the_cases_are_what_they_are_called(surfaces: _Surfaces) -> None:
    answers = {
        case: surfaces.assistant(question, _llm(says)) for case, (question, says) in CASES.items()
    }
    assert {case: answer["status"] for case, answer in answers.items()} == {
        "answered": "answered",
        "in part withheld": "answered",
        "withheld": "tentative",
        "declined": "unanswered",
        "failed": "answered",
        "without a model": "answered",
    }
    assert len(answers["answered"]["claims"]) == 2
    assert len(answers["in part withheld"]["withheld"]) == 1
    assert [case for case, answer in answers.items() if answer["extractive"]] == [
        "failed",
        "without a model",
    ]
