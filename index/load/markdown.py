"""Markdown: the text is kept as it is written, but rows of tables name the columns of their cells.

Finds the headings. Renders nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from index.load.base import LoadedDocument, decode, normalise
from index.load.table import table_lines
from index.types import Heading, Span

_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(?=\S)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_DELIMITERS = re.compile(r" {0,3}\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?$")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_NOT_PARAGRAPH = re.compile(r"\s*$| {4,}|\t| {0,3}(?:[-*+>|]|#{1,6}\s|\d+[.)]\s)")


def load_markdown(data: bytes, name: str) -> LoadedDocument:
    """Markdown with its ATX and setext headings; titled by the first H1 or the file's name."""
    text = _with_named_cells(normalise(decode(data, name)))
    headings = tuple(_headings(text))
    titles = (heading.span.of(text) for heading in headings if heading.level == 1)
    return LoadedDocument(next(titles, PurePath(name).name), "text/markdown", text, (), headings)


def _with_named_cells(text: str) -> str:
    """``text`` with each table as lines that are readable alone."""
    pieces: list[str] = []
    written = 0
    for table in _tables(text):
        rows = [_cells(line.of(text)) for line in table if not _DELIMITERS.match(line.of(text))]
        if not rows:  # nothing but lines of dashes
            continue
        width = len(rows[0])  # cells that are missing at the end of a row are blank
        rows = [[*row, *[""] * (width - len(row))] for row in rows]
        pieces += [text[written : table[0].start], "\n\n".join(table_lines(rows, marked=True))]
        written = table[-1].end
    return "".join([*pieces, text[written:]])


def _tables(text: str) -> Iterator[list[Span]]:
    """The lines of each table: a header, the line of dashes below it, and rows."""
    lines = list(_lines_outside_code(text))
    at = 1
    while at < len(lines):
        header, dashes = lines[at - 1], lines[at]
        if "|" in header.of(text) and _DELIMITERS.match(dashes.of(text)):
            end = at + 1
            while end < len(lines) and _goes_on(text, lines[end - 1], lines[end]):
                end += 1
            yield lines[at - 1 : end]
            at = end
        at += 1


def _goes_on(text: str, before: Span, line: Span) -> bool:
    return line.start == before.end + 1 and "|" in line.of(text)


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|").removesuffix("|")
    return [cell.replace("\\|", "|").strip() for cell in _CELL_BORDER.split(line)]


def _headings(text: str) -> Iterator[Heading]:
    before: Span | None = None
    for line in _lines_outside_code(text):
        if atx := _ATX.match(line.of(text)):
            start = line.start + atx.end()
            yield Heading(Span(start, start + len(_opened(text[start : line.end]))), len(atx[1]))
        elif before and (underline := _UNDERLINE.match(line.of(text))):
            yield Heading(before, 1 if underline[1].startswith("=") else 2)
        before = _paragraph_line(text, line)


def _opened(words: str) -> str:
    """A heading's words without the marks that may close it: ``## Prices ##``."""
    words = words.rstrip(" \t")
    unmarked = words.rstrip("#")
    closed = unmarked.endswith((" ", "\t"))
    return unmarked.rstrip(" \t") if closed else words


def _paragraph_line(text: str, line: Span) -> Span | None:
    """The words of a line that an underline would make a heading; None for any other line."""
    return None if _NOT_PARAGRAPH.match(line.of(text)) else line.stripped(text)


def _lines_outside_code(text: str) -> Iterator[Span]:
    matter = _FRONT_MATTER.match(text)
    start, fence = matter.end() if matter else 0, ""
    while start < len(text):
        end = text.find("\n", start) % (len(text) + 1)  # -1, no further line break: the text's end
        mark = _FENCE.match(text, start, end)
        if fence:
            closes = mark and mark[1].startswith(fence) and not text[mark.end() : end].strip()
            fence = "" if closes else fence
        elif mark:
            fence = mark[1]
        else:
            yield Span(start, end)
        start = end + 1
