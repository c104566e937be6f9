"""LlamaIndex's client of OpenAI's interface over a real connection.

It runs in an environment of its own, ``.venv/llama-index``, which ``make test`` makes. Where there
is none, this fails and says so; ``pytest -m "not llama_index"`` leaves it out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.workers import ANSWER, CITED, FOOTNOTED, QUESTION, TASS, TWO, Serve
from tests.scripted_llm import ScriptedLLM

pytestmark = pytest.mark.llama_index

PYTHON = Path(sys.prefix) / "llama-index" / "bin" / "python"
CLIENT = Path(__file__).with_name("llama_index_client.py")


def _client(asked: dict[str, str]) -> dict[str, Any]:
    if not PYTHON.exists():
        pytest.fail(
            "LlamaIndex is not here: `make test` installs it into .venv/llama-index, or leave this "
            'test out with: pytest -m "not llama_index"'
        )
    ran = subprocess.run(
        [PYTHON, CLIENT], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_an_unchanged_llama_index_is_served(serve: Serve) -> None:
    llm = ScriptedLLM(TWO, TWO, TWO, TWO, f'{{"question": "{QUESTION}"}}', TWO)
    told = _client(
        {"address": f"{serve(llm)}v1", "question": QUESTION, "follow_up": "How many of them?"}
    )
    assert told["plain"] == told["completed"] == f"{ANSWER} {TASS}"
    assert [part for part in told["streamed"] if part] == [ANSWER, f" {TASS}"]
    assert told["footnoted"] == told["followed_up"] == FOOTNOTED
    assert [each["cited_text"] for each in told["citations"]] == [CITED, TASS]
    assert told["tokens"] == llm.count_tokens(TWO)
    assert "rag index PATH" in told["unknown"]
    assert f"assistant: {ANSWER} {TASS}\n" in llm.calls[4].messages[1].content
