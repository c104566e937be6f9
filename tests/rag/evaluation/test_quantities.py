"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.quantities import quantities, spell


def values(text: str) -> list[tuple[str, str]]:
    return [(f"{quantity.value.normalize():f}", quantity.unit) for quantity in quantities(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5,000 and 5000 and five thousand", [("5000", "")] * 3),
        ("5 thousand, 5k and 5\u202f000", [("5000", "")] * 3),
        ("5%, 5 percent, five per cent", [("5", "percent")] * 3),
        ("$5m but 5m tall", [("5000000", "USD"), ("5", "metre")]),
        ("US$5 million, 5 million dollars", [("5000000", "USD")] * 2),
        ("-94, −94 and $-94", [("-94", ""), ("-94", ""), ("-94", "USD")]),
        ("30-90 days", [("30", ""), ("90", "day")]),
        ("$(9,982) million and (66)%", [("9982000000", "USD"), ("66", "percent")]),
        ("2018, 2019", [("2018", ""), ("2019", "")]),
        ("five, six or seven and eight", [("5", ""), ("6", ""), ("7", ""), ("8", "")]),
        ("two million three thousand and four", [("2003004", "")]),
        ("nineteen hundred", [("1900", "")]),
        ("five thousand million", [("5000000000", "")]),
        ("a hundred and one, half a million", [("101", "")]),
        ("a five-year plan over 2 years", [("5", "year"), ("2", "year")]),
        ("20 °C or 68 degrees Fahrenheit", [("20", "celsius"), ("68", "fahrenheit")]),
        ("10,00,000 rupees", [("1000000", "INR")]),
        ("the 21st, 2nd and 3rd", []),
        ("one of them, no one, the one", []),
        ("one dog", [("1", "")]),
        ("tenant, tone, weighty hundreds of thousands", []),
        (".27 and 0.27", [("0.27", "")] * 2),
    ],
)
def test_values_and_units(text: str, found: list[tuple[str, str]]) -> None:
    assert values(text) == found


def test_offsets_are_those_of_the_numeral_alone() -> None:
    text = "About -$7.2 million, or seven million euros."
    numerals = [text[quantity.start : quantity.end] for quantity in quantities(text)]
    assert numerals == ["7.2", "seven million"]


def test_magnitude_and_decimals_are_those_written() -> None:
    first, second, third = quantities("7.25 million, seven thousand, 7000")
    assert (first.decimals, first.magnitude) == (2, 1_000_000)
    assert (second.decimals, second.magnitude) == (0, 1_000)
    assert (third.decimals, third.magnitude) == (0, 1)


@given(st.integers(0, 999_999))
def test_what_is_spelled_is_read_back(number: int) -> None:
    (quantity,) = quantities(f"There are {spell(number)} dogs.")
    assert quantity.value == Decimal(number)


@given(st.integers(0, 10**12))
def test_grouped_digits_are_read_back(number: int) -> None:
    (quantity,) = quantities(f"There are {number:,} dogs.")
    assert quantity.value == Decimal(number)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (14, "fourteen"),
        (80, "eighty"),
        (21, "twenty-one"),
        (105, "one hundred and five"),
        (12_340, "twelve thousand three hundred and forty"),
    ],
)
def test_spelling(number: int, words: str) -> None:
    assert spell(number) == words


@pytest.mark.parametrize("number", [-1, 1_000_000])
def test_numbers_beyond_the_words_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="0 to 999,999"):
        spell(number)
