"""Names of encodings, and which one text without a statement of it is in.

Names mean what they mean on the web (the WHATWG standard): ``iso-8859-1`` and ``ascii`` are
windows-1252, because that is what files so labelled are. A guess is Firefox's (chardetng); where
its reading looks wrong, other 8-bit encodings of European text are compared with it. Knows no file
format.
"""

from __future__ import annotations

import codecs
import re

BAD_BYTE = "each-bad-byte"  # a handler of errors: every undecodable byte becomes one U+FFFD
REPLACEMENT = "\ufffd"

_LOOKED_AT = 1 << 20  # bytes: the guess does not change with more
_COMPARED = 1 << 16  # bytes that are read in several encodings
# Of one byte a character, the usual ones first, for European text that the first guess does not
# explain. Old files of DOS and Macintosh are among them, which browsers do not look for.
_OTHERS = ("cp1252", "cp1250", "cp1251", "cp1254", "cp1257", "cp1256", "cp850", "mac-roman")
_OF_OTHER_SCRIPTS = ("cp1251", "cp1256")  # which read much without an oddity that is none of theirs
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
# What bytes of several for a letter look like, read one by one: signs beside letters beyond ASCII,
# capitals behind small letters.
_SIGNS = (
    "\xa1-\xa9\xac\xae-\xb6\xb8\xb9\xbc-\xbf\xd7\xf7\u0192\u02c6\u02dc\u2020\u2021\u2030\u2122"
    "\u2500-\u25ff"
)
_SOUP = re.compile(
    rf"(?<=[^\W\d_\x00-\x7f])[{_SIGNS}]|[{_SIGNS}](?=[^\W\d_\x00-\x7f])"
    rf"|(?<=[^\W\d_])[{_SIGNS}](?=[{_SIGNS}]|[^\W\d_])"
    "|(?<=[\u0600-\u06ff])[\xc0-\xff]|[\xc0-\xff](?=[\u0600-\u06ff])"
    "|(?<=[α-ωά-ώ])[Α-Ω]|ς(?=[α-ωά-ώ])|(?<=[а-яё])[А-Я]{2}|[ъь][ъь]"
    "|[бвгджзйклмнпрстфхцчшщъь]{6}|(?<=[a-zß-öø-ÿ]{2})[À-ÖØ-Þ](?![^\\W\\d_])"
)
# Of Chinese, Japanese and Korean: signs of private use, rare ones, katakana of half width, signs of
# Chinese beside letters of Korean, blanks between them.
_RARE_SIGN = re.compile(
    "[\ue000-\uf8ff\u3400-\u4dbf\uf900-\ufaff\uff61-\uff9f\U00020000-\U0003ffff]"
    "|[\uac00-\ud7a3](?=[\u4e00-\u9fff])|[\u4e00-\u9fff](?=[\uac00-\ud7a3])"
    "|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])"
)
_KANA = re.compile("[\u3041-\u30fa]")  # which Chinese has not
_CHINESE = ("gb18030", "big5", "big5hkscs")
_BORDER = re.compile(rb"[\x00-\x2f]")
_PART_COUNT = 4
_SHORT = 400  # bytes
_SHORTEST_PART = 12  # bytes: fewer tell nothing


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
    """The codec that bytes of an old encoding are most likely in, not UTF-8.

    One byte that its encoding has not makes the first guess another one. So the parts of the text
    are asked as well, of which most are whole; the reading with the fewest oddities decides.
    """
    sample = data[:_COMPARED]
    first = _detected(data[:_LOOKED_AT])
    least = _strangeness(sample, first) + (first in _RARE)
    if not least:
        return first
    found = dict.fromkeys(map(_detected, (*_parts(sample), *_without_each_word(sample))), 0)
    if not is_multibyte(first):
        found = {each: int(each in _OF_OTHER_SCRIPTS) for each in _OTHERS} | found
    costs = {each: _strangeness(sample, each) + more for each, more in found.items()}
    best = min(costs, key=costs.__getitem__, default=first)
    return best if costs.get(best, least) < least else first


def _detected(data: bytes) -> str:
    from chardetng_py import EncodingDetector

    detector = EncodingDetector()
    detector.feed(data, last=False)  # a letter that is cut at the end speaks against no encoding
    return codec_of(detector.guess(tld=None, allow_utf8=False)) or "cp1252"


def _parts(data: bytes) -> list[bytes]:
    """Data in pieces of about equal length, each cut behind a sign of ASCII that is no half of a
    letter, else between two bytes that may be whole letters."""
    size = max(_SHORTEST_PART, len(data) // _PART_COUNT)
    parts, start = [], 0
    while len(data) - start > size + _SHORTEST_PART:
        end = start + size
        border = _BORDER.search(data, end)
        if border and border.end() - end <= size:
            end = border.end()
        else:
            run = max((each.end() for each in _BORDER.finditer(data, start, end)), default=start)
            end -= (end - run) % 2
        parts.append(data[start:end])
        start = end
    return [*parts, data[start:]] if parts else []


def _without_each_word(data: bytes) -> list[bytes]:
    """A short text without each of its words in turn, of which one may be the damaged one."""
    words = data.split(b" ")
    if len(data) > _SHORT:
        return []
    return [
        b" ".join((*words[:at], *words[at + 1 :]))
        for at, word in enumerate(words)
        if not word.isascii()
    ]


def _strangeness(data: bytes, codec: str) -> int:
    """How many characters of ``data``, read so, no language would put where they stand."""
    text = data.decode(codec, BAD_BYTE)
    odd = len(_ODD.findall(text))
    if is_multibyte(codec):
        kana = len(_KANA.findall(text)) if codec in _CHINESE else 0
        return odd + kana + len(_RARE_SIGN.findall(text))
    letters = _LATIN.findall(text.lower())
    foreign = min(sum(letter not in each for letter in letters) for each in _ALPHABETS)
    return foreign + odd + len(_SOUP.findall(text))
