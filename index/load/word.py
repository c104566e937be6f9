"""Word documents (.docx): paragraphs, headings by style, numbered lists, tables and footnotes.

What was struck out under change tracking is left out, what was inserted is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.load.base import LoadedDocument
from index.load.build import TextBuilder, tidy
from index.load.package import Package, opened
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ELSEWHERE = {"del", "moveFrom", "delText", "instrText", "Fallback", "txbxContent", "pPr", "rPr"}
_BREAKS = {"br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-", "ptab": " "}
_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
_WIDEST_SPAN = 100  # columns; a broken file may claim millions


def load_docx(data: bytes, name: str) -> LoadedDocument:
    """A Word document. Raises UnreadableError when it is encrypted or damaged."""
    with opened(data, name) as package:
        main = _main_part(package)
        reader = _Reader(package, main)
        reader.blocks(package.needed(main))
        title = package.title("docProps/core.xml")
    return reader.built.document(title or reader.built.first_heading or PurePath(name).name, _TYPE)


def _main_part(package: Package) -> str:
    """Where the text is: nearly always the first, but the file may name any."""
    targets = package.related("").values()
    named = (target for target in targets if re.search(r"document\d*\.xml$", target))
    return next(named, "word/document.xml")


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _value(element: Element | None, path: str) -> str:
    """The attribute ``val`` of what is at ``path``; empty without it."""
    found = None if element is None else element.find(path)
    return "" if found is None else found.get(f"{_W}val", "")


class _Reader:
    """Walks the body and builds the text."""

    def __init__(self, package: Package, main: str) -> None:
        folder = main.rpartition("/")[0]
        self.built = TextBuilder()
        self._levels = _heading_levels(package.xml(f"{folder}/styles.xml"))
        self._lists = _Lists(package.xml(f"{folder}/numbering.xml"))
        self._notes = {
            kind: _notes(package.xml(f"{folder}/{kind}s.xml"), kind)
            for kind in ("footnote", "endnote")
        }

    def blocks(self, parent: Element) -> None:
        """Adds the paragraphs and tables below ``parent``, in order."""
        for child in parent:
            kind = _local(child)
            if kind == "p":
                self._paragraph(child)
            elif kind == "tbl":
                self._table(child)
            elif kind not in _ELSEWHERE:
                self.blocks(child)

    def _paragraph(self, paragraph: Element) -> None:
        properties = paragraph.find(f"{_W}pPr")
        level = self._level(properties)
        text = tidy_lines(_text(paragraph))
        if text:
            mark = self._lists.mark(properties)
            self.built.add(
                f"{mark}{text}", level=level, gap="\n" if mark and level is None else "\n\n"
            )
        for box in paragraph.iter(f"{_W}txbxContent"):
            if not any(_local(above) == "Fallback" for above in box.iterancestors()):
                self.blocks(box)
        for kind, notes in self._notes.items():
            for reference in paragraph.iter(f"{_W}{kind}Reference"):
                self.built.add(notes.get(reference.get(f"{_W}id", ""), ""))

    def _level(self, properties: Element | None) -> int | None:
        direct = _value(properties, f"{_W}outlineLvl")
        if direct.isdecimal():
            return int(direct) + 1 if int(direct) < 9 else None
        return self._levels.get(_value(properties, f"{_W}pStyle"))

    def _table(self, table: Element) -> None:
        rows = list(_rows(table))
        if max(map(len, rows), default=0) < 2 or table.find(f".//{_W}tbl") is not None:
            self.blocks(table)  # a frame around text, not a table
            return
        for line in table_lines(rows):
            self.built.add(line)


def tidy_lines(text: str) -> str:
    """``text`` with its line breaks and single blanks."""
    return "\n".join(line for line in map(tidy, text.split("\n")) if line)


def _text(element: Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: Element) -> Iterator[str]:
    for child in element:
        kind = _local(child)
        if kind == "t":
            yield child.text or ""
        elif kind in _BREAKS:
            yield _BREAKS[kind]
        elif kind not in _ELSEWHERE:
            yield from _pieces(child)


def _rows(table: Element) -> Iterator[list[str]]:
    """The cells of each row; what spans several columns or rows stands in each of them."""
    above: list[str] = []
    for row in table.iter(f"{_W}tr"):
        cells: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            text = " ".join(filter(None, (tidy(_text(each)) for each in cell.iter(f"{_W}p"))))
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merged is not None and merged.get(f"{_W}val") != "restart":
                text = above[len(cells)] if len(cells) < len(above) else text
            span = _value(cell, f"{_W}tcPr/{_W}gridSpan")
            width = min(int(span), _WIDEST_SPAN) if span.isdecimal() else 1
            cells += [text] * max(1, width)
        above = cells
        yield cells


def _heading_levels(styles: Element | None) -> dict[str, int]:
    """For each style that makes a heading, its level."""
    if styles is None:
        return {}
    by_id = {style.get(f"{_W}styleId", ""): style for style in styles.iter(f"{_W}style")}
    levels = {id_: _style_level(id_, by_id) for id_ in by_id}
    return {id_: level for id_, level in levels.items() if level}


def _style_level(id_: str, by_id: dict[str, Element]) -> int | None:
    seen: set[str] = set()
    while id_ in by_id and id_ not in seen:
        seen.add(id_)
        style = by_id[id_]
        name = _value(style, f"{_W}name")
        if found := _HEADING.match(name):
            return int(found[1])
        if name.lower() == "title":
            return 1
        outline = _value(style, f"{_W}pPr/{_W}outlineLvl")
        if outline.isdecimal() and int(outline) < 9:
            return int(outline) + 1
        id_ = _value(style, f"{_W}basedOn")
    return None


def _notes(root: Element | None, kind: str) -> dict[str, str]:
    if root is None:
        return {}
    return {
        note.get(f"{_W}id", ""): tidy_lines(_text(note))
        for note in root.iter(f"{_W}{kind}")
        if note.get(f"{_W}type") is None  # the others are the lines drawn above notes
    }


class _Lists:
    """The marks of list items: a dash, or the number that the item has when it is shown."""

    def __init__(self, numbering: Element | None) -> None:
        self._formats: dict[tuple[str, str], str] = {}
        self._counts: dict[tuple[str, int], int] = {}
        if numbering is None:
            return
        abstract = {
            each.get(f"{_W}abstractNumId", ""): {
                level.get(f"{_W}ilvl", "0"): _value(level, f"{_W}numFmt")
                for level in each.iter(f"{_W}lvl")
            }
            for each in numbering.iter(f"{_W}abstractNum")
        }
        for number in numbering.iter(f"{_W}num"):
            levels = abstract.get(_value(number, f"{_W}abstractNumId"), {})
            for level, shape in levels.items():
                self._formats[number.get(f"{_W}numId", ""), level] = shape

    def mark(self, properties: Element | None) -> str:
        """What stands before a paragraph with these properties; empty if it is no item."""
        list_id = _value(properties, f"{_W}numPr/{_W}numId")
        if not list_id or list_id == "0":
            return ""
        level = _value(properties, f"{_W}numPr/{_W}ilvl") or "0"
        if self._formats.get((list_id, level)) != "decimal":
            return "- "
        return f"{self._counted(list_id, int(level))}. "

    def _counted(self, list_id: str, level: int) -> int:
        for deeper in [key for key in self._counts if key[0] == list_id and key[1] > level]:
            del self._counts[deeper]
        self._counts[list_id, level] = self._counts.get((list_id, level), 0) + 1
        return self._counts[list_id, level]
