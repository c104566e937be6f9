"""Names of encodings, and which one text without a statement of it is in.

Names mean what they mean on the web (the WHATWG standard): ``iso-8859-1`` and ``ascii`` are
windows-1252, because that is what files so labelled are. A guess is Firefox's (chardetng); where
its reading looks wrong, other 8-bit encodings of European text are compared with it. Knows no file
format.
"""

from __future__ import annotations

import codecs
import re
from functools import partial

BAD_BYTE = "each-bad-byte"  # a handler of errors: every undecodable byte becomes one U+FFFD
REPLACEMENT = "\ufffd"

_LOOKED_AT = 1 << 20  # bytes: the guess does not change with more
_COMPARED = 1 << 16  # bytes that are read in several encodings
# Of one byte a character, the usual ones first, for European text that the first guess does not
# explain. Old files of DOS and Macintosh are among them, which browsers do not look for.
_OTHERS = ("cp1252", "cp1250", "cp1251", "cp1254", "cp1257", "cp1256", "cp850", "mac-roman")
_RARE = ("iso8859-3", "iso8859-4", "iso8859-10", "iso8859-14", "iso8859-16")
_MULTIBYTE = ("gb18030", "gbk", "big5hkscs", "euc_jp", "cp932", "cp949", "iso2022_jp", "hz")

# What the languages of Latin script write beyond ASCII, in lower case: German, French, Spanish,
# Portuguese, Italian, Catalan, Dutch, Swedish and Finnish, Danish and Norwegian, Icelandic,
# Estonian, English; Polish, Czech and Slovak, Hungarian, Romanian, Croatian and Slovenian,
# Albanian; Turkish; Lithuanian, Latvian.
_ALPHABETS = tuple(
    frozenset(letters)
    for letters in (
        "äöüß àâæçéèêëîïôœùûüÿ áéíñóúüªº àáâãçéêíóôõúüªº àèéìíîòóùú àçéèíïòóúü áéëèïíóöúü åäöé "
        "æøåéó áðéíóúýþæö äõöüšž éèêëçñôöïàü ąćęłńóśźż áäčďéěíĺľňóôŕřšťúůýž áéíóöőúüű "
        "ăâîşţșț čćđšž ëç çğıöşüâî ąčęėįšųūž āčēģīķļņšūž"
    ).split()
)
_LATIN = re.compile("[\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u024f\u1e00-\u1eff]")
# What no language does: a sign within a word, a capital among small letters, a letter before a
# figure, a letter of another script within a word of ASCII, a word's last letter within a word.
_ODD = re.compile(
    "(?<=[a-z])[^\x00-\x7f\xad\xb7\u2010-\u2019\u2026\xa0\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af](?=[a-z])"
    "|(?<=[a-zß-öø-ÿ])[À-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĹĽŁŃŅŇŐŒŔŘŚŜŞŠŢŤŪŬŮŰŲŸŹŻŽ](?=[a-zß-öø-ÿ])"
    "|(?<=[а-я])[А-Я](?=[а-я])|[À-ÖØ-öø-ʯ](?=\\d)"
    "|(?<=[A-Za-z])[\u0370-\u06ff]|[\u0370-\u06ff](?=[A-Za-z])"
    "|[םןךףץ](?=[א-ת])|[\x80-\x9f\ufffd]"
)


def _each_bad_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return REPLACEMENT * (error.end - error.start), error.end


codecs.register_error(BAD_BYTE, _each_bad_byte)


def codec_of(label: str) -> str | None:
    """Python's name of the encoding that ``label`` stands for; None for one that is not known."""
    from webencodings import lookup

    found = lookup(label)
    name = found.codec_info.name if found else label.strip()
    if name == "gbk":
        return "gb18030"  # of which it is a part
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def is_multibyte(codec: str) -> bool:
    """Whether a codec other than those of Unicode writes letters with several bytes."""
    return codec in _MULTIBYTE


def guess(data: bytes) -> str:
    """The codec that bytes of an old encoding are most likely in, not UTF-8."""
    from chardetng_py import EncodingDetector

    detector = EncodingDetector()
    detector.feed(data[:_LOOKED_AT], last=True)
    first = codec_of(detector.guess(tld=None, allow_utf8=False)) or "cp1252"
    sample = data[:_COMPARED]
    if is_multibyte(first):
        return first
    least = _strangeness(sample, first) + (first in _RARE)
    if not least:
        return first
    best = min(_OTHERS, key=partial(_strangeness, sample))
    return best if _strangeness(sample, best) < least else first


def _strangeness(data: bytes, codec: str) -> int:
    """How many characters of ``data``, read so, no language would put where they stand."""
    text = data.decode(codec, BAD_BYTE)
    letters = _LATIN.findall(text.lower())
    foreign = min(sum(letter not in each for letter in letters) for each in _ALPHABETS)
    return foreign + len(_ODD.findall(text))
