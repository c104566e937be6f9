"""Word and PowerPoint files of before 2007 (.doc, .ppt): their text, without styles.

Follows Microsoft's open specifications [MS-DOC] and [MS-PPT].
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import LINE, TextBuilder, tidy
from index.load.table import table_lines

if TYPE_CHECKING:
    import olefile

_WORD_MAGIC, _WORD_OLD_MAGICS = 0xA5EC, (0xA5DC, 0xA699, 0xA697)  # of 97 to 2003; of before
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_CLX_PAIR = 33  # which of the pairs of places and lengths tells where the pieces of text are
_COMPRESSED = 1 << 30  # a piece of one byte a character
_FIELD_CODE = re.compile(r"\x13[^\x13-\x15]*\x14|\x13[^\x13-\x15]*\x15")  # but not what it shows
_ROWS_END = "\x07\x07"  # a cell ends with one such mark, and the row with another
_WORD_MARKS = str.maketrans({"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x1e": "-", "\xa0": " "})

_SLIDE_LIST, _SLIDE, _SLIDE_TEXTS = 0x0FF0, 0x03EE, 0
_NEXT_SLIDE, _KIND_OF_TEXT, _TEXT_WIDE, _TEXT_NARROW = 0x03F3, 0x0F9F, 0x0FA0, 0x0FA8
_TITLES = (0, 6)  # kinds of text: the title of a slide, and of the first slide
_ENCRYPTED_SLIDES = 0xF3D1C4DF
_DEEPEST_RECORD = 30


def load_doc(data: bytes, name: str) -> LoadedDocument:
    """A Word document. Raises UnreadableError when it is encrypted, damaged or older than 1997."""
    ole = _opened(data, name)
    main = _stream(ole, "WordDocument", name)
    try:
        text = _word_text(ole, main, name)
    except struct.error as error:
        raise UnreadableError(f"{name} is damaged; save it again as .docx") from error
    built = TextBuilder()
    for is_table, block in _word_blocks(text):
        lines = table_lines(_rows(block)) if is_table else block.split("\n")
        for line in lines:
            built.add(line)
    return built.document(_title(ole) or PurePath(name).name, "application/msword")


def load_ppt(data: bytes, name: str) -> LoadedDocument:
    """A presentation, each slide a page. Raises UnreadableError when it is encrypted or damaged."""
    ole = _opened(data, name)
    user = _stream(ole, "Current User", name)
    if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_SLIDES:
        raise UnreadableError(f"{name} is encrypted; save it without its password")
    stream = _stream(ole, "PowerPoint Document", name)
    outline = list(_outline(stream))
    boxes = [list(_texts(stream, start, end)) for start, end in _found(stream, _SLIDE)]
    built = TextBuilder()
    for number, slide in enumerate(outline):
        built.page()
        of_boxes = boxes[number] if len(boxes) == len(outline) else []
        for kind, text in (*slide, *(each for each in of_boxes if each not in slide)):
            _add_text(built, kind, text)
    if len(boxes) != len(outline):  # saved over and over: which belongs where is not told
        for kind, text in dict.fromkeys(each for box in boxes for each in box):
            if not any((kind, text) in slide for slide in outline):
                _add_text(built, kind, text)
    return built.document(
        _title(ole) or built.first_heading or PurePath(name).name, "application/vnd.ms-powerpoint"
    )


def _opened(data: bytes, name: str) -> olefile.OleFileIO:
    import olefile

    try:
        return olefile.OleFileIO(data)
    except OSError as error:
        raise UnreadableError(f"{name} is damaged ({error}); save it again") from error


def _stream(ole: olefile.OleFileIO, path: str, name: str) -> bytes:
    if not ole.exists(path):
        raise UnreadableError(f"{name} is damaged: it lacks {path}; save it again")
    data: bytes = ole.openstream(path).read()
    return data


def _title(ole: olefile.OleFileIO) -> str:
    stated = ole.get_metadata().title
    title = tidy(stated.decode("cp1252", "replace")) if isinstance(stated, bytes) else ""
    return "" if title.lower().startswith(("slide 1", "powerpoint pre")) else title


# Word


def _word_text(ole: olefile.OleFileIO, main: bytes, name: str) -> str:
    """The characters of the document and of its notes."""
    magic, flags = struct.unpack_from("<H8xH", main)
    if magic in _WORD_OLD_MAGICS:
        raise UnreadableError(f"{name} is of a Word before 1997; save it as .docx")
    if magic != _WORD_MAGIC:
        raise UnreadableError(f"{name} is damaged; save it again as .docx")
    if flags & _ENCRYPTED:
        raise UnreadableError(f"{name} is encrypted; save it without its password")
    longs = 0x22 + 2 * struct.unpack_from("<H", main, 0x20)[0] + 2
    of_text, of_notes = struct.unpack_from("<II", main, longs + 3 * 4)
    pairs = longs + 4 * struct.unpack_from("<H", main, longs - 2)[0] + 2
    start, length = struct.unpack_from("<II", main, pairs + 8 * _CLX_PAIR)
    table = _stream(ole, "1Table" if flags & _TABLE_1 else "0Table", name)
    pieces = _pieces(table[start : start + length])
    return "".join(_piece(main, *piece) for piece in pieces)[: of_text + of_notes]


def _pieces(clx: bytes) -> Iterator[tuple[int, int]]:
    """The number of characters of each piece of text, and its place with the mark of its kind."""
    at = 0
    while clx[at : at + 1] == b"\x01":  # formats that pieces refer to
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    size = struct.unpack_from("<I", clx, at + 1)[0]
    count = (size - 4) // 12
    starts = struct.unpack_from(f"<{count + 1}I", clx, at + 5)
    for number in range(count):
        place = struct.unpack_from("<I", clx, at + 5 + 4 * (count + 1) + 8 * number + 2)[0]
        yield starts[number + 1] - starts[number], place


def _piece(main: bytes, characters: int, place: int) -> str:
    if place & _COMPRESSED:
        start = (place & ~_COMPRESSED) // 2
        return main[start : start + characters].decode("cp1252", "replace")
    return main[place : place + 2 * characters].decode("utf-16-le", "replace")


def _word_blocks(text: str) -> Iterator[tuple[bool, str]]:
    """The text in parts, each with whether it is a table."""
    while _FIELD_CODE.search(text):  # one may lie in another
        text = _FIELD_CODE.sub("", text)
    end = text.rfind(_ROWS_END) + len(_ROWS_END) if _ROWS_END in text else 0
    start = text.rfind("\r", 0, text.find("\x07", 0, end)) + 1 if end else 0
    for part in (text[:start], text[start:end], text[end:]):
        yield part.endswith(_ROWS_END), part.translate(_WORD_MARKS)


def _rows(table: str) -> list[list[str]]:
    return [row.split("\x07") for row in table.removesuffix(_ROWS_END).split(_ROWS_END)]


# PowerPoint


def _records(stream: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The records side by side in a range: version and instance, type, start, end."""
    while start + 8 <= end:
        kind, type_, length = struct.unpack_from("<HHI", stream, start)
        stop = min(start + 8 + length, end)
        yield kind, type_, start + 8, stop
        start = stop


def _within(
    stream: bytes, start: int, end: int, depth: int = 0
) -> Iterator[tuple[int, int, int, int]]:
    """The records in a range and, after each, those in it."""
    for record in _records(stream, start, end):
        yield record
        if record[0] & 0xF == 0xF and depth < _DEEPEST_RECORD:
            yield from _within(stream, record[2], record[3], depth + 1)


def _found(stream: bytes, type_: int) -> list[tuple[int, int]]:
    records = _within(stream, 0, len(stream))
    return [(start, end) for _, found, start, end in records if found == type_]


def _outline(stream: bytes) -> Iterator[list[tuple[int, str]]]:
    """For each slide the texts of its title and body, each with its kind."""
    lists = [
        (start, end)
        for kind, type_, start, end in _within(stream, 0, len(stream))
        if type_ == _SLIDE_LIST and kind >> 4 == _SLIDE_TEXTS
    ]
    for start, end in lists[-1:]:  # the file keeps those of earlier versions before it
        borders = [
            at - 8 for _, type_, at, _ in _records(stream, start, end) if type_ == _NEXT_SLIDE
        ]
        for begin, stop in zip(borders, [*borders[1:], end], strict=True):
            yield list(_texts(stream, begin, stop))


def _texts(stream: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
    text_kind = -1
    for _, type_, begin, stop in _within(stream, start, end):
        if type_ == _KIND_OF_TEXT and stop - begin >= 4:
            text_kind = struct.unpack_from("<I", stream, begin)[0]
        elif type_ == _TEXT_WIDE:
            yield text_kind, stream[begin:stop].decode("utf-16-le", "replace")
        elif type_ == _TEXT_NARROW:
            yield text_kind, stream[begin:stop].decode("latin-1")


def _add_text(built: TextBuilder, kind: int, text: str) -> None:
    lines = [line for line in map(tidy, re.split(r"[\r\n\x0b]", text)) if line.strip("*")]
    if kind in _TITLES:
        built.add(" ".join(lines), level=1)
        return
    for number, line in enumerate(lines):
        built.add(f"- {line}" if len(lines) > 1 else line, gap=LINE if number else "\n\n")
