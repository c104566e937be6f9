"""What stands in one paragraph of an OpenDocument file: its text, and what hangs on it.

Text boxes, notes, comments and charts are anchored in a paragraph and stand elsewhere on the page;
they are handed on, in their order, and come after it.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.load.build import tidy
from index.load.equation import mathml_text
from index.load.opendocument_styles import TEXT, Properties, Styles, look
from index.load.package import Package
from index.load.runs import PLAIN, ReadParagraph, bracketed
from index.load.symbols import ticked
from index.load.table import table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
TABLE = f"{{{_NAMESPACE}table:1.0}}"
DRAW = f"{{{_NAMESPACE}drawing:1.0}}"
OFFICE = f"{{{_NAMESPACE}office:1.0}}"
_CHART = f"{{{_NAMESPACE}chart:1.0}}"
_FORM = f"{{{_NAMESPACE}form:1.0}}"
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_HREF = "{http://www.w3.org/1999/xlink}href"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_BLANKS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
_SKIPPED = {
    f"{TEXT}number",
    f"{TEXT}tracked-changes",
    f"{OFFICE}forms",
    f"{TEXT}note-citation",
    f"{OFFICE}annotation-end",
}
_PAGE_FIELDS = {f"{TEXT}page-number", f"{TEXT}page-count"}
_DRAWN = (
    "frame custom-shape g rect ellipse circle polygon polyline path line connector caption "
    "regular-polygon measure a"
).split()
# An element whose blocks follow, with what stands in front of them; or lines that follow.
Attached = tuple["Element | list[str]", str]


Paragraph = ReadParagraph[Attached]


class InlineReader:
    """Reads the paragraphs of a document; counts in ``left_out`` what it does not read."""

    def __init__(
        self, package: Package, content: Element, styles: Styles, left_out: Counter[str]
    ) -> None:
        self.files_left_out: list[str] = []
        self.drawn = {f"{DRAW}{name}" for name in _DRAWN}
        self._package = package
        self._styles = styles
        self._left_out = left_out
        self._controls = {
            id_: control
            for forms in content.iter(f"{OFFICE}forms")
            for control in forms.iter()
            if (id_ := control.get(_XML_ID) or control.get(f"{_FORM}id"))
        }

    def read(self, paragraph: Element) -> Paragraph:
        """The text of a ``text:p`` or ``text:h`` and what is anchored in it."""
        found = Paragraph()
        if any(
            each.get(f"{TEXT}is-hidden") == "true"
            for each in paragraph.iter(f"{TEXT}hidden-paragraph")
        ):
            self._left_out["hidden"] += 1
            return found
        properties = self._styles.properties("paragraph", paragraph.get(f"{TEXT}style-name", ""))
        self._inner(paragraph, properties, found)
        return found

    def attached(self, drawn: Element) -> list[Attached]:
        """What a drawn object holds that stands by itself."""
        found = Paragraph()
        self._drawn(drawn, found)
        if found.text:
            found.attached.insert(0, ([found.text], ""))
        return found.attached

    def _inner(self, element: Element, properties: Properties, found: Paragraph) -> None:
        self._add(_unbroken(element.text), properties, found)
        for child in element:
            tag = child.tag
            if tag in _BLANKS:
                self._add(_BLANKS[tag], properties, found)
            elif tag == f"{TEXT}s":
                self._add(" ", properties, found)
            elif tag == f"{TEXT}note":
                mark = bracketed(child.findtext(f"{TEXT}note-citation") or "")
                found.runs.append((mark, PLAIN))
                found.attached += [(body, mark) for body in child.iter(f"{TEXT}note-body")]
            elif tag == f"{OFFICE}annotation":
                found.attached.append((child, ""))
            elif tag in self.drawn:
                self._drawn(child, found)
            elif tag == f"{DRAW}control":
                found.runs.append((self._control(child.get(f"{DRAW}control", "")), PLAIN))
            elif tag == f"{TEXT}ruby":
                base, above = (
                    "".join(child.find(f"{TEXT}ruby-{part}").itertext())
                    for part in ("base", "text")
                )
                self._add(f"{base}({above})", properties, found)
            elif tag in _PAGE_FIELDS:
                found.paged.add(len(found.runs))
                self._add("".join(child.itertext()), properties, found)
            elif tag == f"{TEXT}hidden-text" and child.get(f"{TEXT}is-hidden") == "true":
                self._left_out["hidden"] += 1
            elif tag not in _SKIPPED:
                own = self._styles.properties("text", child.get(f"{TEXT}style-name", ""))
                self._inner(child, {**properties, **own} if own else properties, found)
            self._add(_unbroken(child.tail), properties, found)

    def _add(self, text: str, properties: Properties, found: Paragraph) -> None:
        if not text:
            return
        shown = look(properties) if properties else PLAIN
        if shown is None:
            self._left_out["hidden"] += bool(text.strip())
        else:
            found.runs.append((text, shown))

    def _drawn(self, drawn: Element, found: Paragraph) -> None:
        """A drawn object: an equation stands in the line, everything else comes after it."""
        if drawn.tag != f"{DRAW}frame":
            own = [each for each in drawn if each.tag in (f"{TEXT}p", f"{TEXT}list")]
            if own:
                found.attached.append((drawn, ""))
                return
            for child in drawn:
                if child.tag in self.drawn:
                    self._drawn(child, found)
            return
        objects = list(drawn.iterchildren(f"{DRAW}object", f"{DRAW}object-ole"))
        for each in objects:
            self._object(each, found)
        for child in drawn:
            if child.tag == f"{DRAW}image":  # of an object it is only the picture
                self._left_out["picture"] += not objects
            elif child.tag in (f"{DRAW}text-box", f"{TABLE}table"):
                found.attached.append((_wrapped(child), ""))

    def _object(self, item: Element, found: Paragraph) -> None:
        path = item.get(_HREF, "").removeprefix("./").rstrip("/")
        math = next(item.iter(_MATH), None)
        root = self._package.xml(f"{path}/content.xml") if path and math is None else item
        if math is None and root is not None:
            math = next(root.iter(_MATH), None)
        if math is not None:
            found.runs.append((f" {mathml_text(math)} ", PLAIN))
            return
        chart = None if root is None else next(root.iter(f"{_CHART}chart"), None)
        if chart is not None:
            found.attached.append((_chart_lines(chart), ""))
        elif path:
            self.files_left_out.append(posixpath.basename(path))

    def _control(self, id_: str) -> str:
        """A field of a form as it is filled in."""
        control = self._controls.get(id_)
        if control is None:
            return ""
        if control.tag in (f"{_FORM}checkbox", f"{_FORM}radio"):
            states = (control.get(f"{_FORM}current-state"), control.get(f"{_FORM}current-selected"))
            mark = ticked("checked" in states or "true" in states)
            return f" {mark} {control.get(f'{_FORM}label', '')} "
        chosen = [
            each.get(f"{_FORM}label", "")
            for each in control.iter(f"{_FORM}option")
            if each.get(f"{_FORM}current-selected") == "true"
        ]
        value = control.get(f"{_FORM}current-value") or control.get(f"{_FORM}value") or ""
        is_text = control.tag != f"{_FORM}button"
        return f" {', '.join(chosen) or value} " if is_text else ""


def _unbroken(text: str | None) -> str:
    """Text of the file: a line break in it is a blank, one that is shown is an element."""
    return text.replace("\n", " ") if text else ""


def _wrapped(child: Element) -> Element:
    """What a frame holds, as an element whose blocks it is."""
    return child if child.tag == f"{DRAW}text-box" else child.getparent()


def _chart_lines(chart: Element) -> list[str]:
    """The titles of a chart, and its figures, which it keeps as a table."""
    titles = (tidy("".join(each.itertext())) for each in chart.iterchildren(f"{_CHART}title"))
    table = next(chart.iter(f"{TABLE}table"), None)
    rows = [
        [_chart_cell(cell) for cell in row.iterchildren(f"{TABLE}table-cell")]
        for row in (() if table is None else table.iter(f"{TABLE}table-row"))
    ]
    told = [row for row in rows if any(row[1:])]
    return [*filter(None, titles), *table_lines(told, marked=1)]


def _chart_cell(cell: Element) -> str:
    texts: Iterator[str] = (tidy("".join(each.itertext())) for each in cell.iter(f"{TEXT}p"))
    said = " ".join(filter(None, texts))
    return "" if said == "NaN" else said
