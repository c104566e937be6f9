"""Tables of PDFs: cells that drawn lines rule, or whose places tell their columns."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from index.load.loading import load_bytes
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


DARK, LIGHT, PALE = colors.Color(0.2, 0.2, 0.2), colors.Color(0.88, 0.88, 0.88), colors.lightblue
HEADER: Style = ("BACKGROUND", (0, 0), (-1, 0), DARK)
ZEBRA: tuple[Style, ...] = (
    HEADER,
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("BACKGROUND", (0, 2), (-1, 2), LIGHT),
    ("BACKGROUND", (0, 4), (-1, 4), LIGHT),
)
MEASURES = (
    ("No.", "Measure", "2016\nResults", "Target\nMet/\nNot Met"),
    ("1.1", "Days to complete\nthe fastest of\nall cases", "220", "Not Met"),
    ("1.2", "Calls answered", "35", "Met"),
    ("1.3", "Staff trained\nin each year", "123", "Not Met"),
    ("1.4", "Claims paid", "99", "Met"),
)
MEASURE_ROWS = [
    "No.; Measure; 2016 Results; Target Met/ Not Met",
    "No.: 1.1; Measure: Days to complete the fastest of all cases; 2016 Results: 220; "
    "Target Met/ Not Met: Not Met",
    "No.: 1.2; Measure: Calls answered; 2016 Results: 35; Target Met/ Not Met: Met",
    "No.: 1.3; Measure: Staff trained in each year; 2016 Results: 123; "
    "Target Met/ Not Met: Not Met",
    "No.: 1.4; Measure: Claims paid; 2016 Results: 99; Target Met/ Not Met: Met",
]


@pytest.mark.parametrize(
    "style",
    [
        ("LINEAFTER", (0, 0), (-2, -1), 0.5, colors.white),
        ("LEFTPADDING", (0, 0), (-1, -1), 8),
    ],
    ids=["upright lines", "blank strips"],
)
def test_shading_tells_the_header_and_the_rows_of_several_lines(style: Style) -> None:
    assert blocks(table(MEASURES, *ZEBRA, style)) == MEASURE_ROWS


def test_a_row_without_shading_goes_as_far_as_the_lines_between_its_columns() -> None:
    rows = MEASURES[:4]
    style = ("LINEAFTER", (0, 0), (-2, -1), 0.5, colors.white)
    page = together(
        table(rows, *ZEBRA[:3], style), lines("1.9 is no longer measured 12 Met", top=300)
    )
    assert blocks(page) == [*MEASURE_ROWS[:4], "1.9 is no longer measured 12 Met"]


def test_lines_below_the_header_alone_part_rows_that_nothing_shades() -> None:
    rows = (
        ("Term", "What it means"),
        ("Definition", "Calls answered\nin each month"),
        ("Source", "Survey"),
    )
    style = [
        HEADER,
        ("LINEBELOW", (0, 1), (-1, -1), 0.5, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    edge = ("LINEAFTER", (0, 0), (0, -1), 0.5, colors.white)
    assert blocks(table(rows, *style, edge)) == [
        "Term; What it means",
        "Term: Definition; What it means: Calls answered in each month",
        "Term: Source; What it means: Survey",
    ]


def test_a_band_with_a_title_stands_above_the_header_and_each_table_has_its_own() -> None:
    rows = (
        ("Share of calls that are answered in time", "", ""),
        ("2014", "2015 Result", "2016 Result"),
        ("76%", "75%", "74%"),
    )
    style = (
        ("SPAN", (0, 0), (-1, 0)),
        HEADER,
        ("BACKGROUND", (0, 1), (-1, 1), LIGHT),
        ("LINEAFTER", (0, 1), (-2, -1), 0.5, colors.grey),
    )  # fmt: skip
    page = together(
        table(rows, *style, y=600), lines("The year was a good one.", top=560), table(rows, *style)
    )
    found = [
        "Share of calls that are answered in time",
        "2014; 2015 Result; 2016 Result",
        "2014: 76%; 2015 Result: 75%; 2016 Result: 74%",
    ]
    assert blocks(page) == [*found, "The year was a good one.", *found]


@pytest.mark.parametrize(
    "style",
    [
        (("BACKGROUND", (0, 0), (-1, 0), LIGHT), *ZEBRA[1:]),  # the header as the rows below it
        (("BACKGROUND", (0, 0), (0, -1), DARK),),  # the first column alone
        (("BACKGROUND", (0, 0), (-1, -1), LIGHT),),  # one box behind all
    ],
    ids=["a header in no colour of its own", "a column", "all"],
)
def test_shading_that_tells_no_header_makes_no_table(style: Sequence[Style]) -> None:
    rows = [[cell.replace("\n", " ") for cell in row] for row in MEASURES]
    words = [
        ["No.", "Measure", "Result", "Remark"],
        *([f"{row[1]} ", row[1], "x y", row[3]] for row in rows[1:]),
    ]
    assert "; " not in read(table(words, *style, colWidths=120)).text


def test_labels_with_colons_and_boxes_of_several_colours_are_no_header() -> None:
    rule = ("LINEAFTER", (0, 0), (0, -1), 0.5, colors.grey)
    form = (("Leader of the enquiry:", "Jo Kaiser"), ("Others who took part:", "Al Berg"))
    light = ("BACKGROUND", (0, 1), (-1, 1), LIGHT)
    assert "; " not in read(table(form, HEADER, light, rule, colWidths=140)).text
    cards = (("Spring", "Autumn"), ("Crawl", "Rescue"))
    other = ("BACKGROUND", (1, 0), (1, 0), PALE)
    assert "; " in read(table(cards, HEADER, light, rule, colWidths=140)).text
    assert "; " not in read(table(cards, HEADER, other, light, rule, colWidths=140)).text


def test_rows_that_one_band_may_hold_are_left_as_they_stand() -> None:
    rows = (("Town", "Teacher"), ("Oslo\nLima", "Ms Oduya\nMr Falk"), ("Kiel", "Ms Berg"))
    style = (
        HEADER,
        ("BACKGROUND", (0, 1), (-1, 1), LIGHT),
        ("LINEAFTER", (0, 0), (0, -1), 0.5, colors.grey),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    )
    assert "Oslo Lima" not in read(table(rows, *style)).text


def test_bars_of_a_chart_and_boxes_behind_text_are_no_tables() -> None:
    def draw(canvas: Canvas) -> None:
        for at, height in enumerate((40, 90, 60)):
            canvas.setFillColor(DARK if at else PALE)
            canvas.rect(100 + 30 * at, 300, 30, height, stroke=0, fill=1)
        for at, colour in enumerate((DARK, LIGHT, PALE)):
            canvas.setFillColor(colour)
            canvas.rect(60, 600 - 40 * at, 400, 36, stroke=0, fill=1)
        canvas.setFillColor(colors.black)
        for at, year in enumerate(("2014", "2015", "2016")):
            canvas.drawString(102 + 30 * at, 288, year)
            canvas.drawString(70, 612 - 40 * at, f"The year {year} was one of many that went by.")

    assert "; " not in read(draw).text


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 10**6), st.integers(0, 99)),
        min_size=2,
        max_size=7,
    ),
    st.booleans(),
)
def test_every_cell_of_a_shaded_table_stands_behind_the_name_of_its_column(
    records: list[tuple[int, int, int]], is_ruled: bool
) -> None:
    names = [" ".join(["word"] * height) for height, _, _ in records]
    body = [
        (name.replace(" ", "\n"), str(one), str(other))
        for name, (_, one, other) in zip(names, records, strict=True)
    ]
    shaded = [("BACKGROUND", (0, at), (-1, at), LIGHT) for at in range(1, len(body) + 1, 2)]
    rule = [("LINEAFTER", (0, 0), (-2, -1), 0.5, colors.white)] if is_ruled else []
    style = [HEADER, ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *shaded, *rule]
    found = blocks(table([("Name", "People", "Price"), *body], *style, colWidths=140, y=200))
    expected = [
        f"Name: {name}; People: {one}; Price: {other}"
        for name, (_, one, other) in zip(names, records, strict=True)
    ]
    sure = is_ruled or len(body) % 2  # else nothing tells where the last row ends
    assert found[: len(expected) + 1] == ["Name; People; Price", *expected] or not sure
    assert [row for row in found if ": " in row] == expected[
        : len([row for row in found if ": " in row])
    ]


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


def test_a_long_text_beside_a_label_in_the_header_is_no_name_of_a_column() -> None:
    rows = (
        ("Measure", "Share of calls that are answered within the first hour"),
        ("Definition", "Calls answered in each month"),
        ("Source", "Survey"),
    )
    style = (HEADER, ("LINEBELOW", (0, 1), (-1, -1), 0.5, colors.grey))
    page = table(rows, *style, ("LINEAFTER", (0, 0), (0, -1), 0.5, colors.white))
    assert "; " not in read(page).text
