"""Dates are the same day, however they are written."""

from __future__ import annotations

import pytest

from rag.dates import Date, dates
from rag.language import ENGLISH, NEUTRAL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 8 December 2007", Date(2007, 12, 8)),
        ("December 8th, 2007", Date(2007, 12, 8)),
        ("12/08/2007, 1730 EST", Date(2007, 12, 8)),
        ("25.12.2007", Date(2007, 12, 25)),
        ("2007-12-08T17:30", Date(2007, 12, 8)),
        ("in november 2007", Date(2007, 11)),
    ],
)
def test_a_date_is_read(text: str, expected: Date) -> None:
    assert dates(text, ENGLISH) == [expected]


@pytest.mark.parametrize("text", ["13/13/2007", "may 5", "1/2", "version 1.2.2007.3", "2007"])
def test_what_is_none_is_not_read(text: str) -> None:
    assert dates(text, ENGLISH) == []


def test_a_month_holds_its_days() -> None:
    november = Date(2007, 11)
    assert november.holds(Date(2007, 11, 30))
    assert not november.holds(Date(2007, 12, 1))
    assert not Date(2007, 11, 30).holds(november)


def test_figures_need_no_language() -> None:
    assert dates("2007-12-08 and 3 mars 2008", NEUTRAL) == [Date(2007, 12, 8)]
