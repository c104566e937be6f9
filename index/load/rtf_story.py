"""The paragraphs and tables of a rich text, as they are put together from its words and cells.

Knows no control words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile

from index.load.build import PARAGRAPH, TextBuilder, tidy
from index.load.edges import Cell, Row, grid
from index.load.runs import Run, is_page_number, item_gap, written
from index.load.table import table_lines

_BULLET = "- "


@dataclass(slots=True)
class Story:
    """A run of paragraphs: the text itself, a note, a header, a box.

    ``label`` stands in front of its first paragraph. What is anchored in a paragraph comes behind.
    """

    label: str = ""
    is_margin: bool = False
    built: TextBuilder = field(default_factory=TextBuilder)
    runs: list[Run] = field(default_factory=list)
    paged: set[int] = field(default_factory=set)  # which runs are page numbers
    mark: str = ""  # the number of the list's item
    texts: list[str] = field(default_factory=list)  # of the cells of a row that has not ended
    _parts: list[str] = field(default_factory=list)  # paragraphs of a cell that has not ended
    _inner: list[list[str]] = field(default_factory=list)  # rows of a table within a cell
    _inner_texts: list[str] = field(default_factory=list)
    _rows: list[Row] = field(default_factory=list)
    _attached: list[Story] = field(default_factory=list)

    def paragraph(self, *, level: int | None, in_table: bool) -> None:
        """Ends a paragraph; one in a table goes on in its cell."""
        if in_table or self.texts:
            self._parts.append(self._taken())
            return
        self._end_table()
        unpaged = written(run for at, run in enumerate(self.runs) if at not in self.paged)
        mark = self.mark
        text = self._taken()
        if text and not (self.is_margin and is_page_number(text.removeprefix(mark), unpaged)):
            self._add(text, level, item_gap(mark) if level is None else PARAGRAPH)
        self._end_attached()

    def end_part(self, word: str) -> None:
        """Ends a cell, or a cell or a row of a table within a cell."""
        if word == "cell":
            self._end_cell()
        elif word == "nestcell":
            self._inner_texts.append(tidy(self._taken()))
        else:
            self._inner.append(self._inner_texts)
            self._inner_texts = []

    def _end_cell(self) -> None:
        parts = [*self._parts, self._taken()]
        if self._inner:
            parts.append(f"({'; '.join(table_lines(self._inner))})")
        self.texts.append(" ".join(filter(None, map(tidy, parts))))
        self._parts, self._inner, self._inner_texts = [], [], []

    def row(self, cells: list[Cell], start: int, is_header: bool) -> None:
        """Ends a row, whose cells were defined so."""
        if self._parts or self.runs:  # a last cell that nothing ended
            self._end_cell()
        if self.texts:
            self._rows.append(Row(self.texts, cells, start, is_header))
        self.texts = []

    def attach(self, story: Story) -> None:
        """Puts another story behind the paragraph or table that is being read."""
        self._attached.append(story)

    def end(self) -> None:
        """Ends what has not ended."""
        if self.texts:
            self.row([], 0, False)
        self.paragraph(level=None, in_table=False)

    def _taken(self) -> str:
        """The text of the paragraph that is being read, with the number of its item."""
        text = written(self.runs)
        mark = self.mark
        self.runs, self.paged, self.mark = [], set(), ""
        return f"{mark}{text}" if text else ""

    def _add(self, text: str, level: int | None, gap: str) -> None:
        label, self.label = self.label, ""
        self.built.add(f"{label}{text}", level=level, gap=gap)

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        if not rows:
            return
        marked = len(list(takewhile(lambda row: row.is_header, rows)))
        for line in table_lines(grid(rows), marked=marked or None):
            self._add(line, None, PARAGRAPH)
        self._end_attached()

    def _end_attached(self) -> None:
        attached, self._attached = self._attached, []
        for story in attached:
            story.end()
            self.built.add(story.built.text)


def item_mark(text: str, *, is_symbol: bool) -> str:
    """What stands in front of an item whose mark is ``text``: a bullet is written as a dash."""
    mark = tidy(text)
    if is_symbol or not any(character.isalnum() for character in mark):
        return _BULLET if mark or is_symbol else ""
    return f"{mark} "
