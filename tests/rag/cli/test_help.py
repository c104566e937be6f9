"""Every command and option is documented."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from rag.cli.main import main


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
