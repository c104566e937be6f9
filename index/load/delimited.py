"""Tables as text, with a delimiter between cells (.csv, .tsv): what is damaged costs no other row.

Every row becomes a line with its number and the names of its columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath

from index.load.base import LoadedDocument, damage, decode_lines, normalise
from index.load.build import TextBuilder, numbered_lines
from index.load.table import grid_lines

_DELIMITERS = ",;\t|"
_LOOKED_AT = 100  # rows, to find the delimiter; a preamble is shorter
_REGULAR = 0.6  # of the rows have as many cells as most, or none is called too long or too short
_STATED = re.compile(r"\s*sep=(.)[ \t]*(?:\n|\Z)", re.IGNORECASE)  # as Excel begins a file
_SWALLOWED_CUTS = 3  # delimiters in lines of a cell; fewer may stand in prose of several lines
_QUOTE, _APOSTROPHE = '"', "'"


def load_csv(data: bytes, name: str) -> LoadedDocument:
    """A table as text, each row a line ``Row 12: Name: …; Price: …``.

    A quote that does not end is read as a character of its line. A row of more cells than the
    others is given without the names of columns, because they might be wrong ones.
    """
    text = normalise(decode_lines(data, name))
    stated = _STATED.match(text)
    delimiter = stated[1] if stated else _delimiter(text, name)
    reader = _Reader(text, delimiter, stated.end() if stated else 0)
    rows = list(reader.rows())
    built = TextBuilder()
    usual = _usual_width(rows)
    too_long = {number for number, row in enumerate(rows, 1) if usual and len(row) > usual}
    lines = grid_lines(iter(enumerate(rows, 1)), "", unnamed=too_long)
    for line in lines:
        built.add(line[:1].upper() + line[1:])
    _tell_damage(built, reader, rows, usual)
    for part in damage(text):
        built.leave_out(part)
    kind = "text/tab-separated-values" if delimiter == "\t" else "text/csv"
    return built.document(PurePath(name).name, kind)


def _tell_damage(
    built: TextBuilder, reader: _Reader, rows: Sequence[Sequence[str]], usual: int
) -> None:
    if reader.unclosed:
        built.leave_out(f"the quotes of {numbered_lines(reader.unclosed)}, which do not end")
    sizes = list(zip(reader.line_numbers, map(len, rows), strict=True)) if usual else []
    if longer := [line for line, size in sizes if size > usual]:
        built.leave_out(
            f"the names of columns in {numbered_lines(longer)}, with more cells than the others"
        )
    if shorter := [line for line, size in sizes if 1 < size < usual]:
        built.leave_out(
            f"the last cells of {numbered_lines(shorter)}, with fewer cells than the others"
        )


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    """How many cells most rows have; 0 where they differ too much to say."""
    sizes = Counter(len(row) for row in rows if len(row) > 1)
    [(usual, count)] = sizes.most_common(1) or [(0, 0)]
    return usual if count >= _REGULAR * sizes.total() and count > 1 else 0


def _delimiter(text: str, name: str) -> str:
    """The one that cuts the first rows into the most cells, as evenly as it can."""
    if name.lower().endswith(".tsv") and "\t" in text:
        return "\t"
    return max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    rows = islice(_Reader(text, delimiter).rows(), _LOOKED_AT)
    sizes = Counter(len(row) for row in rows if row)
    total = sizes.total()
    del sizes[1]  # titles and notes
    [(usual, count)] = sizes.most_common(1) or [(1, 0)]
    return count / max(1, total), usual


@dataclass(slots=True)
class _Reader:
    """Cuts a text into rows and cells.

    ``width`` is that of the first row of several cells, ``line_numbers`` are those of the lines on
    which rows begin, ``unclosed`` those of lines with a quote that does not end.
    """

    text: str
    delimiter: str
    start: int = 0
    width: int = 0
    line_numbers: list[int] = field(default_factory=list)
    unclosed: list[int] = field(default_factory=list)

    def rows(self) -> Iterator[list[str]]:
        """The cells of each row; none of a blank line."""
        of, mark = re.escape(self.delimiter), self._quote()
        end = rf"[ \t]*(?={of}|\n|\Z)" if self.delimiter != "\t" else rf"[ ]*(?={of}|\n|\Z)"
        # Possessive, so that a quote that does not end is looked for once.
        quoted = re.compile(rf" *{mark}((?:[^{mark}]|{mark}{mark})*+){mark}{end}")
        escaped = re.compile(rf" *{mark}((?:[^{mark}\\]|\\.)*+){mark}{end}", re.DOTALL)
        plain = re.compile(rf"[^{of}\n]*+")
        at, line = self.start, self.text.count("\n", 0, self.start) + 1
        while at < len(self.text):
            self.line_numbers.append(line)
            row: list[str] = []
            while True:
                found = None
                if self.text.startswith(mark, at) or self.text.startswith(" ", at):
                    found = quoted.match(self.text, at) or escaped.match(self.text, at)
                    if found and self._holds_rows(found[1]):
                        found = None
                if found:
                    row.append(found[1].replace(mark * 2, mark).replace(f"\\{mark}", mark))
                    line += found[1].count("\n")
                else:
                    found = plain.match(self.text, at)
                    cell = found[0] if found else ""
                    row.append(cell)
                    if cell.lstrip().startswith(mark) and line not in self.unclosed[-1:]:
                        self.unclosed.append(line)
                at = found.end() if found else at
                if not self.text.startswith(self.delimiter, at):
                    break
                at += 1
            self.width = self.width or (len(row) if len(row) > 1 else 0)
            yield row if any(row) else []
            at, line = at + 1, line + 1

    def _quote(self) -> str:
        """What cells are quoted with: an apostrophe if all of the first line are."""
        line = self.text[self.start :].lstrip().partition("\n")[0]
        cells = line.split(self.delimiter)
        is_quoted = all(len(each) > 1 and each[0] == each[-1] == _APOSTROPHE for each in cells)
        return _APOSTROPHE if is_quoted else _QUOTE

    def _holds_rows(self, cell: str) -> bool:
        """Whether a quoted cell has swallowed rows: each whole line of it is cut as rows are."""
        inner = cell.split("\n")[1:-1]
        cuts = self.width - 1
        return cuts * len(inner) >= _SWALLOWED_CUTS and all(
            line.count(self.delimiter) == cuts for line in inner
        )
