"""The encodings that the fonts of a rich text stand for."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_OF_CHARSET = {
    "0": "cp1252",
    "77": "mac_roman",
    "78": "shift_jis",
    "79": "big5",
    "80": "euc_kr",
    "81": "mac_arabic",
    "83": "mac_greek",
    "84": "mac_cyrillic",
    "85": "gb2312",
    "89": "mac_latin2",
    "128": "cp932",
    "129": "cp949",
    "130": "johab",
    "134": "gbk",
    "136": "cp950",
    "161": "cp1253",
    "162": "cp1254",
    "163": "cp1258",
    "177": "cp1255",
    "178": "cp1256",
    "186": "cp1257",
    "204": "cp1251",
    "222": "cp874",
    "238": "cp1250",
    "254": "cp437",
    "255": "cp850",
}
_OF_PAGE = {"936": "gbk", "10000": "mac_roman", "65001": "utf-8", "1361": "johab"}
_PAIRED = {"cp932", "cp949", "gbk", "cp950", "johab", "shift_jis", "big5", "euc_kr", "gb2312"}


@dataclass(frozen=True, slots=True)
class Font:
    """A font: its encoding, empty for that of the document, and whether its letters are signs."""

    codec: str = ""
    is_symbol: bool = False
    name: str = ""


def codec_of_charset(charset: str) -> str:
    """The encoding of a font's character set; empty for one that is not known."""
    return _OF_CHARSET.get(charset, "")


def codec_of_page(page: str) -> str:
    """The encoding of a code page of Windows; empty for one that is not known."""
    name = _OF_PAGE.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name if page else ""
    except LookupError:
        return ""


def decoded(data: bytes, codec: str) -> str:
    """The characters of ``data``; bytes that stand for none are marked."""
    return data.decode(codec, "replace")


def is_cut(data: bytes, codec: str) -> bool:
    """Whether ``data`` ends within a character, whose second byte may be an ASCII letter."""
    if codec not in _PAIRED:
        return False
    decoder = codecs.getincrementaldecoder(codec)("replace")
    decoder.decode(data)
    return bool(decoder.getstate()[0])
