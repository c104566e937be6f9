"""Tables with delimiters: what is damaged costs no other row, and is named."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.load.base import LoadedDocument
from index.load.delimited import _Reader
from index.load.loading import load_bytes


def _load(text: str, name: str = "a.csv") -> LoadedDocument:
    return load_bytes(text.encode(), name)


def _lines(text: str, name: str = "a.csv") -> list[str]:
    return _load(text, name).text.split("\n\n")


@given(
    st.lists(st.lists(st.text('ab",;\n x', max_size=8), min_size=2, max_size=4), max_size=8),
    st.sampled_from(",;\t|"),
)
def test_what_python_writes_is_read_as_it_was(rows: list[list[str]], delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        rows
    )
    reader = _Reader(written.getvalue(), delimiter)
    may_be_rows = any(cell.count("\n") > 1 and delimiter in cell for row in rows for cell in row)
    if not may_be_rows:
        assert list(reader.rows()) == [row if any(row) else [] for row in rows]
        assert reader.unclosed == []


def test_a_quote_that_does_not_end_costs_no_other_row() -> None:
    loaded = _load(
        'id,name,city\n1,"Big Pipe,Leeds\n2,"Pipe, small",York\n3,Valve,Hull\n4,5",Bath\n'
    )
    assert loaded.text.split("\n\n")[1:] == [
        'Row 2: id: 1; name: "Big Pipe; city: Leeds',
        "Row 3: id: 2; name: Pipe, small; city: York",
        "Row 4: id: 3; name: Valve; city: Hull",
        'Row 5: id: 4; name: 5"; city: Bath',
    ]
    assert loaded.left_out == ("the quotes of line 2, which do not end",)


def test_two_stray_quotes_do_not_swallow_the_rows_between_them() -> None:
    rows = [f"{n},Part {n},Town {n}" for n in range(2, 8)]
    text = "\n".join(["id,name,city", '1,"Big,Leeds', *rows, '8,Small",York'])
    told = _lines(text)
    for n in range(2, 8):
        assert f"Row {n + 1}: id: {n}; name: Part {n}; city: Town {n}" in told


def test_cells_of_several_lines_and_escaped_quotes_are_read() -> None:
    text = 'id,note\n1,"first\nsecond, with ""marks""\nthird"\n2,"a \\"b\\", c"\n'
    loaded = _load(text)
    assert loaded.text.split("\n\n")[1:] == [
        'Row 2: id: 1; note: first second, with "marks" third',
        'Row 3: id: 2; note: a "b", c',
    ]
    assert loaded.left_out == ()


def test_rows_of_another_length_are_named() -> None:
    loaded = _load(
        "id,name,city\n"
        + "".join(f"{n},N{n},C{n}\n" for n in range(9))
        + ("9,Smith, John,Rome\n10,Ada\n")
    )
    assert loaded.text.split("\n\n")[-2:] == [
        "Row 11: 9; Smith; John; Rome",  # which of them is the city is not known
        "Row 12: id: 10; name: Ada",
    ]
    assert loaded.left_out == (
        "the names of columns in line 11, with more cells than the others",
        "the last cells of line 12, with fewer cells than the others",
    )


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("\ufeffName;Price\nPear;1,5\nFig;2,5\n", "Row 3: Name: Fig; Price: 2,5"),
        ("sep=|\nName|Note\nPear|a, b; c\n", "Row 2: Name: Pear; Note: a, b; c"),
        ("Name|Note\nPear|a, b\nFig|c, d, e\n", "Row 3: Name: Fig; Note: c, d, e"),
        (
            "Report of May\nMade by: Ada, Bob\n\nid;name;mass\n1;Pump;5\n2;Fan;7\n3;Cog;8\n",
            "Row 7: id: 3; name: Cog; mass: 8",
        ),
        ("Stock\nid,name,mass\n1,Pump,5\n", "Row 3: id: 1; name: Pump; mass: 5"),
        ("Name,Price,Price\nPear,3,4\n", "Row 2: Name: Pear; Price: 3; Price: 4"),
        ("Name,Price\r\nPear,3\r\n", "Row 2: Name: Pear; Price: 3"),
        ("'id','name'\n'1','Smith, John'\n", "Row 2: id: 1; name: Smith, John"),
        ("# made, by hand\nid,name,mass\n1,Pump,5\n2,Fan,7\n", "Row 4: id: 2; name: Fan; mass: 7"),
    ],
)
def test_delimiters_preambles_and_marks_are_found(text: str, last: str) -> None:
    assert _lines(text)[-1] == last


def test_lines_in_encodings_of_their_own_are_read() -> None:
    lines = ["Name;Ort", "Müller;Köln", "Jäger;Zürich", "Weiß;Görlitz", "Böhm;Gütersloh"]
    data = b"\n".join(
        line.encode("cp1252" if number == 2 else "utf-8") for number, line in enumerate(lines)
    )
    assert "Row 3: Name: Jäger; Ort: Zürich" in load_bytes(data, "a.csv").text


def test_many_stray_quotes_take_no_longer_than_others() -> None:
    def seconds(count: int) -> float:
        text = "a,b\n" + '1,"x\n' * count
        start = time.process_time()  # whatever else the machine does
        list(_Reader(text, ",").rows())
        return time.process_time() - start

    seconds(1000)
    assert seconds(40_000) < 60 * max(seconds(4_000), seconds(4_000)) + 0.2  # linear is 10 times
