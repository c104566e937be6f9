"""Lines that a PDF has too late, or too early, are read where they stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from index.load.loading import load_bytes
from index.load.pdf_above import from_above
from index.load.pdf_words import Line, Word
from tests.index.load.pdf_files import lines as _lines
from tests.index.load.pdf_files import pdf as _pdf


def _line(left: float, right: float, baseline: float) -> Line:
    return [Word(0, 1, left, right, baseline, 10.0)]


_places = st.tuples(st.integers(0, 40), st.integers(1, 20), st.integers(0, 60))
_pages = st.lists(_places.map(lambda at: _line(at[0], at[0] + at[1], 12.0 * at[2])), max_size=30)


@given(_pages)
def test_every_line_stays(lines: list[Line]) -> None:
    assert sorted(map(list, from_above(lines))) == sorted(map(list, lines))


@given(st.permutations(range(12)))
def test_lines_of_one_column_are_read_from_above_whatever_their_order(order: list[int]) -> None:
    page = [_line(50, 250, 700 - 12 * n) for n in range(12)]
    assert from_above([page[number] for number in order]) == page


def test_columns_are_left_as_they_are() -> None:
    page = [_line(x, x + 200, 700 - 12 * n) for x in (50, 300) for n in range(20)]
    assert from_above(page) == page


def test_a_page_number_that_was_drawn_first_leaves_columns_as_they_are() -> None:
    number = _line(400, 440, 60)
    page = [_line(x, x + 200, 700 - 12 * n) for x in (50, 300) for n in range(20)]
    assert from_above([number, *page]) == [*page, number]


def test_what_was_drawn_last_above_others_is_read_first() -> None:
    def draw(canvas: Canvas) -> None:
        _lines("Insured: Ann Byron", "Claim: SF-1008", top=640)(canvas)
        _lines("Note", top=590)(canvas)
        _lines("This estimate is for the visible damage of the vehicle.", top=560)(canvas)
        _lines("Minor rear bumper repair", x=150, top=590)(canvas)
        _lines("Preliminary Estimate (ID: EST-1008)", top=680)(canvas)

    assert load_bytes(_pdf(draw), "a.pdf").text.split("\n") == [
        "Preliminary Estimate (ID: EST-1008)",
        "Insured: Ann Byron",
        "Claim: SF-1008",
        "Note\tMinor rear bumper repair",
        "This estimate is for the visible damage of the vehicle.",
    ]


def test_a_footer_that_was_drawn_first_is_read_last_and_parts_no_sentence() -> None:
    def draw(canvas: Canvas) -> None:
        _lines("Page 1 of 4", x=300, top=60)(canvas)
        _lines("The wing was damaged in the landing on the short and", "wet runway.")(canvas)
        _lines("Contents", x=480, top=40)(canvas)

    text = load_bytes(_pdf(draw), "a.pdf").text
    assert text.startswith("The wing was damaged in the landing on the short and\nwet runway.")
    assert text.index("Page 1 of 4") > text.index("wet runway.")


def test_a_page_number_does_not_go_on_in_the_sentence_of_the_next_page() -> None:
    def first(canvas: Canvas) -> None:
        _lines("Report of the year 3", top=60)(canvas)
        _lines("The use of many steps that were", "agreed upon before, and of multiple")(canvas)

    text = load_bytes(_pdf(first, _lines("reviews, was new.", "It helped.")), "a.pdf").text
    assert "multiple\n\nReport of the year 3\n\nreviews, was new." in text
