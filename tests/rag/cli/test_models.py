"""``rag models``: what is listed, fetched and verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import CommandLine


def test_models_list_shows_what_there_is_to_get(rag: CommandLine, home: Path) -> None:
    rows = json.loads(rag("models", "list", "--json").stdout)
    assert {row["role"] for row in rows} == {"embedder", "llm"}
    assert {row["state"] for row in rows} == {"missing"}
    assert all(Path(row["path"]).is_relative_to(home) for row in rows)
    assert "smollm2-135m           llm       Apache-2.0       98 MB  missing" in (
        rag("models", "list").stdout
    )


def test_verify_without_a_model_says_how_to_get_one(rag: CommandLine) -> None:
    assert "'rag models fetch'" in rag.fails(1, "models", "verify")


def test_verify_tells_a_missing_file_and_how_to_mend_it(rag: CommandLine) -> None:
    result = rag("models", "verify", "smollm2-135m")
    assert (result.exit_code, result.stdout) == (
        1,
        "missing  smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf\n",
    )
    assert "'rag models fetch NAME'" in result.stderr


def test_verify_tells_changed_bytes(rag: CommandLine, home: Path) -> None:
    path = home / "models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other")
    result = rag("models", "verify")
    assert (result.exit_code, result.stdout) == (
        1,
        "CHANGED  smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf\n",
    )


@pytest.mark.parametrize("command", ["fetch", "path", "verify"])
def test_a_model_that_nobody_knows_is_a_usage_error(rag: CommandLine, command: str) -> None:
    assert "smollm2-135m" in rag.fails(2, "models", command, "gpt-9")


@pytest.mark.parametrize("command", ["fetch", "path"])
def test_offline_no_model_is_fetched(rag: CommandLine, command: str) -> None:
    told = rag.fails(1, "models", command, "smollm2-135m", "--offline")
    assert "`rag models fetch smollm2-135m`" in told
