"""Lines that can be read by themselves: pairs of forms, rows of tables, sentences of prose."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lines import text_lines

FORM = """Page 1

Vessel Details

Name:\tSea Otter\tPort:\tHull
Built:
Hull Material:\tOak, with
copper below
Length: 30 m
Flag: Norwegian"""


def shown(text: str) -> list[tuple[str, str]]:
    return [(line.kind, line.span.of(text)) for line in text_lines(text)]


def test_a_line_of_two_pairs_is_cut_between_them() -> None:
    assert ("pair", "Name:\tSea Otter") in shown(FORM)
    assert ("pair", "Port:\tHull") in shown(FORM)


def test_a_value_goes_on_in_the_line_below() -> None:
    assert ("pair", "Hull Material:\tOak, with\ncopper below") in shown(FORM)


def test_a_label_without_a_value_is_left_out() -> None:
    assert not any("Built" in text for _, text in shown(FORM))


def test_pairs_below_each_other_need_no_tab() -> None:
    assert shown(FORM)[-2:] == [("pair", "Length: 30 m"), ("pair", "Flag: Norwegian")]


def test_a_cell_behind_a_value_begins_a_pair_without_a_colon() -> None:
    text = "Clouds:\tScattered\tVisibility\t7 miles"
    assert shown(text) == [("pair", "Clouds:\tScattered"), ("pair", "Visibility\t7 miles")]


def test_pairs_know_the_part_of_the_form_they_are_in() -> None:
    pairs = [line for line in text_lines(FORM) if line.kind == "pair"]
    assert {line.headings for line in pairs} == {("Vessel Details",)}


def test_one_colon_in_prose_makes_no_pair() -> None:
    text = "The rule is old.\nNote: it was changed in 1990.\nNobody knows why."
    assert {kind for kind, _ in shown(text)} == {"prose"}


def test_a_row_of_figures_begins_with_the_lines_that_name_it() -> None:
    text = "Costs rose.\n\nAverage cost\nof a ticket\n3.8\t2.9\t4.3\n\nMore follows."
    assert ("row", "Average cost\nof a ticket\n3.8\t2.9\t4.3") in shown(text)


def test_a_row_has_the_header_of_its_table() -> None:
    text = "Town\tArea\tPeople\nHull\t71\t260\nYork\t34\t141"
    assert text_lines(text)[-1].headings == ("Town Area People",)


@given(
    st.lists(st.sampled_from(["A: b", "Key:\tv\tL:\tw", "1\t2\t3", "Words go on. Yes", "", "X:"]))
)
def test_lines_are_in_order_and_do_not_overlap(parts: list[str]) -> None:
    text = "\n".join(parts)
    spans = [line.span for line in text_lines(text)]
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(span.of(text).strip() == span.of(text) != "" for span in spans)


@pytest.mark.parametrize("text", ["", "\n\n", "\t\t"])
def test_blank_texts_have_no_lines(text: str) -> None:
    assert text_lines(text) == []
