"""``python -m tests.inputs.scans``: how many letters of ten pages text recognition reads rightly.

The pages are drawn by us and made pictures, so that what they say is known. The figure is the
share of a page's characters, blanks aside, that stand in the text in the page's order. Needs the
extra ``[ocr]``.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher

import click
import pypdfium2
from PIL import Image

from index.load.loading import load_bytes
from tests.index.load.pdf_files import Draw, lines, pdf, together

_TEXT = (
    "The turbine in hall 7 was repaired on 12 August 2026",
    "by the firm Larsen of Bergen, for 4,250.50 euros.",
    "Three of its 36 blades were worn and had to be replaced;",
    "the others are expected to last until the spring of 2029.",
    "Until then the pressure must stay below 8.5 bar, and the",
    "temperature of the bearing below 70 degrees.",
)
_RIGHT = (
    "The second pump was bought in",
    "1998 and has run for 61,304 hours.",
    "It is inspected every quarter,",
    "and its seals were changed twice.",
    "A new one would cost 18,900 euros",
    "and could be delivered in March.",
)
_LEFT = (
    "The reservoir holds 2,400 cubic",
    "metres of water at 45 metres above",
    "the sea. It was built in 1931 and",
    "lined anew in 1987, after a crack",
    "had been found in its northern wall",
    "by the inspectors of the county.",
)
_TABLE = (("Item", "Pieces", "Price"), ("Hammer", "12", "14.50"), ("Nail", "900", "0.10"))
_PIXELS = 1700  # of the longer side, as of a scan of 150 dots an inch

Change = Callable[[Image.Image], Image.Image]


def _rotated(angle: float) -> Change:
    return lambda page: page.rotate(angle, expand=True, fillcolor="white")


def _faint(page: Image.Image) -> Image.Image:
    """Grey letters on a lighter grey."""
    return page.convert("L").point(lambda value: 150 + value * 70 // 255)


def _noisy(page: Image.Image) -> Image.Image:
    random.seed(7)
    grey = page.convert("L")
    pixels = grey.load()
    assert pixels is not None
    for _ in range(grey.width * grey.height // 100):
        pixels[random.randrange(grey.width), random.randrange(grey.height)] = random.randrange(256)
    return grey


def _squeezed(page: Image.Image) -> Image.Image:
    """As a camera keeps a page in few bytes."""
    written = io.BytesIO()
    page.convert("RGB").save(written, "JPEG", quality=20)
    return Image.open(written)


def _same(page: Image.Image) -> Image.Image:
    return page


def _cells() -> Draw:
    columns = zip((60, 220, 380), zip(*_TABLE, strict=True), strict=True)
    return together(*(lines(*column, x=left, size=12) for left, column in columns))


_PLAIN = lines(*_TEXT, size=12)
_COLUMNS = together(lines(*_LEFT, x=50), lines(*_RIGHT, x=320))
_CELLS = tuple(cell for row in _TABLE for cell in row)
PAGES: Mapping[str, tuple[Draw, tuple[str, ...], Change]] = {
    "plain, 12 points": (_PLAIN, _TEXT, _same),
    "small, 7 points": (lines(*_TEXT, size=7), _TEXT, _same),
    "serif, 10 points": (lines(*_TEXT, size=10, font="Times-Roman"), _TEXT, _same),
    "typewriter, 10 points": (lines(*_TEXT, size=10, font="Courier"), _TEXT, _same),
    "turned by 90 degrees": (_PLAIN, _TEXT, _rotated(90)),
    "aslant by 2 degrees": (_PLAIN, _TEXT, _rotated(2)),
    "low contrast": (_PLAIN, _TEXT, _faint),
    "specks": (_PLAIN, _TEXT, _noisy),
    "two columns": (_COLUMNS, (*_LEFT, *_RIGHT), _same),
    "a table, squeezed": (_cells(), _CELLS, _squeezed),
}


def accuracy(expected: str, text: str) -> float:
    """The share of ``expected``'s characters, blanks aside, that ``text`` has in their order."""
    wanted, found = ("".join(each.split()) for each in (expected, text))
    blocks = SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(wanted)


def read(draw: Draw, change: Change) -> str:
    """What is recognised of the picture of a page."""
    page = pypdfium2.PdfDocument(pdf(draw))[0]
    picture = change(page.render(scale=_PIXELS / 840).to_pil())
    written = io.BytesIO()
    picture.save(written, "PNG")
    return load_bytes(written.getvalue(), "page.png").text


@click.command()
@click.option("--show", is_flag=True, help="Print what was read, too.")
def main(show: bool) -> None:
    """Recognise each page, and say how many of its characters are right."""
    click.echo("| page | characters | right |\n| --- | --- | --- |")
    for name, (draw, told, change) in PAGES.items():
        expected = "\n".join(told)
        text = read(draw, change)
        size = len("".join(expected.split()))
        click.echo(f"| {name} | {size} | {accuracy(expected, text):.3f} |")
        if show:
            click.echo(text)


if __name__ == "__main__":
    main()
