"""Fixtures of the commands' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import TEXT, CommandLine


@pytest.fixture
def rag(home: Path) -> CommandLine:
    return CommandLine()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "korea.txt").write_text(TEXT)
    return folder


@pytest.fixture
def indexed(rag: CommandLine, files: Path) -> CommandLine:
    assert rag("index", files).exit_code == 0
    return rag
