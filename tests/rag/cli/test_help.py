"""Every command and option is documented."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from rag.cli.main import main
from tests.examples import README


def _commands(group: click.Group, path: str = "rag") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


@pytest.mark.parametrize(("name", "command"), list(_commands(main)))
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help
    silent = [
        each.name for each in command.params if isinstance(each, click.Option) and not each.help
    ]
    assert not silent


def test_help_lists_every_command() -> None:
    told = CliRunner().invoke(main, ["--help"]).stdout
    assert all(f"\n  {name} " in told for name in main.commands)


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert version("footnote-rag") in CliRunner().invoke(main, ["--version"]).stdout


def _shown() -> list[list[str]]:
    """The commands that the README shows, each as its words."""
    lines = README.read_text("utf-8").splitlines()
    commands = [line.strip() for line in lines if line.startswith("    .venv/bin/rag ")]
    return [shlex.split(command, comments=True)[1:] for command in commands]


def test_every_command_and_option_that_the_readme_shows_is_there() -> None:
    shown = _shown()
    assert len(shown) > 10
    for words in shown:
        rest = iter(words)
        command: click.Command = main
        while isinstance(command, click.Group):
            command = command.commands[next(rest)]
        known = {option for each in command.params for option in each.opts}
        assert {word for word in rest if word.startswith("-")} <= known, command.name
