"""One table, written in every format that has tables, without any code of the loaders.

A cell is a text, a text with how many rows and columns it covers, or None where another covers it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.message import EmailMessage

import openpyxl
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from tests.index.load.packages import open_document, slides_file, word_file

Cell = str | tuple[str, int, int] | None
Rows = Sequence[Sequence[Cell]]
Write = Callable[[Rows], bytes]


def _parts(cell: Cell) -> tuple[str, int, int]:
    """The text of a cell, and over how many rows and columns it goes."""
    return cell if isinstance(cell, tuple) else (cell or "", 1, 1)


def _covering(rows: Rows) -> Iterator[tuple[int, int, str, int, int]]:
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                yield row, column, *_parts(cell)


def web(rows: Rows) -> bytes:
    lines = []
    for cells in rows:
        told = [_parts(cell) for cell in cells if cell is not None]
        lines.append(
            "".join(f"<td rowspan={down} colspan={right}>{text}</td>" for text, down, right in told)
        )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<html><body><table>{body}</table></body></html>".encode()


def mail(rows: Rows) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "Table"
    message.set_content("See the other part.")
    message.add_alternative(web(rows).decode(), subtype="html")
    return bytes(message)


def word(rows: Rows) -> bytes:
    return word_file(
        f"<w:tbl>{''.join(map(_word_row, range(len(rows)), [rows] * len(rows)))}</w:tbl>"
    )


def _word_row(number: int, rows: Rows) -> str:
    cells = []
    for column, cell in enumerate(rows[number]):
        text, down, right = _parts(cell)
        above = _above(rows, number, column)
        if cell is None and above is None:
            continue  # covered from the left
        wide = _parts(above)[2] if above else right
        merged = '<w:vMerge w:val="restart"/>' if down > 1 else "<w:vMerge/>" if above else ""
        cells.append(
            f'<w:tc><w:tcPr><w:gridSpan w:val="{wide}"/>{merged}</w:tcPr>'
            f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"
        )
    return f"<w:tr>{''.join(cells)}</w:tr>"


def _above(rows: Rows, number: int, column: int) -> Cell:
    """The cell that covers a place from above, where it begins in this column."""
    if rows[number][column] is not None:
        return None
    for row in range(number - 1, -1, -1):
        cell = rows[row][column]
        if cell is not None:
            return cell if row + _parts(cell)[1] > number else None
    return None


def _open_table(rows: Rows) -> str:
    lines = []
    for cells in rows:
        told = []
        for cell in cells:
            text, down, right = _parts(cell)
            spans = f'table:number-rows-spanned="{down}" table:number-columns-spanned="{right}"'
            told.append(
                "<table:covered-table-cell/>"
                if cell is None
                else f'<table:table-cell office:value-type="string" {spans}>'
                f"<text:p>{text}</text:p></table:table-cell>"
            )
        lines.append(f"<table:table-row>{''.join(told)}</table:table-row>")
    return f'<table:table table:name="S">{"".join(lines)}</table:table>'


def open_text(rows: Rows) -> bytes:
    return open_document(_open_table(rows))


def open_sheet(rows: Rows) -> bytes:
    return open_document(_open_table(rows), kind="spreadsheet")


def slides(rows: Rows) -> bytes:
    lines = []
    for number, cells in enumerate(rows):
        told = []
        for column, cell in enumerate(cells):
            text, down, right = _parts(cell)
            spans = f'rowSpan="{down}" gridSpan="{right}"'
            if cell is None:
                spans = 'vMerge="1"' if _above(rows, number, column) else 'hMerge="1"'
            told.append(
                f"<a:tc {spans}><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"
            )
        lines.append(f"<a:tr>{''.join(told)}</a:tr>")
    frame = f"<a:graphic><a:graphicData><a:tbl>{''.join(lines)}</a:tbl></a:graphicData></a:graphic>"
    return slides_file(f"<p:graphicFrame>{frame}</p:graphicFrame>")


def sheet(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "S"
    for row, column, text, down, right in _covering(rows):
        page.cell(row + 1, column + 1, text or None)
        if down * right > 1:
            page.merge_cells(
                start_row=row + 1,
                start_column=column + 1,
                end_row=row + down,
                end_column=column + right,
            )
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def pdf(rows: Rows) -> bytes:
    style: list[tuple[object, ...]] = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    for row, column, _, down, right in _covering(rows):
        style.append(("SPAN", (column, row), (column + right - 1, row + down - 1)))
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(600, 840))
    drawn = Table([[_parts(cell)[0] for cell in cells] for cells in rows])
    drawn.setStyle(TableStyle(style))
    drawn.wrapOn(canvas, 480, 400)
    drawn.drawOn(canvas, 60, 400)
    canvas.showPage()
    canvas.save()
    return written.getvalue()


def rich(rows: Rows) -> bytes:
    lines = []
    for cells in rows:
        edges = "".join(f"\\cellx{1500 * number}" for number in range(1, len(cells) + 1))
        told = "".join(f"{_parts(cell)[0]}\\cell " for cell in cells)
        lines.append(f"\\trowd{edges} {told}\\row")
    return ("{\\rtf1 " + "\n".join(lines) + "}").encode()


def commas(rows: Rows) -> bytes:
    return "\n".join(",".join(f'"{_parts(cell)[0]}"' for cell in cells) for cells in rows).encode()


def bars(rows: Rows) -> bytes:
    lines = ["| " + " | ".join(_parts(cell)[0] for cell in cells) + " |" for cells in rows]
    rule = "|" + " --- |" * len(rows[0])
    return "\n".join([lines[0], rule, *lines[1:]]).encode()


# Formats whose cells may be merged, and those in which they may not.
MERGING: Mapping[str, Write] = {
    ".docx": word,
    ".odt": open_text,
    ".pptx": slides,
    ".html": web,
    ".xlsx": sheet,
    ".ods": open_sheet,
    ".pdf": pdf,
    ".eml": mail,
}
PLAIN: Mapping[str, Write] = {".rtf": rich, ".csv": commas, ".md": bars}
