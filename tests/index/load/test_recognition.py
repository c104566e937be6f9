"""Pages that are only pictures, and pictures as documents: recognised, or said how to."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image, ImageChops
from reportlab.pdfgen.canvas import Canvas

from index.errors import UnreadableError, UnsupportedFormatError
from index.load import ocr
from index.load.formats import is_loadable
from index.load.image import frame_of, load_image
from index.load.loading import load_bytes, load_parts
from index.load.ocr import Recognised
from index.load.pdf_picture import page_image
from index.load.pdf_recognition import recognised_page
from index.types import Span
from tests.index.load.pdf_files import Draw, lines, pdf, together

needs_recognition = pytest.mark.skipif(
    not ocr.is_available(), reason="the extra [ocr] is not installed"
)

_WORDS = ("The annual fee is 240 euros,", "payable on the third of May.")


def _picture(draw: Draw) -> Image.Image:
    rendered = pypdfium2.PdfDocument(pdf(draw))[0].render(scale=150 / 72).to_pil()
    assert isinstance(rendered, Image.Image)
    return rendered.convert("RGB")


def _scan(draw: Draw) -> Draw:
    """Draws a page as a picture."""

    def drawn(canvas: Canvas) -> None:
        canvas.drawInlineImage(_picture(draw), 0, 0, 600, 840)

    return drawn


def _encoded(format: str, *pictures: Image.Image) -> bytes:
    written = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if len(pictures) > 1 else {}
    pictures[0].save(written, format, **more)
    return written.getvalue()


_HALF_A_SCAN = pdf(lines("A page of letters."), _scan(lines(*_WORDS, top=700, size=14)))


@needs_recognition
def test_a_page_that_is_only_a_picture_is_recognised_and_highlighted() -> None:
    loaded = load_bytes(_HALF_A_SCAN, "a.pdf")
    assert loaded.text == "\n\n".join(["A page of letters.", "\n".join(_WORDS)])
    assert loaded.recognised == (2,)
    assert loaded.left_out == ()
    page = loaded.text[loaded.page_starts[1] :]
    span = Span(page.index("240"), page.index("240") + 3)
    marked, plain = (
        Image.open(io.BytesIO(page_image(_HALF_A_SCAN, "a.pdf", 2, page, spans)))
        for spans in ([span], [])
    )
    box = ImageChops.difference(marked, plain).getbbox()
    assert box is not None
    left, top, right, bottom = (edge * 840 / marked.height for edge in box)
    # Eighteen letters of 14 points stand before it, its baseline is at y = 700.
    assert 60 + 80 < left < right < 60 + 160
    assert 840 - 700 - 18 < top < bottom < 840 - 700 + 10


@needs_recognition
def test_a_picture_is_a_document_with_a_page_for_each_frame() -> None:
    frames = [_picture(lines(text, top=800, size=16)) for text in ("First frame", "Second frame")]
    small = [frame.crop((0, 0, frame.width, 300)) for frame in frames]
    loaded = load_bytes(_encoded("TIFF", *small), "scan.tiff")
    assert loaded.text == "First frame\n\nSecond frame"
    assert len(loaded.page_starts) == 2
    assert loaded.recognised == (1, 2)
    assert loaded.media_type == "image/tiff"


@needs_recognition
def test_a_photograph_without_text_is_passed_over() -> None:
    with pytest.raises(UnsupportedFormatError, match=r"a\.png holds no text; none was recognised"):
        load_bytes(_encoded("PNG", Image.new("RGB", (80, 80), "green")), "a.png")


# Without the extra


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_available", lambda: False)


@pytest.mark.usefixtures("without")
def test_without_the_extra_it_is_said_how_to_get_it() -> None:
    loaded = load_bytes(_HALF_A_SCAN, "a.pdf")
    assert loaded.text == "A page of letters."
    assert loaded.left_out == ("1 page with only pictures",)
    assert loaded.recognised == ()
    how = r"holds no text, only pictures; pip install 'footnote-rag\[ocr\]'"
    with pytest.raises(UnreadableError, match=how):
        load_bytes(pdf(_scan(lines("Text"))), "scan.pdf")
    picture = _encoded("PNG", Image.new("RGB", (80, 80), "green"))
    with pytest.raises(UnsupportedFormatError, match=how):
        load_bytes(picture, "a.png")


@pytest.mark.usefixtures("without")
def test_without_the_extra_pictures_of_a_folder_are_no_documents() -> None:
    assert not is_loadable("a.PNG")
    assert is_loadable("a.pdf")


# What needs no recognition


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp"])
def test_a_damaged_picture_says_so(suffix: str) -> None:
    with pytest.raises(UnreadableError, match=r"is no picture or a damaged one; save it again"):
        load_bytes(b"\x89no picture at all", f"a.{suffix}")


def test_pictures_that_are_too_large_are_refused() -> None:
    large = _encoded("PNG", Image.new("1", (20_000, 6_000)))
    [part] = load_parts(large, "map.png")
    assert "has more than 100,000,000 pixels; scale it down" in str(part.outcome)


def test_frames_are_upright_and_on_white() -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    turned = image.getexif()
    turned[0x0112] = 6  # to be turned by a quarter
    written = io.BytesIO()
    image.save(written, "PNG", exif=turned)
    frame = frame_of(written.getvalue(), "a.png", 1)
    assert frame.size == (20, 40)
    assert frame.getpixel((5, 5)) == (255, 255, 255)


def _line(text: str, left: float, top: float, certainty: float = 0.99) -> Recognised:
    return Recognised(text, certainty, left, top, left + 6.0 * len(text), top - 12)


def test_recognised_lines_are_read_as_those_of_a_page() -> None:
    page = recognised_page(
        [
            _line("An invoice of May", 60, 800),
            _line("Ship to:", 320, 701),
            _line("Bill to:", 60, 700),
            _line("Acme Ltd", 60, 684),
            _line("Beta GmbH", 320, 685),
            _line("Leeds", 60, 668),
            _line("Hamburg", 320, 669),
            _line("Total", 60, 600),
            _line("512.00", 320, 600),
        ]
    ).text
    assert page.text.split("\n\n") == [
        "An invoice of May",
        "Bill to:\nAcme Ltd\nLeeds",
        "Ship to:\nBeta GmbH\nHamburg",
        "Total\t512.00",
    ]
    assert len(page.origins) == len(page.text)


def test_lines_that_are_hard_to_recognise_are_said() -> None:
    lines_of_page = [_line("Clear", 60, 700), _line("Blurred", 60, 680, certainty=0.6)]
    picture = _encoded("PNG", Image.new("RGB", (80, 80), "white"))
    loaded = load_image(picture, "a.png", (), {"1": lines_of_page})
    assert loaded.text == "Clear\nBlurred"
    assert loaded.left_out == ("how certain 1 line is that was hard to recognise (page 1)",)


def test_what_is_recognised_beside_letters_is_read_with_them() -> None:
    assert not load_bytes(pdf(together(lines("Letters"), _scan(lines("x")))), "a.pdf").recognised
