"""Web pages: the article without menus and footers, or all visible text where none is found.

Knows no network: what is not in the file is not loaded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.load.base import LoadedDocument, decode, normalise
from index.types import Heading, Span

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")  # lxml refuses a str that declares an encoding
_SHORTEST_ARTICLE = 250  # trafilatura's own limit: below it, it returns all text in one line
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
_HEADING_TAG = re.compile(r"h([1-6])$")


def load_html(data: bytes, name: str) -> LoadedDocument:
    """The main text of a web page with its headings; titled by its metadata or the file's name."""
    declared = _DECLARED.search(data, 0, _HEAD_BYTES)
    charset = declared[1].decode("ascii", "replace") if declared else None
    source = _DECLARATION.sub("", decode(data, name, charset))
    body, title = _article(source)
    page = _Page(body)
    if len(page.text) < _SHORTEST_ARTICLE:
        body, visible_title = _everything(source)
        page, title = _Page(body), title or visible_title
    return LoadedDocument(title or name, "text/html", page.text, (), tuple(page.headings))


def _article(source: str) -> tuple[Element | None, str]:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document as Article

    found = bare_extraction(source, include_comments=False, with_metadata=True)
    if not isinstance(found, Article):
        return None, ""
    return found.body, _tidy(found.title or "")


def _everything(source: str) -> tuple[Element | None, str]:
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        root = html.document_fromstring(source)
    except etree.ParserError:  # nothing but blanks and comments
        return None, ""
    return root, _tidy(root.findtext(".//title") or "")


def _tidy(text: str) -> str:
    return " ".join(normalise(text).split())


class _Page:
    """The text of an element tree, one block after the other, and where its headings stand."""

    def __init__(self, body: Element | None) -> None:
        self.headings: list[Heading] = []
        self._blocks: list[str] = []
        self._length = 0
        self._inline: list[str] = []
        self._separator = "\n\n"
        if body is not None:
            self._render(body)
            self._close()
        self.text = "".join(self._blocks)

    def _render(self, element: Element) -> None:
        if not isinstance(element.tag, str):  # a comment or processing instruction
            return
        level = _heading_level(element)
        if element.tag in _HIDDEN and level is None:
            return
        if element.tag in _BLOCKS:
            self._close()
            self._separator = "\n\n"
        elif element.tag in _LINES:
            self._close()
        self._inline.append(element.text or "")
        for child in element:
            self._render(child)
            self._inline.append(child.tail or "")
        self._leave(element.tag, level)

    def _leave(self, tag: str, level: int | None) -> None:
        if tag in _BLOCKS:
            self._close(level, verbatim=tag == "pre")
            self._separator = "\n\n"
        elif tag in _LINES:
            self._close()
        elif tag in _CELLS:
            self._inline.append(" \t ")

    def _close(self, level: int | None = None, *, verbatim: bool = False) -> None:
        """Ends the block that is being written; a ``level`` makes it a heading."""
        written = "".join(self._inline)
        block = normalise(written).strip("\n") if verbatim else _tidy(written)
        self._inline.clear()
        if not block.strip():
            return
        if self._blocks:
            self._append(self._separator)
        if level is not None:
            span = Span(self._length, self._length + len(block))
            self.headings.append(Heading(span, level))
        self._append(block)
        self._separator = "\n"

    def _append(self, piece: str) -> None:
        self._blocks.append(piece)
        self._length += len(piece)


def _heading_level(element: Element) -> int | None:
    name = element.get("rend", "") if element.tag == "head" else str(element.tag)
    found = _HEADING_TAG.match(name)
    return int(found[1]) if found else None
