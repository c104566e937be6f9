"""Signs of PDFs that stand for no letter, and words that a hyphen joins over a wide gap."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject
from reportlab.pdfgen.canvas import Canvas

from index.load.loading import load_bytes
from index.load.pdf_symbols import has_signs, signs
from tests.index.load.pdf_files import changed, lines, pdf, together
from tests.index.load.test_pdf_tables import GRID, blocks, table


def _told(code: int, *texts: str) -> str:
    """What is read of lines in which the file tells ``~`` to be a ``code``."""

    def tell(writer: PdfWriter) -> None:
        told = DecodedStreamObject()
        told.set_data(
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def\n"
            b"1 begincodespacerange <00> <FF> endcodespacerange\n"
            b"1 beginbfrange <20> <7D> <0020> endbfrange\n"
            b"1 beginbfchar <7E> <%04X> endbfchar endcmap end end" % code
        )
        for font in writer.pages[0]["/Resources"]["/Font"].values():  # type: ignore[index]
            font.get_object()[NameObject("/ToUnicode")] = writer._add_object(told)

    return load_bytes(changed(pdf(lines(*texts)), tell), "a.pdf").text


@pytest.mark.parametrize("code", [0xF0B7, 0xF0A7, 0x83, 0x95])
def test_a_sign_of_a_font_of_pictures_before_an_item_is_a_bullet(code: int) -> None:
    text = _told(code, "FEATURES", "~ Counts seconds", "~ Output signal", "Made in 1999")
    assert text == "FEATURES\n• Counts seconds\n• Output signal\nMade in 1999"


@pytest.mark.parametrize("code", [0x80, 0x85, 0x91, 0x96, 0xE001])
def test_what_may_be_a_mark_or_a_letter_is_no_bullet(code: int) -> None:
    assert "•" not in _told(code, "~ Counts seconds")


@pytest.mark.parametrize(
    ("code", "font", "shown"),
    [
        (0xF06D, "ABCDEF+SymbolMT", "µμ"),
        (0xF0B1, "Symbol", "±"),
        (0xF0FE, "Wingdings-Regular", "☑"),
        (0xF050, "ABCDEF+Wingdings2", "✓"),
        (0xF06D, "Arial", ""),
        (0x83, "Wingdings", ""),
    ],
)
def test_within_a_line_a_sign_is_what_its_font_says(code: int, font: str, shown: str) -> None:
    found = [sign for _, sign in signs([0x35, code, 0x20], lambda _: font)]
    assert "".join(found) in (shown or [""])


def test_a_ticked_box_before_an_item_stays_one() -> None:
    codes: Sequence[int] = [0xF0FE, 0x20, 0x41, 0x0A, 0xF0A7, 0x20, 0x42]
    assert has_signs(codes)
    assert list(signs(codes, lambda _: "Wingdings")) == [(0, "☑"), (4, "•")]
    assert not has_signs(list(map(ord, "• Aé\n\x02")))


def test_a_dash_and_the_figure_of_the_next_column_are_two_cells() -> None:
    rows = (
        ("Parameter", "Min.", "Typ.", "Max."),
        ("Noise", "3", "5", "7"),
        ("Offset", "", "", "-8"),
    )

    def dash(canvas: Canvas) -> None:  # PDFium tells no blank behind a hyphen, however wide
        text = canvas.beginText(66 + 90, 405)
        text.setFont("Helvetica", 10)
        text.setCharSpace(87)
        text.textOut("-6")
        canvas.drawText(text)

    page = together(table(rows, GRID, colWidths=90, rowHeights=18), dash)
    assert blocks(page)[1:] == [
        "Parameter: Noise; Min.: 3; Typ.: 5; Max.: 7",
        "Parameter: Offset; Min.: -; Typ.: 6; Max.: -8",
    ]
