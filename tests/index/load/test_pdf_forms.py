"""PDF: what is filled into a form stands beside its label, and what is left out is said."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas

from index.load.loading import load_bytes
from index.load.pdf_picture import page_image
from index.types import Span
from tests.index.load.pdf_files import changed, lines, pdf, read, together


def _application(canvas: Canvas) -> None:
    """A form whose fields come after all of its text, in another order than they stand."""
    for number, label in enumerate(("Surname:", "Occupation:", "Smoker:", "Remarks:", "Sent")):
        lines(label, top=700 - 40 * number)(canvas)
    lines("No", x=212, top=620)(canvas)
    lines("Signed in Leeds.", top=400)(canvas)
    form = canvas.acroForm
    form.textfield(name="remarks", value="Left handed\nWears glasses", x=150, y=560, width=200,
                   height=40, fieldFlags="multiline")  # fmt: skip
    form.textfield(name="occupation", value="Glass blower", x=150, y=652, width=200, height=20)
    form.textfield(name="surname", value="Lindqvist", x=150, y=692, width=200, height=20)
    form.checkbox(name="smoker", checked=False, x=150, y=612)
    form.checkbox(name="never", checked=True, x=190, y=612)
    form.choice(name="sent", value="by post", options=["by hand", "by post"], x=150, y=530,
                width=100, height=20)  # fmt: skip


def _without_appearances(writer: PdfWriter) -> None:
    for annotation in writer.pages[0].annotations or ():
        del annotation.get_object()["/AP"]
    form = writer.root_object["/AcroForm"].get_object()
    assert isinstance(form, DictionaryObject)
    form[NameObject("/NeedAppearances")] = BooleanObject(True)


_FILLED = """\
Surname:\tLindqvist
Occupation:\tGlass blower
Smoker:\t☐\t☒ No
Remarks:\tLeft handed
Wears glasses
Sent\tby post"""


@pytest.mark.parametrize("has_appearances", [True, False])
def test_values_stand_beside_their_labels(has_appearances: bool) -> None:
    data = pdf(_application)
    data = data if has_appearances else changed(data, _without_appearances)
    stated = PdfReader(io.BytesIO(data)).get_form_text_fields() or {}
    assert stated["surname"] == "Lindqvist"
    text = load_bytes(data, "a.pdf").text
    assert "\n".join(line for line in text.split("\n") if line).startswith(_FILLED)


def test_radio_buttons_are_ticked_or_not() -> None:
    def draw(canvas: Canvas) -> None:
        for number, label in enumerate(("Single", "Married", "Widowed")):
            lines(label, x=90 + 100 * number, top=700)(canvas)
            canvas.acroForm.radio(
                name="status", value=label, selected=label == "Married", x=65 + 100 * number, y=695
            )

    assert read(draw).text.replace("\t", " ") == "☐ Single ☒ Married ☐ Widowed"


def test_a_label_may_stand_above_its_value() -> None:
    def draw(canvas: Canvas) -> None:
        lines("Date of birth", top=700, size=8)(canvas)
        lines("Nationality", top=700, x=300, size=8)(canvas)
        canvas.acroForm.textfield(name="a", value="3 May 1971", x=60, y=670, width=120, height=20)
        canvas.acroForm.textfield(name="b", value="Swedish", x=300, y=670, width=120, height=20)

    text = read(draw).text
    assert text.index("Date of birth") < text.index("3 May 1971")
    assert text.index("Nationality") < text.index("Swedish")


def test_a_form_that_is_only_a_picture_names_its_fields_itself() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawInlineImage(Image.new("RGB", (40, 40), "grey"), 50, 50, 500, 700)
        canvas.acroForm.textfield(
            name="f1", value="Lindqvist", tooltip="Surname", x=150, y=692, width=200, height=20
        )

    assert read(draw).text == "Surname: Lindqvist"


def test_a_password_that_is_filled_in_is_not_read() -> None:
    def draw(canvas: Canvas) -> None:
        lines("Login")(canvas)
        canvas.acroForm.textfield(name="p", value="hunter2", x=150, y=750, fieldFlags="password")

    assert read(draw).text == "Login"


def test_a_value_that_the_page_writes_too_is_read_once() -> None:
    def draw(canvas: Canvas) -> None:
        lines("Name:")(canvas)
        lines("Ada Lovelace", x=154, top=757)(canvas)
        canvas.acroForm.textfield(name="n", value="Ada Lovelace", x=150, y=750, width=200)

    assert read(draw).text.count("Ada") == 1


def test_a_value_is_highlighted_where_it_stands() -> None:
    data = pdf(_application)
    text = load_bytes(data, "a.pdf").text
    span = Span(text.index("Lindqvist"), text.index("Lindqvist") + len("Lindqvist"))
    picture, plain = (
        Image.open(io.BytesIO(page_image(data, "a.pdf", 1, text, spans))) for spans in ([span], [])
    )
    box = ImageChops.difference(picture, plain).getbbox()
    assert box is not None
    left, top, right, bottom = (edge * 840 / picture.height for edge in box)
    assert 149 <= left < right <= 351
    assert 840 - 716 <= top < bottom <= 840 - 688


# Annotations and attachments


def _annotated(writer: PdfWriter) -> None:
    writer.add_annotation(0, FreeText(text="Paid on 3 May.", rect=(60, 690, 260, 710)))
    writer.add_annotation(0, Text(text="Is this right?", rect=(400, 700, 420, 720)))


def test_text_that_was_written_on_a_page_is_read_in_its_place() -> None:
    plain = pdf(together(lines("An invoice."), lines("Thank you.", top=600)))
    loaded = load_bytes(changed(plain, _annotated), "a.pdf")
    assert [line for line in loaded.text.split("\n") if line] == [
        "An invoice.",
        "Paid on 3 May.",
        "Thank you.",
    ]
    assert loaded.left_out == ("1 comment",)


def test_attached_files_and_an_xfa_form_are_said_to_be_left_out() -> None:
    def change(writer: PdfWriter) -> None:
        writer.add_attachment("rates.csv", b"a,b")
        stream = DecodedStreamObject()
        stream.set_data(b"<xdp/>")
        form = DictionaryObject({
            NameObject("/Fields"): ArrayObject(),
            NameObject("/XFA"): ArrayObject([TextStringObject("xdp"), writer._add_object(stream)]),
        })  # fmt: skip
        writer.root_object[NameObject("/AcroForm")] = form

    loaded = load_bytes(changed(pdf(lines("An offer.")), change), "a.pdf")
    assert loaded.text == "An offer."
    assert loaded.left_out == ("1 attached file: rates.csv", "an XFA form")


# Layers


@pytest.mark.parametrize("is_off", [True, False])
def test_text_of_a_hidden_layer_is_left_out(is_off: bool) -> None:
    def change(writer: PdfWriter) -> None:
        layer = writer._add_object(
            DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/OCG"),
                    NameObject("/Name"): TextStringObject("Draft"),
                }
            )
        )
        chosen = DictionaryObject({NameObject("/OFF"): ArrayObject([layer] if is_off else [])})
        writer.root_object[NameObject("/OCProperties")] = DictionaryObject({
            NameObject("/OCGs"): ArrayObject([layer]),
            NameObject("/D"): chosen,
        })  # fmt: skip
        page = writer.pages[0]
        resources = page["/Resources"]
        assert isinstance(resources, DictionaryObject)
        resources[NameObject("/Properties")] = DictionaryObject({NameObject("/MC0"): layer})
        contents = page.get_contents()
        assert contents is not None
        stream = DecodedStreamObject()
        stream.set_data(
            b"/OC /MC0 BDC BT /F1 11 Tf 60 600 Td (The fee is 500 euros.) Tj ET EMC\n"
            + contents.get_data()
        )
        page[NameObject("/Contents")] = writer._add_object(stream)

    loaded = load_bytes(changed(pdf(lines("The fee is 300 euros.")), change), "a.pdf")
    assert ("500" in loaded.text) is not is_off
    assert "300" in loaded.text
    assert loaded.left_out == (("17 characters of hidden layers",) if is_off else ())


def test_invisible_text_over_a_scan_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawInlineImage(Image.new("RGB", (40, 40), "grey"), 0, 0, 600, 840)
        text = canvas.beginText(60, 700)
        text.setTextRenderMode(3)
        text.textLine("What a scanner recognised.")
        canvas.drawText(text)

    assert read(draw).text == "What a scanner recognised."
