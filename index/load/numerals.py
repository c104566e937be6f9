"""How the numbers of lists are written: ``iv``, ``b``, ``03``, ``①``; the same for every format.

Knows no file format. The names of the ways are those of Office Open XML.
"""

from __future__ import annotations

from rag.language import KNOWN

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыэюя"
_KANA = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_ALPHABETS = {
    "lowerLetter": _LATIN,
    "upperLetter": _LATIN.upper(),
    "russianLower": _CYRILLIC,
    "russianUpper": _CYRILLIC.upper(),
    "lowerGreek": "αβγδεζηθικλμνξοπρστυφχψω",
    "upperGreek": "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
    "chicago": "*†‡§",
    "aiueo": _KANA,
    "aiueoFullWidth": _KANA,
    "ganada": "가나다라마바사아자차카타파하",
    "chosung": "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
    "arabicAlpha": "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "hebrew2": "אבגדהוזחטיכלמנסעפצקרשת",
    "ideographTraditional": _STEMS,
}
_ZEROS = {
    "decimalFullWidth": "０",
    "decimalFullWidth2": "０",
    "thaiNumbers": "๐",
    "hindiNumbers": "०",
    "hindiCounting": "०",
    "arabicIndic": "٠",
}
_ENCLOSED = {
    "decimalEnclosedCircle": "①",
    "decimalEnclosedCircleChinese": "①",
    "decimalEnclosedParen": "⑴",
    "decimalEnclosedFullstop": "⒈",
}
_LAST_ENCLOSED = 20
_COUNTED = {
    "chineseCounting",
    "chineseCountingThousand",
    "japaneseCounting",
    "japaneseLegal",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
    "ideographDigital",
    "taiwaneseDigital",
}
_DIGITS = "〇一二三四五六七八九"
_TENS = {1000: "千", 100: "百", 10: "十"}
_ROMAN = dict(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        "m cm d cd c xc l xl x ix v iv i".split(),
        strict=True,
    )
)
_LARGEST = 3999  # of Roman numerals; beyond, and for letters, digits are as good


def numeral(number: int, way: str, language: str = "") -> str:
    """``number`` as a list shows it: empty for the way ``none``, digits for a way not known.

    ``language`` is the code of the text's own, ``en`` or ``de-AT``: it tells how ordinals end.
    """
    if way == "none":
        return ""
    if way in _ALPHABETS:
        return _letters(number, _ALPHABETS[way]) or str(number)
    if way in ("lowerRoman", "upperRoman") and 0 < number <= _LARGEST:
        roman = _roman(number)
        return roman if way == "lowerRoman" else roman.upper()
    if way.startswith("decimalZero"):
        return f"{number:0{2 + len(way.removeprefix('decimalZero'))}}"
    if way in _ZEROS:
        zero = ord(_ZEROS[way])
        return str(number).translate({ord("0") + each: zero + each for each in range(10)})
    if way in _ENCLOSED and 0 < number <= _LAST_ENCLOSED:
        return chr(ord(_ENCLOSED[way]) + number - 1)
    if way in _COUNTED and 0 <= number < 10_000:
        return _counted(number, way)
    if way.startswith(("ordinal", "cardinalText")):
        return _in_words(number, way, language)
    return f"-{number}-" if way == "numberInDash" else str(number)


def from_roman(written: str) -> int | None:
    """The number that Roman numerals write, in capitals or not; None where they write none."""
    rest, number = written.lower(), 0
    for value, letters in _ROMAN.items():
        while rest.startswith(letters):
            rest, number = rest.removeprefix(letters), number + value
    return number if number and _roman(number) == written.lower() else None


def _letters(number: int, alphabet: str) -> str:
    """After the last letter they are doubled, as Word does: ``z``, ``aa``, ``bb``."""
    if not 0 < number <= _LARGEST:
        return ""
    rounds, at = divmod(number - 1, len(alphabet))
    return alphabet[at] * (rounds + 1)


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN.items():
        times, number = divmod(number, value)
        written += letters * times
    return written


def _counted(number: int, way: str) -> str:
    if way.endswith("Digital"):
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if number == 0:
        return _DIGITS[0]
    written = ""
    for value, sign in _TENS.items():
        times, number = divmod(number, value)
        if times:
            written += ("" if times == 1 else _DIGITS[times]) + sign
    return written + (_DIGITS[number] if number else "")


def _in_words(number: int, way: str, code: str) -> str:
    """Ordinals and words as the language writes them; in one that is not known, ``3.``."""
    numerals = next((each.numerals for each in KNOWN if code[:2].lower() == each.code), None)
    words = {} if numerals is None else numerals.small if "cardinal" in way else numerals.ordinals
    word = next((word for word, value in words.items() if value == number), "")
    if way != "ordinal" and word:
        return word.capitalize()
    if "cardinal" in way:
        return str(number)
    return f"{number}." if numerals is None else f"{number}{numerals.ordinal_ending(number)}"
