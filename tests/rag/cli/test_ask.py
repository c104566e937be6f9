"""``rag ask``: what it prints and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import ABSTENTION, Assistant
from rag.errors import LLMError
from rag.types import Event
from tests.command_line import QUESTION, REPLY, TEXT, TITLE, WORKERS, CommandLine
from tests.scripted_llm import ScriptedLLM
from tests.tentative import REASON, answer_tentatively


def test_ask_prints_the_answer_with_its_citation(indexed: CommandLine, files: Path) -> None:
    indexed.llm = ScriptedLLM(REPLY)
    result = indexed("ask", QUESTION)
    start = TEXT.index(WORKERS)
    assert result.exit_code == 0
    assert result.stdout == (
        "The north sends 5,000 construction workers. [1]\n\n"
        f"[1] {TITLE} ({files / 'korea.txt'}, characters {start}–{start + len(WORKERS)})\n"
        f"    “{WORKERS}”\n"
    )
    assert "— scripted, " in result.stderr


def test_ask_as_json_is_the_answer(indexed: CommandLine) -> None:
    indexed.llm = ScriptedLLM(REPLY)
    result = indexed("ask", QUESTION, "--json")
    answer = json.loads(result.stdout)
    assert answer["status"] == "answered"
    assert answer["question"] == QUESTION
    assert answer["citations"][0]["cited_text"] == WORKERS
    assert result.stderr == ""


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "-"]])
def test_ask_reads_the_question_from_standard_input(
    indexed: CommandLine, arguments: list[str]
) -> None:
    indexed.llm = ScriptedLLM(REPLY)
    result = indexed(*arguments, "--json", stdin=f"\n{QUESTION}\n")
    assert json.loads(result.stdout)["question"] == QUESTION


def test_ask_declines_with_the_closest_text_and_exit_code_3(indexed: CommandLine) -> None:
    indexed.llm = ScriptedLLM(ScriptedLLM.reply(""))
    result = indexed("ask", "What is the population of Pyongyang?")
    assert result.exit_code == 3
    assert result.stdout.startswith(f"{ABSTENTION}\n\n")
    assert "but not: population" in result.stdout
    assert f"Closest text:\n[1] {TITLE} (" in result.stdout
    assert "“Shoigu met Kim in Pyongyang.”" in result.stdout


def test_ask_without_a_language_model_quotes_and_says_so(indexed: CommandLine) -> None:
    result = indexed("ask", QUESTION, "--llm", "none")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{WORKERS} [1]\n\n")
    assert "no language model wrote this" in result.stdout
    assert "— none, " in result.stderr


def test_ask_says_when_the_language_model_failed(indexed: CommandLine) -> None:
    indexed.llm = ScriptedLLM(LLMError("it broke"))
    result = indexed("ask", QUESTION)
    assert result.exit_code == 0
    assert "Note: it broke. This answer is quoted from the documents instead." in result.stdout


def test_ask_uses_the_collection_that_is_named(rag: CommandLine, files: Path) -> None:
    assert rag("index", files, "--collection", "korea").stdout == "korea: 1 added\n"
    named = ("--llm", "none", "--collection", "korea")
    assert rag("ask", QUESTION, *named).exit_code == 0
    assert "'rag index PATH --collection default'" in rag.fails(1, "ask", QUESTION)


def test_interrupted_it_says_so(indexed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Assistant, "stream", interrupted)
    assert "interrupted" in indexed.fails(130, "ask", QUESTION, "--llm", "none")


def test_ask_is_as_strict_as_it_is_told(
    indexed: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed.llm = ScriptedLLM(REPLY, REPLY)
    asked: list[str] = []
    real = Assistant.stream

    def stream(self: Assistant, question: str) -> Iterator[Event]:
        asked.append(self.gate.strictness)
        return real(self, question)

    monkeypatch.setattr(Assistant, "stream", stream)
    for options in ([], ["--strictness", "strict"]):
        assert indexed("ask", QUESTION, *options).exit_code == 0
    assert asked == ["balanced", "strict"]
    assert indexed("ask", QUESTION, "--strictness", "lax").exit_code == 2


def test_a_tentative_answer_is_marked_and_exits_with_4(
    indexed: CommandLine, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_tentatively(monkeypatch)
    indexed.llm = ScriptedLLM(REPLY, REPLY)
    result = indexed("ask", QUESTION)
    start = TEXT.index(WORKERS)
    assert result.exit_code == 4
    assert result.stdout == (
        f"Uncertain: {REASON}. Please check the source.\n\n"
        "The north sends 5,000 construction workers. [1]\n\n"
        f"[1] {TITLE} ({files / 'korea.txt'}, characters {start}–{start + len(WORKERS)})\n"
        f"    “{WORKERS}”\n"
    )
    printed = indexed("ask", QUESTION, "--json")
    answer = json.loads(printed.stdout)
    assert printed.exit_code == 4
    assert (answer["status"], answer["uncertainty"]) == ("tentative", REASON)
    assert answer["text"] == "The north sends 5,000 construction workers."


def test_a_quick_answer_is_printed_before_the_language_model_has_written(
    indexed: CommandLine,
) -> None:
    """Asked for a figure, the line that is proved is the answer, and no model is asked."""
    indexed.llm = ScriptedLLM()
    result = indexed("ask", QUESTION, "--answer", "auto")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{WORKERS} [1]\n\n[1] {TITLE} (")
    assert "no language model wrote this" in result.stdout
    assert "— none, " in result.stderr
    assert result.stdout == indexed("ask", QUESTION, "--answer", "quick").stdout
    assert indexed("ask", QUESTION, "--answer", "slow").exit_code == 2


def test_a_quick_answer_opens_no_language_model(indexed: CommandLine) -> None:
    unknown = ("--llm", "llamacpp:that-nobody-has")
    assert indexed("ask", QUESTION, "--answer", "quick", *unknown).exit_code == 0
    assert indexed("ask", QUESTION, *unknown).exit_code != 0


def test_each_sentence_is_printed_when_it_is_proved_and_the_whole_is_the_answer(
    indexed: CommandLine,
) -> None:
    two = "The north sends 5,000 construction workers. The north sends engineers to the south."
    indexed.llm = ScriptedLLM(ScriptedLLM.reply(two, "S2", "S1"))
    printed = indexed("ask", QUESTION).stdout
    indexed.llm = ScriptedLLM(ScriptedLLM.reply(two, "S2", "S1"))
    answer = json.loads(indexed("ask", QUESTION, "--json").stdout)
    assert printed.startswith(
        "The north sends 5,000 construction workers. [1] "
        "The north sends engineers to the south. [2]\n\n[1] "
    )
    assert len(answer["claims"]) == 2
