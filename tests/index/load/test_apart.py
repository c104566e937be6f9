"""Sheets with blank rows below their header and between their parts."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from index.load.loading import load_bytes
from index.load.table import grid_lines


def _lines(*rows: str, headers: set[int] | None = None) -> list[str]:
    cells = (row.split("|") for row in rows)
    return list(grid_lines(iter(enumerate(cells, 1)), "", headers=headers or set()))


PARTS = ("Museum||", "Staff|180|62", "Rent|50|0", "", "Police||", "Staff|999|7", "Rent|400|1")


def test_a_header_above_a_blank_row_names_the_columns_of_all_parts_below() -> None:
    found = _lines("City funds||", "Item|2023|2024", "", *PARTS, "", "Fire||", "Staff|5|6")
    assert found == [
        "row 1: City funds",
        "row 2: Item; 2023; 2024",
        "row 4: Museum",
        "row 5: Museum – Item: Staff; 2023: 180; 2024: 62",
        "row 6: Museum – Item: Rent; 2023: 50; 2024: 0",
        "row 8: Police",
        "row 9: Police – Item: Staff; 2023: 999; 2024: 7",
        "row 10: Police – Item: Rent; 2023: 400; 2024: 1",
        "row 12: Fire",
        "row 13: Fire – Item: Staff; 2023: 5; 2024: 6",
    ]


def test_a_header_of_several_rows_above_a_blank_row_names_a_column_by_all() -> None:
    head = ("|Year||Year|", "|2015||2016|", "|Actual|Increase/|Planned|Share", "|Cost|(Loss)|Cost|")
    rows = ("Museum||||", "Staff|180|(62)|243|13%", "Total|180|(62)|243|13%|9")
    assert _lines(*head[:3], "", *rows)[3:5] == [
        "row 5: Museum",
        "row 6: Staff; Year 2015 Actual: 180; Increase/: (62); Year 2016 Planned: 243; Share: 13%",
    ]
    named = _lines("|Year||Year|", "|2015||2016|", "|Cost|(Loss)|Cost|Share", "", *rows)
    assert named[-1] == (
        "row 7: Total; Year 2015 Cost: 180; (Loss): (62); Year 2016 Cost: 243; Share: 13%; F: 9"
    )


def test_groups_of_the_same_names_are_told_apart() -> None:
    found = _lines("|2023||2024|", "Item|Plan|Actual|Plan|Actual", "", "Staff|1|2|3|4")
    assert found[-1] == (
        "row 4: Item: Staff; 2023 Plan: 1; 2023 Actual: 2; 2024 Plan: 3; 2024 Actual: 4"
    )


def test_the_heading_of_a_part_is_carried_into_its_rows_without_names_too() -> None:
    assert _lines(*PARTS) == [
        "row 1: Museum",
        "row 2: Museum – A: Staff; B: 180; C: 62",
        "row 3: Museum – A: Rent; B: 50; C: 0",
        "row 5: Police",
        "row 6: Police – A: Staff; B: 999; C: 7",
        "row 7: Police – A: Rent; B: 400; C: 1",
    ]


def test_a_heading_that_tells_nothing_apart_is_not_repeated() -> None:
    assert _lines("Sales||", "North|180|62", "South|5|6")[1] == "row 2: A: North; B: 180; C: 62"
    found = _lines("Sales||", "North|1|2", "", "Costs||", "Rent|3|4")
    assert [line.split(": ", 1)[1] for line in found[1::2]] == [
        "A: North; B: 1; C: 2",
        "A: Rent; B: 3; C: 4",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        ("Contact|Ines|Hull", "Phone|Post|Mail", "", "Pumps|5|6", "Fans|7|8"),  # two rows of words
        ("Contact|Ines|", "", "Pumps|5|6", "Fans|7|8"),  # over figures in one column alone
        ("Item|Shop|Town", "", "Item|Price|Sold", "Pumps|5|6"),  # the table has its own
        ("Item|Town|Price:", "", "Pumps|5|6", "Fans|7|8"),  # the label of a form
    ],
)
def test_words_that_may_be_others_name_no_columns_below_a_blank_row(rows: tuple[str, ...]) -> None:
    last = _lines(*rows)[-1]
    assert not any(word in last for word in ("Ines", "Hull", "Post", "Mail", "Shop", "Town"))


def test_what_lies_below_with_one_figure_or_with_words_takes_no_names() -> None:
    head = ("Item|Plan|Actual", "", "Staff|180|62", "")
    assert _lines(*head, "Rate|5|")[-1] == "row 5: Rate: 5"
    assert "Plan" not in _lines(*head, "Checked|by Al|in May", "on|Monday|5")[-1]


def test_names_and_headings_of_a_workbook_are_those_of_its_rows() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "S"
    for row in (["Item", "Plan", "Actual"], [], ["Museum"], ["Staff", 1800, -62], ["Rent", 50, 0]):
        sheet.append(row)
    for row in ([], ["Police"], ["Staff", 999, 7]):
        sheet.append(row)
    for number in (3, 7):
        sheet.cell(number, 1).font = Font(bold=True)
    written = io.BytesIO()
    workbook.save(written)
    lines = load_bytes(written.getvalue(), "a.xlsx").text.split("\n\n")
    assert lines[3:5] == [
        "S – row 4: Museum – Item: Staff; Plan: 1800; Actual: -62",
        "S – row 5: Museum – Item: Rent; Plan: 50; Actual: 0",
    ]
    assert lines[-1] == "S – row 8: Police – Item: Staff; Plan: 999; Actual: 7"


def test_a_heading_that_is_marked_as_a_header_leaves_the_names_above_it() -> None:
    rows = ("Item|2023|2024", "", "Museum", "Staff|180|62")
    assert _lines(*rows, headers={3})[-1] == "row 4: Item: Staff; 2023: 180; 2024: 62"
