"""PDF: blocks side by side are read one after the other; tables keep their rows."""

from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.index.load.pdf_files import Draw, lines, read

Rows = tuple[tuple[str, ...], ...]

_ADDRESSES: Rows = (
    ("Bill to:", "Ship to:"),
    ("Acme Tools Ltd", "Beta Garden GmbH"),
    ("12 Mill Lane", "Hafenstrasse 9"),
    ("Leeds LS1 4AB", "20457 Hamburg"),
)


def _across(rows: Rows, *, lefts: tuple[float, ...] = (60, 320), rules: bool = False) -> Draw:
    """Draws row by row, as programs that make letters do."""

    def draw(canvas: Canvas) -> None:
        lines("A title stands above what is below", top=790)(canvas)
        for number, row in enumerate(rows):
            for left, text in zip(lefts, row, strict=False):
                lines(text, x=left, top=700 - 14 * number)(canvas)
            if rules:
                canvas.line(60, 696 - 14 * number, 500, 696 - 14 * number)
        lines("A line stands below them all", top=500)(canvas)

    return draw


def _blocks(text: str) -> list[str]:
    return text.split("\n\n")[1:-1]


def _columns(rows: Rows) -> list[str]:
    return ["\n".join(filter(None, column)) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    "rows",
    [
        _ADDRESSES,
        # Without names, but as different as the lines of an address.
        (("Acme Tools Ltd", "Beta Garden GmbH"), ("Tool Works", "Garden House"), *_ADDRESSES[2:]),
        (*_ADDRESSES, ("", "Germany")),
        (("Absender", "Empfänger"), *_ADDRESSES[1:]),
        (("From:", "To:"), ("Mill", "Beta"), ("Mill House", "Garden"), ("Leeds", "Hamburg")),
        (
            ("The plant was built on", "Its pumps were made by"),
            ("the site of a mill that had", "a firm in the north and"),
            ("burned down in the war.", "shipped over the sea."),
        ),
    ],
)
def test_blocks_are_read_one_after_the_other(rows: Rows) -> None:
    assert _blocks(read(_across(rows)).text) == _columns(rows)


@pytest.mark.parametrize("shift", [2, 5, -3])
def test_blocks_on_other_heights_though_the_file_has_their_lines_by_turns(shift: float) -> None:
    def draw(canvas: Canvas) -> None:
        lines("A title stands above what is below", top=790)(canvas)
        for number, (left, right) in enumerate(_ADDRESSES):
            lines(left, top=700 - 14 * number)(canvas)
            lines(right, x=320, top=700 - 14 * number - shift)(canvas)
        lines("A line stands below them all", top=500)(canvas)

    assert _blocks(read(draw).text) == _columns(_ADDRESSES)


def test_three_blocks() -> None:
    rows = tuple(
        (*row, third)
        for row, third in zip(_ADDRESSES, ("Agent:", "Oy Ab", "Kaivokatu 1", "Turku"), strict=True)
    )
    assert _blocks(read(_across(rows, lefts=(60, 240, 420))).text) == _columns(rows)


@pytest.mark.parametrize(
    "rows",
    [
        (("Name", "Post"), ("Ann Lee", "Treasurer"), ("Bo Ek", "Chair"), ("Cy Fox", "Clerk")),
        (("Name:", "Ann Lee"), ("Town:", "Leeds"), ("Country:", "England"), ("Post:", "Clerk")),
        (("Room", "Tenant"), ("Room 1", "Ann Lee"), ("Room 2", "Bo Ek"), ("Room 3", "Cy Fox")),
        (("Name: Ann", "Town: Leeds"), ("Born: 1971", "Post: Clerk"), ("Sex: f", "Tel: 12 34")),
    ],
)
def test_tables_and_forms_are_read_across(rows: Rows) -> None:
    assert _blocks(read(_across(rows)).text) == ["\n".join("\t".join(row) for row in rows)]


_PRICES = (("Item", "Price"), ("Hammer", "12"), ("Saw", "14.50"), ("Nail", "0.10 €"))
_PIECES = (("Item", "Pieces", "Price"), ("Hammer", "2", "12"), ("Saw", "1", "14"))
_LABELLED = (("Name:", "Ann Lee"), ("Town:", "Leeds"), ("Country:", "England"), ("Post:", "Clerk"))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (_PRICES, [f"{item}: {price}" for item, price in _PRICES]),
        (_LABELLED, ["\n".join("\t".join(row) for row in _LABELLED)]),
        (
            (*_PIECES, ("Nail", "9", "1")),
            [
                "Item; Pieces; Price",
                "Item: Hammer; Pieces: 2; Price: 12",
                "Item: Saw; Pieces: 1; Price: 14",
                "Item: Nail; Pieces: 9; Price: 1",
            ],
        ),
    ],
)
def test_a_table_that_the_file_has_by_columns_keeps_its_rows(
    rows: Rows, expected: list[str]
) -> None:
    def draw(canvas: Canvas) -> None:
        lines("A title stands above what is below", top=790)(canvas)
        for left, column in zip((60, 200, 320), zip(*rows, strict=True), strict=False):
            lines(*column, x=left, top=700)(canvas)
        lines("A line stands below them all", top=500)(canvas)

    assert _blocks(read(draw).text) == expected


def test_what_lines_part_is_a_table() -> None:
    rows = _ADDRESSES[1:]
    across = ["\n".join("\t".join(row) for row in rows)]
    assert _blocks(read(_across(rows, rules=True)).text) == across
