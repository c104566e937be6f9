"""Facts: numbers in their spellings, names in their forms, quotations, negations, opposites."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.gate.facts import (
    names,
    negated_stems,
    opposed_words,
    quantities,
    quotations,
    states_name,
    states_quotation,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5,000 workers", 5000),
        ("5000 workers", 5000),
        ("five thousand workers", 5000),
        ("5 thousand workers", 5000),
        ("5\u00a0000 workers", 5000),
        ("5\u202f000 workers", 5000),
        ("a hundred and five miles", 105),
        ("two hundred thousand", 200_000),
        ("three million four hundred", 3_000_400),
        ("$1.5 billion", 1_500_000_000),
        ("twenty-five percent", 25),
        ("the 1990s", 1990),
        ("the 3rd time", 3),
        ("the third time", 3),
        ("a dozen eggs", 12),
    ],
)
def test_a_number_has_one_value_however_it_is_written(text: str, value: int) -> None:
    assert [each.value for each in quantities(text)] == [Decimal(value)]


@pytest.mark.parametrize("text", ["one of them left", "version v2beta", "no figures here"])
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    assert quantities(text) == []


@given(st.integers(0, 10**12))
def test_grouped_and_plain_digits_are_equal(number: int) -> None:
    assert quantities(f"{number:,} of it")[0].value == quantities(f"{number} of it")[0].value


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("12 km", "kilometre"),
        ("12 kilometers", "kilometre"),
        ("12%", "percent"),
        ("12 percent", "percent"),
        ("12 per cent", "percent"),
        ("$12", "dollar"),
        ("12 dollars", "dollar"),
        ("12 sappers", None),
    ],
)
def test_units_have_one_name(text: str, unit: str | None) -> None:
    assert quantities(text)[0].unit == unit


def test_a_number_knows_what_it_counts() -> None:
    sappers, workers = quantities("1,000 sappers and 5,000 military construction workers")
    assert sappers.nouns == ("sapper",)
    assert workers.nouns == ("militari", "construct", "worker")


def test_names_leave_out_function_words_and_connectives() -> None:
    assert names("However, The envoy met Kim in Pyongyang.") == ["Kim", "Pyongyang"]
    assert names("Previously Shoigu was Minister.") == ["Shoigu", "Minister"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Russian", "the army of Russia"),
        ("Shoigu", "Shoigu’s comments"),
        ("UN", "the United Nations said"),
        ("U.S.", "the United States said"),
        ("Franco-German", "French-German, or rather Franco and German"),
    ],
)
def test_a_name_is_stated_in_another_form(name: str, text: str) -> None:
    assert states_name(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [("Putin", "Kim met Shoigu"), ("Wilson", "Wilkinson spoke"), ("EU", "the United Nations")],
)
def test_another_name_is_not_the_same(name: str, text: str) -> None:
    assert not states_name(name, text)


def test_quotations_are_found_between_any_marks_and_compared_by_words() -> None:
    assert quotations("he termed «occupying forces,» a “new threat”") == [
        "occupying forces",
        "new threat",
    ]
    assert states_quotation("occupying forces", "what he termed «Occupying forces,» said")
    assert not states_quotation("occupying troops", "what he termed «occupying forces»")


def test_negations_name_the_word_they_deny() -> None:
    assert negated_stems("He did not win.") == {"win": 1}
    assert negated_stems("It isn't red and has no doors") == {"red": 1, "door": 1}
    assert negated_stems("He won.") == {}


def test_opposites_count_only_where_the_evidence_lacks_the_word() -> None:
    assert ("more", "less") in opposed_words("it costs more", "it costs less")
    assert opposed_words("it costs more", "it costs more, not less") == []
