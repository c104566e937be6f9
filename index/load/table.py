"""Rows of tables as text that is readable alone: each cell with the name of its column.

Knows no file format: a row is a list of the texts of its cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from index.load.build import tidy
from index.sentences import sentence_spans
from index.types import Span

Row = Sequence[str]
NamedCell = tuple[str, str]  # the name of its column, or "", and what it says

_NUMBER = re.compile(r"[\s$€£¥(+−-]*\d[\d.,'\s/:%°−-]*[)%\s\w€$£]{0,4}$")
_YEAR = re.compile(r"(?:19|20)\d\d$")  # heads a column as often as it stands in one
# Roughly what an embedder of English makes of a text: of other scripts every letter is a token.
_TOKEN = re.compile(r"\d{1,3}|[A-Za-z]{1,6}|\S")
_TOKEN_CHARACTERS = 4
_LONGEST_LINE = 100  # tokens: a chunk holds a line with its label, also where it is all figures
_LONGEST_LABEL = 30  # tokens; a longer first cell says more than which row it is
_LONGEST_NAME = 100  # characters: what is longer is prose, not the name of a column


def table_lines(rows: Sequence[Row], *, marked: bool | None = None) -> list[str]:
    """One line for each row of a table in a document, cells with the names of their columns.

    ``marked`` says whether the document marks the first row as the header, where it can. A row that
    is not as wide as the header is given without names: they might be wrong ones. What would not be
    cited as one line is given as the rows of a sheet are, with the row's number in the table.
    """
    width = max(map(len, rows), default=0)
    has_header = len(rows) > 1 and (marked or is_header(rows[0], width))
    if has_header and marked is False and width == 2:  # rather names and values, row by row
        has_header = False
    header = rows[0] if has_header else ()
    lines = [_values(header)]
    for number, row in enumerate(rows, 1):
        if number > 1 or not has_header:
            lines += _table_row(number, row, header)
    return [line for line in lines if line]


def _table_row(number: int, row: Row, header: Row) -> Iterator[str]:
    cells = _labelled(row, header) if header else _pair(row) or _unnamed(row)
    line = "; ".join(_named(cell, name) for name, cell in cells)
    has_names = any(name for name, _ in cells)
    if _fits(line) and not (header and has_names and len(sentence_spans(line)) > 1):
        yield line
    elif has_names or all(_fits(cell) for _, cell in cells):
        yield from _row_lines(f"Row {number}: ", cells)
    else:  # long cells without names are prose, which is cited by the sentence
        yield line


def is_header(row: Row, width: int) -> bool:
    """Whether the cells of ``row`` name the columns of a table that is ``width`` columns wide."""
    names = [cell for cell in row if cell.strip()]
    return (
        len(set(names)) > 1
        and width <= 2 * len(names)
        and any(not _YEAR.match(name) for name in names)
        and not any(name.endswith(":") for name in names)
        and all(len(name) <= _LONGEST_NAME and _is_name(name) for name in names)
    )


def grid_lines(rows: Iterator[tuple[int, Row]], label: str) -> Iterator[str]:
    """The lines of a sheet, whose ``rows`` come with their number; blank rows part its tables.

    Each line begins with ``label`` and the number of its row. A row that is long becomes several
    lines, each with its first cell in front.
    """
    header: Row = ()
    for block in _blocks(rows):
        at = _header_at(block)
        body = block[at + 1 :]
        if at >= 0 and (not header or _has_numbers(body)):
            header = block[at][1]
            yield from (f"{label}row {n}: {_values(row)}" for n, row in block[: at + 1])
        else:
            body = block
        for number, row in body:
            yield from _row_lines(f"{label}row {number}: ", _cells(row, header))


def _header_at(block: Sequence[tuple[int, Row]]) -> int:
    """Which row of a table names its columns, with nothing but titles above; -1 for none."""
    width = max(len(row) for _, row in block)
    for at, (_, row) in enumerate(block[:-1]):
        if is_header(row, width):
            return at
        if sum(map(bool, row)) > 1:
            return -1
    return -1


def _has_numbers(rows: Iterable[tuple[int, Row]]) -> bool:
    return any(not _is_name(cell) for _, row in rows for cell in row if cell)


def column_name(position: int) -> str:
    """The letters of a column as spreadsheets show them: A for 0, AA for 26."""
    name = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _blocks(rows: Iterator[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    block: list[tuple[int, Row]] = []
    for number, row in rows:
        cells = [tidy(cell) for cell in row]
        if any(cells):
            block.append((number, cells))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _is_name(cell: str) -> bool:
    return bool(_YEAR.match(cell)) or not _NUMBER.match(cell)


def _values(row: Row) -> str:
    """The cells of a row one after the other; a cell that spans several columns only once."""
    return "; ".join(cell for _, cell in _unnamed(row))


def _unnamed(row: Row) -> list[NamedCell]:
    cells = [tidy(cell) for cell in row]
    shown = [cell for cell, before in zip(cells, ["", *cells], strict=False) if cell != before]
    return [("", cell) for cell in shown if cell]


def _labelled(row: Row, header: Row) -> list[NamedCell]:
    is_caption = len(set(row)) == 1  # one cell over all columns
    if len(row) != len(header) or is_caption or list(row) == list(header):
        return _unnamed(row)
    return [(name, tidy(cell)) for name, cell in zip(header, row, strict=True) if cell.strip()]


def _pair(row: Row) -> list[NamedCell]:
    """A name and its value, if these are all that a row holds; else nothing."""
    cells = [cell for cell in map(tidy, row) if cell]
    is_pair = len(cells) == 2 and cells[0] != cells[1] and _is_name(cells[0])
    return [(cells[0], cells[1])] if is_pair and len(cells[0]) <= _LONGEST_NAME else []


def _cells(row: Row, header: Row) -> list[NamedCell]:
    shown = [cell for cell in row if cell]
    if not header and (pair := _pair(row)):
        return pair
    if len(shown) == 1 or not (header or any(not _is_name(cell) for cell in shown)):
        return [("", cell) for cell in shown]
    names = header or [column_name(position) for position in range(len(row))]
    return [(name, cell) for name, cell in _pairs(row, names) if cell]


def _pieces(cell: str) -> list[str]:
    """A cell whole, or if it is long its sentences, as many at a time as a line holds."""
    if _fits(cell):
        return [cell]
    pieces: list[Span] = []
    for span in sentence_spans(cell):
        if pieces and _tokens(cell[pieces[-1].start : span.end]) <= _LONGEST_LINE // 2:
            pieces[-1] = Span(pieces[-1].start, span.end)
        else:
            pieces.append(span)
    return [piece.of(cell) for piece in pieces]


def _pairs(row: Row, header: Row) -> list[NamedCell]:
    """Names and cells; a column beyond the header has no name."""
    names = [*header, *[""] * (len(row) - len(header))]
    return list(zip(names, row, strict=False))


def _named(cell: str, name: str) -> str:
    name = tidy(name).rstrip(":")
    return f"{name}: {cell}" if name else cell


def _row_lines(label: str, cells: Sequence[NamedCell]) -> Iterator[str]:
    """A row as lines that each begin with its label and, if that is short, its first cell."""
    name, cell = cells[0]
    whole = _named(cell, name)
    first = f"{whole}; " if _tokens(whole) <= _LONGEST_LABEL else ""
    line, tokens = label, _tokens(label)
    for piece in (_named(piece, name) for name, cell in cells for piece in _pieces(cell)):
        more = _tokens(piece) + 1
        if len(line) > len(label) and tokens + more > _LONGEST_LINE:
            yield line.removesuffix("; ")
            line, tokens = label + first, _tokens(label + first)
        line += f"{piece}; "
        tokens += more
    yield line.removesuffix("; ")


def _fits(text: str) -> bool:
    return _tokens(text) <= _LONGEST_LINE


def _tokens(text: str) -> int:
    """How many tokens a text has, estimated rather from above: no embedder is known here."""
    return max(len(_TOKEN.findall(text)), len(text) // _TOKEN_CHARACTERS)
