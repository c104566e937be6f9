"""The words of a PDF page with their places, as the file orders them.

Knows PDFium's characters of a page, not how they are read: that is ``index.load.pdf_layout``.
Lengths are in points, y grows upwards.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import pypdfium2

HYPHEN = "\x02"  # stands for a hyphen at the end of a line
CELL_GAP = 1.5  # of the size of the letters: justified words stay below, cells of a table above
TOUCHING = 0.15  # of the size: a narrower gap is no blank between words

_NOTHING = "\x00"  # stands for a character that is not shown, so that indices stay those of PDFium
_PIECE = re.compile(f"[^\\s{_NOTHING}{HYPHEN}]+{HYPHEN}?|{HYPHEN}|\n")
_LINE_END = re.compile(f"(?<=[^\\W_])[-\u00ad\u2010](?=[ {_NOTHING}]*\n)")
# What may have a raised or lowered part in its middle: H2O, or 10^7 before a comma.
_MIXED = re.compile(r"[^\W\d_)\]]\d|[)\]]\d|\d[^\W\d_]|\d[,.;:!?)\]]+$")
_SAME_HEIGHT = 0.05  # of the size: letters of one run differ less in height and size
_LONGEST_MIXED = 40  # characters: what is longer is an address of the web, not a term with an index


class Edges(NamedTuple):
    """The edges of a character as its font has them, whatever its shape; ``size`` is its height."""

    left: float
    bottom: float
    right: float
    size: float


class Word(NamedTuple):
    """Characters ``[start, end)`` of a page without blanks, and where they stand on it.

    ``breaks`` says whether it ends with the hyphen of a line, ``glued`` whether no blank stands
    before it: it is then a part of a word that was set higher, lower or smaller, or struck out.
    """

    start: int
    end: int
    left: float
    right: float
    baseline: float
    size: float
    breaks: bool = False
    glued: bool = False
    struck: bool = False


Line = Sequence[Word]


class Places:
    """Where the characters of a page stand."""

    def __init__(self, text: pypdfium2.PdfTextPage) -> None:
        import pypdfium2.raw as pdfium

        self._loose_box = pdfium.FPDFText_GetLooseCharBox
        self._origin = pdfium.FPDFText_GetCharOrigin
        self._text = text.raw
        self._box = pdfium.FS_RECTF()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._box_reference = ctypes.byref(self._box)
        self._x_reference, self._y_reference = ctypes.byref(self._x), ctypes.byref(self._y)

    def edges(self, index: int) -> Edges:
        box = self._box
        self._loose_box(self._text, index, self._box_reference)
        bottom = box.bottom
        return Edges(box.left, bottom, box.right, (box.top - bottom) or 0.1)

    def baseline(self, index: int) -> float:
        self._origin(self._text, index, self._x_reference, self._y_reference)
        return self._y.value


def characters_of(text: pypdfium2.PdfTextPage) -> list[str]:
    """The page's characters by PDFium's own index; empty for what cannot be shown."""
    import pypdfium2.raw as pdfium

    unicode, raw = pdfium.FPDFText_GetUnicode, text.raw
    codes = [unicode(raw, index) for index in range(pdfium.FPDFText_CountChars(raw))]
    characters = list(map(_character, codes))
    if any(code in (0x02, 0xFFFE) or 0xD800 <= code < 0xDC00 for code in set(codes)):
        _mend(raw, codes, characters)
    for match in _LINE_END.finditer(_flat(characters)):
        characters[match.start()] = HYPHEN
    return characters


def _mend(raw: Any, codes: Sequence[int], characters: list[str]) -> None:
    """Puts in the hyphens of lines, and characters that the file writes as halves of UTF-16."""
    import pypdfium2.raw as pdfium

    for index, code in enumerate(codes):
        if code in (0x02, 0xFFFE) and pdfium.FPDFText_IsHyphen(raw, index) == 1:
            characters[index] = HYPHEN if index and characters[index - 1].strip() else ""
        elif 0xD800 <= code < 0xDC00:
            low = codes[index + 1] if index + 1 < len(codes) else 0
            if 0xDC00 <= low < 0xE000:
                characters[index] = chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00)


@lru_cache(4096)  # a page has few different ones
def _character(code: int) -> str:
    if code == 0x0D or not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        return ""
    return "" if code in (0x02, 0xFFFE, 0xFFFF) else chr(code)


def _flat(characters: Sequence[str]) -> str:
    return "".join([character or _NOTHING for character in characters])


class HasPlaces(Protocol):
    """Tells where the characters of a page stand, by their index."""

    def edges(self, index: int) -> Edges: ...

    def baseline(self, index: int) -> float: ...


def words_of(characters: Sequence[str], places: HasPlaces) -> list[list[Word]]:
    """The lines of a page as the file orders them, each of words.

    A line ends with a line break, and after a hyphen that the line's end asked for. Words are
    parted where their letters change height or size.
    """
    lines: list[list[Word]] = [[]]
    for match in _PIECE.finditer(_flat(characters)):
        piece = match.group()
        if piece != "\n":
            lines[-1] += _words(piece, match.start(), places)
        if piece[-1] in ("\n", HYPHEN) and lines[-1]:
            lines.append([])
    return lines


def _words(piece: str, start: int, places: HasPlaces) -> list[Word]:
    end = start + len(piece)
    first = places.edges(start)
    last = places.edges(end - 1) if len(piece) > 1 else first
    is_mixed = not piece.isalpha() and len(piece) <= _LONGEST_MIXED and _MIXED.search(piece)
    if is_mixed or _differ(first, last):
        words = list(_runs(start, [places.edges(index) for index in range(start, end)], places))
        if 1 < len(words) <= max(3, len(piece) // 2):  # more are the letters of rotated text
            words[-1] = words[-1]._replace(breaks=piece[-1] == HYPHEN)
            return words
    left, right = min(first.left, last.left), max(first.right, last.right)
    size, breaks = abs(first.size), piece[-1] == HYPHEN
    return [Word(start, end, left, right, places.baseline(start), size, breaks)]


def _differ(one: Edges, other: Edges) -> bool:
    least = _SAME_HEIGHT * one.size
    return not (
        -least < one.bottom - other.bottom < least and -least < one.size - other.size < least
    )


def _runs(start: int, edges: Sequence[Edges], places: HasPlaces) -> Iterator[Word]:
    """Words of letters of one height and size; all but the first are glued to the one before."""
    begin = 0
    cuts = [at for at, pair in enumerate(pairwise(edges), 1) if _differ(*pair)]
    for end in (*cuts, len(edges)):
        run = edges[begin:end]
        yield Word(
            start + begin,
            start + end,
            min(each.left for each in run),
            max(each.right for each in run),
            places.baseline(start + begin),
            abs(run[0].size),
            glued=begin > 0,
        )
        begin = end
