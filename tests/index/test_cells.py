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


def _html() -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}</tr>" for row in ROWS)
    head = "".join(f"<th>{cell}" for cell in HEADER)
    prose = "<p>The stations of the line were opened one after the other over many years.</p>" * 3
    return f"<h1>The line</h1>{prose}<table><tr>{head}</tr>{rows}</table>{prose}".encode()


def _docx() -> bytes:
    document = docx.Document()
    document.add_heading("The line", 1)
    table = document.add_table(0, len(HEADER))
    for row in (HEADER, *ROWS[:30]):  # python-docx is slow
        for cell, text in zip(table.add_row().cells, row, strict=True):
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
    (tmp_path / name).write_bytes(make())
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.ingest([tmp_path / name])
        sentences = list(_citable(index))
    header, *rows = read((tmp_path / name).read_bytes())
    assert header == HEADER
    assert len(rows) >= 30
    for row in rows:
        for column, cell in zip(header, row, strict=True):
            assert any(
                row[0] in sentence and f"{column}: {cell}" in sentence for sentence in sentences
            ), (row[0], column)


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
