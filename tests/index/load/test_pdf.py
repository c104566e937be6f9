"""PDF: pages, reading order, headings, files that cannot be read, and pictures of pages."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from index.errors import UnreadableError
from index.load.base import LoadedDocument, normalise
from index.load.loading import load_bytes
from index.load.pdf import load_pdf
from index.load.pdf_picture import highlight_corner, page_image
from index.load.pdf_text import page_text
from index.load.pdf_words import Edges, Word, words_of
from index.sentences import sentence_spans
from index.types import Document, Span
from tests.index.load.pdf_files import lines as _lines
from tests.index.load.pdf_files import pdf as _pdf

_LEFT, _RIGHT, _TOP, _LEADING = 60, 320, 760, 14


def _blank(canvas: Canvas) -> None:
    canvas.rect(100, 100, 50, 50)


def _document(loaded: LoadedDocument) -> Document:
    return Document(
        1, "k", "", "", "", loaded.text, page_starts=loaded.page_starts, headings=loaded.headings
    )


def test_every_sentence_stands_on_its_page_as_another_reader_reads_it() -> None:
    pages = [
        _lines(
            *(f"Page {page} says in line {line} that {page * line} is so." for line in range(30))
        )
        for page in range(1, 9)
    ]
    data = _pdf(*pages)
    loaded = load_bytes(data, "a.pdf")
    document = _document(loaded)
    reader = PdfReader(io.BytesIO(data))
    spans = sentence_spans(loaded.text)
    assert len(spans) == 8 * 30
    for span in spans:
        page = document.page_number(span.start)
        assert page is not None
        assert span.of(loaded.text) in " ".join(reader.pages[page - 1].extract_text().split())
        assert span.of(loaded.text).startswith(f"Page {page} ")


def test_pages_without_text_are_counted() -> None:
    loaded = load_bytes(_pdf(_blank, _lines("First."), _blank, _lines("Second.")), "a.pdf")
    document = _document(loaded)
    assert loaded.text == "First.\n\nSecond."
    assert len(loaded.page_starts) == 4
    assert document.page_number(0) == 2
    assert document.page_number(loaded.text.index("Second")) == 4


def test_a_sentence_that_goes_on_over_the_page_is_one() -> None:
    loaded = load_bytes(_pdf(_lines("This sentence begins"), _lines("and ends here.")), "a.pdf")
    assert [span.of(loaded.text) for span in sentence_spans(loaded.text)] == [
        "This sentence begins\nand ends here."
    ]


_LEFT_LINES = [f"the left column holds line {number:02} of it" for number in range(20)]
_RIGHT_LINES = [f"the right column holds line {number:02} of it" for number in range(20)]


def _interleaved(canvas: Canvas) -> None:
    _lines("A title that is set over both of the columns of this page", size=16)(canvas)
    for number, (left, right) in enumerate(zip(_LEFT_LINES, _RIGHT_LINES, strict=True)):
        top = _TOP - 40 - _LEADING * number
        _lines(left, top=top)(canvas)
        _lines(right, x=_RIGHT, top=top)(canvas)
    _lines("A line at the foot that is set over both of the columns of it", top=300)(canvas)


def test_columns_are_read_one_after_the_other_though_the_file_mixes_them() -> None:
    lines = load_bytes(_pdf(_interleaved), "a.pdf").text.split("\n")
    shown = [line for line in lines if line]
    assert shown[0].startswith("A title")
    assert shown[1:21] == _LEFT_LINES
    assert shown[21:41] == _RIGHT_LINES
    assert shown[41].startswith("A line at the foot")


def test_three_columns_are_read_one_after_the_other() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(12):
            for column, x in enumerate((40, 230, 420)):
                _lines(f"column {column} in its line {number:02} here", x=x, top=700 - 14 * number)(
                    canvas
                )

    lines = load_bytes(_pdf(draw), "a.pdf").text.split("\n")
    assert [int(line.split()[1]) for line in lines if line] == [0] * 12 + [1] * 12 + [2] * 12


def test_a_table_keeps_its_rows() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(12):
            for cell, x in enumerate((60, 200, 300, 400)):
                _lines(f"c{number}.{cell}", x=x, top=700 - 14 * number)(canvas)

    lines = load_bytes(_pdf(draw), "a.pdf").text.split("\n")
    assert lines == [f"c{n}.0\tc{n}.1\tc{n}.2\tc{n}.3" for n in range(12)]


def test_lines_further_apart_are_paragraphs_and_larger_ones_headings() -> None:
    def draw(canvas: Canvas) -> None:
        _lines("The bridges of the land", size=20)(canvas)
        _lines("Bridges carry roads over water", "and over valleys too.", top=720)(canvas)
        _lines("Another paragraph begins here", "and it goes on for a line.", top=660)(canvas)
        _lines("Its colour", size=14, top=600)(canvas)
        _lines("The bridge was painted red", "in the year of its opening.", top=580)(canvas)

    loaded = load_bytes(_pdf(draw), "bridges.pdf")
    headings = [(heading.span.of(loaded.text), heading.level) for heading in loaded.headings]
    assert headings == [("The bridges of the land", 1), ("Its colour", 2)]
    assert loaded.title == "The bridges of the land"
    assert "valleys too.\n\nAnother paragraph begins here\nand it" in loaded.text
    assert _document(loaded).heading_path(loaded.text.index("painted")) == (
        "The bridges of the land",
        "Its colour",
    )


def test_the_end_of_a_sentence_in_larger_letters_is_neither_heading_nor_title() -> None:
    def draw(canvas: Canvas) -> None:
        _lines("The guns were heard by all who had not left", "the town in time to save")(canvas)
        _lines("them.", size=14, top=670)(canvas)
        _lines("Another paragraph begins here", "and it goes on for a line.", top=640)(canvas)

    loaded = load_bytes(_pdf(draw), "siege.pdf")
    assert (loaded.title, loaded.headings) == ("siege.pdf", ())


_BODY = [f"Line {number} of the body tells what was agreed on rent." for number in range(40)]


def test_the_title_stands_at_the_beginning_and_not_in_larger_letters_further_on() -> None:
    def first(canvas: Canvas) -> None:
        _lines("Lease of the old mill", size=13)(canvas)
        _lines(*_BODY, top=730)(canvas)

    def last(canvas: Canvas) -> None:
        _lines("Executed by the landlord", size=20)(canvas)
        _lines(*_BODY, top=730)(canvas)

    body = _lines(*_BODY)
    assert load_bytes(_pdf(first, body, body, last), "l.pdf").title == "Lease of the old mill"
    assert load_bytes(_pdf(body, body, body, last), "l.pdf").title == "l.pdf"


def test_a_title_ends_with_its_page() -> None:
    cover = _lines("By-laws of the old town", size=16)

    def second(canvas: Canvas) -> None:
        cover(canvas)
        _lines(*_BODY, top=730)(canvas)

    loaded = load_bytes(_pdf(cover, second, _lines(*_BODY)), "l.pdf")
    assert loaded.title == "By-laws of the old town"


def test_a_running_line_is_no_title() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            _lines(*_BODY)(canvas)
            _lines(f"Source: Old Mill Company, page {number}", size=13, top=100)(canvas)

        return draw

    pages = [page(number) for number in range(1, 6)]
    assert load_bytes(_pdf(*pages), "l.pdf").title == "l.pdf"

    def titled(canvas: Canvas) -> None:
        _lines("Lease of the old mill", size=12.5, top=800)(canvas)
        pages[0](canvas)

    assert load_bytes(_pdf(titled, *pages[1:]), "l.pdf").title == "Lease of the old mill"


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("On bridges", "On bridges"),
        ("Microsoft Word - a.doc", "a.pdf"),
        ("b.docx", "a.pdf"),
        ("notes of May.odt", "a.pdf"),
        ("A9Rm_bg.tmp", "a.pdf"),
        ("(anonymous)", "a.pdf"),
    ],
)
def test_the_stated_title_counts_unless_a_program_made_it_up(stated: str, title: str) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle(stated)
        _lines("Some text of one size.")(canvas)

    assert load_bytes(_pdf(draw), "a.pdf").title == title


def test_an_encrypted_file_says_so_and_opens_with_its_password() -> None:
    data = _pdf(_lines("Secret text."), encrypt=StandardEncryption("open sesame"))
    with pytest.raises(UnreadableError, match=r"a\.pdf is encrypted; .*--password-file"):
        load_bytes(data, "a.pdf")
    assert load_pdf(data, "a.pdf", ["wrong", "open sesame"]).text == "Secret text."


def test_a_file_without_anything_says_so() -> None:
    with pytest.raises(UnreadableError, match=r"scan\.pdf holds no text"):
        load_bytes(_pdf(_blank, _blank), "scan.pdf")


@pytest.mark.parametrize("data", [b"%PDF-1.7\nbroken", b"%PDF-", _pdf(_blank)[:300]])
def test_a_broken_file_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"a\.pdf is no PDF or a damaged one"):
        load_bytes(data, "a.pdf")


@settings(max_examples=25)
@given(st.data())
def test_a_file_with_flipped_bytes_is_read_or_refused(data: st.DataObject) -> None:
    source = bytearray(_pdf(_lines("Some text."), _lines("More text.")))
    for _ in range(data.draw(st.integers(1, 20))):
        source[data.draw(st.integers(8, len(source) - 1))] = data.draw(st.integers(0, 255))
    try:
        loaded = load_bytes(bytes(source), "a.pdf")
    except UnreadableError:
        return
    assert loaded.text.strip()


# Layout, without a file


class _Row:
    """Characters beside each other on one line, five points wide."""

    def __init__(self, *lost: int, narrower: float = 5.0) -> None:
        self._lost = lost
        self._narrower = narrower

    def edges(self, index: int) -> Edges:
        left = index * 5.0 + 2 * sum(at <= index for at in self._lost)
        return Edges(left, 0.0, left + self._narrower, 10.0)

    def gaps(self, start: int, end: int) -> list[float]:
        edges = [self.edges(index) for index in range(start, end)]
        return [after.left - before.right for before, after in pairwise(edges)]

    def baseline(self, index: int) -> float:
        return 0.0


def _read(text: str, row: _Row) -> str:
    return page_text(list(text), words_of(list(text), row)).text


def test_a_blank_that_was_left_out_stands_where_letters_do_not_touch() -> None:
    assert _read("to investin it", _Row(9)) == "to invest in it"
    assert _read("Harbours,andquays", _Row(9, 12)) == "Harbours, and quays"


def test_words_of_which_all_letters_stand_apart_stay_whole() -> None:
    assert _read("HARBOUR", _Row(3, narrower=4.0)) == "HARBOUR"


def test_figures_and_signs_are_not_parted() -> None:
    assert _read("1,234.50 5kW", _Row(2, 10)) == "1,234.50 5kW"


@example("\x1b\u1160")  # a control character, and a vowel that composes with what is before it
@example("\x08\u1160")
@example("0\x1b\u1160")
@example("1\u00ad2")  # a soft hyphen between digits is a hyphen
@given(st.text(alphabet=st.characters(exclude_characters="\x02"), max_size=60))
def test_each_character_of_the_text_comes_from_where_it_says(characters: str) -> None:
    page = page_text(list(characters), words_of(list(characters), _Row()))
    assert len(page.origins) == len(page.text)
    assert unicodedata.is_normalized("NFC", page.text)
    assert normalise(page.text) == page.text
    for shown, origin in zip(page.text, page.origins, strict=True):
        if origin >= 0 and not (shown.isspace() or unicodedata.combining(shown)):
            if unicodedata.category(shown).startswith("M"):  # stands with its letter
                continue
            written = unicodedata.normalize("NFKD", characters[origin].replace("\u00ad", "-"))
            assert unicodedata.normalize("NFKD", shown)[0] in written


def test_ligatures_are_written_as_letters_of_one_origin() -> None:
    page = page_text(list("eﬃcient"), [[Word(0, 7, 0, 35, 0, 10)]])
    assert page.text == "efficient"
    assert list(page.origins) == [0, 1, 1, 1, 2, 3, 4, 5, 6][: len(page.text)]


# Pictures


def _yellow(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """The box around the highlighted part of a picture."""
    red, _, blue = picture.convert("RGB").split()
    lacking = Image.eval(blue, lambda value: 255 if value < 200 else 0)
    bright = Image.eval(red, lambda value: 255 if value > 230 else 0)
    return Image.composite(lacking, Image.new("L", picture.size), bright).getbbox()


@pytest.fixture
def two_pages() -> bytes:
    return _pdf(
        _lines("First page, only line."), _lines("Some words.", "The marked words.", "Others.")
    )


def test_a_page_is_drawn_with_the_quote_highlighted_where_it_stands(two_pages: bytes) -> None:
    text = load_bytes(two_pages, "a.pdf").text
    page = text[text.index("Some") :]
    span = Span(page.index("marked"), page.index("marked") + len("marked"))
    drawn = page_image(two_pages, "a.pdf", 2, page, [span])
    picture = Image.open(io.BytesIO(drawn))
    scale = picture.height / 840
    box = _yellow(picture)
    assert box is not None
    left, top, right, bottom = (edge / scale for edge in box)
    # "The " is some 23 points wide, "marked" 38; the second line's baseline is at y = 746.
    assert 60 + 18 < left < 60 + 28
    assert 33 < right - left < 43
    assert 840 - 746 - 14 < top < bottom < 840 - 746 + 6
    corner = highlight_corner(drawn)
    assert corner == pytest.approx((left * scale / picture.width, top / 840), abs=0.002)


def test_a_page_without_a_quote_shows_none(two_pages: bytes) -> None:
    picture = page_image(two_pages, "a.pdf", 1, "First page, only line.")
    assert _yellow(Image.open(io.BytesIO(picture))) is None
    assert highlight_corner(picture) is None


def test_a_page_that_is_not_there_is_an_error(two_pages: bytes) -> None:
    for page_number in (0, 3):
        with pytest.raises(UnreadableError, match="has no page"):
            page_image(two_pages, "a.pdf", page_number)


def test_what_comes_again_at_the_top_of_pages_heads_the_first_alone() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            _lines("The bridges of the land", size=20)(canvas)
            told = (f"Bridge {number} carries a road", *["over water and over a valley"] * 8)
            _lines(*told, top=720)(canvas)

        return draw

    loaded = load_bytes(_pdf(*(page(number) for number in range(1, 5))), "bridges.pdf")
    assert [each.span.start for each in loaded.headings] == [0]
    assert loaded.title == "The bridges of the land"


def test_chapters_that_begin_pages_are_headings_all() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            _lines(f"Chapter {number}", size=20)(canvas)
            _lines(*[f"Bridge {number} carries a road over a valley"] * 8, top=720)(canvas)

        return draw

    loaded = load_bytes(_pdf(*(page(number) for number in range(1, 5))), "bridges.pdf")
    told = [each.span.of(loaded.text) for each in loaded.headings]
    assert told == [f"Chapter {number}" for number in range(1, 5)]


def test_a_sum_in_larger_letters_heads_nothing() -> None:
    def draw(canvas: Canvas) -> None:
        _lines("The bridges of the land", size=20)(canvas)
        _lines(*["Bridges carry roads over water and valleys"] * 4, top=730)(canvas)
        for left, text in ((72, "TOTAL"), (300, "$510,682")):
            _lines(text, size=14, top=660, x=left)(canvas)
        _lines(*["Another paragraph begins here and goes on"] * 4, top=600)(canvas)

    loaded = load_bytes(_pdf(draw), "bridges.pdf")
    assert "TOTAL\t$510,682" in loaded.text
    assert [each.span.of(loaded.text) for each in loaded.headings] == ["The bridges of the land"]
