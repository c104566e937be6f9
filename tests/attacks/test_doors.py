"""Some of the attacks of other days on this version; all are ``python -m tests.attacks.doors``."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.attacks import doors
from tests.attacks.program import Program
from tests.attacks.suite import require, tried

_SOME = (
    "10 Origin",
    "10 Host",
    "4 two names: equal when cleaned",
    "4 elements in XML",
    "8 requests",
)


def test_some_doors_are_closed() -> None:
    result = tried(doors.area(wanted=_SOME))
    assert result.tried == len(_SOME)
    assert result.broken == []


def test_the_command_says_what_got_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_its_folder(program: Program) -> None:
        require(program.checkout == tmp_path, "it is open")
        require(False, "two\nlines | more")

    monkeypatch.setattr(doors, "doors", lambda: iter([("1 one", by_its_folder)]))
    told = CliRunner().invoke(doors.main, ["--program", str(tmp_path)])
    assert told.exit_code == 1
    assert "| 1 one | BrokenError: two lines / more |" in told.output
    assert "0 of 1 held" in told.output
