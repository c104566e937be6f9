"""What a file may become: more is refused, cut or no heading, and says so."""

from __future__ import annotations

import io
import time
import unicodedata
import zipfile
from collections.abc import Iterator

import pytest

from index.errors import UnreadableError
from index.load import limits, package
from index.load.base import normalise
from index.load.build import TextBuilder
from index.load.isolated import Runner
from index.load.loading import load_bytes
from tests.index.load import hostile

_CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book.opf"/></rootfiles></container>"""
_BOOK = """<package xmlns="http://www.idpf.org/2007/opf"><manifest>
<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine>{}</spine>
</package>"""


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close()


def _book(chapter: str, times: int) -> bytes:
    """A book whose spine names its one chapter so many times."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", _CONTAINER)
        book.writestr("book.opf", _BOOK.format('<itemref idref="c"/>' * times))
        book.writestr("c.xhtml", f"<html><body><p>{chapter}</p></body></html>")
    return written.getvalue()


def test_a_small_book_that_becomes_a_library_is_refused() -> None:
    assert len(load_bytes(_book("word " * 1000, 3), "a.epub").text) > 10_000
    bomb = _book("word " * 200_000, 6)
    assert len(bomb) < 10_000
    with pytest.raises(UnreadableError, match=r"become 6,\d+,\d+ characters.*save what you need"):
        load_bytes(bomb, "a.epub")


def test_a_text_stops_growing_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CHARACTERS", 100)
    built = TextBuilder()
    built.add("x" * 90)
    with pytest.raises(UnreadableError, match="more than 100 characters; split the file"):
        built.add("y" * 20)


def test_a_text_that_is_too_long_does_not_leave_the_worker(runner: Runner) -> None:
    with pytest.raises(UnreadableError, match="more than 50,000,000 characters; split"):
        runner.document(hostile.long, b"", "a.x", limits.MAX_CHARACTERS + 1)


def test_a_long_title_is_cut_and_what_is_left_out_is_named_shortly(runner: Runner) -> None:
    document = runner.document(hostile.long, b"", "a.x", 10)
    assert document.title == "t" * (limits.MAX_TITLE_CHARACTERS - 1) + "…"
    assert len(document.left_out) == limits.MAX_LEFT_OUT


def test_headings_that_are_too_long_or_too_many_are_text(runner: Runner) -> None:
    few = runner.document(hostile.of_headings, b"", "a.x", 3)
    assert [each.span.of(few.text) for each in few.headings] == ["h\n"[:1]] * 3
    many = runner.document(hostile.of_headings, b"", "a.x", limits.MAX_HEADINGS + 5)
    assert len(many.headings) == limits.MAX_HEADINGS
    assert many.left_out == ("the marks of 5 headings",)
    assert len(many.text) == 2 * (limits.MAX_HEADINGS + 5) + 2000


def test_too_many_pages_are_refused(runner: Runner) -> None:
    with pytest.raises(UnreadableError, match="more than 100,000 pages; split the file"):
        runner.document(hostile.of_pages, b"", "a.x", limits.MAX_PAGES + 1)


def test_marks_on_one_character_are_as_many_as_unicode_allows() -> None:
    marks = "\u0301\u0323" * 15
    assert normalise(f"e{marks}") == unicodedata.normalize("NFC", f"e{marks}")
    assert normalise(f"e{marks * 9}") == normalise(f"e{marks}")
    assert normalise(f"e{marks}a{marks}") == unicodedata.normalize("NFC", f"e{marks}a{marks}")
    rule = "─" * 80 + "😀" * 40
    assert normalise(rule) == rule


def test_a_text_of_marks_is_read_in_bounded_time() -> None:
    started = time.monotonic()
    normalise("a" + "\u0301\u0323" * 500_000)
    assert time.monotonic() - started < 20


def test_the_parts_of_a_document_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_BYTES", 100_000)
    with package.opened(_book("word " * 5000, 1), "a.epub") as few:
        for _ in range(3):
            assert few.data("c.xhtml")
        with pytest.raises(UnreadableError, match="unpacks to more than 0 MB; split it"):
            few.xml("c.xhtml")


def test_a_document_of_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_PARTS", 3)
    with (
        pytest.raises(UnreadableError, match="more than 3 parts; split it"),
        package.opened(_book("word", 1), "a.epub"),
    ):
        pass
