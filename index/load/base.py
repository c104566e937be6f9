"""What every loader shares: the loaded document, decoding of bytes, and the one normalisation.

Knows no file format.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from index.errors import UnreadableError
from index.types import Heading

_BYTE_ORDER_MARKS = (  # longest first: the mark of UTF-32-LE begins with that of UTF-16-LE
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUL_SHARE = 0.1  # Western text in UTF-16 has a NUL in nearly every second byte, UTF-8 text none
_CONTROL_SHARE = (
    0.02  # a stray form feed or escape is text; pictures and archives reach 10 % and more
)

_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Surrogates go too: they stand for no character and can neither be stored nor tokenised.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document as its loader read it, before it has a key and an id.

    ``text`` is normalised; ``page_starts`` and the spans of ``headings`` are offsets into it.
    ``left_out`` names what of the file is not in the text, one kind of part each: "3 comments".
    ``recognised`` are the numbers (from 1) of the pages that were read by text recognition.
    """

    title: str
    media_type: str
    text: str
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    left_out: tuple[str, ...] = ()
    recognised: tuple[int, ...] = ()


def normalise(text: str) -> str:
    """``text`` in NFC with ``\\n`` for every line break and without control characters but tabs."""
    return unicodedata.normalize("NFC", _CONTROL.sub("", _LINE_BREAK.sub("\n", text)))


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """The characters of ``data``: by byte order mark, ``declared`` charset, UTF-8, then statistics.

    Raises UnreadableError when the bytes are not text.
    """
    for charset in (_marked(data), declared, _unmarked(data)):
        text = _by_charset(data, charset)
        if text is not None:
            break
    else:
        text = _by_statistics(data)
    if text is None or len(_CONTROL.findall(text)) > _CONTROL_SHARE * len(text):
        raise UnreadableError(f"{name} holds binary data, not text; convert it to text first")
    return text


def _marked(data: bytes) -> str | None:
    return next((charset for mark, charset in _BYTE_ORDER_MARKS if data.startswith(mark)), None)


def _by_charset(data: bytes, charset: str | None) -> str | None:
    try:
        return None if charset is None else data.decode(charset)
    except (UnicodeError, LookupError):
        return None


def _unmarked(data: bytes) -> str:
    """UTF-16 without a mark shows by where its NUL bytes stand; all else is tried as UTF-8."""
    half = len(data) / 2
    if data[1::2].count(0) > _NUL_SHARE * half > data[0::2].count(0):
        return "utf-16-le"
    if data[0::2].count(0) > _NUL_SHARE * half > data[1::2].count(0):
        return "utf-16-be"
    return "utf-8"


def _by_statistics(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return None if best is None else str(best)
