"""Inputs of each kind of what a file may hold, with what their text must say and must not.

What is right is known because we wrote the file: none of it was read by a loader first.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import openpyxl
from reportlab.pdfgen.canvas import Canvas

from index.load.loading import load_parts
from tests.index.load.packages import (
    item,
    numbering,
    open_document,
    paragraph,
    run,
    shape,
    slide_run,
    slides_file,
    word_file,
)
from tests.index.load.pdf_files import changed, lines, pdf
from tests.inputs.tables import MERGING, PLAIN, Rows


@dataclass(frozen=True, slots=True)
class Input:
    """A file; each of ``says`` stands in its text (or in what is left out), none of ``never``."""

    kind: str
    name: str
    data: Callable[[], bytes]
    says: tuple[str, ...]
    never: tuple[str, ...] = ()

    def faults(self) -> list[str]:
        """What is wrong with the text that the loader makes of it; nothing where it holds."""
        told: list[str] = []
        for each in load_parts(self.data(), self.name):
            if isinstance(each.outcome, Exception):
                told.append(f"refused: {each.outcome}")
            else:
                told += [each.outcome.text, *each.outcome.left_out]
        text = "\n".join(told)
        return [
            *(f"{wanted!r} is not in {text!r}" for wanted in self.says if wanted not in text),
            *(f"{wrong!r} is in {text!r}" for wrong in self.never if wrong in text),
        ]


# Tables

_PLAIN_TABLES: Mapping[str, tuple[Rows, tuple[str, ...]]] = {
    "table: header over figures": (
        [["Region", "Month", "Units"], ["North", "June", "342"], ["South", "May", "205"]],
        ("Region: North; Month: June; Units: 342", "Region: South; Month: May; Units: 205"),
    ),
    "table: units in headers": (
        [["Motor", "Power (kW)", "Mass [kg]"], ["A", "5.5", "31"], ["B", "7.5", "44"]],
        ("Motor: A; Power (kW): 5.5; Mass [kg]: 31", "Motor: B; Power (kW): 7.5; Mass [kg]: 44"),
    ),
    "table: odd header cells": (
        [["Item", "2023 Plan", "2024 Plan"], ["Rent", "410", "450"], ["Fuel", "92", "98"]],
        ("Item: Rent; 2023 Plan: 410; 2024 Plan: 450",),
    ),
    "table: blank cells": (
        [["Town", "Night", "Day"], ["Oslo", "", "12"], ["Kiel", "7", "9"]],
        ("Town: Oslo; Day: 12", "Town: Kiel; Night: 7; Day: 9"),
    ),
    "table: totals row": (
        [
            ["Item", "Pieces", "Price"],
            ["Saw", "2", "14"],
            ["Nail", "90", "3"],
            ["Total", "92", "17"],
        ],
        ("Item: Total; Pieces: 92; Price: 17",),
    ),
}
_MERGED_TABLES: Mapping[str, tuple[Rows, tuple[str, ...]]] = {
    "table: merged over rows": (
        [
            ["Region", "Month", "Units"],
            [("North", 2, 1), "May", "310"],
            [None, "June", "287"],
            ["South", "May", "118"],
        ],
        ("Region: North; Month: June; Units: 287", "Region: South; Month: May; Units: 118"),
    ),
    "table: merged over columns": (
        [
            ["Desk", "Monday", "Tuesday"],
            ["1", ("Ms Oduya", 1, 2), None],
            ["2", "Mr Falk", "Ms Berg"],
        ],
        ("Desk: 1; Monday: Ms Oduya; Tuesday: Ms Oduya", "Desk: 2; Monday: Mr Falk"),
    ),
    "table: header of two rows": (
        [
            [("Dept", 2, 1), ("2023", 1, 2), None, ("2024", 1, 2), None],
            [None, "Plan", "Actual", "Plan", "Actual"],
            ["Research", "920", "940", "1010", "998"],
            ["Sales", "410", "395", "450", "471"],
        ],
        ("Dept: Research; 2023 Plan: 920; 2023 Actual: 940; 2024 Plan: 1010; 2024 Actual: 998",),
    ),
    "table: title above, note below": (
        [
            [("Sales of the year", 1, 3), None, None],
            ["Region", "Month", "Units"],
            ["North", "June", "342"],
            ["South", "May", "205"],
            [("Without returns", 1, 3), None, None],
        ],
        ("Sales of the year", "Region: North; Month: June; Units: 342", "Without returns"),
    ),
}
_FORM: Rows = [
    ["Name", "Anna Berg", "Born", "1990"],
    ["City", "Oslo", "Height", "1.70 m"],
    ["Job", "Welder", "Since", "3 May 2019"],
]


def _tables() -> Iterator[Input]:
    for kind, (rows, says) in _PLAIN_TABLES.items():
        for suffix, write in {**MERGING, **PLAIN}.items():
            yield Input(kind, f"table{suffix}", partial(write, rows), _shown(says, suffix))
    for kind, (rows, says) in _MERGED_TABLES.items():
        for suffix, write in MERGING.items():
            yield Input(kind, f"table{suffix}", partial(write, rows), says)
    for suffix, write in MERGING.items():
        says = ("Name: Anna Berg; Born: 1990", "Job: Welder; Since: 3 May 2019")
        yield Input("form: pairs side by side", f"form{suffix}", partial(write, _FORM), says)


def _shown(says: tuple[str, ...], suffix: str) -> tuple[str, ...]:
    """Markdown keeps its rows between bars: what is in them is told with their header later."""
    if suffix != ".md":
        return says
    return tuple(part.partition(": ")[2] for each in says for part in each.split("; "))


def _sheet(fill: Callable[[openpyxl.Workbook], object]) -> Callable[[], bytes]:
    def data() -> bytes:
        book = openpyxl.Workbook()
        fill(book)
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()

    return data


def _fill_formats(book: openpyxl.Workbook) -> None:
    page = book.active
    assert page is not None
    shown = {"A": (0.075, "0.0%"), "B": (1234.5, "$#,##0.00"), "C": (1067, "00000")}
    for column, (value, form) in shown.items():
        page[f"{column}1"] = f"Name {column}"
        page[f"{column}2"] = value
        page[f"{column}2"].number_format = form


def _fill_formula(book: openpyxl.Workbook) -> None:
    page = book.active
    assert page is not None
    for row in (["Item", "Sum"], ["Rent", 7], ["Total", "=SUM(B2:B2)"]):
        page.append(row)


def _fill_beside(book: openpyxl.Workbook) -> None:
    page = book.active
    assert page is not None
    for row in (
        ["Item", "Price", None, "Town", "People"],
        ["Saw", 14, None, "Oslo", 700],
        ["Nail", 3, None, "Kiel", 240],
    ):
        page.append(row)


def _fill_hidden(book: openpyxl.Workbook) -> None:
    page = book.create_sheet("Old")
    page["A1"] = "Secret"
    page.sheet_state = "hidden"
    first = book.active
    assert first is not None
    first["A1"] = "Shown"


def _of_sheets() -> Iterator[Input]:
    says = ("Name A: 7.5%", "Name B: $1,234.50", "Name C: 01067")
    yield Input("number formats", "formats.xlsx", _sheet(_fill_formats), says, ("0.075", "1067.0"))
    formula = ("=SUM(B2:B2) (no value stored)",)
    yield Input("formula without a value", "sum.xlsx", _sheet(_fill_formula), formula)
    beside = ("Item: Nail; Price: 3", "Town: Kiel; People: 240")
    yield Input("tables side by side", "two.xlsx", _sheet(_fill_beside), beside, ("3; Town",))
    yield Input("hidden sheet", "old.xlsx", _sheet(_fill_hidden), ("Old (hidden sheet)", "Secret"))


# Meaning carried by formatting

_MARKED = {"up": "vertAlign w:val='superscript'", "down": "vertAlign w:val='subscript'"}


def _word_marks() -> bytes:
    up, down = (f"<w:{_MARKED[each]}/>" for each in ("up", "down"))
    return word_file(
        f"<w:p>{run('It bears 10')}{run('7', up)}{run(' cycles of CO')}{run('2', down)}"
        f"{run(' at ')}{run('240', '<w:strike/>')}{run(' 180 euros.')}</w:p>"
    )


def _slide_marks() -> bytes:
    runs = (("It bears 10", ""), ("7", 'baseline="30000"'), (" cycles of CO", ""))
    more = (("2", 'baseline="-25000"'), (" at ", ""), ("240", 'strike="sngStrike"'))
    told = "".join(slide_run(*each) for each in (*runs, *more, (" 180 euros.", "")))
    return slides_file(shape(told))


def _open_marks() -> bytes:
    styles = "".join(
        f'<style:style style:name="{name}" style:family="text"><style:text-properties {how}/>'
        "</style:style>"
        for name, how in (
            ("u", 'style:text-position="super 58%"'),
            ("d", 'style:text-position="sub 58%"'),
            ("s", 'style:text-line-through-style="solid"'),
        )
    )

    def span(style: str, text: str) -> str:
        return f'<text:span text:style-name="{style}">{text}</text:span>'

    told = (
        f"It bears 10{span('u', '7')} cycles of CO{span('d', '2')} at {span('s', '240')} 180 euros."
    )
    return open_document(f"<text:p>{told}</text:p>", styles=styles)


def _pdf_marks(canvas: Canvas) -> None:
    x = 60.0
    for text, rise, size in (
        ("It bears 10", 0, 11),
        ("7", 4, 7),
        (" cycles of CO", 0, 11),
        ("2", -2, 7),
        (" at ", 0, 11),
        ("240", 0, 11),
        (" 180 euros.", 0, 11),
    ):
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, 700 + rise, text)
        width = canvas.stringWidth(text, "Helvetica", size)
        if text == "240":
            canvas.line(x, 703.5, x + width, 703.5)
        x += width


_WEB_MARKS = "<p>It bears 10<sup>7</sup> cycles of CO<sub>2</sub> at <s>240</s> 180 euros.</p>"
_RICH_MARKS = (
    "{\\rtf1 It bears 10{\\super 7} cycles of CO{\\sub 2} at {\\strike 240} 180 euros.\\par}"
)
_MARKS: Mapping[str, Callable[[], bytes]] = {
    ".docx": _word_marks,
    ".pptx": _slide_marks,
    ".odt": _open_marks,
    ".html": _WEB_MARKS.encode,
    ".rtf": _RICH_MARKS.encode,
    ".pdf": lambda: pdf(_pdf_marks),
}
_LEVELS = [("decimal", "%1.", ""), ("decimal", "%1.%2", "")]
_LETTERS = '<ol type="a"><li>The rent is due.<li>The deposit bears interest.</ol>'


def _formatting() -> Iterator[Input]:
    for suffix, data in _MARKS.items():
        for kind, right, wrong in (
            ("raised text", "10⁷ cycles", "107"),
            ("lowered text", "CO₂", "CO2"),
            ("struck-out text", "~~240~~ 180 euros", "240 180"),
        ):
            yield Input(kind, f"marks{suffix}", data, (right,), (wrong,))
    body = item("Scope") + item("Use", 1) + item("Payment") + item("Deposit", 1)
    yield Input(
        "numbering",
        "clauses.docx",
        lambda: word_file(
            body, related={"n": ("numbering", "numbering.xml")}, numbering=numbering(_LEVELS)
        ),
        ("2. Payment", "2.1 Deposit"),
    )
    yield Input("numbering", "list.html", _LETTERS.encode, ("b. The deposit bears interest.",))


# Parts beside the text

_PLACEHOLDER = (
    b"From: a@example.org\nSubject: Order\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/alternative; boundary="x"\n\n--x\nContent-Type: text/plain\n\n'
    b"Your program cannot show HTML.\n--x\nContent-Type: text/html\n\n"
    b"<table><tr><td>Carrier<td>Nordpost<tr><td>Day<td>Monday</table>\n--x--\n"
)
_INVITATION = (
    b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Audit\nDTSTART:20260901T090000Z\nEND:VEVENT\n"
    b"END:VCALENDAR\n"
)
_CARD = b"BEGIN:VCARD\nVERSION:3.0\nFN:Ada Byron\nTEL;TYPE=WORK:+44 1\nEND:VCARD\n"
_LISTS = (
    b"<dl><dt>Entry fee<dd>7 euros</dl><ol start=4><li>Book<li>Pay</ol><details><summary>Dogs?"
    b"</summary>On a lead.</details><pre>one\n  two</pre>"
)


def _form(canvas: Canvas) -> None:
    canvas.drawString(60, 700, "Surname:")
    canvas.acroForm.textfield(name="surname", x=150, y=695, width=120, value="Lindqvist")
    canvas.drawString(60, 660, "Smoker:")
    canvas.acroForm.checkbox(name="smoker", x=150, y=655, checked=True)


def _beside() -> Iterator[Input]:
    yield Input("mail: HTML alternative", "order.eml", lambda: _PLACEHOLDER, ("Nordpost",))
    yield Input(
        "calendar", "audit.ics", lambda: _INVITATION, ("Summary: Audit", "2026-09-01 09:00")
    )
    yield Input("contact", "ada.vcf", lambda: _CARD, ("Name: Ada Byron", "+44 1"))
    lists = ("Entry fee: 7 euros", "5. Pay", "Dogs?", "On a lead.", "one\n  two")
    yield Input("lists of a page", "faq.html", lambda: _LISTS, lists)
    yield Input(
        "form values and ticks", "form.pdf", lambda: pdf(_form), ("Surname:\tLindqvist", "☒")
    )
    deleted = "<w:del><w:r><w:delText>ninety</w:delText></w:r></w:del>"
    inserted = f"<w:ins>{run('sixty')}</w:ins>"
    yield Input(
        "tracked changes",
        "terms.docx",
        lambda: word_file(f"<w:p>{run('Within ')}{deleted}{inserted}{run(' days')}</w:p>"),
        ("Within sixty days", "1 tracked deletion"),
        ("ninety",),
    )
    related = {"f": ("footnotes", "footnotes.xml")}
    note = f'<w:footnote w:id="2">{paragraph("In euros.")}</w:footnote>'
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    yield Input(
        "footnote in a table",
        "note.docx",
        lambda: word_file(
            f"<w:tbl><w:tr><w:tc><w:p>{run('It costs 3')}{mark}</w:p></w:tc></w:tr></w:tbl>",
            related=related,
            footnotes=note,
        ),
        ("It costs 3[1]", "[1] In euros."),
    )
    remark = f'<w:comment w:id="0" w:author="Ada">{paragraph("Too high?")}</w:comment>'
    yield Input(
        "comment",
        "remark.docx",
        lambda: word_file(
            f"<w:p>{run('The fee is 3.')}<w:r><w:commentReference w:id='0'/></w:r></w:p>",
            related={"c": ("comments", "comments.xml")},
            comments=remark,
        ),
        ("The fee is 3.", "Ada", "Too high?"),
    )
    kept = "HIDDEN" + shape(slide_run("Kept back"))
    yield Input(
        "hidden slide",
        "talk.pptx",
        lambda: slides_file(shape(slide_run("Shown")), kept),
        ("Shown", "Kept back"),
    )
    attached = pdf(lines("See the attached file."))
    yield Input(
        "attached file",
        "attached.pdf",
        lambda: changed(attached, lambda to: to.add_attachment("plan.txt", b"x")),
        ("See the attached file.", "1 attached file: plan.txt"),
    )
    yield Input(
        "encrypted file",
        "locked.pdf",
        lambda: changed(attached, lambda to: to.encrypt("secret")),
        ("refused", "--password-file"),
    )


# One bad record costs no other


def _damaged() -> Iterator[Input]:
    cut = b'{"n": 1, "city": "Hull"}\n{"n": 2, "ci\n{"n": 3, "city": "York"}\n'
    yield Input("damaged line", "cut.jsonl", lambda: cut, ("Hull", "York", "line 2"))
    quote = b'id,name,city\n1,"Big Pipe,Leeds\n2,Valve,Hull\n3,Pump,Bath\n'
    yield Input("damaged line", "quote.csv", lambda: quote, ("name: Valve; city: Hull", "line 2"))
    padded = b"10:00 pump started\n" + b"\x00" * 64 + b"10:05 pump stopped\n"
    yield Input("damaged line", "pad.log", lambda: padded, ("pump started", "pump stopped"))
    byte = "Die Prüfung in Köln öffnet um sieben. ".encode() * 3 + b"\xfc"
    yield Input("damaged byte", "byte.txt", lambda: byte, ("Prüfung in Köln", "1 damaged byte"))


INPUTS: tuple[Input, ...] = (
    *_tables(),
    *_of_sheets(),
    *_formatting(),
    *_beside(),
    *_damaged(),
)
