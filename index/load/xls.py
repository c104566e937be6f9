"""Workbooks of Excel before 2007 (.xls): cells as they are shown, and what is beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from index.load.build import TextBuilder, tidy
from index.load.number_format import BUILT_IN, GENERAL, shown_number, shown_text
from index.load.script import lowered, raised, struck
from index.load.sheet import MOST_CELLS, Sheet, add_link, add_sheet, leave_out_rows, remark

_RAISED, _LOWERED = 1, 2
_CENTRED_ACROSS = 6


def add_old_workbook(built: TextBuilder, data: bytes) -> None:
    """Adds all sheets. What xlrd cannot read makes it raise whatever it does."""
    import xlrd

    with Path(os.devnull).open("w") as nowhere:
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, logfile=nowhere, ragged_rows=True
        )
    cells_left = MOST_CELLS
    for read in book.sheets():
        sheet = Sheet(read.name, read.visibility != 0)
        for number in range(read.nrows):
            if cells_left <= 0:
                leave_out_rows(built, sheet.name, number + 1)
                break
            sheet.rows[number + 1] = list(_cells(book, read, number))
            cells_left -= read.row_len(number)
            sheet.merge_centred(number + 1, _centred(book, read, number))
        _add_notes(sheet, read)
        sheet.merge(
            (top + 1, bottom, left, right - 1) for top, bottom, left, right in read.merged_cells
        )
        sheet.mark_hidden(
            (number + 1 for number, row in read.rowinfo_map.items() if row.hidden),
            (range(at, at + 1) for at, column in read.colinfo_map.items() if column.hidden),
        )
        add_sheet(built, sheet)


def _cells(book: Any, sheet: Any, number: int) -> Iterator[str]:
    import xlrd

    for column in range(sheet.row_len(number)):
        cell = sheet.cell(number, column)
        style = book.xf_list[cell.xf_index]
        code = _code(book, style.format_key)
        if cell.ctype == xlrd.XL_CELL_TEXT:
            runs = sheet.rich_text_runlist_map.get((number, column), ())
            text = shown_text(_rich(book, cell.value, style.font_index, runs), code)
        elif cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
            shown = shown_number(cell.value, code, from_1904=book.datemode == 1)
            text = _in_font(book, shown, style.font_index)
        elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
            text = "TRUE" if cell.value else "FALSE"
        elif cell.ctype == xlrd.XL_CELL_ERROR:
            text = xlrd.error_text_from_code.get(cell.value, "#ERROR!")
        else:
            text = ""
        yield tidy(text)


def _centred(book: Any, sheet: Any, number: int) -> set[int]:
    """The columns of a row whose cells are centred across the blank ones behind them."""
    styles = (book.xf_list[cell.xf_index] for cell in sheet.row(number))
    return {
        column
        for column, style in enumerate(styles)
        if style.alignment.hor_align == _CENTRED_ACROSS
    }


def _code(book: Any, key: int) -> str:
    """The code of a format; dates in the order of the reader's country are those of all formats."""
    known = book.format_map.get(key)
    return BUILT_IN[key] if key in (14, 22) else (known.format_str if known else "") or GENERAL


def _rich(book: Any, text: str, font: int, runs: Any) -> str:
    """A text whose runs, each from a place on, may have fonts of their own."""
    borders = [(0, font), *runs, (len(text), 0)]
    return "".join(
        _in_font(book, text[start:stop], number) for (start, number), (stop, _) in pairwise(borders)
    )


def _in_font(book: Any, text: str, number: int) -> str:
    font = book.font_list[number]
    if text and font.escapement in (_RAISED, _LOWERED):
        text = raised(text) if font.escapement == _RAISED else lowered(text)
    return struck(text) if font.struck_out else text


def _add_notes(sheet: Sheet, read: Any) -> None:
    for (row, column), note in read.cell_note_map.items():
        sheet.note((row + 1, column), remark(note.author or "", note.text))
    for (row, column), link in read.hyperlink_map.items():
        target: str | bytes = link.url_or_path or ""
        told = target.decode("utf-8", "replace") if isinstance(target, bytes) else target
        add_link(sheet, (row + 1, column), told)
