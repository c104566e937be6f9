"""Books: chapters in the order in which they are read, with what their form says."""

from __future__ import annotations

import io
import zipfile

from index.load.loading import load_bytes

_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="o/b.opf"/></rootfiles></container>'
)


def _book(chapters: dict[str, str], order: list[str] | None = None) -> bytes:
    items = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>'
        for name in dict.fromkeys([*chapters, *(order or [])])
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in order or [])
    listing = (
        '<package xmlns="http://www.idpf.org/2007/opf" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Sea</dc:title>'
        f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr("o/b.opf", listing)
        for name, body in chapters.items():
            page = f'<?xml version="1.0"?><html xmlns:epub="x"><body>{body}</body></html>'
            archive.writestr(f"o/{name}", page)
    return written.getvalue()


def test_chapters_keep_tables_notes_and_struck_text_in_the_order_of_reading() -> None:
    table = "<table><tr><th>Ship</th><th>Crew</th></tr><tr><td>Ora</td><td>9</td></tr></table>"
    note = '<aside epub:type="footnote" id="n1" hidden="">1 By the old map.</aside>'
    chapters = {
        "b.xhtml": f"<h1>Two</h1>{table}<p>It took <s>3</s> 4 days.</p>",
        "a.xhtml": '<h1>One</h1><p>A far coast<a epub:type="noteref" href="#n1">1</a>.</p>' + note,
    }
    loaded = load_bytes(_book(chapters, ["a.xhtml", "b.xhtml"]), "a.epub")
    assert loaded.title == "Sea"
    assert loaded.text == (
        "One\n\nA far coast[1].\n\n1 By the old map.\n\nTwo\n\nShip; Crew\n\nShip: Ora; Crew: 9\n\n"
        "It took ~~3~~ 4 days."
    )
    assert [heading.span.of(loaded.text) for heading in loaded.headings] == ["One", "Two"]


def test_a_chapter_that_is_missing_is_told_and_costs_no_other() -> None:
    loaded = load_bytes(_book({"a.xhtml": "<p>Here.</p>"}, ["gone.xhtml", "a.xhtml"]), "a.epub")
    assert loaded.text == "Here."
    assert loaded.left_out == ("1 missing chapter",)


def test_a_book_that_gives_no_order_is_read_as_it_lists_its_chapters() -> None:
    loaded = load_bytes(_book({"a.xhtml": "<p>First.</p>", "b.xhtml": "<p>Then.</p>"}), "a.epub")
    assert loaded.text == "First.\n\nThen."
