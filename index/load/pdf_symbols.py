"""Signs of PDFs that stand for no letter: the bullets of lists, boxes and ticks.

Fonts of pictures have no names for theirs: a file tells them by their place in the font, in
Unicode's private range or that of control characters, of which nothing would be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from index.load.symbols import symbol

BULLET = "•"
_PRIVATE = range(0xF020, 0xF100)
# Without those that are marks or a currency where letters of Windows are not told as such.
_CONTROL = frozenset(range(0x81, 0xA0)) - {0x85, *range(0x91, 0x95), 0x96, 0x97, 0x99}
_LINE_ENDS = (0x02, 0x0A, 0x0D, 0xFFFE)
_BLANKS = (0x09, 0x0A, 0x0D, 0x20, 0xA0)
_SAYS_MORE = "☐☒☑✓✗"  # than that an item begins
_FONTS = ("wingdings 2", "wingdings", "symbol")


def has_signs(codes: Collection[int]) -> bool:
    return any(code in _PRIVATE or code in _CONTROL for code in codes)


def signs(codes: Sequence[int], font_of: Callable[[int], str]) -> Iterator[tuple[int, str]]:
    """The signs among the codes of a page's characters, by their index; ``font_of`` names the font
    of one. What no font tells is a bullet where it begins a line and a blank follows."""
    for index, code in enumerate(codes):
        if not (code in _PRIVATE or code in _CONTROL):
            continue
        known = _known(code, font_of(index)) if code in _PRIVATE else ""
        begins = index == 0 or codes[index - 1] in _LINE_ENDS
        is_item = begins and index + 1 < len(codes) and codes[index + 1] in _BLANKS
        if is_item and not (known and known in _SAYS_MORE):
            known = BULLET
        if known:
            yield index, known


def _known(code: int, font: str) -> str:
    """The sign at a place of a font whose name in a file may have a prefix and a style."""
    name = font.rpartition("+")[2].lower().replace("wingdings2", "wingdings 2")
    family = next((each for each in _FONTS if name.startswith(each)), None)
    return symbol(code, family) if family else ""
