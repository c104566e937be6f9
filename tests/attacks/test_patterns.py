"""No pattern takes more than linear time, whatever it is given to read."""

from __future__ import annotations

import re

import pytest

from tests.attacks.patterns import Found, all_patterns, slowest, unlisted


@pytest.mark.parametrize(
    ("source", "searches"),
    [
        (r"[ \t]+$", True),
        (r"(\S.*?)[ \t]*$", False),
        (r"(?m)\s*^([^\n]{1,200})\n[ \t]*\n(?=\s*\S)", False),
        (r"(?:a+)+b", False),
        (r"\d+ hdrcharset=", True),
        (r"(?s)<!--.*?-->", True),
        (r"x[^:]*:", True),
    ],
)
def test_a_pattern_that_is_slow_is_found(source: str, searches: bool) -> None:
    assert slowest(Found("here", re.compile(source), searches))


@pytest.mark.parametrize("source", [r"(?<!\s)\s++$", r"[^\n]{1,200}:", r"\ba\w*+"])
def test_a_pattern_that_is_not_slow_is_not_accused(source: str) -> None:
    assert slowest(Found("here", re.compile(source), searches=True)) is None


def test_every_pattern_that_a_function_makes_is_looked_at() -> None:
    assert unlisted() == []


def test_no_pattern_takes_more_than_linear_time() -> None:
    patterns = all_patterns()
    assert len(patterns) > 100
    slow = {each.place: found for each in patterns if (found := slowest(each))}
    assert slow == {}
