"""Law: a cell is cited with the name of its column and its row in view.

What is cited are sentences within chunks. Each cell is read from the file by another reader than
ours, and must stand in such a sentence together with its row's first cell and its column's name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pytest
from lxml import html  # type: ignore[import-untyped]
from openpyxl import Workbook, load_workbook

from index.index import Index
from index.sentences import sentence_spans
from tests.doubles import HashingEmbedder

HEADER = ["Station", "Opened", "Platforms", "Remarks"]
ROWS = [
    [f"Halt {n}. North", str(1850 + n), str(n % 7 + 2), f"Closed in 19{n:02}. Rebuilt by Foo Ltd."]
    for n in range(90)  # several chunks
]
Table = list[list[str]]

# Rows that are longer than what is cited as one sentence, with full stops and semicolons in cells.
LONG_HEADER = ["Plant", *(f"Output of {year}" for year in range(1990, 2010)), "Owner", "History"]
LONG_ROWS = [
    [
        f"Works {n}. South",
        *(f"{n * 1000 + year:,}.{year % 10} t" for year in range(20)),
        f"Foo Ltd.; before it Bar Inc. of Town {n}",
        " ".join(f"In 19{10 + part} hall {n}-{part} was built by Foo Ltd." for part in range(12)),
    ]
    for n in range(12)
]


def _csv() -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([HEADER, *ROWS])
    return written.getvalue().encode()


def _xlsx() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet
    for row in (HEADER, *ROWS):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _html(header: list[str] = HEADER, table: Table = ROWS) -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}</tr>" for row in table)
    head = "".join(f"<th>{cell}" for cell in header)
    prose = "<p>The stations of the line were opened one after the other over many years.</p>" * 3
    return f"<h1>The line</h1>{prose}<table><tr>{head}</tr>{rows}</table>{prose}".encode()


def _docx(header: list[str] = HEADER, table: Table = ROWS[:30]) -> bytes:  # python-docx is slow
    document = docx.Document()
    document.add_heading("The line", 1)
    written_table = document.add_table(0, len(header))
    for row in (header, *table):
        for cell, text in zip(written_table.add_row().cells, row, strict=True):
            cell.text = text
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _read_csv(data: bytes) -> Table:
    return list(csv.reader(io.StringIO(data.decode())))


def _read_xlsx(data: bytes) -> Table:
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet
    return [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def _read_html(data: bytes) -> Table:
    rows = html.document_fromstring(data).iter("tr")
    return [[cell.text_content() for cell in row] for row in rows]


def _read_docx(data: bytes) -> Table:
    [table] = docx.Document(io.BytesIO(data)).tables
    return [[cell.text for cell in row.cells] for row in table.rows]


@pytest.mark.parametrize(
    ("name", "make", "read"),
    [
        ("line.csv", _csv, _read_csv),
        ("line.xlsx", _xlsx, _read_xlsx),
        ("line.html", _html, _read_html),
        ("line.docx", _docx, _read_docx),
    ],
)
def test_every_cell_can_be_cited_with_its_row_and_its_column(
    tmp_path: Path,
    embedder: HashingEmbedder,
    name: str,
    make: Callable[[], bytes],
    read: Callable[[bytes], Table],
) -> None:
    data = make()
    sentences = _cited(tmp_path, embedder, name, data)
    header, *rows = read(data)
    assert header == HEADER
    assert len(rows) >= 30
    for row in rows:
        for column, cell in zip(header, row, strict=True):
            assert any(
                row[0] in sentence and f"{column}: {cell}" in sentence for sentence in sentences
            ), (row[0], column)


@pytest.mark.parametrize(
    ("name", "make", "read"),
    [("plants.html", _html, _read_html), ("plants.docx", _docx, _read_docx)],
)
def test_a_cell_of_a_long_row_is_cited_with_its_row_and_its_column_too(
    tmp_path: Path,
    embedder: HashingEmbedder,
    name: str,
    make: Callable[[list[str], Table], bytes],
    read: Callable[[bytes], Table],
) -> None:
    data = make(LONG_HEADER, LONG_ROWS)
    sentences = _cited(tmp_path, embedder, name, data)
    header, *rows = read(data)
    assert header == LONG_HEADER
    for number, row in enumerate(rows, 2):
        assert sum(map(len, row)) > 600
        its_row = [each for each in sentences if each.startswith(f"Row {number}: Plant: {row[0]}")]
        for column, cell in zip(header, row, strict=True):
            parts = cell.split(". ") if column == "History" else [cell]
            for part in parts:
                assert any(f"{column}: " in each and part in each for each in its_row), part
        assert all(len(each) <= 600 for each in its_row)


def _cited(tmp_path: Path, embedder: HashingEmbedder, name: str, data: bytes) -> list[str]:
    """What can be cited of a file with these bytes."""
    (tmp_path / name).write_bytes(data)
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.ingest([tmp_path / name])
        return list(_citable(index))


def _citable(index: Index) -> Iterator[str]:
    """The sentences of all chunks, as they are cut when they are cited."""
    [summary] = index.documents()
    text = index.document(summary.id).text
    ids = [chunk_id for (chunk_id,) in index._catalogue.rows("SELECT id FROM chunks")]
    chunks = index._catalogue.chunks(ids).values()
    assert len(chunks) > 1
    for chunk in chunks:
        for span in sentence_spans(text, chunk.span):
            yield span.of(text)
