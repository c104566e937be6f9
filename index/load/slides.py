"""PowerPoint presentations (.pptx): each slide is a page, with its title, tables, charts, diagrams,
comments and notes.

What stands on every slide, as footers and the texts of layouts do, is read where it comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from index.load.base import LoadedDocument
from index.load.build import LINE, PARAGRAPH, TextBuilder, tidy
from index.load.chart import chart_lines
from index.load.diagram import diagram_lines
from index.load.embedded import embedded_name
from index.load.grid import bold_header
from index.load.package import Package, children, descendants, opened
from index.load.runs import commented, counted
from index.load.slide_text import A, joined, paragraphs
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_P188 = "{http://schemas.microsoft.com/office/powerpoint/2018/8/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_CHART_EX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_MEDIA = (f"{A}videoFile", f"{A}audioFile", f"{A}wavAudioFile")
_TITLES = ("title", "ctrTitle")
_NUMBERS = ("sldNum", "sldImg")  # of the slide, and its picture among the notes
_FURNITURE = ("dt", "ftr", "hdr")  # date, footer, header
_OFF = ("0", "false")
_PRESENTATION = "ppt/presentation.xml"
_LEFT_OUT = ("picture", "sound or film", "hidden shape")


def load_pptx(data: bytes, name: str) -> LoadedDocument:
    """A presentation. Raises UnreadableError when it is encrypted or damaged."""
    with opened(data, name) as package:
        reader = _Reader(package)
        for number, path in enumerate(_slides(package), 1):
            reader.built.page()
            reader.slide(path, number)
        reader.note_what_is_left_out()
        title = package.title("docProps/core.xml")
        package.leave_out_damaged(reader.built)
    built = reader.built
    stated = "" if title.lower() in ("", "powerpoint presentation", "slide 1") else title
    return built.document(stated or built.first_heading or PurePath(name).name, _TYPE)


def _slides(package: Package) -> list[str]:
    """The slides in the order in which they are shown."""
    related = package.related(_PRESENTATION)
    listed = package.needed(_PRESENTATION).iter(f"{_P}sldId")
    return [related[id_] for each in listed if (id_ := each.get(f"{_R}id", "")) in related]


class _Layout(NamedTuple):
    """What slides are made of: a layout or a master, and its shapes."""

    root: Element
    shapes: list[Element]


class _Reader:
    """Reads the slides one after the other, and what stands on many of them once."""

    def __init__(self, package: Package) -> None:
        self.built = TextBuilder()
        self._package = package
        self._related = package.related("")  # of the part that is being read
        self._layouts: list[_Layout] = []  # of the slide that is being read
        self._above_of: dict[str, list[_Layout]] = {}  # by the layout's path
        self._seen: set[str] = set()  # of what stands on many slides
        self._left_out: Counter[str] = Counter()
        self._files: list[str] = []
        self._authors = _authors(package)

    def slide(self, path: str, number: int) -> None:
        """Adds a slide with its comments and notes."""
        slide = self._package.xml(path)
        if slide is None:
            return
        if slide.get("show") in _OFF:
            self.built.add(f"[Hidden slide {number}]")
        self._layouts = above = self._above(path)
        self._shapes(slide, path)
        for kind, part, root in self._parts(path, ("comments", "notesSlide")):
            if kind == "comments":
                self._comments(root)
            else:
                self._layouts = []
                self._shapes(root, part)
        shown = slide.get("showMasterSp") not in _OFF
        for layout in above if shown else []:
            self._static(layout)
            if layout.root.get("showMasterSp") in _OFF:
                break

    def note_what_is_left_out(self) -> None:
        """Names what of the slides the text does not hold."""
        for kind in _LEFT_OUT:
            if number := self._left_out[kind]:
                many = "sounds or films" if kind == "sound or film" else ""
                self.built.leave_out(counted(number, kind, many))
        if self._files:
            names = ", ".join(self._files)
            self.built.leave_out(f"{counted(len(self._files), 'embedded file')}: {names}")

    def _parts(self, path: str, kinds: Sequence[str]) -> Iterator[tuple[str, str, Element]]:
        """The parts of these kinds that a part refers to, in the order of the kinds."""
        related = self._package.relationships(path)
        for each in sorted(related, key=lambda of: kinds.index(of.kind) if of.kind in kinds else 0):
            if each.kind in kinds and (root := self._package.xml(each.path)) is not None:
                yield each.kind, each.path, root

    def _above(self, path: str) -> list[_Layout]:
        """The layout of a slide and the master of that."""
        related = self._package.relationships(path)
        layout = next((each.path for each in related if each.kind == "slideLayout"), "")
        if layout not in self._above_of:  # most slides share a few
            root = self._package.xml(layout) if layout else None
            found = [] if root is None else [root]
            found += [master for _, _, master in self._parts(layout, ("slideMaster",))]
            self._above_of[layout] = [_Layout(of, list(_shapes(of))) for of in found]
        return self._above_of[layout]

    def _shapes(self, root: Element, path: str) -> None:
        self._related = self._package.related(path)
        shapes = list(_shapes(root))
        for shape in sorted(shapes, key=lambda shape: _placeholder(shape) not in _TITLES):
            if _placeholder(shape) in _FURNITURE:
                self._once(_body(shape))
            elif _is_hidden(shape):
                self._left_out["hidden shape"] += 1
            elif _placeholder(shape) not in _NUMBERS:
                self._shape(shape)

    def _static(self, layout: _Layout) -> None:
        """Adds what a layout says on each of its slides, beside the places for their text."""
        for shape in layout.shapes:
            if shape.tag == f"{_P}sp" and not _placeholder(shape) and not _is_hidden(shape):
                self._once(_body(shape))

    def _once(self, body: Element | None) -> None:
        """Adds a text that was not on a slide before; a field differs from slide to slide."""
        if body is None or next(body.iter(f"{A}fld"), None) is not None:
            return
        text = joined(body, [])
        if text not in self._seen:
            self._seen.add(text)
            self.built.add(text)

    def _shape(self, shape: Element) -> None:
        if shape.tag == f"{_P}pic":
            is_media = next(shape.iter(*_MEDIA), None) is not None
            self._left_out["sound or film" if is_media else "picture"] += 1
        elif shape.tag == f"{_P}graphicFrame":
            self._frame(shape)
        elif _placeholder(shape) in _TITLES:
            self.built.add(joined(_body(shape), self._inherited(shape)), level=1)
        else:
            found = paragraphs(_body(shape), self._inherited(shape))
            for number, (mark, text) in enumerate(found):
                bullet = mark or ("- " if len(found) > 1 else "")
                self.built.add(f"{bullet}{text}", gap=LINE if number else PARAGRAPH)

    def _inherited(self, shape: Element) -> list[Element]:
        """The styles that the text of a shape inherits from its layout and master."""
        kind = _placeholder(shape)
        if not kind:
            return []
        found: list[Element] = []
        for layout in self._layouts:
            alike = (each for each in layout.shapes if _is_same_place(each, shape))
            found += [style for each in alike for style in each.iter(f"{A}lstStyle")]
        style = "titleStyle" if kind in _TITLES else "bodyStyle"
        for layout in self._layouts:
            found += layout.root.findall(f"{_P}txStyles/{_P}{style}")
        return found

    def _frame(self, frame: Element) -> None:
        """Adds a table, a chart or a diagram, or notes the name of what is embedded."""
        for table in frame.iter(f"{A}tbl"):
            for line in _table_lines(table):
                self.built.add(line)
        for each in descendants(frame, _CHART, _CHART_EX):
            chart = self._package.xml(self._related.get(each.get(f"{_R}id", ""), "-"))
            for line in chart_lines(chart) if chart is not None else ():
                self.built.add(line)
        for each in descendants(frame, _DIAGRAM):
            data = self._package.xml(self._related.get(each.get(f"{_R}dm", ""), "-"))
            for number, line in enumerate(diagram_lines(data) if data is not None else ()):
                self.built.add(line, gap=LINE if number else PARAGRAPH)
        for each in descendants(frame, f"{_P}oleObj"):
            if path := self._related.get(each.get(f"{_R}id", "")):
                self._files.append(embedded_name(self._package, path))

    def _comments(self, root: Element) -> None:
        for comment in root.iter(f"{_P}cm", f"{_P188}cm", f"{_P188}reply"):
            body = comment.find(f"{_P188}txBody")
            text = comment.findtext(f"{_P}text") or joined(body, [])
            if text:
                author = self._authors.get(comment.get("authorId", ""), "")
                self.built.add(f"{commented(author)}{tidy(text)}")


def _authors(package: Package) -> dict[str, str]:
    roots = (package.xml(f"ppt/{name}.xml") for name in ("commentAuthors", "authors"))
    return {
        each.get("id", ""): each.get("name", "")
        for root in roots
        if root is not None
        for each in root.iter(f"{_P}cmAuthor", f"{_P188}author")
    }


def _shapes(slide: Element) -> Iterator[Element]:
    """The shapes, frames and pictures of a slide, those in groups too."""
    return descendants(slide, f"{_P}sp", f"{_P}graphicFrame", f"{_P}pic")


def _body(shape: Element) -> Element | None:
    return shape.find(f"{_P}txBody")


def _placeholder(shape: Element) -> str:
    """What a shape is for, if its layout says so."""
    found = next(shape.iter(f"{_P}ph"), None)
    return "" if found is None else found.get("type", "body")


def _is_same_place(one: Element, other: Element) -> bool:
    """Whether a shape of a layout or master is the place that another one fills."""
    first, second = (next(shape.iter(f"{_P}ph"), None) for shape in (one, other))
    if first is None or second is None:
        return False
    if first.get("idx") is not None and first.get("idx") == second.get("idx"):
        return True
    return _placeholder(one) == _placeholder(other)


def _is_hidden(shape: Element) -> bool:
    named = next(shape.iter(f"{_P}cNvPr"), None)
    return named is not None and named.get("hidden") in ("1", "true")


def _table_lines(table: Element) -> list[str]:
    rows: list[list[str]] = []
    for row in table.iter(f"{A}tr"):
        cells: list[str] = []
        for cell in children(row):
            if cell.tag == f"{A}tc":
                cells.append(_cell(cell, cells, rows[-1] if rows else []))
        rows.append(cells)
    # Programs mark the first row by default, so that a mark tells nothing.
    properties = table.find(f"{A}tblPr")
    is_unmarked = properties is None or properties.get("firstRow", "0") in _OFF
    bold = [[_is_bold(cell) for cell in row.iter(f"{A}tc")] for row in table.iter(f"{A}tr")]
    marked = bold_header(bold)
    return table_lines(rows, marked=0 if is_unmarked and marked is None else marked)


def _is_bold(cell: Element) -> bool:
    """Whether a cell says anything, all of it in bold."""
    runs = [run for run in cell.iter(f"{A}r") if run.findtext(f"{A}t")]
    looks = (run.find(f"{A}rPr") for run in runs)
    return bool(runs) and all(each is not None and each.get("b") in ("1", "true") for each in looks)


def _cell(cell: Element, before: Sequence[str], above: Sequence[str]) -> str:
    """What a cell says; what is covered by another one says the same."""
    if cell.get("vMerge") in ("1", "true"):
        return above[len(before)] if len(before) < len(above) else ""
    if cell.get("hMerge") in ("1", "true"):
        return before[-1] if before else ""
    return joined(cell, [])
