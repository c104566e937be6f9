"""``rag bench``: what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.evaluation.bench import BEYOND
from rag.evaluation.waiting import MODELS
from tests.command_line import QUESTION, CommandLine
from tests.scripted_llm import ScriptedLLM

PARTS = ("first sentence", "whole answer", *MODELS, BEYOND)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """One document, and a question about it that stands alone; another one leans on what was said
    before."""
    folder = tmp_path / "towers"
    folder.mkdir()
    document = {"id": "d", "title": "Tower 1", "text": "Tower 1 is 100 metres tall."}
    alone = {"id": "a", "question": "How tall is Tower 1?", "answers": ["100 metres"]}
    before = [{"role": "user", "content": "How tall is Tower 1?"}]
    leaning = {"id": "b", "question": "And how old?", "history": before}
    (folder / "corpus.jsonl").write_text(json.dumps(document), encoding="utf-8")
    (folder / "questions.jsonl").write_text(f"{json.dumps(alone)}\n{json.dumps(leaning)}\n")
    return folder


def test_the_commands_print_rows_or_json(indexed: CommandLine) -> None:
    searched = indexed("bench", "search", "workers", "sappers")
    assert searched.exit_code == 0, searched.output
    raw, ours = searched.stdout.splitlines()
    assert raw.startswith("raw encoder and FAISS  ")
    assert ours.startswith("search  ")
    assert "×" in ours
    answered = indexed("bench", "answer", QUESTION, "--llm", "none", "--json")
    rows = json.loads(answered.stdout)
    assert [row["name"] for row in rows] == [f"quick: {part}" for part in PARTS]
    assert "rag index PATH" in indexed.fails(1, "bench", "start", "who?", "--collection", "nowhere")


def test_a_suite_is_timed_in_every_mode(rag: CommandLine, suite: Path) -> None:
    rag.llm = llm = ScriptedLLM(*["[1] Tower 1 is 100 metres tall."] * 5)
    told = rag("bench", "suite", suite, "--json")
    assert told.exit_code == 0, told.output
    expected = []
    for mode in ("quick", "cascade", "footnote"):
        expected += [f"naive: whole answer, beside {mode}", *(f"{mode}: {part}" for part in PARTS)]
    rows = json.loads(told.stdout)
    assert [row["name"] for row in rows] == expected
    assert {row["n"] for row in rows} == {1}  # what leans on a conversation is left out
    assert len(llm.calls) == 4  # of naive in each mode, and of footnote


def test_a_suite_of_conversations_alone_is_refused(rag: CommandLine, suite: Path) -> None:
    questions = suite / "questions.jsonl"
    questions.write_text(questions.read_text().splitlines()[1])
    rag.llm = ScriptedLLM()
    assert "asks nothing by itself" in rag.fails(1, "bench", "suite", suite)


def test_what_was_measured_is_printed_as_a_table(rag: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    ours = {"name": "ours", "n": 3, "wall_s": 0.0712, "ratio": 0.5, "ratio_low": 0.4, "cpu_s": None}
    rows = [{"name": "theirs", "n": 3, "wall_s": 13.04, "ratio": None}, {**ours, "ratio_high": 0.7}]
    file.write_text(json.dumps(rows))
    assert rag("bench", "table", file).stdout.splitlines() == [
        "| what | times | seconds, median | beside its baseline |",
        "| --- | --- | --- | --- |",
        "| theirs | 3 | 13.0 |  |",
        "| ours | 3 | 0.071 | 0.50 (0.40–0.70) |",
    ]
    for damaged in ("{", '["a"]', "3", '[{"name": "a", "n": "b"}]'):
        file.write_text(damaged)
        assert "--json" in rag.fails(1, "bench", "table", file)
