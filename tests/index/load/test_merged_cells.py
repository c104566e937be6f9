"""Tables with cells merged at random: what other libraries say of each place is in its line."""

from __future__ import annotations

import io

import docx
from docx.oxml import OxmlElement
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.util import Inches

from index.load.opendocument import load_opendocument
from index.load.slides import load_pptx
from index.load.word import load_docx
from tests.index.load.packages import open_document

_ROWS, _COLUMNS = 6, 5
Area = tuple[int, int, int, int]  # first row and column, last row and column

_places = st.tuples(
    st.integers(1, _ROWS - 1),
    st.integers(1, _COLUMNS - 1),
    st.integers(1, _ROWS - 1),
    st.integers(1, _COLUMNS - 1),
)


@st.composite
def _areas(draw: st.DrawFn) -> list[Area]:
    """Areas of the body, without its first column, that do not overlap."""
    taken: set[tuple[int, int]] = set()
    found: list[Area] = []
    for first, left, last, right in draw(st.lists(_places, max_size=4)):
        area = (min(first, last), min(left, right), max(first, last), max(left, right))
        inside = {
            (row, column)
            for row in range(area[0], area[2] + 1)
            for column in range(area[1], area[3] + 1)
        }
        if not inside & taken:
            taken |= inside
            found.append(area)
    return found


def _text(row: int, column: int) -> str:
    return f"Name{column}" if row == 0 else f"x{row}y{column}"


def _grid(areas: list[Area]) -> list[list[str]]:
    """What stands in each place."""
    grid = [[_text(row, column) for column in range(_COLUMNS)] for row in range(_ROWS)]
    for first, left, last, right in areas:
        for row in range(first, last + 1):
            grid[row][left : right + 1] = [_text(first, left)] * (right + 1 - left)
    return grid


def _lines(grid: list[list[str]]) -> list[str]:
    named = [
        "; ".join(f"{name}: {cell}" for name, cell in zip(grid[0], row, strict=True))
        for row in grid[1:]
    ]
    return ["; ".join(grid[0]), *named]


@given(_areas())
@settings(max_examples=40, deadline=None)
def test_word(areas: list[Area]) -> None:
    document = docx.Document()
    table = document.add_table(_ROWS, _COLUMNS)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            table.cell(row, column).text = _text(row, column)
    for first, left, last, right in areas:
        merged = table.cell(first, left).merge(table.cell(last, right))
        merged.text = _text(first, left)
    written = io.BytesIO()
    document.save(written)
    read = docx.Document(io.BytesIO(written.getvalue())).tables[0]
    said = [[read.cell(row, column).text for column in range(_COLUMNS)] for row in range(_ROWS)]
    assert load_docx(written.getvalue(), "a.docx").text.split("\n\n") == _lines(said)


@given(_areas())
@settings(max_examples=20, deadline=None)
def test_slides(areas: list[Area]) -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    box = (Inches(1), Inches(1), Inches(5), Inches(4))
    table = slide.shapes.add_table(_ROWS, _COLUMNS, *box).table
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            table.cell(row, column).text = _text(row, column)
    for first, left, last, right in areas:
        merged = table.cell(first, left)
        if (first, left) != (last, right):
            merged.merge(table.cell(last, right))
        merged.text = _text(first, left)
    written = io.BytesIO()
    presentation.save(written)
    text = load_pptx(written.getvalue(), "a.pptx").text
    assert text.split("\n\n") == _lines(_grid(areas))


@given(_areas())
@settings(max_examples=40, deadline=None)
def test_open_document(areas: list[Area]) -> None:
    corners = {
        (first, left): (last - first + 1, right - left + 1) for first, left, last, right in areas
    }
    grid = _grid(areas)
    rows = ""
    for row in range(_ROWS):
        cells = ""
        for column in range(_COLUMNS):
            down, across = corners.get((row, column), (1, 1))
            if grid[row][column] == _text(row, column):
                cells += (
                    f'<table:table-cell table:number-rows-spanned="{down}" '
                    f'table:number-columns-spanned="{across}"><text:p>{_text(row, column)}</text:p>'
                    "</table:table-cell>"
                )
            else:
                cells += "<table:covered-table-cell/>"
        rows += f"<table:table-row>{cells}</table:table-row>"
    head, _, body = rows.partition("</table:table-row>")
    marked = f"<table:table-header-rows>{head}</table:table-row></table:table-header-rows>{body}"
    data = open_document(f"<table:table>{marked}</table:table>")
    assert load_opendocument(data, "a.odt").text.split("\n\n") == _lines(grid)
