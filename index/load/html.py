"""Web pages: the article without menus and footers, or all visible text where none is found.

Knows no network: what is not in the file is not loaded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.load.base import LoadedDocument, decode
from index.load.build import TextBuilder
from index.load.html_article import article
from index.load.html_form import Labels
from index.load.html_page import Block, Page
from index.load.html_style import Styles
from index.load.runs import counted

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})"""
    rb"""|\A\s{0,99}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")  # lxml refuses a str that declares an encoding
_TYPE = "text/html"
_HEAD_BYTES = 4096  # the standard wants the charset within 1,024 bytes; some pages are later


def load_html(data: bytes, name: str) -> LoadedDocument:
    """The main text of a web page with its headings; titled by its metadata or the file's name."""
    source = _source(data, name)
    root = _parsed(source)
    if root is None:
        return TextBuilder().document(name, _TYPE)
    blocks, hidden = _blocks(root)
    found = article(blocks, root, source)
    built = _built(found.blocks, hidden)
    if found.words_around:
        built.leave_out(counted(found.words_around, "word") + " around the article")
    return built.document(found.title or root.findtext(".//title") or name, _TYPE)


def visible_text(data: bytes, name: str) -> LoadedDocument:
    """All text that a page shows, menus too: for what is known to hold nothing but its text."""
    root = _parsed(_source(data, name))
    if root is None:
        return TextBuilder().document(name, _TYPE)
    return _built(*_blocks(root)).document(root.findtext(".//title") or name, _TYPE)


def _source(data: bytes, name: str) -> str:
    declared = _DECLARED.search(data, 0, _HEAD_BYTES)
    charset = (declared[1] or declared[2]).decode("ascii", "replace") if declared else None
    return _DECLARATION.sub("", decode(data, name, charset))


def _parsed(source: str) -> Element | None:
    from lxml import etree  # type: ignore[import-untyped]

    # Not lxml.html, whose elements take longer to be looked at. None: only blanks and comments.
    return etree.fromstring(source, etree.HTMLParser())


def _blocks(root: Element) -> tuple[list[Block], int]:
    """The blocks of a page, and how many parts of it with text are hidden."""
    styles = Styles(root)
    blocks = Page.of(root, styles, Labels(root))
    return blocks, len(styles.hidden)


def _built(blocks: Sequence[Block], hidden: int) -> TextBuilder:
    built = TextBuilder()
    if hidden:
        built.leave_out(counted(hidden, "hidden part"))
    for block in blocks:
        built.add(block.text, level=block.level, gap=block.gap)
    return built
