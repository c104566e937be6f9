"""The files that the fuzzer begins with: of every kind, and some of the kind that is looked for.

Where ``RAG_EVAL_DATA`` names a folder, the small real files of the kind that are in it, too.
"""

from __future__ import annotations

import io
import json
import random
import struct
import tarfile
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import openpyxl
import PIL.Image
import xlwt

from rag.settings import Settings
from tests.index.load.compound import compound
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
from tests.index.load.pdf_files import lines, pdf

LARGEST = 20_000  # bytes of a file: what is slow shows, and many are tried
_MOST_REAL = 40


def seeds(suffix: str) -> Iterator[bytes]:
    """Small files to begin with, some of the right kind."""
    yield b""
    yield b"# Title\n\nWords | and | more\n--- | --- | ---\n1 | 2 | 3\n\n- item\n"
    yield b"From a@b Mon Jan  1 11:11:11 2024\nSubject: =?utf-8?q?a?=\n\nWords\n"
    yield b"<html><body><h1>A</h1><table><tr><th>a<td colspan=2>b</table><p>c</body></html>"
    yield json.dumps([{"a": [1, {"b": None}], "c": "d"}]).encode()
    yield b"{\\rtf1\\ansi {\\b Bold} \\'e9 \\par text}"
    yield b'a;b;c\n1;2;3\n"x\ny";;\n'
    yield b"1\n00:00:01,000 --> 00:00:02,000\n<v A>Words\n\n"
    yield zipped({"a.txt": "Words."})
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("a.txt")
        entry.size = 6
        archive.addfile(entry, io.BytesIO(b"Words."))
    yield packed.getvalue()
    yield random.Random(1).randbytes(2000)
    if suffix in _MADE:
        yield from _MADE[suffix]()
    yield from islice(_real(suffix), _MOST_REAL)


def _real(suffix: str) -> Iterator[bytes]:
    folder = Settings.from_environment().evaluation_data
    for path in sorted(folder.rglob(f"*{suffix}")) if folder else ():
        if path.is_file() and path.stat().st_size <= LARGEST:
            yield path.read_bytes()


def _pdf() -> Iterator[bytes]:
    yield b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>"
    yield pdf(lines("Bridges", "The bridge is 90 m long."), lines("It is old."), pageCompression=0)


def _word() -> Iterator[bytes]:
    row = f"<w:tr><w:tc>{paragraph('Pear')}</w:tc><w:tc>{paragraph('3')}</w:tc></w:tr>"
    body = (
        paragraph("Bridges") + run("x", "<w:strike/>") + item("one") + f"<w:tbl>{row * 2}</w:tbl>"
    )
    yield word_file(body, numbering=numbering([("decimal", "%1.", "")]))


def _slides() -> Iterator[bytes]:
    yield slides_file(shape(slide_run("Bridges"), place='type="title"'), shape(slide_run("Old")))


def _open_document() -> Iterator[bytes]:
    cells = "<table:table-cell><text:p>a</text:p></table:table-cell>" * 2
    table = f"<table:table>{f'<table:table-row>{cells}</table:table-row>' * 2}</table:table>"
    yield open_document(f"<text:h>Bridges</text:h><text:p>Old.</text:p>{table}")
    yield open_document(table, "spreadsheet")


def _workbooks() -> Iterator[bytes]:
    book, old = openpyxl.Workbook(), xlwt.Workbook()
    sheet, old_sheet = book.active, old.add_sheet("Prices")
    rows: tuple[list[str | float], ...] = (["Item", "Price"], ["Kettle", 39.5], ["Pan", 12])
    for number, row in enumerate(rows):
        sheet.append(row)
        for column, value in enumerate(row):
            old_sheet.write(number, column, value)
    for each in (book, old):
        written = io.BytesIO()
        each.save(written)
        yield written.getvalue()


def _book() -> Iterator[bytes]:
    names = "urn:oasis:names:tc:opendocument:xmlns:container"
    named = f'<container xmlns="{names}"><rootfiles><rootfile full-path="book.opf"/></rootfiles>'
    yield zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f"{named}</container>",
            "book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" '
            'href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
            "a.xhtml": "<html><body><h1>Bridges</h1><p>They are old.</p></body></html>",
        }
    )


def _outlook() -> Iterator[bytes]:
    text = {"0037": "Bridge", "1000": "It is old.", "0C1A": "Ada"}
    yield compound(
        {f"__substg1.0_{tag}001F": each.encode("utf-16-le") for tag, each in text.items()}
    )


def _old_word() -> Iterator[bytes]:
    text = "The bridge is old.\r"
    head = bytearray(1024)
    struct.pack_into("<H8xH", head, 0, 0xA5EC, 0x0200)
    struct.pack_into("<H", head, 0x20, 14)
    longs = 0x22 + 28 + 2
    struct.pack_into("<H", head, longs - 2, 22)
    struct.pack_into("<I", head, longs + 12, len(text))
    pieces = struct.pack("<2I", 0, len(text)) + struct.pack("<HIH", 0, 2048 | 1 << 30, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", head, longs + 22 * 4 + 2 + 33 * 8, 0, len(table))
    yield compound({"WordDocument": bytes(head) + text.encode("cp1252"), "1Table": table})


def _old_slides() -> Iterator[bytes]:
    def record(kind: int, inner: bytes, version: int = 0) -> bytes:
        return struct.pack("<HHI", version, kind, len(inner)) + inner

    text = record(0x0F9F, struct.pack("<I", 0)) + record(0x0FA8, b"Bridges")
    listed = record(0x0FF0, record(0x03F3, bytes(20)) + text, 15)
    shown = record(0x03E8, listed, 15)
    user = record(0x0FF6, struct.pack("<III", 20, 0xE391C05F, 0))
    yield compound({"PowerPoint Document": shown, "Current User": user})


def _picture() -> Iterator[bytes]:
    for kind in ("PNG", "TIFF", "GIF", "BMP"):
        written = io.BytesIO()
        PIL.Image.new("RGB", (40, 20), "white").save(written, kind)
        yield written.getvalue()


_MADE: Mapping[str, Callable[[], Iterator[bytes]]] = {
    ".pdf": _pdf,
    ".docx": _word,
    ".pptx": _slides,
    ".odt": _open_document,
    ".xlsx": _workbooks,
    ".epub": _book,
    ".msg": _outlook,
    ".doc": _old_word,
    ".ppt": _old_slides,
    ".png": _picture,
}
