"""Office documents: headings, lists, tables, slides and notes, made and read by other libraries."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.loading import load_bytes
from index.types import Document
from tests.index.load.packages import ODF, zipped


def _headings(loaded: LoadedDocument) -> list[tuple[str, int]]:
    return [(heading.span.of(loaded.text), heading.level) for heading in loaded.headings]


def _saved(document: WordDocument) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _word() -> WordDocument:
    document = docx.Document()
    document.add_heading("The bridges", 1)
    document.add_paragraph("They are old.")
    document.add_heading("Their colours", 2)
    document.add_paragraph("First item", style="List Bullet")
    document.add_paragraph("Second item", style="List Bullet")
    table = document.add_table(3, 3)
    for row, cells in enumerate([["Name", "Length", "Year"], ["Old", "120", "1904"]]):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(2, 1).text = "130"
    table.cell(2, 2).text = "1950"
    document.add_paragraph("The end.")
    return document


def test_a_word_document_has_headings_items_and_rows_with_names() -> None:
    data = _saved(_word())
    loaded = load_bytes(data, "a.docx")
    assert _headings(loaded) == [("The bridges", 1), ("Their colours", 2)]
    assert loaded.title == "The bridges"
    assert "Name: Old; Length: 120; Year: 1904\n\nName: Old; Length: 130; Year: 1950" in loaded.text
    for paragraph in docx.Document(io.BytesIO(data)).paragraphs:  # another reader
        assert paragraph.text in loaded.text


def test_numbered_paragraphs_show_their_numbers() -> None:
    document = docx.Document()
    for text in ("One", "Two", "Three"):
        document.add_paragraph(text, style="List Number")
    numbered = _saved(document)
    # python-docx puts the numbering into the style only; Word puts it into the paragraph too.
    parts = {
        name: zipfile.ZipFile(io.BytesIO(numbered)).read(name)
        for name in zipfile.ZipFile(io.BytesIO(numbered)).namelist()
    }
    direct = (
        b'<w:pStyle w:val="ListNumber"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="99"/></w:numPr>'
    )
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        b'<w:pStyle w:val="ListNumber"/>', direct
    )
    numbering = (
        b'<w:abstractNum w:abstractNumId="99"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl>'
        b'</w:abstractNum><w:num w:numId="99"><w:abstractNumId w:val="99"/></w:num></w:numbering>'
    )
    parts["word/numbering.xml"] = parts["word/numbering.xml"].replace(b"</w:numbering>", numbering)
    assert load_bytes(zipped(parts), "a.docx").text == "1. One\n2. Two\n3. Three"


def test_what_was_struck_out_is_left_out_and_what_was_inserted_kept() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Kept ")
    for tag, text in (("w:ins", "new"), ("w:del", "old")):
        change = OxmlElement(tag)
        change.append(paragraph.add_run(text)._r)
        paragraph._p.append(change)
    assert load_bytes(_saved(document), "a.docx").text == "Kept new"


def test_slides_are_pages_with_titles_tables_and_notes() -> None:
    presentation = Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "Our bridges"
    first.placeholders[1].text = "Old ones\nNew ones"
    first.notes_slide.notes_text_frame.text = "Speak slowly."
    presentation.slides.add_slide(presentation.slide_layouts[6])
    third = presentation.slides.add_slide(presentation.slide_layouts[5])
    third.shapes.title.text = "Lengths"
    table = third.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(5), Inches(2)).table
    for row, cells in enumerate([["Bridge", "Length"], ["Old", "120 m"]]):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    written = io.BytesIO()
    presentation.save(written)

    loaded = load_bytes(written.getvalue(), "a.pptx")
    document = Document(1, "", "", "", "", loaded.text, loaded.page_starts, loaded.headings)
    assert loaded.text == (
        "Our bridges\n\n- Old ones\n- New ones\n\nSpeak slowly.\n\nLengths\n\nBridge; Length\n\n"
        "Bridge: Old; Length: 120 m"
    )
    assert len(loaded.page_starts) == 3
    assert document.page_number(loaded.text.index("slowly")) == 1
    assert document.page_number(loaded.text.index("120 m")) == 3
    assert _headings(loaded) == [("Our bridges", 1), ("Lengths", 1)]


def test_the_figures_behind_a_chart_are_read() -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Results"
    figures = CategoryChartData()  # type: ignore[no-untyped-call]
    figures.categories = ["Q1", "Q2"]
    figures.add_series("Revenue", (300, 310.5))  # type: ignore[no-untyped-call]
    figures.add_series("Profit", (20, 30))  # type: ignore[no-untyped-call]
    box = (Inches(1), Inches(1), Inches(5), Inches(4))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box, figures)
    written = io.BytesIO()
    presentation.save(written)
    assert load_bytes(written.getvalue(), "a.pptx").text == (
        "Results\n\nRevenue; Profit\n\nQ1; Revenue: 300; Profit: 20\n\n"
        "Q2; Revenue: 310.5; Profit: 30"
    )


def _open_document(body: str, kind: str, manifest: str = "") -> bytes:
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {ODF}><office:body><office:{kind}>{body}"
            f"</office:{kind}></office:body></office:document-content>",
            "META-INF/manifest.xml": f"<m:manifest {ODF}>{manifest}</m:manifest>",
        }
    )


def test_an_open_document_has_headings_items_and_rows_with_names() -> None:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row.split()
        )
        + "</table:table-row>"
        for row in ("Name Length", "Old 120")
    )
    body = (
        '<text:h text:outline-level="2">The bridges</text:h>'
        "<text:p>They<text:s/>are<text:line-break/>old<text:note><text:note-body>"
        "<text:p>So they say.</text:p></text:note-body></text:note>.</text:p>"
        "<text:list><text:list-item><text:p>One</text:p></text:list-item></text:list>"
        f"<table:table>{cells}</table:table>"
    )
    loaded = load_bytes(_open_document(body, "text"), "a.odt")
    assert loaded.text == (
        "The bridges\n\nThey are\nold.\n\nSo they say.\n- One\n\nName; Length\n\n"
        "Name: Old; Length: 120"
    )
    assert _headings(loaded) == [("The bridges", 2)]


def test_slides_of_an_open_document_are_pages() -> None:
    body = "".join(
        f'<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>{title}</text:p>'
        f"</draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>{title} it is.</text:p>"
        "</draw:text-box></draw:frame></draw:page>"
        for title in ("Red", "Blue")
    )
    loaded = load_bytes(_open_document(body, "presentation"), "a.odp")
    assert loaded.text == "Red\n\nRed it is.\n\nBlue\n\nBlue it is."
    assert loaded.page_starts == (0, loaded.text.index("Blue"))


def test_an_encrypted_open_document_says_so() -> None:
    data = _open_document("<text:p>x</text:p>", "text", "<m:encryption-data/>")
    with pytest.raises(UnreadableError, match="encrypted"):
        load_bytes(data, "a.odt")


def _epub() -> bytes:
    chapters = {"one": "The bridges", "two": "The rivers"}
    items = "".join(
        f'<item id="{id_}" href="{id_}.xhtml" media-type="application/xhtml+xml"/>'
        for id_ in reversed(chapters)
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
            'container"><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
            "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A book</dc:title>'
            f'</metadata><manifest>{items}</manifest><spine><itemref idref="one"/>'
            '<itemref idref="two"/></spine></package>',
            **{
                f"OPS/{id_}.xhtml": "<?xml version='1.0' encoding='utf-8'?><html><body>"
                f"<h1>{title}</h1><p>{title} are here.</p></body></html>"
                for id_, title in chapters.items()
            },
        }
    )


def test_a_book_is_read_in_the_order_of_its_chapters() -> None:
    loaded = load_bytes(_epub(), "a.epub")
    assert loaded.text == (
        "The bridges\n\nThe bridges are here.\n\nThe rivers\n\nThe rivers are here."
    )
    assert _headings(loaded) == [("The bridges", 1), ("The rivers", 1)]
    assert loaded.title == "A book"


def test_rich_text_keeps_letters_of_old_encodings_and_rows() -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1252{\info{\title On bridges}}Gr\'fc\'dfe\par\par "
        rb"\trowd\cellx1\cellx2 Name\cell Price\cell\row\trowd\cellx1\cellx2 Pear\cell 3\cell\row}"
    )
    loaded = load_bytes(data, "a.rtf")
    assert loaded.title == "On bridges"
    assert loaded.text == "Grüße\n\nName; Price\n\nName: Pear; Price: 3"


def test_the_bytes_count_and_not_the_name() -> None:
    data = _saved(_word())
    assert load_bytes(data, "a.doc").media_type.endswith("wordprocessingml.document")
    assert load_bytes(_epub(), "book").title == "A book"
    assert load_bytes(rb"{\rtf1 Some text}", "a.doc").text == "Some text"


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.odt", "a.epub", "a.rtf"])
@pytest.mark.parametrize("data", [b"no such thing", b"PK\x03\x04 and no more", zipped({"x": "y"})])
def test_a_broken_document_says_so(name: str, data: bytes) -> None:
    with pytest.raises(UnreadableError, match=rf"{name} (is|holds)"):
        load_bytes(data, name)


def test_an_encrypted_office_document_says_so() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableError, match=r"a\.docx is encrypted"):
        load_bytes(data, "a.docx")


def test_entities_of_xml_reach_no_file() -> None:
    content = (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
        f"<office:document-content {ODF}><office:body><office:text><text:p>A&e;B</text:p>"
        "</office:text></office:body></office:document-content>"
    )
    data = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
    assert load_bytes(data, "a.odt").text == "A&e;B"


def test_a_document_made_to_fill_memory_is_refused() -> None:
    part = b"<office:document-content>" + b" " * 150_000_000
    data = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": part})
    with pytest.raises(UnreadableError, match="unpacks to more than"):
        load_bytes(data, "a.odt")


def test_a_damaged_part_costs_no_more_than_itself() -> None:
    data = _saved(_word())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/comments.xml"] = b""
    loaded = load_bytes(zipped(parts), "a.docx")
    assert "They are old." in loaded.text
    assert loaded.left_out == ("1 damaged part",)


def test_figures_of_charts_are_shown_as_their_format_says() -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    figures = CategoryChartData(number_format="0.0%")  # type: ignore[no-untyped-call]
    figures.categories = ["Q1"]
    figures.add_series("Growth", (0.075,))  # type: ignore[no-untyped-call]
    box = (Inches(1), Inches(1), Inches(5), Inches(4))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box, figures)
    written = io.BytesIO()
    presentation.save(written)
    assert load_bytes(written.getvalue(), "a.pptx").text.endswith("Q1; Growth: 7.5%")
