"""Loaders: encodings, headings, titles, and files that cannot be loaded."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import DocumentError, UnreadableError, UnsupportedFormatError
from index.load.base import LoadedDocument, normalise
from index.load.formats import supported_suffixes
from index.load.loading import from_string, load, load_bytes, read

_GERMAN = "Größe und Übermaß der Straßen.\nDie Mädchen fuhren über die Brücke nach Köln.\n"


def _headings(document: LoadedDocument) -> list[tuple[str, int]]:
    return [(heading.span.of(document.text), heading.level) for heading in document.headings]


@given(st.text())
def test_normalised_text_is_nfc_without_control_characters_and_stays_so(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not {"\r", "\0", "\x0c", "\x85"} & set(once)
    once.encode()


def test_normalising_changes_nothing_else() -> None:
    text = " A\tb\n\n c\u00a0d \u200b e\u0301"
    assert normalise(text) == " A\tb\n\n c\u00a0d  \u00e9"  # but for what shows nothing
    assert normalise("a\r\nb\rc\fd\x00e\u2028f") == "a\nb\nc\nde\nf"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"],
)
def test_text_of_any_encoding(encoding: str) -> None:
    assert load_bytes((_GERMAN * 3).encode(encoding), "a.txt").text == _GERMAN * 3


def test_a_byte_order_mark_decides_for_utf16_of_both_orders() -> None:
    assert load_bytes(b"\xfe\xff" + "Köln".encode("utf-16-be"), "a.txt").text == "Köln"
    assert load_bytes(b"\xff\xfe" + "Köln".encode("utf-16-le"), "a.txt").text == "Köln"


def test_a_stray_nul_is_dropped_and_not_taken_for_binary() -> None:
    assert load_bytes(b"one\x00 line of text" * 3 + b" and so on" * 30, "a.txt").text.startswith(
        "one line"
    )


def test_a_short_first_line_before_a_blank_line_is_title_and_heading() -> None:
    document = load_bytes(b"\n  The Bridge  \n\nIt was built in 1904.", "a.txt")
    assert document.title == "The Bridge"
    assert _headings(document) == [("The Bridge", 1)]
    assert document.media_type == "text/plain"


@pytest.mark.parametrize(
    "text", ["One.\nTwo.", "x" * 201 + "\n\nText.", "Only a line", "Line\n\n \n"]
)
def test_any_other_text_is_titled_by_its_file(text: str) -> None:
    document = load_bytes(text.encode(), "notes.txt")
    assert document.title == "notes.txt"
    assert document.headings == ()


def test_markdown_is_kept_as_written_and_its_headings_found() -> None:
    source = (
        "---\ntitle: no\n---\n# Main #\n\nText\n\nSub\n---\n\n```sh\n# no heading\n```\n"
        "###   Deep one\n- item\n---\n\n#hash\n    # code\nTop\n===\n"
    )
    document = load_bytes(source.encode(), "a.md")
    assert document.text == source
    assert document.title == "Main"
    assert _headings(document) == [("Main", 1), ("Sub", 2), ("Deep one", 3), ("Top", 1)]


def test_markdown_without_h1_is_titled_by_its_file() -> None:
    assert load_bytes(b"## Second\n\nText", "read.markdown").title == "read.markdown"


def test_rows_of_a_table_in_markdown_name_their_columns() -> None:
    source = (
        "# Fruit\n\nPrices:\n\n| Name | Price |\n|:--|--:|\n| Pear \\| green | 3 |\n| Fig | 4 |\n"
        "\nEnd | of it.\n\n```\na | b\n--|--\n1 | 2\n```\n## Sub\n"
    )
    document = load_bytes(source.encode(), "a.md")
    assert document.text == (
        "# Fruit\n\nPrices:\n\nName; Price\n\nName: Pear | green; Price: 3\n\nName: Fig; Price: 4\n"
        "\nEnd | of it.\n\n```\na | b\n--|--\n1 | 2\n```\n## Sub\n"
    )
    assert _headings(document) == [("Fruit", 1), ("Sub", 2)]


def test_code_that_is_never_closed_holds_no_headings() -> None:
    assert load_bytes(b"~~~\n# no\n```\n# no\n~~ ~\n", "a.md").headings == ()


_ARTICLE = (
    "<p>" + "The old bridge over the river was opened in the year 1904 by the king. " * 8 + "</p>"
)
_PAGE = (
    "<html><head><title>Bridge &amp; river</title><script>var x = 1;</script></head><body>"
    "<nav><a href='/'>Home</a><a href='/a'>About us</a></nav><article><h1>The bridge</h1>"
    f"{_ARTICLE}<h2>Its colour</h2>{_ARTICLE}</article><footer>Imprint</footer></body></html>"
)


def test_of_a_web_page_the_article_is_kept_with_its_headings() -> None:
    document = load_bytes(_PAGE.encode(), "page.html")
    assert document.media_type == "text/html"
    assert "About us" not in document.text
    assert "var x" not in document.text
    assert ("Its colour", 2) in _headings(document)
    assert document.title


def test_of_a_page_without_an_article_all_visible_text_is_kept() -> None:
    source = (
        b"<title>Prices</title><style>p {}</style><h1>Our prices</h1><table><tr><td>Pear<td>3"
        b"<tr><td>Fig<td>4</table><pre>a\n  b</pre><!-- hidden --><p>So<b>me</b> text"
    )
    document = load_bytes(source, "p.htm")
    assert document.text == "Our prices\n\nPear: 3\n\nFig: 4\n\na\n  b\n\nSome text"
    assert _headings(document) == [("Our prices", 1)]


def test_a_web_page_is_read_in_the_charset_that_it_declares() -> None:
    page = "<meta charset='windows-1251'><p>Привет, мир</p>".encode("cp1251")
    assert "Привет, мир" in load_bytes(page, "a.html").text


@given(st.binary())
@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_any_bytes_are_loaded_or_refused(suffix: str, data: bytes) -> None:
    try:
        document = load_bytes(data, f"a{suffix}")
    except DocumentError:
        return
    assert document.text.strip()
    assert all(heading.span.of(document.text).strip() for heading in document.headings)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize("data", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_a_document_without_text_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(UnreadableError, match="no text"):
        load_bytes(data, name)


def test_a_web_page_that_shows_nothing_is_refused() -> None:
    with pytest.raises(UnreadableError, match="no text"):
        load_bytes(b"<html><head><title>t</title></head><body><!-- x --></body></html>", "a.html")


def test_binary_data_is_refused() -> None:
    with pytest.raises(UnreadableError, match="binary"):
        load_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, "a.txt")


def test_an_unsupported_format_is_refused_naming_the_supported_ones(tmp_path: Path) -> None:
    (tmp_path / "film.avi").write_bytes(b"RIFF of some length")
    with pytest.raises(UnsupportedFormatError, match=r"film\.avi.*\.txt.*\.html"):
        load(tmp_path / "film.avi")


def test_files_that_are_missing_or_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="does not exist"):
        load(tmp_path / "a.txt")
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(UnreadableError, match="is a folder"):
        load(tmp_path / "b.txt")


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(path: Path) -> BinaryIO:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").touch()
    monkeypatch.setattr("index.load.loading.open_regular", forbidden)
    with pytest.raises(UnreadableError, match="permissions"):
        read(tmp_path / "a.txt")


def test_suffixes_are_matched_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text("Some text")
    assert load(tmp_path / "A.TXT").text == "Some text"
    assert all(suffix == suffix.lower() for suffix in supported_suffixes())


def test_a_document_from_memory_is_normalised_too() -> None:
    document = from_string(" A \n title", "one\r\ntwo", "text/html")
    assert (document.title, document.text) == ("A title", "one\ntwo")
    with pytest.raises(UnreadableError):
        from_string("title", " \r\n")
