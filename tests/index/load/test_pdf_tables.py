"""Tables of PDFs: cells that drawn lines rule, or whose places tell their columns."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from index.load import load_bytes
from index.load.pdf_picture import highlight_corner, page_image
from index.types import Span
from tests.index.load.pdf_files import Draw, lines, pdf, read, together

Rows = Sequence[Sequence[str]]
Style = tuple[object, ...]
GRID: Style = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
REGIONS = (
    ("Region", "Month", "Units"),
    ("North", "January", "310"),
    ("", "February", "287"),
    ("South", "January", "118"),
)


def table(rows: Rows, *style: Style, x: float = 60, y: float = 400, **options: object) -> Draw:
    """Draws a table, its lower left corner at a place."""

    def draw(canvas: Canvas) -> None:
        drawn = Table([list(row) for row in rows], **options)
        drawn.setStyle(TableStyle(style))
        drawn.wrapOn(canvas, 480, 400)
        drawn.drawOn(canvas, x, y)

    return draw


def blocks(*pages: Draw) -> list[str]:
    return read(*pages).text.split("\n\n")


def across(rows: Rows) -> list[str]:
    """What is read of rows whose columns are not sure: as they stand on the page."""
    return ["\n".join("\t".join(filter(None, row)) for row in rows)]


def test_a_ruled_table_has_its_header_before_each_cell_and_merged_cells_in_every_row() -> None:
    page = together(
        lines("Sales of the year"),
        table(REGIONS, GRID, ("SPAN", (0, 1), (0, 2))),
        lines("All figures are of 2024.", top=300),
    )
    assert blocks(page) == [
        "Sales of the year",
        "Region; Month; Units",
        "Region: North; Month: January; Units: 310",
        "Region: North; Month: February; Units: 287",
        "Region: South; Month: January; Units: 118",
        "All figures are of 2024.",
    ]


def test_a_header_of_two_rows_names_a_column_by_both() -> None:
    rows = (
        ("Department", "2023", "", "2024", ""),
        ("", "Plan", "Actual", "Plan", "Actual"),
        ("Marketing", "410", "395", "450", "471"),
        ("Total", "1330", "1335", "1460", "1469"),
    )
    spans = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (4, 0))]
    assert blocks(table(rows, GRID, *spans))[2:] == [
        "Department: Marketing; 2023 Plan: 410; 2023 Actual: 395; 2024 Plan: 450; 2024 Actual: 471",
        "Department: Total; 2023 Plan: 1330; 2023 Actual: 1335; 2024 Plan: 1460; 2024 Actual: 1469",
    ]


@pytest.mark.parametrize(
    "style",
    [
        (("INNERGRID", (0, 0), (-1, -1), 0.5, colors.black),),  # open at its sides
        (("BOX", (0, 0), (-1, -1), 1, colors.black), GRID),
        (("LINEBELOW", (0, 0), (-1, 0), 1, colors.black), ("ALIGN", (1, 0), (-1, -1), "RIGHT")),
        (),
    ],
    ids=["inner lines", "box", "a rule below the header", "none"],
)
def test_figures_below_a_header_are_a_table_however_it_is_ruled(style: Sequence[Style]) -> None:
    rows = (("Item", "Price (EUR)", "Stock"), ("Kettle", "39.00", "7"), ("Lamp", "12.50", "120"))
    assert blocks(table(rows, *style)) == [
        "Item; Price (EUR); Stock",
        "Item: Kettle; Price (EUR): 39.00; Stock: 7",
        "Item: Lamp; Price (EUR): 12.50; Stock: 120",
    ]


def test_a_table_of_words_needs_lines() -> None:
    rows = (
        ("Teacher", "Course", "Room"),
        ("Ms Oduya", "Crawl", "Blue"),
        ("Mr Falk", "Rescue", "Red"),
    )
    assert blocks(table(rows, GRID))[1] == "Teacher: Ms Oduya; Course: Crawl; Room: Blue"
    assert blocks(table(rows, colWidths=120)) == across(rows)


def test_lines_below_each_other_in_one_ruled_row_are_rows_where_figures_tell() -> None:
    rows = (("Item", "Price"), ("Kettle\nLamp\nChair", "39\n12\n101"))
    assert blocks(table(rows, GRID))[1:] == [
        "Item: Kettle; Price: 39",
        "Item: Lamp; Price: 12",
        "Item: Chair; Price: 101",
    ]


def test_a_cell_of_several_lines_is_one() -> None:
    rows = (
        ("Step", "What is done"),
        ("1", "The valve is closed\nand the pump started"),
        ("2", "Wait"),
    )
    assert (
        blocks(table(rows, GRID))[1]
        == "Step: 1; What is done: The valve is closed and the pump started"
    )


@pytest.mark.parametrize(
    "rows",
    [
        (("1. NAME\nJohn Smith", "2. DATE\n5 May"), ("3. TOWN\nLeeds", "4. POST\nClerk")),
        (("Name: John", "Date: 5 May"), ("Town: Leeds", "Post: Clerk"), ("Sex: m", "Age: 40")),
        (
            ("Country", "Peru", "Chile"),
            ("Continent", "America", ""),
            ("Capital", "Lima", "Santiago"),
            ("People", "33", "19"),
        ),
    ],
    ids=["boxes that name themselves", "labels in the cells", "a table on its side"],
)
def test_what_is_no_sure_table_keeps_the_order_of_the_page_and_says_so(rows: Rows) -> None:
    spans = [("SPAN", (1, 1), (2, 1))] if rows[1][-1] == "" else []
    found = read(table(rows, GRID, *spans, colWidths=120))
    assert not any(": 3." in block or "; " in block for block in found.text.split("\n\n"))
    for row in rows:
        for cell in row:
            assert all(line in found.text for line in cell.split("\n"))
    assert found.left_out == ("which names the columns of 1 table have (page 1)",)


def test_a_form_of_two_columns_without_marks_is_pairs() -> None:
    rows = (
        ("Name", "Anna Berg", "Born", "1990"),
        ("City", "Oslo", "Height", "1.70 m"),
        ("Job", "Welder", "Since", "3 May 2019"),
    )
    assert blocks(table(rows)) == [
        "Name: Anna Berg; Born: 1990",
        "City: Oslo; Height: 1.70 m",
        "Job: Welder; Since: 3 May 2019",
    ]


def test_a_form_of_names_and_values_of_several_kinds_is_pairs() -> None:
    rows = (("Voltage", "230 V"), ("Plug", "Type C"), ("Weight", "4 kg"), ("Colour", "Red"))
    assert blocks(table(rows, colWidths=140)) == [f"{name}: {value}" for name, value in rows]


def test_tables_side_by_side_are_each_read_with_their_own_header() -> None:
    left, right = (("Item", "Price"), ("Kettle", "39")), (("Town", "People"), ("Oslo", "700"))
    page = together(table(left, GRID), table(right, GRID, x=300))
    assert blocks(page) == [
        "Item; Price",
        "Item: Kettle; Price: 39",
        "Town; People",
        "Town: Oslo; People: 700",
    ]


def test_what_is_cited_of_a_row_is_highlighted_where_it_stands() -> None:
    data = pdf(table(REGIONS, GRID, ("SPAN", (0, 1), (0, 2)), y=100))
    text = load_bytes(data, "a.pdf").text
    start = text.index("118")
    corner = highlight_corner(page_image(data, "a.pdf", 1, text, [Span(start, start + 3)]))
    first = text.index("310")
    above = highlight_corner(page_image(data, "a.pdf", 1, text, [Span(first, first + 3)]))
    assert corner
    assert above
    assert corner[0] == pytest.approx(above[0], abs=0.02)
    assert corner[1] - above[1] == pytest.approx(36 / 840, abs=0.01)  # two rows of 18 points


def test_a_word_that_a_line_of_its_cell_breaks_is_whole() -> None:
    rows = (
        ("Part", "Use", "Price"),
        ("Pump", "for refrigera-\ntion of air", "12"),
        ("Fan", "x", "4"),
    )
    assert blocks(table(rows, GRID))[1] == "Part: Pump; Use: for refrigeration of air; Price: 12"


_WORD = st.sampled_from(
    "Oslo Lima Bergen Quito Turku Arica Malmo Kiel Leeds York Bath Hull".split()
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(_WORD, st.integers(0, 10**6), st.decimals(0, 999, places=2)),
        min_size=2,
        max_size=12,
    ),
    st.booleans(),
)
def test_every_cell_of_a_table_stands_behind_the_name_of_its_column(
    records: list[tuple[str, int, object]], is_ruled: bool
) -> None:
    rows = [("Town", "People", "Price"), *(tuple(map(str, record)) for record in records)]
    style = [GRID] if is_ruled else []
    assert blocks(table(rows, *style, colWidths=140, y=200)) == [
        "Town; People; Price",
        *(f"Town: {town}; People: {people}; Price: {price}" for town, people, price in rows[1:]),
    ]
