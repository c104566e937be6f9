"""Facts: numbers in their spellings, names in their forms, quotations, negations, opposites."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.facts import Facts, facts_of
from rag.language import ENGLISH


def facts(text: str) -> Facts:
    return facts_of(text, ENGLISH)


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
    assert [each.value for each in facts(text).quantities] == [Decimal(value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10⁷ cycles", "1e7"),
        ("10^7 cycles", "1e7"),
        ("10^(-3) bar", "0.001"),
        ("10⁻³ bar", "0.001"),
        ("2.5 × 10¹¹ stars", "2.5e11"),
        ("2³² addresses", "4294967296"),
        ("2007³, a note says", "2007"),
        ("10⁹⁹⁹⁹⁹⁹ is not computed", "10"),
    ],
)
def test_a_power_is_no_row_of_digits(text: str, value: str) -> None:
    assert [each.value for each in facts(text).quantities] == [Decimal(value)]


def test_what_is_struck_out_is_no_fact() -> None:
    told = facts("The fee of ~~240~~ 180 euros is due in ~~May~~ June.")
    assert told.values == {Decimal(180)}
    assert "may" not in told.vocabulary
    assert told.names == ("June",)


@pytest.mark.parametrize("text", ["one of them left", "version v2beta", "no figures here"])
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    assert facts(text).quantities == ()


@given(st.integers(0, 10**12))
def test_grouped_and_plain_digits_are_equal(number: int) -> None:
    assert (
        facts(f"{number:,} of it").quantities[0].value
        == facts(f"{number} of it").quantities[0].value
    )


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
    assert facts(text).quantities[0].unit == unit


def test_a_number_knows_what_it_counts() -> None:
    sappers, workers = facts("1,000 sappers and 5,000 military construction workers").quantities
    assert sappers.nouns == ("sapper",)
    assert workers.nouns == ("militari", "construct", "worker")


def test_names_leave_out_function_words_and_connectives() -> None:
    assert facts("However, The envoy met Kim in Pyongyang.").names == ("Kim", "Pyongyang")
    assert facts("Previously Shoigu was Minister.").names == ("Shoigu", "Minister")


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
    assert facts(text).states_name(name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Putin", "Kim met Shoigu"),
        ("Wilson", "Wilkinson spoke"),
        ("EU", "the United Nations"),
        ("N2151J", "the report on N2151K"),
        ("DS1307", "the DS1302 keeps time"),
    ],
)
def test_another_name_is_not_the_same(name: str, text: str) -> None:
    assert not facts(text).states_name(name)


def test_quotations_are_found_between_any_marks_and_compared_by_words() -> None:
    assert facts("he termed «occupying forces,» a “new threat”").quotations == (
        "occupying forces",
        "new threat",
    )
    assert facts("what he termed «Occupying forces,» said").states_quotation("occupying forces")
    assert not facts("what he termed «occupying forces»").states_quotation("occupying troops")


def test_negations_name_the_word_they_deny() -> None:
    assert facts("He did not win.").denied == {"win": 1}
    assert facts("It isn't red and has no doors").denied == {"red": 1, "door": 1}
    assert facts("He won.").denied == {}


def test_opposites_count_only_where_the_evidence_lacks_the_word() -> None:
    assert ("more", "less") in facts("it costs more").opposites_of(facts("it costs less"))
    assert facts("it costs more").opposites_of(facts("it costs more, not less")) == []


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("300 m", 300, "metre"), ("$300 m", 300_000_000, "dollar"), ("€1.5m", 1_500_000, "euro")],
)
def test_a_lone_m_is_metres_and_with_a_currency_millions(text: str, value: int, unit: str) -> None:
    (found,) = facts(text).quantities
    assert found.value == value
    assert found.unit == unit


@pytest.mark.parametrize("text", ["It was opened.", "However, they left.", "This is why."])
def test_a_sentence_that_opens_with_a_pronoun_refers_back(text: str) -> None:
    assert facts(text).refers_back


@pytest.mark.parametrize("text", ["Items are sold.", "The bridge is red.", ""])
def test_other_sentences_do_not_refer_back(text: str) -> None:
    assert not facts(text).refers_back


def test_a_kind_is_recognised_in_a_text() -> None:
    assert facts("five of them").has_kind("number")
    assert not facts("of them").has_kind("number")
    assert facts("in March").has_kind("date")
    assert not facts("in Oslo").has_kind("date")
    assert facts("in June 1904").has_kind("year")
    assert not facts("in June").has_kind("year")
    assert facts("on June 4").has_kind("day")
    assert not facts("in June").has_kind("day")
    assert facts("it cost $4").has_kind("sum of money")
    assert facts("it cost 4 francs").has_kind("sum of money")
    assert not facts("it took 5,000 workers").has_kind("sum of money")
    assert facts("met Kim").has_kind("name")
    assert not facts("he met him").has_kind("name")
