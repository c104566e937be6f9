"""Cells of PDFs that cover several columns: below which name their words stand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas

from tests.index.load.test_pdf_tables import GRID, Style, blocks, table

CENTRED: Style = ("ALIGN", (0, 0), (-1, -1), "CENTER")
NAMES = ("Parameter", "MIN", "TYP", "MAX", "UNIT")
WIDE = [120, 60, 60, 60, 60]


def _edges(*cells: tuple[int, int, int]) -> list[Style]:
    """A line between all rows, and on the right of ``cells``: their column, first and last row."""
    upright: list[Style] = [
        ("LINEAFTER", (column, first), (column, last), 0.5, colors.black)
        for column, first, last in cells
    ]
    return [
        CENTRED,
        ("BOX", (0, 0), (-1, -1), 0.5, colors.black),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.black),
        *upright,
    ]


def test_figures_below_names_that_lines_part_in_the_header_alone_stand_once() -> None:
    rows = (
        NAMES,
        ("Settling time", "", "400", "", "ms"),
        ("Supply", "2.6", "", "5.5", "V"),
        ("Clock", "1", "11.06", "20", "MHz"),
        ("Rate", "", "f/1,105", "", "Hz"),
        ("Coding", "", "none", "", "bit"),
    )
    edges = _edges((0, 0, -1), (1, 0, 0), (2, 0, 0), (3, 0, -1))
    assert blocks(table(rows, *edges, colWidths=WIDE))[1:] == [
        "Parameter: Settling time; TYP: 400; UNIT: ms",
        "Parameter: Supply; MIN: 2.6; MAX: 5.5; UNIT: V",
        "Parameter: Clock; MIN: 1; TYP: 11.06; MAX: 20; UNIT: MHz",
        "Parameter: Rate; TYP: f/1,105; UNIT: Hz",
        "Parameter: Coding; TYP: none; UNIT: bit",
    ]


def test_a_merged_figure_is_told_of_one_column_and_merged_words_of_all() -> None:
    rows = (
        (*NAMES[:4], "PIN"),
        ("Noise", "", "90", "", "7"),
        ("Gain", "32", "64", "128", "8"),
        ("Coding", "none", "", "", "9"),
        ("Drift", "0.2 to 0.4 or rather more", "", "", "10"),
    )
    whole = [("SPAN", (1, row), (3, row)) for row in (3, 4)]
    edges = _edges((0, 0, -1), (1, 0, 0), (2, 0, 0), (1, 2, 2), (2, 2, 2), (3, 0, -1))
    assert blocks(table(rows, *edges, *whole, colWidths=WIDE))[1:] == [
        "Parameter: Noise; TYP: 90; PIN: 7",
        "Parameter: Gain; MIN: 32; TYP: 64; MAX: 128; PIN: 8",
        "Parameter: Coding; MIN: none; TYP: none; MAX: none; PIN: 9",
        "Parameter: Drift; MIN: 0.2 to 0.4 or rather more; TYP: 0.2 to 0.4 or rather more; "
        "MAX: 0.2 to 0.4 or rather more; PIN: 10",
    ]


def test_a_figure_between_two_names_is_told_of_neither() -> None:
    rows = (
        ("Town", "2023", "2024", "Note"),
        ("Oslo", "1,310", "", "both"),
        ("Lima", "287", "301", "each"),
        ("Quito", "118", "120", "each"),
    )
    styles = (GRID, CENTRED, ("SPAN", (1, 1), (2, 1)))
    assert blocks(table(rows, *styles, colWidths=80))[1:3] == [
        "Oslo; 1,310; both",
        "Town: Lima; 2023: 287; 2024: 301; Note: each",
    ]


def test_a_figure_merged_over_rows_stands_in_each_of_them() -> None:
    rows = (
        ("Town", "Kind", "Fee"),
        ("Oslo", "adults", "12"),
        ("", "children", ""),
        ("Lima", "all", "7"),
    )
    spans = [("SPAN", (column, 1), (column, 2)) for column in (0, 2)]
    assert blocks(table(rows, GRID, *spans))[1:3] == [
        "Town: Oslo; Kind: adults; Fee: 12",
        "Town: Oslo; Kind: children; Fee: 12",
    ]


def _narrow(body: Sequence[tuple[str, str, str, str]], names: str = "MIN|TYP|MAX") -> list[str]:
    """What is read of a ruled table in one column of which three stand, parted by wide gaps."""
    heads = names.split("|")
    rows = [("Parameter", "", "Unit"), *((row[0], "", "V") for row in body)]

    def draw(canvas: Canvas) -> None:
        table(rows, GRID, colWidths=[120, 150, 60], rowHeights=18)(canvas)
        canvas.setFont("Helvetica", 10)
        top = 400 + 18 * len(rows) - 13
        for number, row in enumerate([heads, *(row[1:] for row in body)]):
            for column, text in enumerate(row):
                canvas.drawCentredString(205 + 50 * column, top - 18 * number, text)

    return blocks(draw)


def test_names_that_wide_gaps_part_in_a_cell_of_the_header_are_those_of_what_stands_below() -> None:
    body = (("Supply", "2.0", "3.3", "5.5"), ("Input", "-0.3", "", "+0.8"), ("Load", "", "6", ""))
    assert _narrow(body) == [
        "Parameter; MIN; TYP; MAX; Unit",
        "Parameter: Supply; MIN: 2.0; TYP: 3.3; MAX: 5.5; Unit: V",
        "Parameter: Input; MIN: -0.3; MAX: +0.8; Unit: V",
        "Parameter: Load; TYP: 6; Unit: V",
    ]


@pytest.mark.parametrize(
    "body",
    [
        (("Supply", "", "from 2.0 to 5.5 volts", ""), ("Input", "1", "2", "3")),  # under several
        (("Supply", "", "3.3", ""), ("Input", "", "2", "")),  # all under one
    ],
)
def test_a_cell_of_the_header_is_one_column_where_nothing_tells_another(
    body: Sequence[tuple[str, str, str, str]],
) -> None:
    assert _narrow(body)[0] == "Parameter; MIN TYP MAX; Unit"
    assert not any("TYP: " in line or "MIN: " in line for line in _narrow(body))
