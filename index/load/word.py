"""Word documents (.docx): their text as it is shown, with what hangs on its paragraphs.

Headings and numbers come from styles and lists; notes, comments, text boxes, charts and diagrams
come after their paragraph, headers first and footers last. What was deleted under change tracking
is left out, what was inserted is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.load.base import LoadedDocument
from index.load.build import LINE, PARAGRAPH, TextBuilder, tidy
from index.load.chart import chart_lines
from index.load.diagram import diagram_lines
from index.load.grid import bold_header
from index.load.html import load_html
from index.load.indented import code_blocks, indentation
from index.load.package import Package, children, descendants, opened
from index.load.rtf import load_rtf
from index.load.runs import (
    PLAIN,
    Run,
    commented,
    counted,
    is_page_number,
    item_gap,
    unsaid,
    written,
)
from index.load.table import table_lines
from index.load.text import load_text
from index.load.titles import title_of
from index.load.word_inline import Attached, InlineReader, Paragraph
from index.load.word_numbering import Numbering
from index.load.word_parts import Parts
from index.load.word_styles import Styles, W, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SKIPPED = {f"{W}{name}" for name in ("sectPr", "tblPr", "tblGrid", "trPr", "tcPr", "moveFrom")}
_INCLUDED = {".htm": load_html, ".html": load_html, ".rtf": load_rtf, ".txt": load_text}
_CONTENTS = "toc "  # begins the names of the styles of a table of contents
_WIDEST_SPAN = 100  # columns; a broken file may claim millions
_LONGEST_WITHIN = 300  # characters of a table in a cell: more is a page laid out by a table
_LEFT_OUT = {
    "del": ("tracked deletion", ""),
    "hidden": ("hidden passage", ""),
    "unfilled": ("field that is not filled in", "fields that are not filled in"),
    "symbol": ("symbol that only its font has", "symbols that only their fonts have"),
    "equation": ("equation kept as an object", "equations kept as objects"),
    "picture": ("picture", ""),
}


def load_docx(data: bytes, name: str) -> LoadedDocument:
    """A Word document. Raises UnreadableError when it is encrypted or damaged."""
    with opened(data, name) as package:
        main = _main_part(package)
        reader = _Reader(package, main)
        reader.document(package.needed(main))
        title = package.title("docProps/core.xml")
        package.leave_out_damaged(reader.built)
    title = title_of(title, reader.first_heading, reader.built.text, name)
    return reader.built.document(title, _TYPE)


def _main_part(package: Package) -> str:
    """Where the text is: nearly always the first, but the file may name any."""
    targets = package.related("").values()
    named = (target for target in targets if re.search(r"document\d*\.xml$", target))
    return next(named, "word/document.xml")


class _Reader:
    """Walks the parts of a document and builds the text."""

    def __init__(self, package: Package, main: str) -> None:
        self.built = TextBuilder()
        self.first_heading = ""  # without its number
        self._package = package
        self._main = main
        self._parts = Parts(package, main)
        self._styles = Styles(self._parts.root("styles"))
        self._numbering = Numbering(self._parts.root("numbering"), self._styles)
        self._inline = InlineReader(package, self._styles, self._parts.notes())
        self._carried: list[Run] = []  # of a paragraph that goes on in the next one
        self._plain: list[str] = []  # paragraphs that are still to be added, as they are indented
        self._label = ""  # of a note or comment, in front of its first paragraph
        self._in_margin = False

    def document(self, root: Element) -> None:
        """Adds the headers, the text with what hangs on it, and the footers."""
        seen: set[str] = set()
        for path in self._parts.margins(root, "header"):
            self._margin(path, seen)
        self._inline.related = self._package.related(self._main)
        self._blocks(root)
        for path in self._parts.margins(root, "footer"):
            self._margin(path, seen)
        self._note_what_is_left_out()

    def _margin(self, path: str, seen: set[str]) -> None:
        """Adds what a header or footer says that no other one has said yet."""
        root = self._package.xml(path)
        if root is None:
            return
        body, self.built = self.built, TextBuilder()
        self._inline.related = self._package.related(path)
        self._in_margin = True
        self._blocks(root)
        self._in_margin = False
        said, self.built = self.built.text, body
        for block in unsaid(said, seen):
            self.built.add(block)

    def _note_what_is_left_out(self) -> None:
        for kind, names in _LEFT_OUT.items():
            if number := self._inline.left_out[kind]:
                self.built.leave_out(counted(number, *names))
        if self._inline.left_out["contents"]:
            self.built.leave_out("the table of contents")
        if files := self._inline.files_left_out:
            self.built.leave_out(f"{counted(len(files), 'embedded file')}: {', '.join(files)}")

    def _blocks(self, parent: Element) -> None:
        """Adds the paragraphs and tables below ``parent``, in order."""
        for child in children(parent):
            tag = child.tag
            if tag != f"{W}p":
                self._add_plain()
            if tag == f"{W}p":
                self._paragraph(child)
            elif tag == f"{W}tbl":
                self._table(child)
            elif tag == f"{W}del":
                self._inline.left_out["del"] += 1
            elif tag == f"{W}sdt":
                self._control(child)
            elif tag == f"{W}altChunk":
                self._include(child)
            elif tag == f"{_A}p":
                self._add("".join(each.text or "" for each in child.iter(f"{_A}t")))
            elif tag not in _SKIPPED:
                self._blocks(child)
        self._add_plain()

    def _add(self, text: str, *, level: int | None = None, gap: str = PARAGRAPH) -> None:
        if text.strip():
            label, self._label = self._label, ""
            self.built.add(f"{label}{text}", level=level, gap=gap)

    def _paragraph(self, paragraph: Element) -> None:
        text, mark, read = self._read(paragraph)
        level = self._level(paragraph.find(f"{W}pPr"))
        if text and not (mark or self._label or read.attached or self._in_margin) and level is None:
            typed = "".join(piece for piece, _ in read.runs)
            self._plain.append(f"{indentation(typed)}{text}")
            return
        self._add_plain()
        if text and not (self._in_margin and is_page_number(read.text, read.unpaged)):
            gap = item_gap(mark) if level is None else PARAGRAPH
            self._add(f"{mark}{text}", level=level, gap=gap)
            if level is not None:
                self.first_heading = self.first_heading or text
        self._attach(read.attached)

    def _add_plain(self) -> None:
        """Adds the plain paragraphs that were read; code among them as lines, as it is indented."""
        plain, self._plain = self._plain, []
        for block in code_blocks(plain):
            self._add(block)

    def _read(self, paragraph: Element) -> tuple[str, str, Paragraph]:
        """The text of a paragraph, what numbers it, and what is anchored in it.

        One whose end was deleted goes on in the next one, as a large first letter does.
        """
        properties = paragraph.find(f"{W}pPr")
        if self._styles.name(value(properties, f"{W}pStyle")).startswith(_CONTENTS):
            self._inline.left_out["contents"] += 1
            return "", "", Paragraph()
        read = self._inline.read(paragraph)
        frame = None if properties is None else properties.find(f"{W}framePr")
        if frame is not None and frame.get(f"{W}dropCap") in ("drop", "margin"):
            self._carried += [(tidy(text), PLAIN) for text, _ in read.runs]
            return "", "", read
        if properties is not None and properties.find(f"{W}rPr/{W}del") is not None:
            self._carried += read.runs
            return "", "", read
        runs, self._carried = [*self._carried, *read.runs], []
        return written(runs), self._numbering.mark(properties), read

    def _level(self, properties: Element | None) -> int | None:
        direct = value(properties, f"{W}outlineLvl")
        if direct.isdecimal():
            return int(direct) + 1 if int(direct) < 9 else None
        return self._styles.heading_level(value(properties, f"{W}pStyle"))

    def _attach(self, attached: list[Attached]) -> None:
        for kind, what, mark in attached:
            if isinstance(what, str):
                self._attach_part(kind, what)
                continue
            if kind != "blocks":
                self._label = f"{mark} " if kind == "note" else commented(mark)
            self._blocks(what)
            self._label = ""

    def _attach_part(self, kind: str, what: str) -> None:
        root = None if kind == "text" else self._package.xml(what)
        if kind == "text":
            self._add(what)
        elif root is not None and kind == "chart":
            for line in chart_lines(root):
                self._add(line)
        elif root is not None:
            for number, line in enumerate(diagram_lines(root)):
                self._add(line, gap=LINE if number else PARAGRAPH)

    def _control(self, control: Element) -> None:
        properties = control.find(f"{W}sdtPr")
        gallery = value(properties, f"{W}docPartObj/{W}docPartGallery")
        content = control.find(f"{W}sdtContent")
        if gallery == "Table of Contents":
            self._inline.left_out["contents"] += 1
        elif is_on(properties, f"{W}showingPlcHdr"):
            self._inline.left_out["unfilled"] += 1
        elif content is not None:
            self._blocks(content)

    def _include(self, chunk: Element) -> None:
        """Adds a document of another format that Word shows as a part of this one."""
        path = self._inline.related.get(chunk.get(f"{_R}id", ""), "")
        data = self._package.data(path) if path else None
        load = _INCLUDED.get(PurePath(path).suffix.lower())
        if load is None:
            self._inline.files_left_out.append(PurePath(path).name)
        elif data:
            self.built.include(load(data, PurePath(path).name))

    def _table(self, table: Element) -> None:
        if _is_frame(table):
            self._blocks(table)
            return
        attached: list[Attached] = []
        for line in self._table_lines(table, attached):
            self._add(line)
        self._attach(attached)

    def _table_lines(self, table: Element, attached: list[Attached]) -> list[str]:
        rows = list(_rows(table))
        marked = len(list(takewhile(lambda row: is_on(row, f"{W}trPr/{W}tblHeader"), rows)))
        grid = list(self._grid(rows, attached))
        bold = [[_is_bold(cell) for cell in _cells(row)] for row in rows]
        return table_lines(grid, marked=marked or bold_header(bold))

    def _grid(self, rows: list[Element], attached: list[Attached]) -> Iterator[list[str]]:
        """The cells of each row; what spans several columns or rows stands in each of them."""
        above: list[str] = []
        for row in rows:
            if row.find(f"{W}trPr/{W}del") is not None:
                self._inline.left_out["del"] += 1
                continue
            cells = [""] * _number(value(row, f"{W}trPr/{W}gridBefore"), 0)
            for cell in _cells(row):
                text = self._cell(cell, attached)
                if _goes_on(cell, "vMerge"):
                    text = above[len(cells)] if len(cells) < len(above) else text
                elif _goes_on(cell, "hMerge"):
                    text = cells[-1] if cells else text
                cells += [text] * max(1, _number(value(cell, f"{W}tcPr/{W}gridSpan"), 1))
            cells += [""] * _number(value(row, f"{W}trPr/{W}gridAfter"), 0)
            above = cells
            yield cells

    def _cell(self, parent: Element, attached: list[Attached]) -> str:
        """What a cell says on one line; a table within it stands in brackets."""
        texts: list[str] = []
        for child in children(parent):
            if child.tag == f"{W}p":
                text, mark, read = self._read(child)
                texts.append(tidy(f"{mark}{text}") if text or mark.strip("- ") else "")
                attached += read.attached
            elif child.tag == f"{W}tbl":
                inner = "; ".join(self._table_lines(child, attached))
                texts.append(f"({inner})" if inner else "")
            elif child.tag == f"{W}sdt" and is_on(child, f"{W}sdtPr/{W}showingPlcHdr"):
                self._inline.left_out["unfilled"] += 1
            elif child.tag not in _SKIPPED:
                texts.append(self._cell(child, attached))
        return " ".join(filter(None, texts))


def _is_frame(table: Element) -> bool:
    """Whether a table only lays out a page: it has one column, or large tables in it."""
    rows = list(_rows(table))
    if max((len(list(_cells(row))) for row in rows), default=0) < 2:
        return True
    within = [inner for row in rows for inner in descendants(row, f"{W}tbl")]
    if not within:
        return False
    longest = max(sum(len(each.text or "") for each in inner.iter(f"{W}t")) for inner in within)
    return len(rows) == 1 or longest > _LONGEST_WITHIN


def _is_bold(cell: Element) -> bool:
    """Whether a cell says anything, all of it in bold."""
    runs = [run for run in cell.iter(f"{W}r") if any(each.text for each in run.iter(f"{W}t"))]
    return bool(runs) and all(is_on(run, f"{W}rPr/{W}b") for run in runs)


def _rows(table: Element) -> Iterator[Element]:
    """The rows of a table, not those of tables within it."""
    return descendants(table, f"{W}tr")


def _cells(row: Element) -> Iterator[Element]:
    return descendants(row, f"{W}tc")


def _goes_on(cell: Element, merge: str) -> bool:
    """Whether a cell is covered by the one above it or before it."""
    merged = cell.find(f"{W}tcPr/{W}{merge}")
    return merged is not None and merged.get(f"{W}val", "continue") == "continue"


def _number(text: str, default: int) -> int:
    return min(int(text), _WIDEST_SPAN) if text.isdecimal() else default
