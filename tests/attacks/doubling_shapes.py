"""Files that grow with a number: of every kind, in the shapes that a loader may stumble over."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping

import openpyxl
import PIL.Image
import xlwt
from openpyxl.comments import Comment
from reportlab.pdfgen.canvas import Canvas

from tests.attacks.fuzz_seeds import seeds
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
    zipped,
)
from tests.index.load.pdf_files import lines, pdf, together

Shape = Callable[[int], bytes]


def shapes() -> Iterator[tuple[str, str, Shape]]:
    """A name, the suffix of the loader, and the file of a size."""
    for suffix, texts in _TEXTS.items():
        for number, (before, unit, after) in enumerate(texts):
            name = f"{suffix} {number} {(before + unit)[:24]!r}"
            yield name, suffix, _repeated(before, unit, after)
    for suffix, made in _MADE.items():
        for make in made:
            yield f"{suffix} {make.__name__.strip('_')}", suffix, make


def _repeated(before: str, unit: str, after: str) -> Shape:
    return lambda n: (before + unit * n + after).encode()


_HTML = (
    ("", "<p>A bridge <b>of <i>iron</b> is</i> old.", ""),
    ("", "<div>", "words"),
    ("", "<b>", "words"),
    ("", "<table><tr><td>", "words"),
    ("<table>", "<tr><td>a<td>b<td>c", "</table>"),
    ("<table><tr>", "<td>a", "</table>"),
    ("<table>", "<tr><td rowspan=9>a<td colspan=9>b", "</table>"),
    ("<ul>", "<li>one<ul>", ""),
    ("<dl>", "<dt>a<dd>b", "</dl>"),
    ("<form>", "<label for=a>Name</label><input id=a value=b>", "</form>"),
    ("<style>", "p b i:hover { display: none } ", "</style><p>a <b>b <i>c"),
    ("<p>", "a<br>", ""),
    ("<p>", "a&nbsp;<a href=b>c</a>", ""),
    ("", "<h2>Title</h2>", ""),
    ("<pre>", " \n", "</pre>"),
    ("<p ", "a=b ", ">words"),
    ("", "<!-- ", "words"),
    ("", "<script>", "words"),
)
_XML = (
    ("<a>", "<b c='d'>e</b>", "</a>"),
    ("", "<a>", "words"),
    ("<a ", "b{}='c' ", "/>"),
    ("<rss><channel>", "<item><title>a</title><description>b &lt;p> c</description></item>", ""),
)
_TEXTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    ".txt": (
        ("", "A bridge is old. ", ""),
        ("", " \n", "b"),
        ("", "\n\n", "b"),
        ("", "a\u0301\u0323", ""),
        ("", "\ufffd\xa0", ""),
        ("", "a-\n", ""),
        ("", "\u202e", "a"),
    ),
    ".md": (
        ("", "# Title\n\nWords *and* `more`.\n\n", ""),
        ("# a", " ", "\0 b"),
        ("", "- ", "a"),
        ("", "> ", "a"),
        ("", "- a\n  - b\n", ""),
        ("| a | b |\n| - | - |\n", "| 1 | 2 |\n", ""),
        ("", "|", "\n|-|\n"),
        ("", "[a](b) ", ""),
        ("", "[", "a"),
        ("", "![", "a"),
        ("", "`", "a"),
        ("", "*a_", ""),
        ("", "[^1]: a\n", ""),
        ("", "<div>\n", ""),
        ("---\n", "a: b\n", "---\n"),
    ),
    ".html": _HTML,
    ".xhtml": _HTML[:3],
    ".csv": (
        ("a;b;c\n", "1;2;3\n", ""),
        ("", "a;", "\n1;2"),
        ("a,b\n", '"x\ny",2\n', ""),
        ("", '"', ""),
        ("", "a;b,c\t|", ""),
    ),
    ".rtf": (
        ("{\\rtf1 ", "\\par A {\\b bridge} \\'e9 ", "}"),
        ("{\\rtf1 ", "{", "a"),
        ("{\\rtf1 ", "\\trowd\\cellx99 a\\cell\\row ", "}"),
        ("{\\rtf1 \\trowd", "\\cellx99", "a\\cell\\row}"),
        ("{\\rtf1{\\fonttbl", "{\\f1 Arial;}", "}a}"),
        ("{\\rtf1 ", "\\u233?", "}"),
        ("{\\rtf1 ", "\\bin9 ", "}"),
        ("{\\rtf1 ", "\\'e9", "}"),
        ("{\\rtf1 {\\fonttbl{\\f1 ", "a\\'e9", ";}}a}"),
        ("{\\rtf1 {\\field{\\*\\fldinst ", "a\\'e9 ", "}{\\fldrslt a}}}"),
    ),
    ".eml": (
        ("Subject: a\n\n", "Words of a letter.\n", ""),
        ("", "Received: a\n", "\nWords"),
        ("Subject: ", "=?utf-8?q?a?= ", "\n\nWords"),
        ("To: ", "a@b.example, ", "\n\nWords"),
        ("Content-Type: multipart/mixed; boundary=x\n\n", "--x\n\nWords\n", "--x--"),
        ("Subject: ", "a\n ", "\n\nWords"),
        ("Content-Type: multipart/mixed; boundary=x\n", "X: (", "\n\n--x\n\na"),
        ("Subject: a\n\n", "> On Monday, Ada wrote:\n", ""),
    ),
    ".ics": (
        ("BEGIN:VCALENDAR\n", "BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\n", "END:VCALENDAR\n"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:", "a\n ", "\nEND:VEVENT\nEND:VCALENDAR\n"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY", ";A=b", ":c\nEND:VEVENT\nEND:VCALENDAR\n"),
        ("", "BEGIN:VCALENDAR\n", ""),
    ),
    ".vcf": (
        ("", "BEGIN:VCARD\nFN:Ada\nTEL:1\nEND:VCARD\n", ""),
        ("BEGIN:VCARD\nFN:Ada\n", "TEL;TYPE=a:1\n", "END:VCARD\n"),
        ("BEGIN:VCARD\nN:", ";a", "\nEND:VCARD\n"),
        ("BEGIN:VCARD\nN:", "\\,", "\nEND:VCARD\n"),
        ("BEGIN:VCARD\nFN:Ada\nTEL", ";a", ":1\nEND:VCARD\n"),
    ),
    ".json": (
        ("[", '{"a": 1, "b": "c"},', "0]"),
        ("", "[", ""),
        ("{", '"a": {"b": 1},', '"c": 1}'),
        ('"', "\\u00e9", '"'),
    ),
    ".jsonl": (("", '{"a": 1, "b": "c"}\n', ""), ("", "{\n", "")),
    ".xml": _XML,
    ".srt": (
        ("", "1\n00:00:01,000 --> 00:00:02,000\n<v A>Words\n\n", ""),
        ("1\n00:00:01,000 --> 00:00:02,000\n", "<b>", "a"),
        ("", "1\n", ""),
    ),
    ".adoc": (("", "== Title\n\nWords.\n\n", ""), ("== a", " ", "\0 b"), ("", "|===\n", "")),
    ".rst": (("", "Title\n=====\n\nWords.\n\n", ""), ("a", " ", "\0 b\n====\n"), ("", "..\n ", "")),
    ".py": (("", "def a():\n    return 1\n\n", ""), ("", "(", ""), ("x = '", "\\", "'")),
    ".mbox": (("", "From a@b Mon Jan  1 11:11:11 2024\nSubject: a\n\nWords.\n\n", ""),),
}


def _web_archive(n: int) -> bytes:
    part = "--x\nContent-Type: text/html\nContent-Location: a{}.html\n\n<p>A bridge.</p>\n"
    return (
        "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n"
        + "".join(map(part.format, range(n)))
        + "--x--"
    ).encode()


def _frames(n: int) -> bytes:
    frame = PIL.Image.new("1", (8, 8))
    written = io.BytesIO()
    frame.save(written, "TIFF", save_all=True, append_images=[frame] * (min(n, 4_000) - 1))
    return written.getvalue()


def _pixels(n: int) -> bytes:
    written = io.BytesIO()
    PIL.Image.new("1", (min(n, 60_000), 1_000)).save(written, "PNG")
    return written.getvalue()


def _notebook(n: int) -> bytes:
    cells = [{"cell_type": "markdown", "source": ["# a\n", "b"], "metadata": {}}] * n
    return json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}).encode()


def _lines_of_a_page(n: int) -> bytes:
    return pdf(lines(*["The bridge is old."] * n, top=800, size=1))


def _pages(n: int) -> bytes:
    return pdf(*[lines("The bridge is old.", "It stands.")] * n)


def _columns(n: int) -> bytes:
    return pdf(together(*(lines("one", "two", "three", x=10 + at % 580) for at in range(n))))


def _ruled(n: int) -> bytes:
    """A page of drawn lines that cross, as the borders of a table do."""

    def draw(canvas: Canvas) -> None:
        for at in range(n):
            place = 20 + at % 560
            canvas.line(place, 20, place, 800)
            canvas.line(20, place, 580, place)

    return pdf(together(lines("one", "two"), draw))


def _paragraphs(n: int) -> bytes:
    return word_file(paragraph("The bridge is old.") * n)


def _runs(n: int) -> bytes:
    return word_file(f"<w:p>{run('a', '<w:b/>') * n}</w:p>")


def _nested_tables(n: int) -> bytes:
    return word_file("<w:tbl><w:tr><w:tc>" * n + paragraph("a") + "</w:tc></w:tr></w:tbl>" * n)


def _rows(n: int) -> bytes:
    row = f"<w:tr><w:tc>{paragraph('Pear')}</w:tc><w:tc>{paragraph('3')}</w:tc></w:tr>"
    return word_file(f"<w:tbl>{row * n}</w:tbl>")


def _cells_of_a_row(n: int) -> bytes:
    cell = f"<w:tc>{paragraph('a')}</w:tc>"
    return word_file(f"<w:tbl><w:tr>{cell * n}</w:tr></w:tbl>")


def _items(n: int) -> bytes:
    return word_file(item("one") * n, numbering=numbering([("decimal", "%1.", "")]))


def _shapes_of_a_slide(n: int) -> bytes:
    return slides_file(shape(slide_run("a")) * n)


def _slides(n: int) -> bytes:
    return slides_file(*[shape(slide_run("Bridges"), place='type="title"')] * n)


def _open_paragraphs(n: int) -> bytes:
    return open_document("<text:h>a</text:h><text:p>b<text:s/>c</text:p>" * n)


def _open_lists(n: int) -> bytes:
    return open_document("<text:list><text:list-item><text:p>a</text:p>" * n + _CLOSED * n)


_CLOSED = "</text:list-item></text:list>"


def _open_rows(n: int) -> bytes:
    row = (
        "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>"
    )
    return open_document(f"<table:table>{row * n}</table:table>", "spreadsheet")


def _sheet_rows(n: int) -> bytes:
    book = openpyxl.Workbook()
    for number in range(n):
        book.active.append(["Kettle", number, 39.5])
    return _saved(book)


def _sheet_columns(n: int) -> bytes:
    book = openpyxl.Workbook()
    for _ in range(3):
        book.active.append([1] * min(n, 16_000))
    return _saved(book)


def _merged(n: int) -> bytes:
    """Written as XML: openpyxl itself takes quadratic time to merge cells."""
    rows, merged = [], []
    for top in range(1, 3 * n, 3):
        rows.append(f'<row r="{top}"><c r="A{top}"><v>1</v></c></row>')
        merged.append(f'<mergeCell ref="A{top}:C{top + 2}"/>')
    names = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = (
        f'<worksheet xmlns="{names}"><sheetData>{"".join(rows)}</sheetData>'
        f"<mergeCells>{''.join(merged)}</mergeCells></worksheet>"
    )
    with zipfile.ZipFile(io.BytesIO(_saved(openpyxl.Workbook()))) as book:
        parts: dict[str, str | bytes] = {name: book.read(name) for name in book.namelist()}
    return zipped(parts | {"xl/worksheets/sheet1.xml": sheet})


def _remarked(n: int) -> bytes:
    book = openpyxl.Workbook()
    for number in range(1, n + 1):
        book.active.cell(number, 1, "a").comment = Comment("b", "c")
    return _saved(book)


def _sheets(n: int) -> bytes:
    book = openpyxl.Workbook()
    for _ in range(n):
        book.create_sheet().append(["a", 1])
    return _saved(book)


def _old_rows(n: int) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Prices")
    for number in range(min(n, 65_000)):
        sheet.write(number, 0, "Kettle")
        sheet.write(number, 1, number)
    return _saved(book)


def _saved(book: openpyxl.Workbook | xlwt.Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _chapters(n: int) -> bytes:
    named = "".join(
        f'<item id="c{at}" href="c{at}.xhtml" media-type="application/xhtml+xml"/>'
        for at in range(n)
    )
    order = "".join(f'<itemref idref="c{at}"/>' for at in range(n))
    container = "urn:oasis:names:tc:opendocument:xmlns:container"
    package = "http://www.idpf.org/2007/opf"
    listed = f"<manifest>{named}</manifest><spine>{order}</spine>"
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'<container xmlns="{container}"><rootfiles>'
            '<rootfile full-path="b.opf"/></rootfiles></container>',
            "b.opf": f'<package xmlns="{package}">{listed}</package>',
            **{f"c{at}.xhtml": "<h1>Bridges</h1><p>Old.</p>" for at in range(n)},
        }
    )


def _members(n: int) -> bytes:
    return zipped({f"{at // 9}/{at}.txt": "Words." for at in range(min(n, 20_000))})


def _packed(n: int) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for at in range(min(n, 20_000)):
            entry = tarfile.TarInfo(f"{at // 9}/{at}.txt")
            entry.size = 6
            archive.addfile(entry, io.BytesIO(b"Words."))
    return written.getvalue()


def _longer(suffix: str) -> Shape:
    """The first file of a kind that has a compound file inside, with more bytes behind it."""
    made = next(each for each in seeds(suffix) if each.startswith(b"\xd0\xcf"))

    def longer(n: int) -> bytes:
        return made + bytes(512) * n

    return longer


_MADE: Mapping[str, tuple[Shape, ...]] = {
    ".ipynb": (_notebook,),
    ".mht": (_web_archive,),
    ".png": (_frames, _pixels),
    ".pdf": (_lines_of_a_page, _pages, _columns, _ruled),
    ".docx": (_paragraphs, _runs, _nested_tables, _rows, _cells_of_a_row, _items),
    ".pptx": (_shapes_of_a_slide, _slides),
    ".odt": (_open_paragraphs, _open_lists),
    ".ods": (_open_rows,),
    ".xlsx": (_sheet_rows, _sheet_columns, _merged, _remarked, _sheets),
    ".xls": (_old_rows,),
    ".epub": (_chapters,),
    ".zip": (_members,),
    ".tar": (_packed,),
    ".msg": (_longer(".msg"),),
    ".doc": (_longer(".doc"),),
    ".ppt": (_longer(".ppt"),),
}
