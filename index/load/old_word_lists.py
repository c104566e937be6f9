"""The lists of Word files of before 2007, by [MS-DOC], and the numbers of their items.

A paragraph, or its style, names an entry of the table of lists in use by its number; that entry
names a definition and says what of it is different. What is damaged has no numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

from index.load.list_numbers import Counts, ItemList, Level
from index.load.old_word_formats import ParagraphFormat, paragraph_format

_LEVELS = 9
_NO_LIST = (0, 0xF801)  # none, and none although the text is indented as in one
_LEAST_NEGATIVE = 0xF802  # from here on the number of an entry, negated, whose indent is not used
_DEFINITION, _ENTRY, _CHANGE, _LEVEL = 28, 16, 8, 28  # bytes
_ONE_LEVEL, _IS_LEGAL, _RESTARTS_LESS = 0x01, 0x04, 0x08
_OF_LEVEL, _STARTS, _IS_WRITTEN = 0x0F, 0x10, 0x20  # of a change to a definition
_NO_STYLE = 0x0FFF
_PARAGRAPHS = 1  # the kind of style
_LONGEST_CHAIN = 50  # styles that are based on each other; Word itself stops sooner
_LONGEST_TEXT = 255  # characters of what is written around numbers; Word lets nobody type more
_LARGEST_START = 0x7FFF
_ODD = ""  # the shape of a level that is counted, but cannot be written
_SHAPES = dict(
    enumerate(
        """decimal upperRoman lowerRoman upperLetter lowerLetter ordinal cardinalText ordinalText
        hex chicago ideographDigital japaneseCounting aiueo iroha decimalFullWidth
        decimalHalfWidth japaneseLegal japaneseDigitalTenThousand decimalEnclosedCircle
        decimalFullWidth2 aiueoFullWidth irohaFullWidth decimalZero bullet ganada chosung
        decimalEnclosedFullstop decimalEnclosedParen decimalEnclosedCircleChinese
        ideographEnclosedCircle ideographTraditional ideographZodiac ideographZodiacTraditional
        taiwaneseCounting ideographLegalTraditional taiwaneseCountingThousand taiwaneseDigital
        chineseCounting chineseLegalSimplified chineseCountingThousand decimal koreanDigital
        koreanCounting koreanLegal koreanDigital2 hebrew1 arabicAlpha hebrew2 arabicAbjad
        hindiVowels hindiConsonants hindiNumbers hindiCounting thaiLetters thaiNumbers
        thaiCounting vietnameseCounting numberInDash russianLower russianUpper""".split()
    )
) | {0xFF: "none"}


class Lists:
    """The lists of a document, and how far they are counted.

    ``definitions`` are the bytes of their table and all that follows it, ``entries`` those of
    what paragraphs refer to, ``styles`` the sheet of styles.
    """

    def __init__(self, definitions: bytes, entries: bytes, styles: bytes, language: str) -> None:
        self._lists = list(_entries(entries, dict(_definitions(definitions))))
        self._styles = dict(_styles(styles))
        self._counts = Counts(language)

    def mark(self, form: ParagraphFormat, *, is_ended: bool = True) -> str | None:
        """What stands in front of the next paragraph, which has this format, and a blank.

        Empty for what is no item of a list, None for an item whose number cannot be told: that
        of one that has not ended is not, and counts nothing.
        """
        entry, level, by = self._of_style(form.style)
        style = form.style
        if form.entry is not None:
            entry, style, by = form.entry, _NO_STYLE, _NO_STYLE
        if entry is None or entry in _NO_LIST:
            return ""
        at = entry if entry < _LEAST_NEGATIVE else (1 << 16) - entry
        found = self._lists[at - 1] if at <= len(self._lists) else None
        if found is None or not is_ended:
            return None
        levels = (form.item_level, found.linked(str(style)), level, found.linked(str(by)), 0)
        return self._mark(found, next(each for each in levels if each is not None))

    def _mark(self, found: ItemList, at: int) -> str | None:
        if at not in found.levels:
            return None
        mark = self._counts.mark(found, at)
        written = [at, *(part for part in found.levels[at].text if isinstance(part, int))]
        known = (each in found.levels and found.levels[each].shape != _ODD for each in written)
        return mark if all(known) else None

    def _of_style(self, style: int) -> tuple[int | None, int | None, int]:
        """The entry and the level of a style, and which of those it is based on tells them."""
        level: int | None = None
        for _ in range(_LONGEST_CHAIN):
            if style not in self._styles:
                break
            form, based_on = self._styles[style]
            level = form.item_level if level is None else level
            if form.entry is not None:
                return form.entry, level, style
            style = based_on
        return None, level, _NO_STYLE


def _styles(data: bytes) -> Iterator[tuple[int, tuple[ParagraphFormat, int]]]:
    """The number of each style of paragraphs, what it tells, and the one that it is based on."""
    try:
        size, count, named_at = struct.unpack_from("<HHH", data)
        at = 2 + size
        for number in range(count):
            (length,) = struct.unpack_from("<H", data, at)
            style = data[at + 2 : at + 2 + length]
            at += 2 + length + length % 2
            if not length:
                continue
            (kind,) = struct.unpack_from("<H", style, 2)
            if kind % 16 == _PARAGRAPHS:
                (name,) = struct.unpack_from("<H", style, named_at)
                told_at = named_at + 2 + 2 * name + 2
                (told,) = struct.unpack_from("<H", style, told_at)
                form = paragraph_format(style[told_at + 2 : told_at + 2 + told])
                yield number, (form, kind >> 4)
    except struct.error:  # the others are not known
        return


def _definitions(data: bytes) -> Iterator[tuple[int, ItemList]]:
    """The lists that are defined, by their numbers, up to what is damaged."""
    try:
        (count,) = struct.unpack_from("<H", data)
        at = 2 + _DEFINITION * count
        for number in range(count):
            head = 2 + _DEFINITION * number
            (id_,) = struct.unpack_from("<i", data, head)
            styles = struct.unpack_from("<9H", data, head + 8)
            (flags,) = struct.unpack_from("<B", data, head + 26)
            levels: dict[int, Level] = {}
            for place in range(1 if flags & _ONE_LEVEL else _LEVELS):
                level, at = _level(data, at, place)
                style = "" if styles[place] == _NO_STYLE else str(styles[place])
                levels[place] = replace(level, style=style)
            yield id_, ItemList(str(id_), levels)
    except struct.error:  # where the others begin is not known
        return


def _level(data: bytes, at: int, place: int) -> tuple[Level, int]:
    """A level, and where it ends."""
    start, way, flags = struct.unpack_from("<iBB", data, at)
    numbers = struct.unpack_from("<9B", data, at + 6)
    characters, paragraphs, limit = struct.unpack_from("<3B", data, at + 24)
    at += _LEVEL + characters + paragraphs
    (length,) = struct.unpack_from("<H", data, at)
    units = struct.unpack_from(f"<{length}H", data, at + 2)
    text = _text(units, numbers, place)
    shape = _SHAPES.get(way, _ODD)
    if text is None or (shape not in ("bullet", "none") and not 0 <= start <= _LARGEST_START):
        text, shape, start = (), _ODD, 0
    level = Level(
        text,
        shape,
        start,
        restarts_after=limit if flags & _RESTARTS_LESS else None,
        is_legal=bool(flags & _IS_LEGAL),
    )
    return level, at + 2 + 2 * length


def _text(
    units: tuple[int, ...], numbers: tuple[int, ...], place: int
) -> tuple[str | int, ...] | None:
    """The text of a level with the levels whose numbers it has, None if it is not as it must be.

    ``numbers`` are the places of those, counted from 1, up to the first zero.
    """
    parts: list[str | int] = []
    at = 0
    for number in numbers[: numbers.index(0)] if 0 in numbers else numbers:
        if not at < number <= len(units) or units[number - 1] > place:
            return None
        parts += [_joined(units[at : number - 1]), units[number - 1]]
        at = number
    parts.append(_joined(units[at:]))
    literal = "".join(part for part in parts if isinstance(part, str))
    is_text = all(each >= " " or each == "\t" for each in literal)
    return tuple(parts) if is_text and len(units) <= _LONGEST_TEXT else None


def _joined(units: tuple[int, ...]) -> str:
    return struct.pack(f"<{len(units)}H", *units).decode("utf-16-le", "replace")


def _entries(data: bytes, definitions: dict[int, ItemList]) -> Iterator[ItemList | None]:
    """The lists in use; None for one that cannot be told, and for what is counted with it."""
    count = struct.unpack_from("<I", data)[0] if len(data) >= 4 else 0
    if 4 + _ENTRY * count > len(data):
        return
    heads = [struct.unpack_from("<i8xB", data, 4 + _ENTRY * number) for number in range(count)]
    at = 4 + _ENTRY * count
    found: list[ItemList | None] = []
    unknown: set[int] = set()
    for id_, changes in heads:
        at += 4  # a place of the text, which bears nothing
        own = definitions.get(id_)
        used = ItemList(str(id_), dict(own.levels) if own else {})
        try:
            for _ in range(changes):
                at = _changed(used, data, at)
        except struct.error:
            unknown.add(id_)
            at = len(data)  # so that no later change is read, either
        found.append(used if own else None)
    for (id_, _), used_or_none in zip(heads, found, strict=True):
        yield None if id_ in unknown else used_or_none


def _changed(used: ItemList, data: bytes, at: int) -> int:
    """Makes a change to a definition, and tells where it ends."""
    start, flags = struct.unpack_from("<iI", data, at)
    place = flags & _OF_LEVEL
    at += _CHANGE
    before = used.levels.get(place, Level((), _ODD))
    if flags & _IS_WRITTEN:
        level, at = _level(data, at, place)
        used.levels[place] = replace(level, style=before.style)
    elif flags & _STARTS:
        is_known = 0 <= start <= _LARGEST_START
        used.levels[place] = replace(before, start=start) if is_known else Level((), _ODD)
    if flags & _STARTS:
        used.begins_anew.add(place)
    return at
