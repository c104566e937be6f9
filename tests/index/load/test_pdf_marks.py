"""PDF: what is raised, lowered or struck out says what it says on the page."""

from __future__ import annotations

import pytest
from pypdf import PdfWriter
from pypdf.annotations import Highlight
from pypdf.generic import ArrayObject, FloatObject, NameObject
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from index.load.loading import load_bytes
from tests.index.load.pdf_files import Draw, changed, lines, pdf, read

Run = tuple[str, float, float]  # text, size, and how far above the line

_SMALL = 7


def _set(*runs: Run, y: float = 700, x: float = 60) -> Draw:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(x, y)
        for shown, size, rise in runs:
            text.setFont("Helvetica", size)
            text.setRise(rise)
            text.textOut(shown)
        canvas.drawText(text)

    return draw


def _text(*runs: Run) -> str:
    loaded = load_bytes(pdf(lines("An ordinary line stands above."), _set(*runs)), "a.pdf")
    return loaded.text.split("\n\n")[1]


@pytest.mark.parametrize(
    ("before", "mark", "after", "rise", "expected"),
    [
        ("It lasts 10", "7", " cycles.", 4, "It lasts 10⁷ cycles."),
        ("It holds 10", "−12", " moles.", 4, "It holds 10⁻¹² moles."),
        ("An area of 35 m", "2", " is dry.", 4, "An area of 35 m² is dry."),
        ("It weighs 5 g/cm", "3", ", dry.", 4, "It weighs 5 g/cm³, dry."),
        ("It emits CO", "2", " at night.", -2, "It emits CO₂ at night."),
        ("Some H", "2", "O is left.", -2, "Some H₂O is left."),
        ("Then x", "n", " grows.", 4, "Then xⁿ grows."),
        ("Then e", "kT", " grows.", 4, "Then e^(kT) grows."),
        ("It costs 48 euros", "3", " a can.", 4, "It costs 48 euros[3] a can."),
        ("As was shown.", "12", " Then it fell.", 4, "As was shown.[12] Then it fell."),
        ("As was shown", "1,2", " by others.", 4, "As was shown[1,2] by others."),
        ("It was the 2", "nd", " of May.", 4, "It was the 2nd of May."),
        ("Made by Acme", "TM", " in Leeds.", 4, "Made by Acme™ in Leeds."),
        ("A star is a note", "*", " here.", 4, "A star is a note* here."),
        ("10", "7", "", 4, "10⁷"),
        ("(a+b)", "2", " = c", 4, "(a+b)² = c"),
    ],
)
def test_raised_and_lowered_text(
    before: str, mark: str, after: str, rise: float, expected: str
) -> None:
    assert _text((before, 11, 0), (mark, _SMALL, rise), (after, 11, 0)) == expected


def test_raised_text_as_large_as_its_line() -> None:
    assert _text(("about 10", 11, 0), ("7", 11, 5), (" cycles", 11, 0)) == "about 10⁷ cycles"


def test_the_text_of_a_note_begins_with_its_mark() -> None:
    assert _text(("2", 6, 3), ("See the annual report.", 9, 0)) == "[2] See the annual report."
    assert _text(("14", 6, 4), ("C is an isotope.", 11, 0)) == "¹⁴C is an isotope."


def test_small_capitals_and_an_initial_are_ordinary_text() -> None:
    assert _text(("T", 11, 0), ("HE", 8, 0), (" ", 11, 0), ("E", 11, 0), ("ND", 8, 0)) == "THE END"

    def draw(canvas: Canvas) -> None:
        lines("O", top=690, size=40)(canvas)
        lines("nce there was a bridge that", "carried a road over water.", x=95, top=708)(canvas)

    assert "nce there was a bridge that" in read(draw).text


def test_a_small_label_beside_a_value_is_no_index() -> None:
    def draw(canvas: Canvas) -> None:
        lines("Serial number", size=7, top=703)(canvas)
        lines("4711", x=112, top=700)(canvas)
        lines("Total", x=200, top=700)(canvas)
        lines("continued on the next page", x=230, size=7, top=702)(canvas)

    assert "^" not in read(draw).text
    assert "_" not in read(draw).text


# Struck out


def _through(text: str, part: str, y: float = 700, at: float = 0.28, thick: float = 0.7) -> Draw:
    """Draws ``text``, and a line over ``part`` at a share of the size above the baseline."""

    def draw(canvas: Canvas) -> None:
        lines(text, top=y)(canvas)
        left = 60 + stringWidth(text[: text.index(part)], "Helvetica", 11)
        right = left + stringWidth(part, "Helvetica", 11)
        canvas.rect(left, y + at * 11 - thick / 2, right - left, thick, stroke=0, fill=1)

    return draw


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("240", "The fee is ~~240~~ 180 euros."),
        ("The fee is 240", "~~The fee is 240~~ 180 euros."),
        ("euros", "The fee is 240 180 ~~euros~~."),
    ],
)
def test_what_a_line_crosses_is_struck_out(part: str, expected: str) -> None:
    assert read(_through("The fee is 240 180 euros.", part)).text == expected


def test_a_stroked_line_strikes_out_too() -> None:
    def draw(canvas: Canvas) -> None:
        lines("899 749 euros", top=700)(canvas)
        canvas.line(60, 703, 60 + stringWidth("899", "Helvetica", 11), 703)

    assert read(draw).text == "~~899~~ 749 euros"


@pytest.mark.parametrize("at", [-0.15, -0.5, 0.8, 1.1])
def test_lines_below_and_above_strike_nothing_out(at: float) -> None:
    assert read(_through("The fee is 240 euros.", "240", at=at)).text == "The fee is 240 euros."


def test_a_rule_that_runs_on_strikes_nothing_out() -> None:
    def draw(canvas: Canvas) -> None:
        lines("Title", top=700, x=280)(canvas)
        canvas.line(60, 703, 540, 703)

    assert read(draw).text == "Title"


def test_a_strikeout_annotation_strikes_out() -> None:
    plain = pdf(lines("The fee is 240 180 euros.", top=700))
    left = 60 + stringWidth("The fee is ", "Helvetica", 11)
    right = left + stringWidth("240", "Helvetica", 11)
    corners = [left, 709, right, 709, left, 697, right, 697]

    def strike(writer: PdfWriter) -> None:
        quads = ArrayObject([FloatObject(each) for each in corners])
        annotation = Highlight(rect=(left, 697, right, 709), quad_points=quads)
        annotation[NameObject("/Subtype")] = NameObject("/StrikeOut")
        writer.add_annotation(0, annotation)

    loaded = load_bytes(changed(plain, strike), "a.pdf")
    assert loaded.text == "The fee is ~~240~~ 180 euros."
