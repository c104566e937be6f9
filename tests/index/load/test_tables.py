"""Tables: every row is readable alone, and a cell is found with its row and its column."""

from __future__ import annotations

import csv
import datetime
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from index.errors import UnreadableError
from index.load.grid import is_header, read_grid
from index.load.loading import load_bytes
from index.load.table import column_name, grid_lines, table_lines
from index.sentences import sentence_spans

_FRUIT = [["Name", "Price", "Origin"], ["Pear", "3", "France"], ["Fig", "4.5", ""]]


def _csv(rows: list[list[str]], delimiter: str = ",") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue().encode()


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv")])
def test_a_row_of_a_file_names_its_number_and_its_columns(delimiter: str, name: str) -> None:
    text = load_bytes(_csv(_FRUIT, delimiter), name).text
    assert text == (
        "Row 1: Name; Price; Origin\n\nRow 2: Name: Pear; Price: 3; Origin: France\n\n"
        "Row 3: Name: Fig; Price: 4.5"
    )


def test_each_row_is_one_sentence_though_its_cells_have_full_stops() -> None:
    rows = [["Company", "City"], ["Foo Inc.", "St. Ives"], ["Bar Ltd.", "Rome"], ["Dr. No", "Oslo"]]
    text = load_bytes(_csv(rows), "a.csv").text
    assert [span.of(text) for span in sentence_spans(text)] == text.split("\n\n")


def test_a_long_cell_becomes_lines_with_its_row_and_column() -> None:
    prose = [
        f"The {word} station was opened in the year 19{n}."
        for n, word in enumerate(["northern", "southern", "eastern", "western"] * 5, 10)
    ]
    rows = [["Line", "Length", "History"], ["Blue", "12", " ".join(prose)]]
    lines = load_bytes(_csv(rows), "a.csv").text.split("\n\n")[1:]
    assert lines[0].startswith("Row 2: Line: Blue; Length: 12; History: The northern")
    assert all(line.startswith("Row 2: Line: Blue; ") and "History: The" in line for line in lines)
    for sentence in prose:
        assert any(sentence in line for line in lines)


def test_quoted_cells_keep_commas_and_lose_line_breaks() -> None:
    text = load_bytes(b'Name,Note\n"Pear, green","two\nlines"\n', "a.csv").text
    assert text.endswith("Row 2: Name: Pear, green; Note: two lines")


def test_a_file_in_an_old_encoding_is_read() -> None:
    assert "Name: Müller" in load_bytes("Name;Ort\nMüller;Köln\n".encode("cp1252"), "a.csv").text


def _workbook(**sheets: list[list[object]]) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def test_every_cell_of_a_workbook_is_cited_with_its_sheet_row_and_header() -> None:
    days = [datetime.date(2024, 1, day) for day in range(1, 29)]
    data = _workbook(
        Sales=[["Day", "Units", "Price"], *[[day, day.day * 7, day.day / 4] for day in days]],
        Staff=[["Staff of 2024"], [], ["Name", "Since"], ["Ada", 1999], ["Bob", 2001]],
    )
    loaded = load_bytes(data, "a.xlsx")
    lines = loaded.text.split("\n\n")
    book = load_workbook(io.BytesIO(data))  # another reader
    sales = book["Sales"]
    for number in range(2, 30):
        day, units, price = (sales.cell(number, column).value for column in (1, 2, 3))
        price = int(price) if price == int(price) else price
        line = f"Sales – row {number}: Day: {day:%Y-%m-%d}; Units: {units}; Price: {price}"
        assert line in lines
    assert lines[-4:] == [
        "Staff – row 1: Staff of 2024",
        "Staff – row 3: Name; Since",
        "Staff – row 4: Name: Ada; Since: 1999",
        "Staff – row 5: Name: Bob; Since: 2001",
    ]
    headings = [heading.span.of(loaded.text) for heading in loaded.headings]
    assert headings == ["Sales", "Staff"]


def test_rows_are_counted_from_the_top_of_the_sheet() -> None:
    data = _workbook(Sheet=[[], [], [None, "Name", "Price"], [None, "Pear", 3]])
    assert load_bytes(data, "a.xlsx").text.endswith("Sheet – row 4: Name: Pear; Price: 3")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "TRUE"),
        (2.0, "2"),
        (0.1, "0.1"),
        (datetime.datetime(2024, 5, 6, 7, 8), "2024-05-06 7:08:00"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, shown: str) -> None:
    data = _workbook(S=[["Name", "Value"], ["x", value]])
    assert load_bytes(data, "a.xlsx").text.endswith(f"Name: x; Value: {shown}")


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.ods"])
def test_a_broken_workbook_says_so(name: str) -> None:
    with pytest.raises(UnreadableError, match=r"a\.\w+ (is|holds)"):
        load_bytes(b"PK\x03\x04 and no more", name)


def test_a_long_row_becomes_lines_that_repeat_its_first_cell() -> None:
    header = ["Name", *(f"Measure {n}" for n in range(60))]
    rows = iter([(1, header), (2, ["Pear", *(str(n * 1000) for n in range(60))])])
    lines = [line for line in grid_lines(rows, "S – ") if line.startswith("S – row 2")]
    assert len(lines) > 2
    assert all(line.startswith("S – row 2: Name: Pear; Measure ") for line in lines)
    assert all(len(line) < 450 for line in lines)
    assert "Measure 59: 59000" in lines[-1]


def test_tables_below_each_other_have_their_own_headers() -> None:
    rows = [["Name", "Price"], ["Pear", "3"], [], ["City", "People"], ["Rome", "2800000"]]
    lines = list(grid_lines(iter(enumerate(rows, 1)), ""))
    assert lines[1] == "row 2: Name: Pear; Price: 3"
    assert lines[3] == "row 5: City: Rome; People: 2800000"


def test_without_a_header_names_are_those_of_the_columns() -> None:
    rows = [["1", "2", "3"], ["4", "5", "6"]]
    lines = list(grid_lines(iter(enumerate(rows, 1)), ""))
    assert lines == ["row 1: A: 1; B: 2; C: 3", "row 2: A: 4; B: 5; C: 6"]
    assert [column_name(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_names_and_values_side_by_side_are_read_as_such() -> None:
    rows = [["Revenue:", "500"], ["Profit", "200"]]
    assert table_lines(rows) == ["Revenue: 500", "Profit: 200"]


def test_a_row_of_another_width_gets_no_names() -> None:
    rows = [["Name", "Price", "Origin"], ["Pear", "3", "France"], ["Fig", "4"]]
    assert table_lines(rows)[1:] == ["Name: Pear; Price: 3; Origin: France", "Fig; 4"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["Name", "Price"], True),
        (["", "2019", "2020"], False),
        (["Item", "2019", "2020"], True),
        (["Pear", "3"], False),
        (["Name:", "Ada"], False),
        (["Total", "€ 3,000.50"], False),
        (["Sum", "Sum"], False),
    ],
)
def test_what_is_taken_for_a_header(row: list[str], expected: bool) -> None:
    assert is_header(row, len(row)) is expected


_CELLS = st.text("abc1 ", max_size=6) | st.sampled_from(
    ["", "Name", "Total", "2019", "5 kW", "1,234", "12%", "=A1", "a long text of words"]
)


@given(
    st.lists(st.lists(_CELLS, min_size=1, max_size=6), min_size=1, max_size=12),
    st.sampled_from([None, 0, 1, 2, 3]),
)
def test_no_cell_is_ever_lost(rows: list[list[str]], marked: int | None) -> None:
    for told in (
        "\n".join(grid_lines(iter(enumerate(rows, 1)), "")),
        "\n".join(table_lines(rows, marked=marked)),
    ):
        for row in rows:
            for cell in row:
                assert " ".join(cell.split()) in told


def test_a_table_of_a_web_page_names_its_columns() -> None:
    source = (
        b"<p>Intro.</p><table><tr><th>Name<th>Price<th>Note</tr><tr><td rowspan=2>Pear<td>3<td>a"
        b"<tr><td>4<td>b<tr><td colspan=3>All sold</table>"
    )
    assert load_bytes(source, "a.html").text.split("\n\n")[1:] == [
        "Name; Price; Note",
        "Name: Pear; Price: 3; Note: a",
        "Name: Pear; Price: 4; Note: b",
        "All sold",
    ]


def test_a_table_that_arranges_a_page_is_read_as_text() -> None:
    prose = b"A long text that fills a column of the page. " * 10
    source = b"<table><tr><td><p>" + prose + b"<td><p>" + prose + b"</table>"
    assert "; A long" not in load_bytes(source, "a.html").text


def test_the_article_of_a_page_keeps_the_names_of_its_columns() -> None:
    article = b"<p>" + b"The old bridge over the river was opened in the year 1904. " * 8 + b"</p>"
    source = (
        b"<html><body><article><h1>Bridges</h1>" + article + b"<table><tr><th>Bridge<th>Length</tr>"
        b"<tr><td>Old<td>120 m</tr><tr><td>New<td>300 m</tr></table>" + article + b"</article>"
    )
    assert "\n\nBridge: New; Length: 300 m\n\n" in load_bytes(source, "a.html").text


def test_a_row_of_figures_fits_into_a_chunk_line_by_line() -> None:
    header = ["Item", *(f"Year {year}" for year in range(1990, 2020))]
    figures = [f"${n},{n}11.{n % 10}" for n in range(100, 130)]
    lines = table_lines([header, ["Sales", *figures]])[1:]
    assert all(line.startswith("Row 2: Item: Sales; Year ") for line in lines)
    assert all(f"; Year {1990 + n}: {cell}" in "".join(lines) for n, cell in enumerate(figures))
    assert max(map(len, lines)) < 200  # a figure of ten characters is six tokens


def test_a_cell_of_a_short_row_keeps_its_row_though_it_holds_semicolons_and_full_stops() -> None:
    rows = [["Firm", "City"], ["Foo", "Rome; later Bari. Then Oslo."], ["Bar", "Bonn"]]
    lines = table_lines(rows)
    whole = "Row 2: Firm: Foo; City: Rome; later Bari. Then Oslo."
    assert lines[1:] == [whole, "Firm: Bar; City: Bonn"]
    assert len(sentence_spans(whole)) == 1


def test_a_long_value_keeps_its_name_and_prose_without_names_stays_prose() -> None:
    prose = " ".join(f"The clerk keeps the book number {n} in the old tower." for n in range(40))
    lines = table_lines([["Duties", prose], ["Grade", "7"]])
    assert len(lines) > 5
    assert all(line.startswith("Row 1: Duties: The clerk") for line in lines[:-1])
    assert lines[-1] == "Grade: 7"
    assert table_lines([[prose, "a", prose[:-1]]]) == [f"{prose}; a; {prose[:-1]}"]


def _lines(*rows: str) -> list[str]:
    """The lines of a sheet whose rows are written here with "|" between their cells."""
    return list(grid_lines(iter(enumerate([row.split("|") for row in rows], 1)), ""))


def _table(*rows: str, marked: int | None = None) -> list[str]:
    return table_lines([row.split("|") for row in rows], marked=marked)


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        (  # merged cells over columns and over rows
            ["Team|2023|2023|2024|2024", "Team|Plan|Actual|Plan|Actual", "Lab|92|94|101|99"],
            "Team: Lab; 2023 Plan: 92; 2023 Actual: 94; 2024 Plan: 101; 2024 Actual: 99",
        ),
        (  # the groups are not merged
            ["|2023||2024|", "Team|Plan|Actual|Plan|Actual", "Lab|92|94|101|99"],
            "Team: Lab; 2023 Plan: 92; 2023 Actual: 94; 2024 Plan: 101; 2024 Actual: 99",
        ),
        (["Pump|Power|Mass", "|kW|kg", "A4|5|60"], "Pump: A4; Power kW: 5; Mass kg: 60"),
        (
            ["Town|Shift|Shift|Shift", "Town|Day|Night|Night", "Town|all|early|late", "Lund|1|2|3"],
            "Town: Lund; Shift Day all: 1; Shift Night early: 2; Shift Night late: 3",
        ),
        (["|2019|2020", "Revenue|500|600"], "Revenue; 2019: 500; 2020: 600"),
        (["Item|2023 Plan|2024 Plan", "Cost|5|6"], "Item: Cost; 2023 Plan: 5; 2024 Plan: 6"),
        (["Item|5 kW|7 kW", "Price|500|600"], "Item: Price; 5 kW: 500; 7 kW: 600"),
        (["Town|2024-01|2024-02", "Lund|5|6"], "Town: Lund; 2024-01: 5; 2024-02: 6"),
        (  # a row of records with two different contacts under one name is no second header
            ["Name|Contact|Contact", "Ada|ada@x.org|London"],
            "Name: Ada; Contact: ada@x.org; Contact: London",
        ),
    ],
)
def test_every_column_is_named_by_all_rows_of_its_header(rows: list[str], last: str) -> None:
    assert _table(*rows)[-1] == last
    assert _lines(*rows)[-1] == f"row {len(rows)}: {last}"


def test_titles_stand_above_and_notes_below_without_names() -> None:
    title = "Sales of 2024|Sales of 2024|Sales of 2024"  # merged over the columns
    rows = [title, "Name|Price|Units", "Pump|5|60", "Total||60", "Source: a survey||"]
    assert _table(*rows) == [
        "Sales of 2024",
        "Name; Price; Units",
        "Name: Pump; Price: 5; Units: 60",
        "Name: Total; Units: 60",
        "Source: a survey",
    ]
    assert _lines(*rows)[-1] == "row 5: Source: a survey"
    assert _lines("Author|Ada||", "Made|2024-05-06||", "Name|Mass|Units|Sold", "Pump|5|60|3") == [
        "row 1: Author: Ada",
        "row 2: Made: 2024-05-06",
        "row 3: Name; Mass; Units; Sold",
        "row 4: Name: Pump; Mass: 5; Units: 60; Sold: 3",
    ]


def test_a_blank_cell_stays_blank() -> None:
    assert _lines("Name|Low|High", "Pear||5", "Fig|4|", "|3|")[1:] == [
        "row 2: Name: Pear; High: 5",
        "row 3: Name: Fig; Low: 4",
        "row 4: Low: 3",
    ]


def test_tables_side_by_side_keep_their_rows_apart() -> None:
    beside = ["Fruit|Price||City|People", "Pear|3||Rome|2800000", "Fig|4||Oslo|700000", "Plum|5||"]
    assert _lines(*beside) == [
        "row 1: Fruit; Price",
        "row 2: Fruit: Pear; Price: 3",
        "row 3: Fruit: Fig; Price: 4",
        "row 4: Fruit: Plum; Price: 5",
        "row 1: City; People",
        "row 2: City: Rome; People: 2800000",
        "row 3: City: Oslo; People: 700000",
    ]
    assert _lines("Name|Price|Name|Price", "Pear|3|Fig|4")[1::2] == [
        "row 2: Name: Pear; Price: 3",
        "row 2: Name: Fig; Price: 4",
    ]
    spaced = _lines("Item||2019||2020", "Sales||5||6")  # one table with blank columns
    assert spaced[-1] == "row 2: Item: Sales; 2019: 5; 2020: 6"


def test_tables_below_each_other_are_parted_by_their_titles() -> None:
    rows = ["Fruit|", "Name|Price", "Pear|3", "Cities|", "City|People", "Rome|2800000", "Oslo|7"]
    assert _lines(*rows)[3:6] == ["row 4: Cities", "row 5: City; People", _lines(*rows)[5]]
    assert _lines(*rows)[5] == "row 6: City: Rome; People: 2800000"


def test_records_of_the_same_name_are_told_apart_by_the_headings_of_their_parts() -> None:
    rows = ["Item|Q1|Q2", "Europe||", "Sales|5|6", "Sum|5|6", "Asia||", "Sales|7|8", "Sum|7|8"]
    total = ["Sum|12|14", "Note: audited||"]
    expected = [
        "Item; Q1; Q2",
        "Europe",
        "Europe – Item: Sales; Q1: 5; Q2: 6",
        "Europe – Item: Sum; Q1: 5; Q2: 6",
        "Asia",
        "Asia – Item: Sales; Q1: 7; Q2: 8",
        "Asia – Item: Sum; Q1: 7; Q2: 8",
        "Item: Sum; Q1: 12; Q2: 14",  # of no part: the part had its own
        "Note: audited",
    ]
    assert _table(*rows, *total) == expected
    assert _lines(*rows, *total) == [f"row {at}: {line}" for at, line in enumerate(expected, 1)]
    alone = ["Item|Q1|Q2", "Europe||", "Sales|5|6", "Costs|7|8"]  # told apart by their names
    assert _table(*alone)[-1] == "Item: Costs; Q1: 7; Q2: 8"


def test_a_header_that_is_repeated_names_nothing() -> None:
    rows = ["Name|Price", "Pear|3", "Name|Price", "Fig|4"]
    assert _table(*rows)[2:] == ["Name; Price", "Name: Fig; Price: 4"]
    assert _lines(*rows)[2:] == ["row 3: Name; Price", "row 4: Name: Fig; Price: 4"]


def test_what_lies_below_a_blank_row_has_the_names_only_if_it_fits_them() -> None:
    rows = ["Name|Price", "Pear|3", "", "Total|15", "", "Checked by|A. Moore", "In|1999"]
    assert _lines(*rows)[2:] == ["row 4: Name: Total; Price: 15", *_lines(*rows)[3:]]
    assert not any("Name: Checked" in line or "Price: A. Moore" in line for line in _lines(*rows))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            ["Customer|Acme", "Date|2024-05-06", "City|Leeds", "Total|$500"],
            ["Customer: Acme", "Date: 2024-05-06", "City: Leeds", "Total: $500"],
        ),
        (["Founded|1999", "Staff|50"], ["Founded: 1999", "Staff: 50"]),
        (
            ["Customer|Acme", "Date|06.05.2024", "Total|$500"],
            ["Customer: Acme", "Date: 06.05.2024", "Total: $500"],
        ),
        (
            [
                "Customer|Acme|Contact|Ines",
                "Due|5 Mar 2026|Amount|$500",
                "Terms|30 days|State|open",
            ],
            [
                "Customer: Acme; Contact: Ines",
                "Due: 5 Mar 2026; Amount: $500",
                "Terms: 30 days; State: open",
            ],
        ),
        (["Name|Age|City|Score", "Ada|36|Rome|7", "Bob|?|Bonn|8"], ["Name; Age; City; Score"]),
        (
            ["Vessel:|Sea Otter|Port:|Hull", "Built:|1990|Mass:|30 t"],
            ["Vessel: Sea Otter; Port: Hull", "Built: 1990; Mass: 30 t"],
        ),
        (
            ["Ship|Otter|Port|Hull", "Built|1990|Mass|30 t", "Flag|Norway|Wood|Oak", "Crew|9|By|J"],
            ["Ship: Otter; Port: Hull", "Built: 1990; Mass: 30 t", "Flag: Norway; Wood: Oak"],
        ),
    ],
)
def test_forms_are_names_with_their_values(rows: list[str], expected: list[str]) -> None:
    assert _table(*rows)[: len(expected)] == expected
    numbered = [f"row {number}: {line}" for number, line in enumerate(expected, 1)]
    assert _lines(*rows)[: len(expected)] == numbered


def test_a_marked_header_is_one_whatever_it_holds() -> None:
    assert _table("2001|2002", "3|4", marked=1)[-1] == "2001: 3; 2002: 4"
    rows = ["Town|Shift|Shift", "Town|Day|Night", "Lund|yes|no", "Hull|no|no"]
    assert _table(*rows, marked=2)[2] == "Town: Lund; Shift Day: yes; Shift Night: no"
    marked = list(grid_lines(iter([(4, ["Ada", "Bob"]), (5, ["Cid", "Dan"])]), "", headers={4}))
    assert marked[-1] == "row 5: Ada: Cid; Bob: Dan"


def test_a_long_row_repeats_as_many_cells_as_tell_it_from_others() -> None:
    header = ["Region", "Month", *(f"Measure {n}" for n in range(60))]
    values = [str(n * 1000) for n in range(60)]
    rows = [header, ["North", "May", *values], ["North", "June", *values]]
    lines = [line for line in grid_lines(iter(enumerate(rows, 1)), "") if "row 3" in line]
    assert len(lines) > 2
    assert all(line.startswith("row 3: Region: North; Month: June; ") for line in lines)


def test_notes_stand_behind_their_cells() -> None:
    rows = iter([(1, ["Name", "Price"]), (2, ["Pear", "3"])])
    lines = list(grid_lines(rows, "", notes={(2, 1): "[Ada: too low]"}))
    assert lines[-1] == "row 2: Name: Pear; Price: 3 [Ada: too low]"


@pytest.mark.parametrize(
    "table",
    [
        "| Town | 2023 | Note |\n|:-----|-----:|:---:|\n| Hull | 26 |\n| York | 34 | a \\| b |",
        "Town | 2023 | Note\n--- | --- | ---\nHull | 26\nYork | 34 | a \\| b",
    ],
)
def test_tables_of_markdown_name_their_columns(table: str) -> None:
    text = load_bytes(f"# Towns\n\n{table}\n\nDone.\n".encode(), "a.md").text
    assert text.strip().split("\n\n")[1:] == [
        "Town; 2023; Note",
        "Town: Hull; 2023: 26",
        "Town: York; 2023: 34; Note: a | b",
        "Done.",
    ]


def test_a_long_text_beside_a_label_names_no_column() -> None:
    measure = "Average number of days to complete the fastest tenth of all investigations"
    reading = read_grid([["Measure", measure], ["Frequency", "Quarterly"], ["Source", "Ledger"]])
    assert reading.names == ()
    assert read_grid([["Measure", "Days"], ["Speed", "Quarterly"], ["Source", "Ledger"]]).names


def test_a_first_row_of_measures_names_no_columns() -> None:
    rows = [["Air", "1 scfm, 100 psi", "28 L/min"], ["Coolant", "13 gal", "49 L"]]
    rows += [["Weight", "1,500 lb", "680 kg"]]
    assert table_lines(rows)[1:] == ["Coolant; 13 gal; 49 L", "Weight; 1,500 lb; 680 kg"]
    plan = [["Item", "2024 Plan", "2025 Plan"], ["Coal", "13 t", "14 t"], ["Wood", "3 t", "4 t"]]
    assert table_lines(plan)[1] == "Item: Coal; 2024 Plan: 13 t; 2025 Plan: 14 t"


def test_a_long_row_of_a_document_repeats_what_tells_it_from_others() -> None:
    figures = [f"reading {at} (mg/L)" for at in range(30)]
    rows = [["Zone", "Date", *figures], ["Top", "6/11/2025", *["1.5"] * 30]]
    rows += [["Top", "7/16/2025", *["2.5"] * 30], ["Bottom", "7/16/2025", *["3.5"] * 30]]
    lines = [line for line in table_lines(rows)[1:] if line.startswith("Row 3: ")]
    assert len(lines) > 1
    assert all(line.startswith("Row 3: Zone: Top; Date: 7/16/2025; ") for line in lines)
