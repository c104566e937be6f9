"""A part of the attacks; all of them are ``python -m tests.attacks``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.attacks.__main__ import main
from tests.attacks.areas import AREAS
from tests.attacks.suite import Area, Attack, require, tried, without_state

_EVERY = {
    "loaders": 90,
    "doubling": 29,
    "archives": 25,
    "questions": 9,
    "requests": 29,
    "uploads": 13,
}


@pytest.mark.parametrize("area", sorted(AREAS.keys() - {"patterns"}))  # which have a test of theirs
def test_a_part_of_the_attacks_is_held(area: str) -> None:
    result = tried(AREAS[area], _EVERY.get(area, 2))
    assert result.tried > 0
    assert result.broken == []


def test_an_attack_that_gets_through_is_told() -> None:
    def fail() -> None:
        require(False, "it is open")

    attacks = (
        Attack("first", fail),
        Attack("second", lambda: None),
        Attack("third", lambda: None, -1),
    )
    result = tried(Area("doors", without_state(lambda: iter(attacks))))
    assert (result.tried, result.held) == (3, 1)
    assert result.broken[0] == "first: BrokenError: it is open"
    assert result.broken[1].startswith("third: took")


def test_the_command_writes_what_it_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("open")

    area = Area("archives", without_state(lambda: iter([Attack("a door", fail)])))
    monkeypatch.setattr("tests.attacks.__main__.AREAS", {"archives": area})
    out = tmp_path / "attacks.json"
    told = CliRunner().invoke(main, ["--area", "archives", "--out", str(out)])
    assert told.exit_code == 1
    assert "| archives | 1 | 0 | 0 |" in told.output
    (result,) = json.loads(out.read_text())
    assert result["broken"] == ["a door: ValueError: open"]
