"""Nothing that a file is called or holds steers the terminal on which it is shown."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

from tests.command_line import CommandLine

ROOT = Path(__file__).parents[3]
STEERING = "\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\u202egnp.exe", "\r", "\x7f"


def _steers(shown: str) -> list[str]:
    return [each for each in shown if not each.isprintable() and each not in "\n\t"]


@pytest.mark.parametrize("mark", STEERING, ids=ascii)
def test_no_name_of_a_file_steers_the_terminal(rag: CommandLine, files: Path, mark: str) -> None:
    (files / f"good{mark}.txt").write_text(f"The lease {mark} has 37 clauses.")
    (files / f"bad{mark}.pdf").write_text("nothing")
    (files / f"gone{mark}.txt").symlink_to("/etc/hostname")
    asked = "How many clauses does the lease have?"
    for arguments in (
        ("index", files),
        ("documents",),
        ("documents", "--failed"),
        ("ask", "--llm", "none", asked),
        ("search", asked),
        ("index", f"nowhere{mark}"),
    ):
        result = rag(*arguments)
        assert not _steers(result.stdout + result.stderr), arguments
        assert not isinstance(result.exception, UnicodeError)


def test_json_is_read_back_with_all_that_was_in_a_name(rag: CommandLine, files: Path) -> None:
    (files / "good\x9b\u202e.txt").write_text("The lease has 37 clauses.")
    rag("index", files)
    listed = rag("documents", "--json")
    assert not _steers(listed.stdout)
    assert "good\x9b\u202e.txt" in {Path(each["key"]).name for each in json.loads(listed.stdout)}


def test_a_name_that_is_no_text_is_told(rag: CommandLine, files: Path) -> None:
    Path(os.fsdecode(os.fsencode(files) + b"/caf\xe9.txt")).write_text("The lease.")
    result = rag("index", files)
    assert "caf\\udce9.txt" in result.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "rag" / "cli").rglob("*.py")), ids=lambda p: p.name)
def test_commands_print_in_one_way(path: Path) -> None:
    """``click.echo`` shows a terminal whatever it is given."""
    if path.name == "echo.py":
        return
    calls = [
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    direct = [
        call
        for call in calls
        if (isinstance(call, ast.Attribute) and call.attr in ("echo", "secho"))
        or (isinstance(call, ast.Name) and call.id == "print")
    ]
    assert not direct
