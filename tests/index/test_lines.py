"""Lines that can be read by themselves: pairs of forms, rows of tables, sentences of prose."""

from __future__ import annotations

from itertools import combinations_with_replacement, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lines import text_lines
from index.types import Span

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


def test_short_pairs_may_have_blank_lines_between_them() -> None:
    text = "Order Date: 15-10-2015\n\nInvoice Date: 20-10-2015\n\nThank you."
    assert shown(text) == [
        ("pair", "Order Date: 15-10-2015"),
        ("pair", "Invoice Date: 20-10-2015"),
        ("prose", "Thank you."),
    ]


@pytest.mark.parametrize(
    "below", ["Our result: It was open.", f"Our result: {'it was open and ' * 5}dry", "It was open"]
)
def test_paragraphs_that_begin_with_a_label_are_no_pairs(below: str) -> None:
    text = f"We looked at it.\n\nOur aim: the bridge\n\n{below}"
    assert {kind for kind, _ in shown(text)} == {"prose"}


def test_a_cell_behind_a_value_begins_a_pair_without_a_colon() -> None:
    text = "Clouds:\tScattered\tVisibility\t7 miles"
    assert shown(text) == [("pair", "Clouds:\tScattered"), ("pair", "Visibility\t7 miles")]


def test_a_cell_behind_a_value_begins_a_label_that_goes_on_below() -> None:
    text = (
        "Wind:\t10°\tWave Severity\nForecast:\n\nOperator:\tQuay Club\tShip Certificate(s)\nHeld:"
    )
    pairs = [line for line in shown(text) if ":" in line[1]]
    assert pairs == [("pair", "Wind:\t10°"), ("pair", "Operator:\tQuay Club")]


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


@pytest.mark.parametrize(
    ("table", "row", "header"),
    [
        ("| Town | 2023 |\n|:-----|-----:|\n| Hull | 26 |", "| Hull | 26 |", "Town 2023"),
        ("Town | People\n--- | ---\nHull | 26", "Hull | 26", "Town People"),
        ("Town | Area | People\nHull | 71 | 26", "Hull | 71 | 26", "Town Area People"),
        ("Town | Area\nHull | 71\nYork | 34", "York | 34", "Town Area"),
        (" id | town \n----+------\n  1 | Hull\n(1 row)", "1 | Hull", "id town"),
        (
            "+----+------+\n| id | town |\n+----+------+\n| 1 | Hull |\n+----+------+",
            "| 1 | Hull |",
            "id town",
        ),
        ("Team\t2023\t2024\nLab\t92\t101", "Lab\t92\t101", "Team 2023 2024"),
        ("Team\tPlan 2023\tPlan 2024\nLab\t92\t101", "Lab\t92\t101", "Team Plan 2023 Plan 2024"),
    ],
)
def test_rows_between_bars_or_tabs_have_their_header(table: str, row: str, header: str) -> None:
    text = f"It was counted.\n\n{table}\n\nNobody knows why."
    [found] = [line for line in text_lines(text) if line.span.of(text) == row]
    assert (found.kind, found.headings) == ("row", (header,))
    assert not any("--" in line.span.of(text) for line in text_lines(text))


def test_a_table_of_figures_has_no_header_and_a_bar_makes_none() -> None:
    for text in ("Ada\t1815\tLondon\nBob\t1820\tRome", "Hull | 71 | 26\nYork | 34 | 14"):
        assert [line.headings for line in text_lines(text)] == [(), ()]
    for text in ("He ran cat x | grep y | wc once.", "Either a | or b.\nThen all went home."):
        assert {line.kind for line in text_lines(text)} == {"prose"}


def test_a_part_of_a_long_table_has_the_header_that_stands_before_it() -> None:
    rows = [f"| Town {n} | {n} |" for n in range(200)]
    text = "\n".join(["| Town | People |", "|---|---|", *rows])
    part = Span(text.index(rows[150]), len(text))
    assert {line.headings for line in text_lines(text, part)} == {("Town People",)}


@given(
    st.lists(
        st.sampled_from(
            ["A: b", "Key:\tv\tL:\tw", "1\t2\t3", "|a|b|", "--|--", "Words go on. Yes", "", "X:"]
        )
    )
)
def test_lines_are_in_order_and_do_not_overlap(parts: list[str]) -> None:
    text = "\n".join(parts)
    spans = [line.span for line in text_lines(text)]
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(span.of(text).strip() == span.of(text) != "" for span in spans)


@pytest.mark.parametrize("text", ["", "\n\n", "\t\t"])
def test_blank_texts_have_no_lines(text: str) -> None:
    assert text_lines(text) == []


WRAPPED = """The agency is small. Its
discretionary budget, excluding the Office of the
Inspector General, was $265,655,000. Nobody else in
London had as much to spend on its
Harbours."""


def test_a_part_that_begins_within_a_paragraph_has_the_sentences_of_the_whole() -> None:
    text = f"Budget\n\n{WRAPPED}\n\nMore is told elsewhere."
    whole = [line.span for line in text_lines(text)]
    for first, last in combinations_with_replacement(range(len(whole)), 2):
        part = Span(whole[first].start, whole[last].end)
        assert [line.span for line in text_lines(text, part)] == whole[first : last + 1]


def test_a_part_that_ends_within_a_sentence_has_what_is_in_it() -> None:
    start, end = WRAPPED.index("excluding"), WRAPPED.index("$")
    spans = [line.span for line in text_lines(WRAPPED, Span(start, end))]
    assert spans == [Span(start, end - 1)]


BILL = """Insured name\tGabriel Diaz\tYear\t2022
Claim #\tSF-1008\tMake\tJeep
Phone\t(425) 111-1111\tTrim\tLimited
Odometer\t9,800"""


def test_names_and_values_by_turns_are_pairs_without_colons_too() -> None:
    assert shown(BILL) == [
        ("pair", "Insured name\tGabriel Diaz"),
        ("pair", "Year\t2022"),
        ("pair", "Claim #\tSF-1008"),
        ("pair", "Make\tJeep"),
        ("pair", "Phone\t(425) 111-1111"),
        ("pair", "Trim\tLimited"),
        ("pair", "Odometer\t9,800"),
    ]


LOSSES = """Port\tShip\tCrew lost
Hull\tOtter\t6

She went down in a storm off the coast.

Dover\tHeron\t2

Nobody saw it.
"""


def test_a_row_behind_prose_has_the_header_of_the_table_that_it_goes_on_with() -> None:
    rows = {
        line.span.of(LOSSES): line.headings for line in text_lines(LOSSES) if line.kind == "row"
    }
    assert rows["Dover\tHeron\t2"] == ("Port Ship Crew lost",)
    part = Span(LOSSES.index("Dover"), len(LOSSES))
    assert text_lines(LOSSES, part)[0].headings == ("Port Ship Crew lost",)


def test_a_row_with_figures_elsewhere_has_not_the_header_of_another_table() -> None:
    text = f"{LOSSES}Paid\t300\tby cheque"
    [row] = [line for line in text_lines(text) if "Paid" in line.span.of(text)]
    assert row.headings == ()
