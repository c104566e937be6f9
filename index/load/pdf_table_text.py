"""Writes the rows of a table of a PDF page, and tells which character of the page each one shows.

Knows texts with their origins, no places and no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from index.load.pdf_words import HYPHEN
from index.load.table import table_rows

_STAND_IN = "\ufdd0"  # no character; for HYPHEN, which would be taken for one that shows nothing


class Written(NamedTuple):
    """A text; ``origins[i]`` is the page's character shown at ``text[i]``, or -1."""

    text: str
    origins: list[int]


def joined(lines: Sequence[Written]) -> Written:
    """The lines of a cell as one; after a hyphen at a line's end the word goes on."""
    text, origins = "", list[int]()
    for line in lines:
        blank = "" if not text or text.endswith(HYPHEN) else " "
        text += blank + line.text.replace("\t", " ")
        origins += [*[-1] * len(blank), *line.origins]
    if text.endswith(HYPHEN):
        text = text.removesuffix(HYPHEN) + "-"
    return Written(text, origins)


def rows_of(grid: Sequence[Sequence[Written]], marked: int | None = None) -> Iterator[Written]:
    """The lines of a table, each cell with the name of its column as ``table_rows`` writes it;
    ``marked`` rows at the top are its header."""
    texts = [[cell.text.replace(HYPHEN, _STAND_IN) for cell in row] for row in grid]
    for number, lines in table_rows(texts, marked=marked):
        cells = [
            (text, cell.origins) for text, cell in zip(texts[number], grid[number], strict=True)
        ]
        for line in lines:
            yield Written(line.replace(_STAND_IN, HYPHEN), _origins(line, cells))


def _origins(line: str, cells: Sequence[tuple[str, list[int]]]) -> list[int]:
    """Where the characters of a row's line come from: its cells stand in it in their order, each
    behind the name of its column or behind another cell. Names come from nowhere in the row."""
    found = [-1] * len(line)
    at = 0
    for text, origins in cells:
        start = line.find(text, at) if text else -1
        while start > 0 and not (line[:start].endswith((": ", "; ")) and _ends(line, start, text)):
            start = line.find(text, start + 1)
        if start >= 0 and _ends(line, start, text):
            at = start + len(text)
            found[start:at] = origins
    return found


def _ends(line: str, start: int, text: str) -> bool:
    return line[start + len(text) : start + len(text) + 1] in ("", ";")
