"""``rag bench``: what it prints."""

from __future__ import annotations

import json

from tests.command_line import QUESTION, CommandLine


def test_the_commands_print_rows_or_json(indexed: CommandLine) -> None:
    searched = indexed("bench", "search", "workers", "sappers")
    assert searched.exit_code == 0, searched.output
    raw, ours = searched.stdout.splitlines()
    assert raw.startswith("raw encoder and FAISS  ")
    assert ours.startswith("search  ")
    assert "×" in ours
    answered = indexed("bench", "answer", QUESTION, "--llm", "none", "--json")
    rows = json.loads(answered.stdout)
    assert [row["name"] for row in rows] == ["quick: first sentence", "quick: whole answer"]
    assert "rag index PATH" in indexed.fails(1, "bench", "start", "who?", "--collection", "nowhere")
