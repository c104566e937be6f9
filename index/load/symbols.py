"""Characters of fonts of pictures, which files keep by their place in the font.

In Word ``F06D`` of the font Symbol is a µ, and ``F0FE`` of Wingdings a ticked box.
"""

from __future__ import annotations

_SYMBOL_LOW = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾"
    "αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_SYMBOL_HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
_SYMBOL = {
    **{0x20 + at: character for at, character in enumerate(_SYMBOL_LOW)},
    **{0xA0 + at: character for at, character in enumerate(_SYMBOL_HIGH)},
}
_WINGDINGS = {
    **dict(zip(b"oqrn\xa8\xa7l\xa1\xfb\xfc\xfd\xfe", "☐☐☐■☐▪●○✗✓☒☑", strict=True)),
    **dict(zip(b"JL(\xdf\xe0\xe1\xe2\xe8\xf0\xd8v", "☺☹☎←→↑↓→⇨➢❖", strict=True)),
    **{0x80 + value: sign for value, sign in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩")},
}
_WINGDINGS_2 = dict(zip(b"POR*\xa3ST", "✓✗☑☐☐☒☒", strict=True))
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}
_PRIVATE = 0xF000  # what is kept in Unicode's private range lies this much higher


def symbol(place: int, font: str) -> str:
    """The character at a place of a font of pictures; empty where Unicode has none or it differs.

    Of any other font a place is that of Unicode.
    """
    table = _FONTS.get(font.lower())
    if table is not None:
        return table.get(place - _PRIVATE if place >= _PRIVATE else place, "")
    return "" if 0xE000 <= place <= 0xF8FF or not 0x20 <= place < 0xD800 else chr(place)


def unpicked(text: str, font: str) -> str:
    """``text`` with its characters of Unicode's private range as those of the font show them."""
    if text.isascii() or not any("\uf000" <= each <= "\uf0ff" for each in text):
        return text
    return "".join(
        symbol(ord(each), font) if "\uf000" <= each <= "\uf0ff" else each for each in text
    )


def ticked(is_on: bool) -> str:
    """A box that is ticked, or one that is not."""
    return "☒" if is_on else "☐"
