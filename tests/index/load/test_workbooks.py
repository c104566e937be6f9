"""Workbooks: what a person sees in a sheet is what is told of it, and nothing is lost."""

from __future__ import annotations

import contextlib
import datetime
import io
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.table import Table

from index.errors import UnreadableError
from index.load import sheet
from index.load.base import LoadedDocument
from index.load.loading import load_bytes

Fill = Callable[..., None]


def _openpyxl(fill: Fill) -> LoadedDocument:
    book = Workbook()
    page = book.active
    page.title = "S"
    fill(book, page)
    written = io.BytesIO()
    book.save(written)
    return load_bytes(written.getvalue(), "a.xlsx")


def _lines(document: LoadedDocument) -> list[str]:
    return [line.removeprefix("S – ") for line in document.text.split("\n\n")[1:]]


def _filled(rows: list[list[object]], *merged: str) -> Fill:
    def fill(_book: object, page: object) -> None:
        for row in rows:
            page.append(row)  # type: ignore[attr-defined]
        for area in merged:
            page.merge_cells(area)  # type: ignore[attr-defined]

    return fill


def test_merged_cells_stand_in_every_row_and_column_that_they_cover() -> None:
    rows: list[list[object]] = [
        ["Region", "Month", "Units"],
        ["North", "May", 310],
        [None, "June", 342],
        ["South", "May", 118],
        [None, "June", 205],
    ]
    assert _lines(_openpyxl(_filled(rows, "A2:A3", "A4:A5"))) == [
        "row 1: Region; Month; Units",
        "row 2: Region: North; Month: May; Units: 310",
        "row 3: Region: North; Month: June; Units: 342",
        "row 4: Region: South; Month: May; Units: 118",
        "row 5: Region: South; Month: June; Units: 205",
    ]


def test_a_header_of_several_merged_rows_names_the_columns_together() -> None:
    rows: list[list[object]] = [
        ["Budget of the institute"],
        ["Team", 2023, None, 2024, None],
        [None, "Plan", "Actual", "Plan", "Actual"],
        ["Lab", 92, 94, 101, 99],
    ]
    document = _openpyxl(_filled(rows, "A1:E1", "B2:C2", "D2:E2", "A2:A3"))
    told = "row 4: Team: Lab; 2023 Plan: 92; 2023 Actual: 94; 2024 Plan: 101; 2024 Actual: 99"
    assert _lines(document)[-1] == told
    assert _lines(document)[0] == "row 1: Budget of the institute"


def test_a_merged_cell_does_not_make_rows_or_columns_of_its_own() -> None:
    rows: list[list[object]] = [["Notes on the sale"], ["Name", "Price"], ["Pear", 3]]
    lines = _lines(_openpyxl(_filled(rows, "A1:Z1", "A3:A900")))
    assert lines == [
        "row 1: Notes on the sale",
        "row 2: Name; Price",
        "row 3: Name: Pear; Price: 3",
    ]


_BROKEN_NAMES: list[list[object]] = [
    ["Kind of return", "Returns filed", None, None, "Agent", None, None, None],
    [None, "in calendar", None, "Share", None, "Not", "Tax", "Tax"],
    [None, "year 2000", "Total", "covered", "large", "large", "auditor", "examiner"],
    ["All", 168, 81, 0.5, 6, 14, 11, 8],
    ["Wages", 138, 78, 0.4, 3, 12, 10, 7],
]
_BROKEN_NAMES_TOLD = (
    "row 5: Kind of return: Wages; Returns filed in calendar year 2000: 138; Total: 78; "
    "Share covered: 0.4; Agent large: 3; Agent Not large: 12; Tax auditor: 10; Tax examiner: 7"
)


def test_names_broken_over_rows_are_not_those_of_the_columns_beside_them() -> None:
    def fill(_book: object, page: Any) -> None:
        for row in _BROKEN_NAMES:
            page.append(row)
        for place in ("E1", "F1"):  # one name over both, without a merged cell
            page[place].alignment = Alignment(horizontal="centerContinuous")

    assert _lines(_openpyxl(fill))[-1] == _BROKEN_NAMES_TOLD


def test_names_centred_across_columns_of_an_old_workbook_are_those_of_each() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("S")
    across = xlwt.easyxf("align: horizontal center_across_selection")
    for at, row in enumerate(_BROKEN_NAMES):
        for column, value in enumerate(row):
            if (at, column) in ((0, 4), (0, 5)):
                page.write(at, column, value, across)
            elif value is not None:
                page.write(at, column, value)
    written = io.BytesIO()
    book.save(written)
    assert _lines(load_bytes(written.getvalue(), "a.xls"))[-1] == _BROKEN_NAMES_TOLD


def test_names_of_groups_stand_over_the_columns_behind_their_first() -> None:
    rows: list[list[object]] = [
        [None, "Plan", None, "Actual", None, "All"],
        ["Team", "EUR", "Hours", "EUR", "Hours", "EUR"],
        ["Lab", 92, 10, 94, 11, 186],
    ]
    assert _lines(_openpyxl(_filled(rows)))[-1] == (
        "row 3: Team: Lab; Plan EUR: 92; Plan Hours: 10; Actual EUR: 94; Actual Hours: 11; "
        "All EUR: 186"
    )


def test_a_merged_cell_is_told_once_where_no_names_stand_above() -> None:
    rows: list[list[object]] = [
        [None, "Part one"],
        [],
        [1, "Converted to 110 V"],
        [],
        [13156456, None, None, 144564, "A"],
    ]
    assert _lines(_openpyxl(_filled(rows, "B1:E1", "B3:E3", "A5:C5"))) == [
        "row 1: Part one",
        "row 3: A: 1; B: Converted to 110 V",
        "row 5: A: 13156456; D: 144564; E: A",
    ]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.075, "0.0%", "7.5%"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (1234.5, '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)', "$1,234.50"),
        (1067, "00000", "01067"),
        ("01067", "@", "01067"),
        (1.75, "# ?/?", "1 3/4"),
        (1250000, "#,##0", "1,250,000"),
        (-5, "0.0;(0.0)", "(5.0)"),
        (datetime.date(2026, 3, 15), "dd.mm.yyyy", "15.03.2026"),
        (datetime.time(14, 30), "h:mm AM/PM", "2:30 PM"),
        (datetime.timedelta(hours=37), "[h]:mm", "37:00"),
        (True, "General", "TRUE"),
        ("#N/A", "General", "#N/A"),
        (0.30000000000000004, "General", "0.3"),
    ],
)
def test_values_are_told_as_their_format_shows_them(value: object, code: str, shown: str) -> None:
    def fill(_book: object, page: object) -> None:
        page.append(["Measure", "Value"])  # type: ignore[attr-defined]
        page.append(["x", value])  # type: ignore[attr-defined]
        page["B2"].number_format = code  # type: ignore[index]

    assert _lines(_openpyxl(fill))[-1] == f"row 2: Measure: x; Value: {shown}"


@pytest.mark.parametrize(
    ("number", "value", "shown"),
    [
        (9, 0.25, "25%"),
        (10, 0.255, "25.50%"),
        (3, 12345, "12,345"),
        (4, 12345.678, "12,345.68"),
        (11, 12345.678, "1.23E+04"),
        (14, 46096, "2026-03-15"),  # in the order of the reader's country, so in that of ISO 8601
        (46, 1.5, "36:00:00"),
    ],
)
def test_formats_without_a_code_are_those_of_the_standard(
    number: int, value: float, shown: str
) -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    page = book.add_worksheet("S")
    page.write_row(0, 0, ["Name", "Value"])
    page.write(1, 0, "x")
    page.write_number(1, 1, value, book.add_format({"num_format": number}))
    book.close()
    assert _lines(load_bytes(written.getvalue(), "a.xlsx"))[-1].endswith(f"Value: {shown}")


def test_days_from_1904_are_days_from_1904() -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"date_1904": True})
    page = book.add_worksheet("S")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page.write_datetime(0, 0, datetime.datetime(2026, 3, 15), day)
    book.close()
    assert load_bytes(written.getvalue(), "a.xlsx").text.endswith("row 1: 2026-03-15")


def test_a_formula_without_a_stored_value_says_so_and_takes_none_from_its_neighbours() -> None:
    document = _openpyxl(_filled([["Name", "Units"], ["Pear", 3], ["Total", "=SUM(B2:B2)"]]))
    assert _lines(document)[-1] == "row 3: Name: Total; Units: =SUM(B2:B2) (no value stored)"
    assert document.left_out == ("the value of 1 formula, which the file does not store",)


def test_a_stored_value_of_a_formula_is_shown_but_no_zero_that_nobody_calculated() -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)  # stores 0 unless it is told the value
    page = book.add_worksheet("S")
    percent = book.add_format({"num_format": "0.0%"})
    page.write_row(0, 0, ["Name", "Told", "Not told"])
    page.write(1, 0, "Rate")
    page.write_formula(1, 1, "=3/40", percent, 0.075)
    page.write_formula(1, 2, "=4/40")
    page.write(2, 0, "Text")
    page.write_formula(2, 1, '="a"&"b"', None, "ab")
    book.close()
    assert _lines(load_bytes(written.getvalue(), "a.xlsx"))[1:] == [
        "row 2: Name: Rate; Told: 7.5%; Not told: =4/40 (0 stored, not yet calculated)",
        "row 3: Name: Text; Told: ab",
    ]


def test_comments_stand_beside_their_cell_and_links_with_their_address() -> None:
    def fill(_book: object, page: object) -> None:
        for row in (["Name", "Units"], ["Pear", 3], ["Fig", 4], ["Plum", 5]):
            page.append(row)  # type: ignore[attr-defined]
        page["B2"].comment = Comment("Ada:\nToo low.", "Ada")  # type: ignore[index]
        page["B3"].comment = Comment("Counted twice.", "Bob")  # type: ignore[index]
        page["D9"].comment = Comment("Far away.", "Bob")  # type: ignore[index]
        page["A4"].hyperlink = "https://example.org/plum"  # type: ignore[index]

    assert _lines(_openpyxl(fill))[1:] == [
        "row 2: Name: Pear; Units: 3 [Ada: Too low.]",
        "row 3: Name: Fig; Units: 4 [Bob: Counted twice.]",
        "row 4: Name: Plum <https://example.org/plum>; Units: 5",
        "row 9: D: [Bob: Far away.]",
    ]


def test_hidden_sheets_rows_and_columns_are_told_and_marked() -> None:
    def fill(book: object, page: object) -> None:
        for row in (["Name", "Cost", "Price"], ["Pear", 1, 3], ["Fig", 2, 4]):
            page.append(row)  # type: ignore[attr-defined]
        page.row_dimensions[3].hidden = True  # type: ignore[attr-defined]
        page.column_dimensions["B"].hidden = True  # type: ignore[attr-defined]
        for name, state in (("Old", "hidden"), ("Deep", "veryHidden")):
            sheet = book.create_sheet(name)  # type: ignore[attr-defined]
            sheet.append(["Secret", 1])
            sheet.sheet_state = state

    document = _openpyxl(fill)
    assert document.text.split("\n\n")[2:] == [
        "S – row 2: Name: Pear; Cost: 1 [hidden column]; Price: 3",
        "S – row 3: Name: Fig; Cost: 2 [hidden column]; Price: 4 [hidden row]",
        "Old (hidden sheet)",
        "Old (hidden sheet) – row 1: Secret: 1",
        "Deep (hidden sheet)",
        "Deep (hidden sheet) – row 1: Secret: 1",
    ]


def test_raised_and_struck_text_of_cells_is_written_as_everywhere() -> None:
    def fill(_book: object, page: object) -> None:
        rise, strike = InlineFont(vertAlign="superscript"), InlineFont(strike=True)
        page["A1"] = CellRichText("Area in m", TextBlock(rise, "2"))  # type: ignore[index]
        page["A2"] = CellRichText(TextBlock(strike, "240"), " 180")  # type: ignore[index]
        page["A3"] = 99  # type: ignore[index]
        page["A3"].font = Font(strike=True)  # type: ignore[index]

    assert _lines(_openpyxl(fill)) == ["row 1: Area in m²", "row 2: ~~240~~ 180", "row 3: ~~99~~"]


def test_a_bold_row_and_the_first_of_a_defined_table_are_headers() -> None:
    def bold(_book: object, page: object) -> None:
        for row in (["Name", "Role"], ["Ada", "Chief"], [], ["City", "Land"], ["Rome", "Italy"]):
            page.append(row)  # type: ignore[attr-defined]
        for place in ("A1", "B1", "A4", "B4"):
            page[place].font = Font(bold=True)  # type: ignore[index]

    assert _lines(_openpyxl(bold))[-1] == "row 5: City: Rome; Land: Italy"

    def defined(_book: object, page: object) -> None:
        for row in (["Ada", "Bob"], ["2001", "2002"], ["x", "y"]):
            page.append(row)  # type: ignore[attr-defined]
        page.add_table(Table(displayName="People", ref="A2:B3"))  # type: ignore[attr-defined]

    assert _lines(_openpyxl(defined))[0] == "row 1: Ada; Bob"


def test_titles_of_charts_and_texts_of_boxes_are_told_and_pictures_counted() -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    page = book.add_worksheet("S")
    page.write_column(0, 0, [1, 2, 3])
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=S!$A$1:$A$3"})
    chart.set_title({"name": "Growth of the herd"})
    page.insert_chart("C1", chart)
    page.insert_textbox("C20", "Counted in May")
    book.close()
    lines = _lines(load_bytes(written.getvalue(), "a.xlsx"))
    assert lines[-2:] == ["Counted in May", "chart: Growth of the herd"] or lines[-2:] == [
        "chart: Growth of the herd",
        "Counted in May",
    ]


def test_what_is_too_much_is_named_and_the_rest_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from index.load.sheets import load_workbook

    for module in ("xlsx", "ods", "xls"):
        monkeypatch.setattr(f"index.load.{module}.MOST_CELLS", 6)
    monkeypatch.setattr(sheet, "MOST_CELLS", 6)
    written = io.BytesIO()
    book = Workbook()
    for row in (["Name", "Price"], ["Pear", 3], ["Fig", 4], ["Plum", 5]):
        book.active.append(row)
    book.create_sheet("Later").append(["x", 1])
    book.save(written)
    document = load_workbook(written.getvalue(), "a.xlsx")
    assert "Name: Fig; Price: 4" in document.text
    assert "Plum" not in document.text
    assert document.left_out == (
        "sheet Sheet from row 4 on: the workbook has more than 6 cells",
        "sheet Later from row 1 on: the workbook has more than 6 cells",
    )


# Files that no library here writes: their XML is written by hand


def _zipped(parts: dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return written.getvalue()


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def _raw(sheet_xml: str, **parts: str) -> LoadedDocument:
    names = {name.replace("__", "/").replace("_xml", ".xml"): text for name, text in parts.items()}
    return load_bytes(
        _zipped(
            {
                "[Content_Types].xml": "<Types/>",
                "xl/workbook.xml": f'<workbook {_MAIN} {_REL}><sheets><sheet name="S" sheetId="1" '
                'r:id="r1"/></sheets></workbook>',
                "xl/_rels/workbook.xml.rels": f"<Relationships {_RELS}><Relationship "
                'Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
                'Target="persons/person.xml"/></Relationships>',
                "xl/worksheets/sheet1.xml": f"<worksheet {_MAIN} {_REL}>{sheet_xml}</worksheet>",
                **names,
            }
        ),
        "a.xlsx",
    )


def test_cells_may_lack_their_places_and_hold_escapes() -> None:
    document = _raw(
        '<sheetData><row><c t="str"><v>Name</v></c><c t="str"><v>Units_x000D_sold</v></c></row>'
        '<row><c t="str"><v>Pear</v></c><c/></row><row r="5">'
        '<c r="B5"><v>7</v></c></row></sheetData>'
    )
    assert _lines(document) == [
        "row 1: Name; Units sold",
        "row 2: Pear",
        "row 5: Units sold: 7",
    ]


def test_threads_are_told_once_and_with_the_names_of_people() -> None:
    document = _raw(
        '<sheetData><row r="1"><c r="A1"><v>5</v></c></row></sheetData>',
        **{
            "xl/worksheets/_rels/sheet1.xml.rels": f"<Relationships {_RELS}><Relationship Id='a' "
            "Target='../comments1.xml'/><Relationship Id='b' "
            "Target='../threadedComments/threadedComment1.xml'/></Relationships>",
            "xl/comments1.xml": f"<comments {_MAIN}><authors><author>tc=1</author></authors>"
            '<commentList><comment ref="A1" authorId="0"><text><t>[Threaded comment] old</t></text>'
            "</comment></commentList></comments>",
            "xl/threadedComments/threadedComment1.xml": '<ThreadedComments xmlns="t">'
            '<threadedComment ref="A1" personId="p1"><text>Is it right?</text></threadedComment>'
            '<threadedComment ref="A1" personId="p2"><text>Yes.</text></threadedComment>'
            "</ThreadedComments>",
            "xl/persons/person.xml": '<personList xmlns="t"><person id="p1" displayName="Ada"/>'
            '<person id="p2" displayName="Bob"/></personList>',
        },
    )
    assert _lines(document) == ["row 1: 5 [Ada: Is it right?] [Bob: Yes.]"]


@given(st.binary(max_size=200), st.integers(0, 3000))
def test_a_broken_workbook_is_read_or_refused(noise: bytes, at: int) -> None:
    from index.load.sheets import load_workbook

    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("xl/workbook.xml", noise)
    data = written.getvalue()
    for broken in (data, data[:at] + noise + data[at:], noise):
        with contextlib.suppress(UnreadableError):
            assert load_workbook(broken, "a.xlsx").text == ""


_ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/">
<office:automatic-styles>
<style:style style:name="up"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="out"><style:text-properties style:text-line-through-style="solid"/>
</style:style>
<style:style style:name="off"><style:table-properties table:display="false"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet>TABLES</office:spreadsheet></office:body>
</office:document-content>"""


def _ods(tables: str) -> LoadedDocument:
    return load_bytes(
        _zipped(
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": _ODS.replace(
                    "TABLES", re.sub(r"<(/?)(c|r|t)\b", _long_name, tables)
                ),
            }
        ),
        "a.ods",
    )


def _long_name(found: re.Match[str]) -> str:
    names = {"c": "table:table-cell", "r": "table:table-row", "t": "table:table"}
    return f"<{found[1]}{names[found[2]]}"


def test_cells_of_an_open_spreadsheet_are_told_as_they_are_shown() -> None:
    document = _ods(
        '<t table:name="S"><r><c><text:p>Name</text:p></c><c><text:p>Rate</text:p></c></r>'
        '<r><c><text:p>Pear</text:p></c><c office:value-type="percentage" office:value="0.075">'
        "<text:p>7.5%</text:p></c></r>"
        '<r><c table:number-rows-spanned="2"><text:p>Fig</text:p></c><c><office:annotation>'
        "<dc:creator>Ada</dc:creator><text:p>Too low.</text:p></office:annotation>"
        "<text:p>3</text:p></c></r>"
        '<r><table:covered-table-cell/><c><text:p>4 m<text:span text:style-name="up">2</text:span>'
        "</text:p></c></r>"
        '<r table:number-rows-repeated="1048000"><c table:number-columns-repeated="1024"/></r></t>'
    )
    assert _lines(document) == [
        "row 1: Name; Rate",
        "row 2: Name: Pear; Rate: 7.5%",
        "row 3: Name: Fig; Rate: 3 [Ada: Too low.]",
        "row 4: Name: Fig; Rate: 4 m²",
    ]


def test_hidden_struck_and_not_calculated_cells_of_an_open_spreadsheet_are_marked() -> None:
    document = _ods(
        '<t table:name="S" table:style-name="off"><table:table-column/>'
        '<table:table-column table:visibility="collapse"/><r><c><text:p>Name</text:p></c>'
        "<c><text:p>Units</text:p></c></r>"
        '<r table:visibility="filter"><c><text:p><text:span text:style-name="out">Pear</text:span>'
        ' <text:a xlink:href="https://example.org/">shop</text:a></text:p></c>'
        '<c table:formula="of:=SUM([.B5:.B9])"/></r></t>'
    )
    assert document.text.split("\n\n")[0] == "S (hidden sheet)"
    assert document.text.split("\n\n")[-1] == (
        "S (hidden sheet) – row 2: Name: ~~Pear~~ shop <https://example.org/>; "
        "Units: =SUM([.B5:.B9]) (no value stored) [hidden row] [hidden column]"
    )


def test_an_old_workbook_is_told_as_it_is_shown() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("S")
    for column, name in enumerate(["Region", "Month", "Share", "Opened"]):
        page.write(0, column, name)
    page.write_merge(1, 2, 0, 0, "North")
    percent, day = xlwt.easyxf(num_format_str="0.0%"), xlwt.easyxf(num_format_str="dd.mm.yyyy")
    page.write(1, 1, "May")
    page.write(1, 2, 0.075, percent)
    page.write(1, 3, datetime.date(2026, 3, 15), day)
    page.write(2, 1, "June")
    struck_out = xlwt.easyxf("font: struck_out on", num_format_str="$#,##0.00")
    page.write(2, 2, 1234.5, struck_out)
    page.row(2).hidden = True
    hidden = book.add_sheet("Old")
    hidden.write(0, 0, "Secret")
    hidden.visibility = 1
    written = io.BytesIO()
    book.save(written)
    document = load_bytes(written.getvalue(), "a.xls")
    assert document.text.split("\n\n")[2:] == [
        "S – row 2: Region: North; Month: May; Share: 7.5%; Opened: 15.03.2026",
        "S – row 3: Region: North; Month: June; Share: ~~$1,234.50~~ [hidden row]",
        "Old (hidden sheet)",
        "Old (hidden sheet) – row 1: Secret",
    ]


def _record(kind: int, data: bytes = b"") -> bytes:
    """A record of [MS-XLSB]: its kind in one or two bytes, its length, its data."""
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return number + bytes([len(data)]) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def test_a_binary_workbook_is_read_without_formats_and_says_so() -> None:
    def cell(kind: int, column: int, value: bytes) -> bytes:
        return _record(kind, struct.pack("<II", column, 0) + value)

    rows = [
        _record(0, struct.pack("<I", row) + bytes(21))
        + cell(6, 0, _wide(name))  # a text
        + (cell(6, 1, _wide("Units")) if row == 0 else cell(5, 1, struct.pack("<d", 3.5)))
        for row, name in enumerate(["Name", "Pear"])
    ]
    size = struct.pack("<IIII", 0, 1, 0, 1)
    page = b"".join([_record(129), _record(148, size), _record(145), *rows, _record(146)])
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("S")
    book = _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book)
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships {_RELS}><Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="'
            'http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
            "</Relationships>",
        )
        archive.writestr("xl/worksheets/sheet1.bin", page + _record(130))
    document = load_bytes(written.getvalue(), "a.xlsb")
    assert _lines(document) == ["row 1: Name; Units", "row 2: Name: Pear; Units: 3.5"]
    assert document.left_out == (
        "number formats and comments of cells, which are not read in this format",
    )


def test_a_sheet_that_is_made_to_fill_memory_is_read_as_far_as_it_goes() -> None:
    far = "".join(f'<row r="{n}"><c r="XFD{n}"><v>{n}</v></c></row>' for n in range(1, 20_000))
    everything = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    first = '<row r="1"><c r="A1"><v>7</v></c></row>'
    document = _raw(f"<sheetData>{first}{far}</sheetData>{everything}")
    assert "XFD: 500" in document.text
    assert any("1,000,000 cells" in part for part in document.left_out)
    cell = "<c><text:p>x</text:p></c>"
    blanks = '<c table:number-columns-repeated="999999999"/>'
    table = (
        f'<t table:name="S"><r table:number-rows-repeated="99999999">{cell}{blanks}{cell}</r></t>'
    )
    assert len(_ods(table).text) < 100_000
