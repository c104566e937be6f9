"""What every loader shares: the loaded document, decoding of bytes, and the one normalisation.

Knows no file format.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from index.errors import UnreadableError
from index.load.charset import BAD_BYTE, REPLACEMENT, codec_of, guess, is_multibyte
from index.load.realign import in_step, wide_in_step
from index.types import Heading

MEMBER = "!/"  # between the path of an archive and the name of what is in it
LOADERS_VERSION = 3  # raised when a loader reads what it could not: failures are tried again

_BYTE_ORDER_MARKS = (  # longest first: the mark of UTF-32-LE begins with that of UTF-16-LE
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FEW_CONTROLS = 2  # of a short text they are no small share
_CONTROL_SHARE = (
    0.02  # a stray form feed or escape is text; pictures and archives reach 10 % and more
)

# What a system that stopped has left between or behind lines. In UTF-16 and UTF-32 fewer follow
# upon each other.
_PADDING = re.compile(rb"\x00{4,}")
_MARK = "\ufeff"
_GAP = re.compile(r"\n?\x00{4,}\n?")
_WIDEST_FIELD = 64  # characters; what systems leave between lines is longer
_FEW_DAMAGED = 2  # bytes of a short text
_DAMAGED_SHARE = 0.01
_ASCII = bytes(range(128))
_SHIFT_IN = re.compile(rb"\x1b\$[@B]")  # Japanese follows, in bytes of ASCII
# A letter of several bytes in UTF-8, and the beginning of one at the end of the data.
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_CUT = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Surrogates go too: they stand for no character and can neither be stored nor tokenised.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
# Marks that show nothing: zero-width space and no-break space (a byte order mark within the text),
# word joiner, signs of direction, which can have a text read otherwise than it stands, invisible
# operators, and tags, in which words can be hidden. Joiners stay, because letters of Persian and
# Hindi and compound pictures need them; so does a zero-width space between words of Southeast Asia.
_INVISIBLE = re.compile(
    "[\u034f\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b"
)

_MOST_MARKS = 30  # on one character: the most of a text in Unicode's stream-safe form
_MARKS = re.compile(rf"[^\w\s\x00-\u02ff]{{{_MOST_MARKS + 1},}}")  # all marks are such signs


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document as its loader read it, before it has a key and an id.

    ``text`` is normalised; ``page_starts`` and the spans of ``headings`` are offsets into it.
    ``left_out`` names what of the file is not in the text, one kind of part each: "3 comments".
    ``recognised`` are the numbers (from 1) of the pages that were read by text recognition,
    ``pictures`` those of pages whose text was not, as they are only pictures.
    """

    title: str
    media_type: str
    text: str
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    left_out: tuple[str, ...] = ()
    recognised: tuple[int, ...] = ()
    pictures: tuple[int, ...] = ()


def normalise(text: str) -> str:
    """``text`` in NFC with ``\\n`` for every line break, without what shows nothing.

    That is control characters but tabs, and invisible marks but soft hyphens and joiners.
    """
    if text.isascii() and text.isprintable():
        return text
    if not text.isascii():
        text = _MARKS.sub(_fewer_marks, _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", _CONTROL.sub("", _LINE_BREAK.sub("\n", text)))


def _fewer_marks(run: re.Match[str]) -> str:
    """A run of signs in which no character has more marks than Unicode's own limit.

    To order the marks of a character takes the square of their number.
    """
    kept: list[str] = []
    marks = 0
    for each in run[0]:
        marks = marks + 1 if unicodedata.combining(each) else 0
        if marks <= _MOST_MARKS:
            kept.append(each)
    return "".join(kept)


def damage(text: str) -> tuple[str, ...]:
    """How many bytes of a file could not be read, in words, from the text that came of them."""
    damaged = text.count(REPLACEMENT)
    return (f"{damaged} damaged byte{'s' * (damaged > 1)}",) if damaged else ()


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """The characters of ``data``: by byte order mark, UTF-8, ``declared`` charset, then a guess.

    Each byte that cannot be read becomes U+FFFD. UTF-8 comes before what is declared, because text
    of another encoding is not valid UTF-8 by chance, and declarations are often wrong. Raises
    UnreadableError when the bytes are not text.
    """
    text = _decoded(data, declared)
    text = _GAP.sub(_unpadded, text)
    if len(_CONTROL.findall(text)) > max(_FEW_CONTROLS, _CONTROL_SHARE * len(text)):
        raise UnreadableError(f"{name} holds binary data, not text; convert it to text first")
    return text


def _decoded(data: bytes, declared: str | None) -> str:
    plain = _PADDING.sub(b"", data)
    mark = next((each for each in _BYTE_ORDER_MARKS if data.startswith(each[0])), None)
    if mark and mark[1] != "utf-16":
        return data.decode(mark[1], BAD_BYTE)
    if wide := wide_in_step(plain):
        whole, codec = wide
        return (whole if plain == data else data).decode(codec, BAD_BYTE).removeprefix(_MARK)
    if mark:
        return data.decode(mark[1], BAD_BYTE)
    codec = _charset(plain, declared)
    return in_step(data, codec).decode(codec, BAD_BYTE)


def _unpadded(gap: re.Match[str]) -> str:
    """What stands in the place of padding: a line break, but within a line where a field is filled
    up to its width."""
    is_field = "\n" not in gap[0] and len(gap[0]) <= _WIDEST_FIELD
    return " " if is_field else "\n"


def decode_lines(data: bytes, name: str) -> str:
    """The characters of ``data``, of which each line may have an encoding of its own, as in files
    that were put together. Raises UnreadableError as ``decode``."""
    text = decode(data, name)
    if REPLACEMENT not in text or not _is_mostly_utf8(data):
        return text
    lines = (line if _is_valid(line, "utf-8") else _recoded(line) for line in data.split(b"\n"))
    return decode(b"\n".join(lines), name)


def _recoded(line: bytes) -> bytes:
    """A line that is not in UTF-8 in UTF-8; one that is mostly in it stays as it is."""
    return line if _is_mostly_utf8(line) else line.decode(guess(line), BAD_BYTE).encode()


def _charset(data: bytes, declared: str | None) -> str:
    codec = codec_of(declared) if declared else None
    if codec and is_multibyte(codec) and _is_valid(data, codec):
        return codec
    if _SHIFT_IN.search(data) and _is_nearly_valid(data, "iso2022_jp"):
        return "iso2022_jp"
    if _is_mostly_utf8(data):
        return "utf-8"
    return codec if codec and not codec.startswith("utf") else guess(data)


def _is_valid(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeError:
        return False
    return True


def _is_nearly_valid(data: bytes, codec: str) -> bool:
    """Whether so few bytes are not in ``codec`` that they are damage."""
    beyond_ascii = len(data.translate(None, _ASCII))
    bad = data.decode(codec, BAD_BYTE).count(REPLACEMENT)
    return max(beyond_ascii, bad) <= max(_FEW_DAMAGED, _DAMAGED_SHARE * len(data))


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether all is UTF-8, or no more bytes are not than it has letters of several bytes."""
    if _is_valid(data, "utf-8"):
        return True
    letters = _SEQUENCE.findall(data)
    beyond_ascii = len(data.translate(None, _ASCII))
    bad = beyond_ascii - sum(map(len, letters)) - len(_CUT.findall(data))
    return bad <= len(letters) > 0
