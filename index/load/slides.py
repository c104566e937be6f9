"""PowerPoint presentations (.pptx): each slide is a page, with its title, tables, charts
and notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.load.base import LoadedDocument
from index.load.build import LINE, TextBuilder, tidy
from index.load.chart import chart_lines
from index.load.package import Package, opened
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("dt", "ftr", "sldNum", "sldImg", "hdr")  # date, footer, number, picture, header
_PRESENTATION = "ppt/presentation.xml"


def load_pptx(data: bytes, name: str) -> LoadedDocument:
    """A presentation. Raises UnreadableError when it is encrypted or damaged."""
    built = TextBuilder()
    with opened(data, name) as package:
        for path in _slides(package):
            built.page()
            _add_slide(built, package, path)
        title = package.title("docProps/core.xml")
    stated = "" if title.lower() in ("", "powerpoint presentation", "slide 1") else title
    return built.document(stated or built.first_heading or PurePath(name).name, _TYPE)


def _slides(package: Package) -> list[str]:
    """The slides in the order in which they are shown."""
    related = package.related(_PRESENTATION)
    listed = package.needed(_PRESENTATION).iter(f"{_P}sldId")
    return [related[id_] for each in listed if (id_ := each.get(f"{_R}id", "")) in related]


def _add_slide(built: TextBuilder, package: Package, path: str) -> None:
    slide = package.xml(path)
    if slide is None:
        return
    shapes = list(_shapes(slide))
    for shape in sorted(shapes, key=lambda shape: _placeholder(shape) not in _TITLES):
        _add_shape(built, shape)
    related = package.related(path).values()
    for target in related:
        if "/charts/chart" in target and (chart := package.xml(target)) is not None:
            for line in chart_lines(chart):
                built.add(line)
    for target in related:
        if "notesSlides/" in target and (notes := package.xml(target)) is not None:
            for shape in _shapes(notes):
                _add_shape(built, shape)


def _shapes(slide: Element) -> Iterator[Element]:
    """The shapes and frames of a slide, those in groups too."""
    for element in slide.iter(f"{_P}sp", f"{_P}graphicFrame"):
        if _placeholder(element) not in _FURNITURE:
            yield element


def _placeholder(shape: Element) -> str:
    """What a shape is for, if its layout says so."""
    found = shape.find(f".//{_P}nvPr/{_P}ph")
    return "" if found is None else found.get("type", "body")


def _add_shape(built: TextBuilder, shape: Element) -> None:
    tables = list(shape.iter(f"{_A}tbl"))
    for table in tables:
        rows = [[_joined(cell) for cell in row.iter(f"{_A}tc")] for row in table.iter(f"{_A}tr")]
        for line in table_lines(rows):
            built.add(line)
    if tables:
        return
    if _placeholder(shape) in _TITLES:
        built.add(_joined(shape), level=1)
        return
    paragraphs = [text for each in shape.iter(f"{_A}p") if (text := tidy(_text(each)))]
    is_list = len(paragraphs) > 1
    for number, text in enumerate(paragraphs):
        built.add(f"- {text}" if is_list else text, gap=LINE if number else "\n\n")


def _joined(element: Element) -> str:
    return " ".join(filter(None, (tidy(_text(each)) for each in element.iter(f"{_A}p"))))


def _text(paragraph: Element) -> str:
    return "".join(
        (each.text or "") if each.tag == f"{_A}t" else " "
        for each in paragraph.iter(f"{_A}t", f"{_A}br", f"{_A}tab")
    )
