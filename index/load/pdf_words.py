"""The words of a PDF page with their places, as the file orders them.

Knows PDFium's characters of a page, not how they are read: that is ``index.load.pdf_layout``.
Lengths are in points, y grows upwards.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from index.load.pdf_symbols import has_signs, signs

if TYPE_CHECKING:
    import pypdfium2

HYPHEN = "\x02"  # stands for a hyphen at the end of a line
CELL_GAP = 1.5  # of the size of the letters: justified words stay below, cells of a table above
TOUCHING = 0.15  # of the size: a narrower gap is no blank between words
MIDDLE = 0.3  # of the size above the baseline: the middle of small letters
ONE_LINE = 0.5  # of the size: what stands on one line differs less in height

# PDFium leaves out blanks that justified lines have made narrow. The letters of a word touch: of
# 51,000 words of reports the gaps within are below .04 of the size but for 267, all of them lost
# blanks of .11 and more.
_LOST_BLANK = 0.1
_LETTERS_TOUCH = 0.02
_FEWEST_LETTERS = 4
_LONGEST_FONT = 128  # characters of its name
_ROOM = 0.5  # of the size: letters need no more room on average; only wider words are looked at

_NOTHING = "\x00"  # stands for a character that is not shown, so that indices stay those of PDFium
_PIECE = re.compile(f"[^\\s{_NOTHING}{HYPHEN}]+{HYPHEN}?|{HYPHEN}|\n")
_BETWEEN_WORDS = re.compile(r"[^\W\d_][.,;:!?)]?(?=[^\W\d_])")
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

    def gaps(self, start: int, end: int) -> list[float]:
        """How far each character but the first is from the one before it."""
        box, text, loose_box, reference = (
            self._box,
            self._text,
            self._loose_box,
            self._box_reference,
        )
        found = []
        loose_box(text, start, reference)
        for index in range(start + 1, end):
            right = box.right
            loose_box(text, index, reference)
            found.append(box.left - right)
        return found

    def baseline(self, index: int) -> float:
        self._origin(self._text, index, self._x_reference, self._y_reference)
        return self._y.value


def characters_of(text: pypdfium2.PdfTextPage) -> list[str]:
    """The page's characters by PDFium's own index; empty for what cannot be shown."""
    import pypdfium2.raw as pdfium

    unicode, raw = pdfium.FPDFText_GetUnicode, text.raw
    codes = [unicode(raw, index) for index in range(pdfium.FPDFText_CountChars(raw))]
    characters = list(map(_character, codes))
    different = set(codes)
    if has_signs(different):
        for index, sign in signs(codes, partial(_font, raw)):
            characters[index] = sign
    if any(code in (0x02, 0xFFFE) or 0xD800 <= code < 0xDC00 for code in different):
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


def _font(raw: Any, index: int) -> str:
    """The name of a character's font; what is longer than any is cut off."""
    import pypdfium2.raw as pdfium

    name = ctypes.create_string_buffer(_LONGEST_FONT)
    pdfium.FPDFText_GetFontInfo(raw, index, name, _LONGEST_FONT, None)
    return name.value.decode("utf-8", "replace")


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

    def gaps(self, start: int, end: int) -> list[float]: ...

    def baseline(self, index: int) -> float: ...


def words_of(characters: Sequence[str], places: HasPlaces) -> list[list[Word]]:
    """The lines of a page as the file orders them, each of words.

    A line ends with a line break, and after a hyphen that the line's end asked for. Words are
    parted where their letters change height or size.
    """
    lines: list[list[Word]] = [[]]
    flat = _flat(characters)
    for match in _PIECE.finditer(flat):
        piece = match.group()
        if piece != "\n":
            start = match.start()
            for end in (*_lost_blanks(piece, start, places), match.end()):
                lines[-1] += _words(flat[start:end], start, places)
                start = end
        if piece[-1] in ("\n", HYPHEN) and lines[-1]:
            lines.append([])
    return lines


def _lost_blanks(piece: str, start: int, places: HasPlaces) -> list[int]:
    """The characters of a piece before which a blank was left out: there alone its letters do not
    touch."""
    if len(piece) < _FEWEST_LETTERS or not _BETWEEN_WORDS.search(piece):
        return []
    gaps = places.gaps(start, start + len(piece))
    size = places.edges(start).size
    if max(gaps) < _LOST_BLANK * size or median(gaps) > _LETTERS_TOUCH * size:
        return []
    between = (match.end() for match in _BETWEEN_WORDS.finditer(piece))
    return [start + at for at in between if gaps[at - 1] >= _LOST_BLANK * size]


def _words(piece: str, start: int, places: HasPlaces) -> list[Word]:
    end = start + len(piece)
    first = places.edges(start)
    last = places.edges(end - 1) if len(piece) > 1 else first
    if last.right - first.left > _ROOM * (len(piece) + 2) * first.size and (
        cut := _wide_gap(start, end, first.size, places)
    ):
        parts = (piece[: cut - start], start), (piece[cut - start :], cut)
        return [word for part in parts for word in _words(*part, places)]
    is_mixed = not piece.isalpha() and len(piece) <= _LONGEST_MIXED and _MIXED.search(piece)
    if is_mixed or _differ(first, last):
        words = list(_runs(start, [places.edges(index) for index in range(start, end)], places))
        if 1 < len(words) <= max(3, len(piece) // 2):  # more are the letters of rotated text
            words[-1] = words[-1]._replace(breaks=piece[-1] == HYPHEN)
            return words
    left, right = min(first.left, last.left), max(first.right, last.right)
    size, breaks = abs(first.size), piece[-1] == HYPHEN
    return [Word(start, end, left, right, places.baseline(start), size, breaks)]


def _wide_gap(start: int, end: int, size: float, places: HasPlaces) -> int | None:
    """The first character that stands in another cell than the one before: at a hyphen, PDFium has
    no blank however wide the gap."""
    gaps = enumerate(places.gaps(start, end), start + 1)
    return next((at for at, gap in gaps if gap > CELL_GAP * size), None)


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
