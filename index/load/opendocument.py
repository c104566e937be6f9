"""OpenDocument text and presentations (.odt, .odp): their text as it is shown; a slide is a page.

Notes, comments, text boxes and charts come after their paragraph, headers first and footers last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import PARAGRAPH, TextBuilder, tidy
from index.load.grid import bold_header
from index.load.opendocument_inline import (
    DRAW,
    OFFICE,
    TABLE,
    Attached,
    InlineReader,
)
from index.load.opendocument_styles import STYLE, TEXT, Counts, Styles, counted_mark
from index.load.package import Package, opened
from index.load.runs import commented, counted, is_page_number, item_gap, unsaid
from index.load.table import table_lines
from index.load.titles import title_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_PRESENTATION = f"{{{_NAMESPACE}presentation:1.0}}"
_ENCRYPTED = f"{{{_NAMESPACE}manifest:1.0}}encryption-data"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_SKIPPED = {f"{TEXT}sequence-decls", f"{OFFICE}forms", f"{DRAW}page-thumbnail", f"{TEXT}number"}
_FURNITURE = ("page", "header", "footer", "date-time", "page-number")  # of slides and their notes
_OF_SLIDE = "drawing-page-properties"
_DECLARED = ("footer", "header", "date-time")
_MARGINS = ("", "-left", "-first")
_WIDEST_SPAN = 100  # columns; spreadsheets pad their rows with thousands of empty ones
_LONGEST_SPAN = 1_000_000  # rows
_LONGEST_WITHIN = 300  # characters of a table in a cell: more is a page laid out by a table
_LEFT_OUT = {
    "deletion": ("tracked deletion", ""),
    "hidden": ("hidden passage", ""),
    "picture": ("picture", ""),
}


def load_opendocument(data: bytes, name: str) -> LoadedDocument:
    """A text or presentation. Raises UnreadableError when it is encrypted or damaged."""
    with opened(data, name) as package:
        manifest = package.xml("META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter(_ENCRYPTED), None) is not None:
            raise UnreadableError(f"{name} is encrypted; save it without its password")
        reader = _Reader(package)
        reader.document()
        title = package.title("meta.xml")
        package.leave_out_damaged(reader.built)
    built = reader.built
    media_type = f"application/vnd.oasis.opendocument.{_kind(name)}"
    title = title_of(title, reader.first_heading, built.text, name)
    return built.document(title, media_type)


def _kind(name: str) -> str:
    return "presentation" if name.lower().endswith((".odp", ".otp")) else "text"


class _Reader:
    """Walks the parts of a document and builds the text."""

    def __init__(self, package: Package) -> None:
        self.built = TextBuilder()
        self.first_heading = ""  # without its number
        self._content = package.needed("content.xml")
        self._master = package.xml("styles.xml")
        self._styles = Styles(self._content, self._master)
        self._left_out: Counter[str] = Counter()
        self._inline = InlineReader(package, self._content, self._styles, self._left_out)
        self._lists = _Lists(self._styles)
        self._slides = 0
        self._seen: set[str] = set()  # of what stands on many slides
        self._label = ""  # of a note or comment, in front of its first paragraph
        self._in_margin = False

    def document(self) -> None:
        """Adds the headers, the text with what hangs on it, and the footers."""
        seen: set[str] = set()
        for each in self._margins("header"):
            self._margin(each, seen)
        body = self._content.find(f"{OFFICE}body")
        if body is not None:
            self._blocks(body)
        for each in self._margins("footer"):
            self._margin(each, seen)
        for kind, names in _LEFT_OUT.items():
            if number := self._left_out[kind]:
                self.built.leave_out(counted(number, *names))
        if self._left_out["contents"]:
            self.built.leave_out("the table of contents")
        if files := self._inline.files_left_out:
            self.built.leave_out(f"{counted(len(files), 'embedded file')}: {', '.join(files)}")

    def _margins(self, kind: str) -> Iterator[Element]:
        """The headers or footers of the kinds of pages that the text has."""
        pages = [] if self._master is None else list(self._master.iter(f"{STYLE}master-page"))
        by_name = {page.get(f"{STYLE}name", ""): page for page in pages}
        named = {each.get(f"{STYLE}master-page-name", "") for each in self._content.iter("*")}
        waiting = [next(iter(by_name), ""), "Standard", *sorted(named)]
        shown: dict[str, Element] = {}
        while waiting:
            name = waiting.pop(0)
            if name in by_name and name not in shown:
                shown[name] = by_name[name]
                waiting.append(by_name[name].get(f"{STYLE}next-style-name", ""))
        for page in shown.values():
            for side in _MARGINS:
                each = page.find(f"{STYLE}{kind}{side}")
                if each is not None and each.get(f"{STYLE}display") != "false":
                    yield each

    def _margin(self, root: Element, seen: set[str]) -> None:
        body, self.built = self.built, TextBuilder()
        self._in_margin = True
        self._blocks(root)
        self._in_margin = False
        said, self.built = self.built.text, body
        for block in unsaid(said, seen):
            self.built.add(block)

    def _blocks(self, parent: Element) -> None:
        """Adds the paragraphs, lists and tables below ``parent``, in order."""
        for child in parent:
            tag = child.tag
            if tag in (f"{TEXT}h", f"{TEXT}p"):
                self._paragraph(child, "")
            elif tag == f"{TEXT}list":
                for item, mark in self._lists.items(child):
                    self._paragraph(item, mark)
            elif tag == f"{TABLE}table":
                self._table(child)
            elif tag == f"{DRAW}page":
                self._slide(child)
            elif tag == f"{TEXT}tracked-changes":
                self._left_out["deletion"] += len(list(child.iter(f"{TEXT}deletion")))
            elif tag == f"{TEXT}table-of-content":
                self._left_out["contents"] += 1
            elif tag == f"{TEXT}section" and child.get(f"{TEXT}display") == "none":
                self._left_out["hidden"] += 1
            elif child.get(f"{_PRESENTATION}class") in _FURNITURE:
                continue
            elif child.get(f"{_PRESENTATION}class") == "title":
                title = (self._inline.read(each).text for each in child.iter(f"{TEXT}p"))
                text = tidy(" ".join(title))
                self.first_heading = self.first_heading or text
                self.built.add(text, level=1)
            elif tag in self._inline.drawn:
                self._attach(self._inline.attached(child))
            elif tag == f"{OFFICE}annotation":
                self._attach([(child, "")])
            elif tag not in _SKIPPED:
                self._blocks(child)

    def _slide(self, page: Element) -> None:
        self.built.page()
        self._slides += 1
        style = page.get(f"{DRAW}style-name", "")
        properties = ("drawing-page", style, _OF_SLIDE)
        if self._styles.property(*properties, f"{_PRESENTATION}visibility") == "hidden":
            self.built.add(f"[Hidden slide {self._slides}]")
        self._blocks(page)
        for text in self._on_many_slides(page):
            if text not in self._seen:
                self._seen.add(text)
                self.built.add(text)

    def _on_many_slides(self, page: Element) -> Iterator[str]:
        """The footer of a slide, and what its master says beside the places for its text."""
        for kind in _DECLARED:
            name = page.get(f"{_PRESENTATION}use-{kind}-name")
            properties = ("drawing-page", page.get(f"{DRAW}style-name", ""), _OF_SLIDE)
            if self._styles.property(*properties, f"{_PRESENTATION}display-{kind}") == "false":
                continue
            for each in self._content.iter(f"{_PRESENTATION}{kind}-decl") if name else ():
                if each.get(f"{_PRESENTATION}name") == name:
                    yield tidy(each.text or "")
        masters = () if self._master is None else self._master.iter(f"{STYLE}master-page")
        for master in masters:
            if master.get(f"{STYLE}name") == page.get(f"{DRAW}master-page-name"):
                for shape in master:
                    if shape.tag in self._inline.drawn and not shape.get(f"{_PRESENTATION}class"):
                        texts = (self._inline.read(each).text for each in shape.iter(f"{TEXT}p"))
                        yield tidy(" ".join(texts))

    def _paragraph(self, paragraph: Element, mark: str) -> None:
        read = self._inline.read(paragraph)
        is_heading = paragraph.tag == f"{TEXT}h"
        if is_heading and not mark:
            mark = self._lists.heading(paragraph)
        if read.text and not (self._in_margin and is_page_number(read.text, read.unpaged)):
            level = _level(paragraph) if is_heading else None
            gap = item_gap(mark) if level is None else PARAGRAPH
            self._add(f"{mark}{read.text}", level=level, gap=gap)
            if is_heading:
                self.first_heading = self.first_heading or read.text
        self._attach(read.attached)

    def _add(self, text: str, *, level: int | None = None, gap: str = PARAGRAPH) -> None:
        label, self._label = self._label, ""
        self.built.add(f"{label}{text}", level=level, gap=gap)

    def _attach(self, attached: list[Attached]) -> None:
        """Adds what is anchored in a paragraph: its notes, comments, boxes, tables, charts."""
        for what, before in attached:
            if isinstance(what, list):
                for line in what:
                    self._add(line)
                continue
            is_comment = what.tag == f"{OFFICE}annotation"
            author = tidy(what.findtext(_CREATOR) or "") if is_comment else ""
            self._label = commented(author) if is_comment else f"{before} " if before else ""
            self._blocks(what)
            self._label = ""

    def _table(self, table: Element) -> None:
        if _is_frame(table):
            for cell in _cells(table):
                self._blocks(cell)
            return
        attached: list[Attached] = []
        for line in self._table_lines(table, attached):
            self._add(line)
        self._attach(attached)

    def _table_lines(self, table: Element, attached: list[Attached]) -> list[str]:
        marked = sum(
            next(row.iterancestors(f"{TABLE}table-header-rows", f"{TABLE}table")).tag
            == f"{TABLE}table-header-rows"
            for row in _rows(table)
        )
        bold = [
            [self._is_bold(cell) for cell in row.iterchildren(f"{TABLE}table-cell")]
            for row in _rows(table)
        ]
        return table_lines(self._grid(table, attached), marked=marked or bold_header(bold))

    def _is_bold(self, cell: Element) -> bool:
        """Whether a cell says anything, all of it in bold."""
        said = [each for each in cell.iter(f"{TEXT}p") if "".join(each.itertext()).strip()]
        return bool(said) and all(
            self._weight("paragraph", each) == "bold"
            or (
                not (each.text or "").strip()
                and all(
                    self._weight("text", span) == "bold" and not (span.tail or "").strip()
                    for span in each
                )
            )
            for each in said
        )

    def _weight(self, family: str, element: Element) -> str:
        style = element.get(f"{TEXT}style-name", "")
        return self._styles.properties(family, style).get("weight", "")

    def _grid(self, table: Element, attached: list[Attached]) -> list[list[str]]:
        """The cells of each row; what spans several columns or rows stands in each of them."""
        covered: dict[int, tuple[int, str]] = {}  # by column: up to which row, and by what
        grid: list[list[str]] = []
        for row in _rows(table):
            cells: list[str] = []
            for cell in row:
                width = _times(cell, "number-columns-repeated")
                if cell.tag == f"{TABLE}covered-table-cell":
                    places = (covered.get(len(cells) + at, (-1, "")) for at in range(width))
                    cells += [text if len(grid) <= last else "" for last, text in places]
                elif cell.tag == f"{TABLE}table-cell":
                    text = self._cell(cell, attached)
                    last = len(grid) + _times(cell, "number-rows-spanned", _LONGEST_SPAN) - 1
                    for right in range(_times(cell, "number-columns-spanned")):
                        covered[len(cells) + right] = last, text
                    cells += [text] * width
            grid += [cells] * (_times(row, "number-rows-repeated") if any(cells) else 1)
        used = max((at for row in grid for at, text in enumerate(row, 1) if text), default=0)
        return [row[:used] for row in grid]

    def _cell(self, parent: Element, attached: list[Attached]) -> str:
        """What a cell says on one line; a table within it stands in brackets."""
        texts: list[str] = []
        for child in parent:
            if child.tag == f"{TEXT}list":
                items = list(self._lists.items(child))
            else:
                items = [(child, "")] if child.tag in (f"{TEXT}p", f"{TEXT}h") else []
            for item, mark in items:
                read = self._inline.read(item)
                texts.append(tidy(f"{mark}{read.text}"))
                attached += read.attached
            if child.tag == f"{TABLE}table":
                inner = "; ".join(self._table_lines(child, attached))
                texts.append(f"({inner})" if inner else "")
            elif not items and child.tag not in _SKIPPED:
                texts.append(self._cell(child, attached))
        return " ".join(filter(None, texts))


class _Lists:
    """The lists of a document, and how far they are counted."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._outline: Counts = {}
        self._of_style: dict[str, Counts] = {}  # of the last list of each style
        self._of_list: dict[str, Counts] = {}

    def items(self, root: Element) -> Iterator[tuple[Element, str]]:
        """The paragraphs of a list and of those within it, each with what stands in front."""
        name = root.get(f"{TEXT}style-name", "")
        before = root.get(f"{TEXT}continue-list", "")
        counts: Counts = {}
        if before and before in self._of_list:
            counts = self._of_list[before]
        elif root.get(f"{TEXT}continue-numbering") == "true":
            counts = self._of_style.get(name, counts)
        self._of_style[name] = counts
        self._of_list[root.get("{http://www.w3.org/XML/1998/namespace}id", "")] = counts
        yield from self._items(root, name, 1, counts)

    def _items(
        self, parent: Element, name: str, level: int, counts: Counts
    ) -> Iterator[tuple[Element, str]]:
        for item in parent:
            if item.tag not in (f"{TEXT}list-item", f"{TEXT}list-header"):
                continue
            is_numbered = item.tag == f"{TEXT}list-item"
            for child in item:
                if child.tag == f"{TEXT}list":
                    inner = child.get(f"{TEXT}style-name", name)
                    yield from self._items(child, inner, level + 1, counts)
                elif child.tag in (f"{TEXT}p", f"{TEXT}h"):
                    mark = self._mark(item, child, name, level, counts) if is_numbered else ""
                    is_numbered = False
                    yield child, mark

    def _mark(
        self, item: Element, paragraph: Element, name: str, level: int, counts: Counts
    ) -> str:
        own = paragraph.get(f"{TEXT}style-name", "")
        name = name or self._styles.attribute("paragraph", own, f"{STYLE}list-style-name") or ""
        start = item.get(f"{TEXT}start-value")
        mark = counted_mark(self._styles.list_style(name), level, counts, start)
        return _stored_number(item) or mark

    def heading(self, heading: Element) -> str:
        """What stands in front of a heading: by the outline, unless its style takes it off."""
        name = heading.get(f"{TEXT}style-name", "")
        is_off = self._styles.attribute("paragraph", name, f"{STYLE}list-style-name") == ""
        stored = _stored_number(heading)
        if is_off or heading.get(f"{TEXT}is-list-header") == "true" or self._styles.outline is None:
            return stored
        start = heading.get(f"{TEXT}start-value")
        if start is None and heading.get(f"{TEXT}restart-numbering") == "true":
            start = "1"
        mark = counted_mark(self._styles.outline, _level(heading), self._outline, start)
        return stored or mark


def _stored_number(element: Element) -> str:
    """The number that a program wrote beside an item for those that cannot count."""
    stored = tidy(element.findtext(f"{TEXT}number") or "")
    return f"{stored} " if stored else ""


def _level(heading: Element) -> int:
    level = heading.get(f"{TEXT}outline-level", "1")
    return max(1, int(level)) if level.isdecimal() else 1


def _rows(table: Element) -> Iterator[Element]:
    """The rows of a table, not those of tables within it."""
    for child in table:
        if child.tag == f"{TABLE}table-row":
            yield child
        elif child.tag in (
            f"{TABLE}table-header-rows",
            f"{TABLE}table-rows",
            f"{TABLE}table-row-group",
        ):
            yield from _rows(child)


def _cells(table: Element) -> Iterator[Element]:
    for row in _rows(table):
        yield from row.iterchildren(f"{TABLE}table-cell")


def _is_frame(table: Element) -> bool:
    """Whether a table only lays out a page: it has one column, or large tables in it."""
    rows = list(_rows(table))
    if (
        max(
            (sum(_times(cell, "number-columns-repeated") for cell in row) for row in rows),
            default=0,
        )
        < 2
    ):
        return True
    within = [inner for cell in _cells(table) for inner in cell.iter(f"{TABLE}table")]
    if not within:
        return False
    longest = max(len("".join(inner.itertext())) for inner in within)
    return len(rows) == 1 or longest > _LONGEST_WITHIN


def _times(element: Element, attribute: str, most: int = _WIDEST_SPAN) -> int:
    given = element.get(f"{TABLE}{attribute}", "1")
    return max(1, min(int(given), most)) if given.isdecimal() else 1
