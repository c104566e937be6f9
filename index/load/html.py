"""Web pages: the article without menus and footers, or all visible text where none is found.

A row of a table names the column of each cell.

Knows no network: what is not in the file is not loaded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.load.base import LoadedDocument, decode
from index.load.build import LINE, PARAGRAPH, TextBuilder, tidy
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")  # lxml refuses a str that declares an encoding
_SHORTEST_ARTICLE = 250  # trafilatura's own limit: below it, it returns all text in one line
_TYPE = "text/html"
_HEAD_BYTES = 4096  # the standard wants the charset within 1,024 bytes; some pages are later

# Two vocabularies: HTML's, and that of the tree which trafilatura returns (head, row, cell, lb).
_HIDDEN = _tags("script style noscript template head svg iframe select")
_BLOCKS = _tags(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 head header hr html main nav ol p pre section summary table ul "
    "list quote"
)
_LINES = _tags("li item tr row lb br dt dd option")
_CELLS = _tags("td th cell")
_ROWS = _tags("tr row")
_ALL_OF_IT = 0.8  # of the characters that a page shows
_LONGEST_CELL = 300  # characters; with longer ones and no header, it is there for a page's layout
_WIDEST_SPAN = 100  # columns and rows; a broken page may claim millions
_HEADING_TAG = re.compile(r"h([1-6])$")


def load_html(data: bytes, name: str) -> LoadedDocument:
    """The main text of a web page with its headings; titled by its metadata or the file's name."""
    source = _source(data, name)
    body, title = _article(source)
    built = _rendered(body)
    if len(built) < _SHORTEST_ARTICLE or "\n" not in built.text:
        body, visible_title = _everything(source)
        whole = _rendered(body)
        # One line that is all of the page is no article found, but all lines lost.
        if len(built) < _SHORTEST_ARTICLE or len(built) > _ALL_OF_IT * len(whole):
            built, title = whole, title or visible_title
    return built.document(title or name, _TYPE)


def visible_text(data: bytes, name: str) -> LoadedDocument:
    """All text that a page shows, menus too: for what is known to hold nothing but its text."""
    body, title = _everything(_source(data, name))
    return _rendered(body).document(title or name, _TYPE)


def _source(data: bytes, name: str) -> str:
    declared = _DECLARED.search(data, 0, _HEAD_BYTES)
    charset = declared[1].decode("ascii", "replace") if declared else None
    return _DECLARATION.sub("", decode(data, name, charset))


def _article(source: str) -> tuple[Element | None, str]:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document as Article

    found = bare_extraction(source, include_comments=False, with_metadata=True, fast=True)
    if not isinstance(found, Article):
        return None, ""
    return found.body, found.title or ""


def _everything(source: str) -> tuple[Element | None, str]:
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        root = html.document_fromstring(source)
    except etree.ParserError:  # nothing but blanks and comments
        return None, ""
    return root, root.findtext(".//title") or ""


def _rendered(body: Element | None) -> TextBuilder:
    page = _Page()
    if body is not None:
        page.render(body)
        page.close()
    return page.built


class _Page:
    """The text of an element tree, one block after the other."""

    def __init__(self) -> None:
        self.built = TextBuilder()
        self._inline: list[str] = []
        self._gap = PARAGRAPH

    def render(self, element: Element) -> None:
        """Adds what an element shows, but not the text behind it."""
        if not isinstance(element.tag, str):  # a comment or processing instruction
            return
        level = _heading_level(element)
        if element.tag in _HIDDEN and level is None:
            return
        if element.tag in _BLOCKS:
            self.close()
            self._gap = PARAGRAPH
        elif element.tag in _LINES:
            self.close()
        if element.tag == "table" and (rows := _table_rows(element)):
            for line in table_lines(rows, marked=_has_marked_header(element)):
                self.built.add(line)
            self._gap = PARAGRAPH
            return
        self._inline.append(element.text or "")
        for child in element:
            self.render(child)
            self._inline.append(child.tail or "")
        self._leave(element.tag, level)

    def _leave(self, tag: str, level: int | None) -> None:
        if tag in _BLOCKS:
            self.close(level, verbatim=tag == "pre")
            self._gap = PARAGRAPH
        elif tag in _LINES:
            self.close()
        elif tag in _CELLS:
            self._inline.append(" \t ")

    def close(self, level: int | None = None, *, verbatim: bool = False) -> None:
        """Ends the block that is being written; a ``level`` makes it a heading."""
        written = "".join(self._inline)
        self._inline.clear()
        block = written if verbatim else tidy(written)
        if block.strip():
            self.built.add(block, level=level, gap=self._gap)
            self._gap = LINE


def _heading_level(element: Element) -> int | None:
    name = element.get("rend", "") if element.tag == "head" else str(element.tag)
    found = _HEADING_TAG.match(name)
    return int(found[1]) if found else None


# Tables


def _table_rows(table: Element) -> list[list[str]]:
    """The cells of a table; none for one that only arranges a page."""
    if any(True for _ in table.iterdescendants("table")):
        return []
    falling: dict[int, tuple[int, str]] = {}  # by column: for how many rows more, and what
    rows = [_row(row, falling) for row in table.iter(*_ROWS)]
    is_table = max(map(len, rows), default=0) > 1
    longest = max((len(cell) for row in rows for cell in row), default=0)
    return rows if is_table and (longest <= _LONGEST_CELL or _has_marked_header(table)) else []


def _has_marked_header(table: Element) -> bool:
    """Whether all cells of the first row are those of a header."""
    first = next(table.iter(*_ROWS))
    cells = list(first.iterchildren(*_CELLS))
    return all(cell.tag == "th" or cell.get("role") == "head" for cell in cells)


def _row(row: Element, falling: dict[int, tuple[int, str]]) -> list[str]:
    """The cells of a row; what spans several columns or rows stands in each of them."""
    cells: list[str] = []
    for cell in row.iterchildren(*_CELLS):
        _take_falling(cells, falling)
        text = tidy(_cell_text(cell))
        for _ in range(_span(cell, "colspan")):
            if (down := _span(cell, "rowspan")) > 1:
                falling[len(cells)] = (down - 1, text)
            cells.append(text)
    _take_falling(cells, falling)
    return cells


def _take_falling(cells: list[str], falling: dict[int, tuple[int, str]]) -> None:
    while len(cells) in falling:
        rows, text = falling.pop(len(cells))
        if rows > 1:
            falling[len(cells)] = (rows - 1, text)
        cells.append(text)


def _span(cell: Element, name: str) -> int:
    stated = cell.get(name, "1").strip()
    return max(1, min(int(stated), _WIDEST_SPAN)) if stated.isdecimal() else 1


def _cell_text(cell: Element) -> str:
    page = _Page()
    page.render(cell)
    page.close()
    return page.built.text
