"""Raised, lowered and struck-out text keeps its meaning in plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.load.base import normalise
from index.load.build import TextBuilder
from index.load.script import lowered, plain_letters, raised, standing, struck


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", "⁷"), ("-12", "⁻¹²"), ("n", "ⁿ"), ("n+m", "^(n+m)"), ("th", "^(th)"), (" 2 ", " ² ")],
)
def test_raised_text_never_joins_what_it_stands_on(text: str, expected: str) -> None:
    assert raised(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("2", "₂"), ("max", "ₘₐₓ"), ("W", "_(W)")])
def test_lowered_text_never_joins_what_it_stands_on(text: str, expected: str) -> None:
    assert lowered(text) == expected


def test_struck_out_text_is_marked_without_its_blanks() -> None:
    assert struck(" 240 ") == " ~~240~~ "


def test_blanks_alone_stay_as_they_are() -> None:
    assert (raised(" "), lowered(""), struck("\t")) == (" ", "", "\t")


def test_the_one_normalisation_keeps_the_forms() -> None:
    assert normalise("10⁷ CO₂ ⁿ") == "10⁷ CO₂ ⁿ"


def test_what_is_left_out_is_named_once_and_goes_with_an_included_document() -> None:
    inner = TextBuilder()
    inner.add("text")
    inner.leave_out("3 comments")
    outer = TextBuilder()
    outer.leave_out("1 picture")
    outer.include(inner.document("inner", "text/plain"))
    outer.leave_out("3 comments")
    assert outer.document("outer", "text/plain").left_out == ("1 picture", "3 comments")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CO₂ and H₂SO₄", "CO2 and H2SO4"),
        ("35 m² or 2 cm³", "35 m2 or 2 cm3"),
        ("3 million euros² in total", "3 million euros  in total"),
        ("10⁷ cycles", "10⁷ cycles"),
    ],
)
def test_formulas_units_and_marks_of_notes_are_read_as_they_are_typed(
    text: str, expected: str
) -> None:
    assert plain_letters(text) == expected


@given(st.text())
def test_what_is_read_has_the_offsets_of_what_is_written(text: str) -> None:
    assert len(plain_letters(standing(text))) == len(text)
