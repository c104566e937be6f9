"""OpenDocument text and presentations (.odt, .odp): headings, lists, tables; a slide is a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import LINE, PARAGRAPH, TextBuilder, tidy
from index.load.package import opened
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT = f"{{{_NAMESPACE}text:1.0}}"
_TABLE = f"{{{_NAMESPACE}table:1.0}}"
_DRAW = f"{{{_NAMESPACE}drawing:1.0}}"
_OFFICE = f"{{{_NAMESPACE}office:1.0}}"
_PRESENTATION = f"{{{_NAMESPACE}presentation:1.0}}"
_ENCRYPTED = f"{{{_NAMESPACE}manifest:1.0}}encryption-data"
_BLANKS = {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "\n"}
_LEFT_OUT = {
    f"{_TEXT}tracked-changes",
    f"{_TEXT}table-of-content",
    f"{_TEXT}sequence-decls",
    f"{_OFFICE}annotation",
    f"{_OFFICE}forms",
}
_WIDEST_SPAN = 100  # columns; spreadsheets pad their rows with thousands of empty ones


def load_opendocument(data: bytes, name: str) -> LoadedDocument:
    """A text or presentation. Raises UnreadableError when it is encrypted or damaged."""
    built = TextBuilder()
    with opened(data, name) as package:
        manifest = package.xml("META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter(_ENCRYPTED), None) is not None:
            raise UnreadableError(f"{name} is encrypted; save it without its password")
        body = package.needed("content.xml").find(f"{_OFFICE}body")
        if body is not None:
            _add_blocks(built, body)
        title = package.title("meta.xml")
    media_type = f"application/vnd.oasis.opendocument.{_kind(name)}"
    return built.document(title or built.first_heading or PurePath(name).name, media_type)


def _kind(name: str) -> str:
    return "presentation" if name.lower().endswith(".odp") else "text"


def _add_blocks(built: TextBuilder, parent: Element, mark: str = "") -> None:
    for child in parent:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == f"{_DRAW}page":
            built.page()
        if child.tag == f"{_TEXT}h":
            built.add(_text(child), level=_level(child))
        elif child.tag == f"{_TEXT}p":
            _add_paragraph(built, child, mark)
        elif child.tag == f"{_TABLE}table":
            _add_table(built, child)
        elif child.tag == f"{_TEXT}list-item":
            _add_blocks(built, child, "- ")
        elif child.get(f"{_PRESENTATION}class") == "title":
            built.add(" ".join(map(_text, child.iter(f"{_TEXT}p"))), level=1)
        else:
            _add_blocks(built, child, mark)


def _add_paragraph(built: TextBuilder, paragraph: Element, mark: str) -> None:
    text = _text(paragraph)
    if text:
        built.add(f"{mark}{text}", gap=LINE if mark else PARAGRAPH)
    for frame in paragraph.iter(f"{_DRAW}text-box"):
        _add_blocks(built, frame)
    for note in paragraph.iter(f"{_TEXT}note-body"):
        _add_blocks(built, note)


def _level(heading: Element) -> int:
    level = heading.get(f"{_TEXT}outline-level", "1")
    return max(1, int(level)) if level.isdecimal() else 1


def _add_table(built: TextBuilder, table: Element) -> None:
    rows = [list(_cells(row)) for row in table.iter(f"{_TABLE}table-row")]
    if max(map(len, rows), default=0) < 2 or table.find(f".//{_TABLE}table") is not None:
        for cell in table.iter(f"{_TABLE}table-cell"):  # a frame around text, not a table
            _add_blocks(built, cell)
        return
    for line in table_lines(rows):
        built.add(line)


def _cells(row: Element) -> Iterator[str]:
    """The cells of a row; what spans several columns stands in each of them."""
    text = ""
    for cell in row:
        if cell.tag == f"{_TABLE}table-cell":
            text = " ".join(filter(None, map(_text, cell.iter(f"{_TEXT}p", f"{_TEXT}h"))))
        elif cell.tag != f"{_TABLE}covered-table-cell":
            continue
        repeated = cell.get(f"{_TABLE}number-columns-repeated", "1")
        width = min(int(repeated), _WIDEST_SPAN) if repeated.isdecimal() else 1
        yield from [text] * (width if text else 1)


def _text(element: Element) -> str:
    return "\n".join(filter(None, map(tidy, "".join(_pieces(element)).split("\n"))))


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in _BLANKS:
            yield _BLANKS[child.tag]
        elif child.tag not in (f"{_TEXT}note", f"{_DRAW}frame", *_LEFT_OUT):
            yield from _pieces(child)
        yield child.tail or ""
