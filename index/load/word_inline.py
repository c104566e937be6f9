"""What stands in one paragraph of a Word document: its text, and what hangs on it.

Text boxes, notes, comments, charts and diagrams are anchored in a paragraph and stand elsewhere on
the page; they are handed on, in their order, and come after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from index.load.embedded import embedded_name
from index.load.equation import omml_text
from index.load.numerals import numeral
from index.load.package import Package, children, descendants
from index.load.runs import PLAIN, Look, ReadParagraph, bracketed
from index.load.symbols import symbol, ticked, unpicked
from index.load.word_styles import VAL, Styles, W, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_CHART_EX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_TEXT_PATH = "{urn:schemas-microsoft-com:vml}textpath"
_OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
_PICTURES = (f"{_A}blip", "{urn:schemas-microsoft-com:vml}imagedata")
_BOX = f"{W}txbxContent"
_DRAWN_TEXT = f"{_A}txBody"
_SKIPPED = {f"{W}{name}" for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "tblPr", "delText")}
_DELETED = {f"{W}{name}": name for name in ("del", "moveFrom")}
_CHARACTERS = {
    f"{W}{name}": text
    for name, text in {
        "tab": "\t",
        "br": "\n",
        "cr": "\n",
        "noBreakHyphen": "-",
        "ptab": "\t",
    }.items()
}
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")
_NOTE_LINKS = ("_ftn", "_edn")  # anchors of notes that a program wrote as links
Kind = Literal["blocks", "note", "comment", "chart", "diagram", "text"]


class Attached(NamedTuple):
    """What is anchored in a paragraph: an element, the path of a part, or a text."""

    kind: Kind
    what: Element | str
    mark: str = ""  # of a note, or the author of a comment


Paragraph = ReadParagraph[Attached]


@dataclass(slots=True)
class _Field:
    """A field that is being read: first its code, then what it shows."""

    code: str = ""
    shows: bool = False
    has_shown: bool = False
    form: Element | None = None

    @property
    def name(self) -> str:
        return self.code.split(maxsplit=1)[0].upper() if self.code.strip() else ""


@dataclass(slots=True)
class Notes:
    """The notes of one kind, or the comments, by their ids, and how they are counted."""

    by_id: Mapping[str, Element]
    way: str = "decimal"
    number: int = 0

    def mark(self) -> str:
        self.number += 1
        return numeral(self.number, self.way)


class InlineReader:
    """Reads paragraphs one after the other: fields and the numbers of notes go on over them."""

    def __init__(self, package: Package, styles: Styles, notes: Mapping[str, Notes]) -> None:
        self.related: Mapping[str, str] = {}  # of the part that is being read
        self.left_out: Counter[str] = Counter()
        self.files_left_out: list[str] = []
        self._package = package
        self._styles = styles
        self._notes = notes
        self._fields: list[_Field] = []  # that have begun
        self._codes = 0  # how many of them do not show anything yet
        self._paragraph = Paragraph()
        self._style = ""
        self._look = PLAIN  # of the run that is being read
        self._in_run: dict[str, Callable[[Element], None]] = {
            f"{W}t": self._text,
            f"{W}sym": self._symbol,
            f"{W}fldChar": self._field_mark,
            f"{W}instrText": self._field_code,
            f"{W}ruby": self._ruby,
            f"{W}commentReference": self._comment,
            f"{W}drawing": self._drawing,
            f"{W}pict": self._drawing,
            f"{W}object": self._drawing,
        }

    def read(self, paragraph: Element) -> Paragraph:
        """The text of a ``w:p`` and what is anchored in it."""
        self._paragraph = found = Paragraph()
        self._style = value(paragraph, f"{W}pPr/{W}pStyle")
        self._inner(paragraph)
        # A code that does not end here mostly never ends: it would hide the rest of the document.
        self._fields = [each for each in self._fields if each.shows]
        self._codes = 0
        return found

    def _inner(self, element: Element) -> None:
        for child in children(element):
            tag = child.tag
            if tag == f"{W}r":
                self._run(child)
            elif tag in _DELETED:
                self.left_out[_DELETED[tag]] += 1
            elif tag in (f"{_M}oMath", f"{_M}oMathPara"):
                self._add(f" {omml_text(child)} ", PLAIN)
            elif tag == f"{W}sdt":
                self._control(child)
            elif tag == f"{W}fldSimple":
                self._fields.append(_Field(child.get(f"{W}instr", ""), shows=True))
                self._inner(child)
                self._fields.pop()
            elif tag == f"{W}hyperlink" and child.get(f"{W}anchor", "").startswith(_NOTE_LINKS):
                self._note_link(child)
            elif tag not in _SKIPPED:
                self._inner(child)

    def _run(self, run: Element) -> None:
        look = self._styles.look(self._style, run.find(f"{W}rPr"))
        if look is None:
            self.left_out["hidden"] += bool(_texts(run).strip())
            return
        self._look = look
        for child in children(run):
            tag = child.tag
            if tag in self._in_run:
                self._in_run[tag](child)
            elif tag in _CHARACTERS:
                self._add(_CHARACTERS[tag], look)
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                if child.get(f"{W}customMarkFollows", "0") not in ("0", "false", "off"):
                    self._note(child, _texts(run))
                    return
                self._note(child, "")
            elif tag == f"{_M}oMath":
                self._add(f" {omml_text(child)} ", PLAIN)

    def _add(self, text: str, look: Look) -> None:
        if self._codes:
            return
        paragraph = self._paragraph
        if self._fields:
            innermost = self._fields[-1]
            innermost.has_shown = True
            if innermost.name == "NOTEREF":
                text, look = bracketed(text), PLAIN
            if innermost.name in _PAGE_FIELDS:
                paragraph.paged.add(len(paragraph.runs))
        paragraph.runs.append((text, look))

    def _text(self, element: Element) -> None:
        text = (element.text or "").replace("\n", " ")  # a break that is shown is an element
        if not text.isascii():
            text = unpicked(text, _font(element.getparent()))
        self._add(text, self._look)

    def _symbol(self, element: Element) -> None:
        try:
            place = int(element.get(f"{W}char", ""), 16)
        except ValueError:
            return
        shown = symbol(place, element.get(f"{W}font", ""))
        self.left_out["symbol"] += not shown
        self._add(shown, self._look)

    def _field_mark(self, element: Element) -> None:
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append(_Field(form=element.find(f"{W}ffData")))
            self._codes += 1
        elif self._fields and kind == "separate":
            self._codes -= not self._fields[-1].shows
            self._fields[-1].shows = True
        elif self._fields and kind == "end":
            ended = self._fields.pop()
            self._codes -= not ended.shows
            if not ended.has_shown:
                self._add(self._shown_by_code(ended), self._look)

    def _field_code(self, element: Element) -> None:
        if self._fields and not self._fields[-1].shows:
            self._fields[-1].code += element.text or ""

    def _shown_by_code(self, ended: _Field) -> str:
        """What a field shows that keeps no text of its own."""
        form = ended.form
        if form is not None and (box := form.find(f"{W}checkBox")) is not None:
            state = "checked" if box.find(f"{W}checked") is not None else "default"
            return ticked(is_on(box, f"{W}{state}"))
        if form is not None and (choice := form.find(f"{W}ddList")) is not None:
            entries = [each.get(VAL, "") for each in choice.iter(f"{W}listEntry")]
            chosen = value(choice, f"{W}result") or value(choice, f"{W}default") or "0"
            at = int(chosen) if chosen.isdecimal() else 0
            return entries[at] if at < len(entries) else ""
        words = ended.code.split()
        if ended.name == "SYMBOL" and len(words) > 1 and words[1].isdecimal():
            font = ended.code.partition("\\f")[2].strip().strip('"').partition('"')[0]
            return symbol(int(words[1]), font.partition(" \\")[0] or "Symbol")
        self.left_out["equation"] += ended.name == "EQ"
        return ""

    def _ruby(self, element: Element) -> None:
        """Characters with a small text above them that says how they are read."""
        base, above = (
            "".join(map(_texts, element.iter(f"{W}{name}"))) for name in ("rubyBase", "rt")
        )
        self._add(f"{base}({above})" if above else base, self._look)

    def _note(self, reference: Element, own_mark: str) -> None:
        kind = reference.tag.removeprefix(W).removesuffix("Reference")
        notes = self._notes[kind]
        note = notes.by_id.get(reference.get(f"{W}id", ""))
        if note is None or self._codes:
            return
        mark = bracketed(own_mark or notes.mark())
        self._paragraph.runs.append((mark, PLAIN))
        self._paragraph.attached.append(Attached("note", note, mark))

    def _note_link(self, link: Element) -> None:
        text = _texts(link)
        if text.strip("[] ").isalnum():
            self._add(bracketed(text), PLAIN)
        else:
            self._inner(link)

    def _comment(self, reference: Element) -> None:
        comment = self._notes["comment"].by_id.get(reference.get(f"{W}id", ""))
        if comment is not None:
            author = comment.get(f"{W}author", "")
            self._paragraph.attached.append(Attached("comment", comment, author))

    def _control(self, control: Element) -> None:
        """A field of a form: a box is shown as it is ticked, what asks to be filled in is not."""
        properties = control.find(f"{W}sdtPr")
        box = None if properties is None else properties.find(f"{_W14}checkbox")
        if box is not None:
            checked = box.find(f"{_W14}checked")
            state = "0" if checked is None else checked.get(f"{_W14}val", "1")
            self._add(ticked(state in ("1", "true", "on")), PLAIN)
        elif is_on(properties, f"{W}showingPlcHdr"):
            self.left_out["unfilled"] += 1
        else:
            content = control.find(f"{W}sdtContent")
            if content is not None:
                self._inner(content)

    def _drawing(self, drawing: Element) -> None:
        """What a drawing holds: text boxes, charts, diagrams, embedded files, pictures."""
        attached = self._paragraph.attached
        for each in descendants(drawing, _BOX, _DRAWN_TEXT):
            attached.append(Attached("blocks", each))
        for each in descendants(drawing, _CHART, _CHART_EX, _DIAGRAM):
            is_diagram = each.tag == _DIAGRAM
            path = self.related.get(each.get(f"{_R}{'dm' if is_diagram else 'id'}", ""))
            if path:
                attached.append(Attached("diagram" if is_diagram else "chart", path))
        for each in descendants(drawing, _TEXT_PATH):
            attached.append(Attached("text", each.get("string", "")))
        embedded = list(descendants(drawing, _OLE_OBJECT))
        for each in embedded:
            self._embed(each)
        if not embedded:
            self.left_out["picture"] += len(list(descendants(drawing, *_PICTURES)))

    def _embed(self, item: Element) -> None:
        path = self.related.get(item.get(f"{_R}id", ""), "")
        if item.get("ProgID", "").startswith("Equation"):
            self.left_out["equation"] += 1
        elif path:
            self.files_left_out.append(embedded_name(self._package, path))


def _texts(element: Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{W}t"))


def _font(run: Element | None) -> str:
    fonts = None if run is None else run.find(f"{W}rPr/{W}rFonts")
    return "" if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or ""
