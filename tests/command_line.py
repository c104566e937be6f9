"""Runs commands in this process, with doubles of the models, over one small document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from rag.cli.main import main
from rag.llm import LLM
from tests.doubles import wired
from tests.scripted_llm import ScriptedLLM

TEXT = """\
Workers for the south

The north sends engineers to the south. It also sends 5,000 construction workers.

Shoigu met Kim in Pyongyang. TASS reported it.
"""
TITLE = "Workers for the south"
WORKERS = "It also sends 5,000 construction workers."
QUESTION = "How many construction workers does the north send?"
REPLY = ScriptedLLM.reply("The north sends 5,000 construction workers.", "S2")


class CommandLine:
    """Commands open an embedder of hashes, and ``llm`` if it is set, else the one that is named."""

    def __init__(self) -> None:
        self.llm: LLM | None = None

    def __call__(
        self,
        *arguments: str | Path,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a command; whatever goes wrong in it, it ends without a traceback."""
        result = CliRunner().invoke(
            main, [str(each) for each in arguments], input=stdin, env=env, obj=wired(llm=self.llm)
        )
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result

    def fails(
        self,
        exit_code: int,
        *arguments: str | Path,
        stdin: str | bytes = "",
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command that must fail, saying so on stderr alone; return what it says."""
        result = self(*arguments, stdin=stdin, env=env)
        assert result.exit_code == exit_code, result.output
        assert result.stdout == ""
        assert result.stderr.startswith("rag: ")
        return result.stderr
