"""PowerPoint files of before 2007 (.ppt): their text, without styles; how such files are opened.

Follows Microsoft's open specification [MS-PPT].
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
from index.load.chains import is_endless
from index.load.old_slide_looks import shifted
from index.load.rtf_fonts import codec_of_page
from index.load.runs import commented

if TYPE_CHECKING:
    import olefile

_SLIDE_LIST, _SLIDE, _SLIDE_TEXTS = 0x0FF0, 0x03EE, 0
_NEXT_SLIDE, _KIND_OF_TEXT, _TEXT_WIDE, _TEXT_NARROW = 0x03F3, 0x0F9F, 0x0FA0, 0x0FA8
_LOOKS = 0x0FA1  # of the text before
_TAG_DATA, _COMMENT, _STRING = 0x138B, 0x2EE0, 0x0FBA  # a comment lies in the data of a slide's tag
_AUTHOR, _WORDS = 0, 1  # which string of a comment
_TITLES = (0, 6)  # kinds of text: the title of a slide, and of the first slide
_ENCRYPTED_SLIDES = 0xF3D1C4DF
_DEEPEST_RECORD = 30
_PROPERTIES, _MOST_OF_PROPERTIES = "\x05SummaryInformation", 1 << 20
_CODE_PAGE, _TITLE = 1, 2  # ids of properties
_NARROW, _WIDE, _WIDE_PAGE = 0x1E, 0x1F, 1200  # kinds of text; the code page that is UTF-16


def load_ppt(data: bytes, name: str) -> LoadedDocument:
    """A presentation, each slide a page. Raises UnreadableError when it is encrypted or damaged."""
    ole = opened(data, name)
    user = stream(ole, "Current User", name)
    if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_SLIDES:
        raise UnreadableError(f"{name} is encrypted; save it without its password")
    slides = stream(ole, "PowerPoint Document", name)
    outline = list(_outline(slides))
    places = _found(slides, _SLIDE)
    boxes = [list(_texts(slides, start, end)) for start, end in places]
    comments = [list(_comments(slides, start, end)) for start, end in places]
    built = TextBuilder()
    for number, slide in enumerate(outline):
        built.page()
        of_boxes = boxes[number] if len(boxes) == len(outline) else []
        for kind, text in (*slide, *(each for each in of_boxes if each not in slide)):
            _add_text(built, kind, text)
        for comment in comments[number] if len(boxes) == len(outline) else ():
            built.add(comment)
    if len(boxes) != len(outline):  # saved over and over: which belongs where is not told
        listed = {each for slide in outline for each in slide}
        for kind, text in dict.fromkeys(each for box in boxes for each in box):
            if (kind, text) not in listed:
                _add_text(built, kind, text)
        for comment in dict.fromkeys(each for of_slide in comments for each in of_slide):
            built.add(comment)
    title = stated_title(ole) or built.first_heading or PurePath(name).name
    return built.document(title, "application/vnd.ms-powerpoint")


def opened(data: bytes, name: str) -> olefile.OleFileIO:
    """The compound file in ``data``. Raises UnreadableError when it is damaged."""
    import olefile

    if is_endless(data):
        raise UnreadableError(f"{name} is damaged: its parts have no end; save it again")
    try:
        return olefile.OleFileIO(data)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{name} is damaged ({error}); save it again") from error


def stream(ole: olefile.OleFileIO, path: str, name: str) -> bytes:
    """The bytes of a part of a compound file. Raises UnreadableError when it lacks the part."""
    if not ole.exists(path):
        raise UnreadableError(f"{name} is damaged: it lacks {path}; save it again")
    data: bytes = ole.openstream(path).read()
    return data


def stated_title(ole: olefile.OleFileIO) -> str:
    """The title among the properties of a file; empty without one, and for what programs put in.

    Read here, where olefile would turn every property of the file into a value: a vector whose
    count is damaged has billions. Layout: [MS-OLEPS], 2.21 and 2.15 to 2.18.
    """
    if not ole.exists(_PROPERTIES):
        return ""
    try:
        title = tidy(_title(ole.openstream(_PROPERTIES).read(_MOST_OF_PROPERTIES)))
    except (OSError, ValueError, struct.error):  # damaged properties are none
        return ""
    return "" if title.lower().startswith(("slide 1", "powerpoint pre")) else title


def _title(properties: bytes) -> str:
    (start,) = struct.unpack_from("<I", properties, 44)  # of the first set, behind its id
    (count,) = struct.unpack_from("<I", properties, start + 4)
    listed = properties[start + 8 : start + 8 + 8 * count]
    at = dict(struct.iter_unpack("<II", listed[: len(listed) // 8 * 8]))
    if _TITLE not in at:
        return ""
    page = 0
    if _CODE_PAGE in at:
        (page,) = struct.unpack_from("<H", properties, start + at[_CODE_PAGE] + 4)
    kind, length = struct.unpack_from("<II", properties, start + at[_TITLE])
    text = properties[start + at[_TITLE] + 8 :]
    if kind == _WIDE:
        return text[: 2 * length].decode("utf-16-le", "replace")
    if kind != _NARROW:
        return ""
    codec = "utf-16-le" if page == _WIDE_PAGE else codec_of_page(str(page)) or "cp1252"
    return text[:length].decode(codec, "replace")


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
    text_kind, text = -1, ""
    for _, type_, begin, stop in _within(stream, start, end):
        if type_ == _LOOKS and text:
            yield text_kind, shifted(text, stream[begin:stop])
            text = ""
        elif type_ in (_KIND_OF_TEXT, _TEXT_WIDE, _TEXT_NARROW):
            if text:
                yield text_kind, text
                text = ""
            if type_ == _TEXT_WIDE:
                text = stream[begin:stop].decode("utf-16-le", "replace")
            elif type_ == _TEXT_NARROW:
                text = stream[begin:stop].decode("latin-1")
            elif stop - begin >= 4:
                text_kind = struct.unpack_from("<I", stream, begin)[0]
    if text:
        yield text_kind, text


def _comments(stream: bytes, start: int, end: int) -> Iterator[str]:
    """The comments on a slide, each with its author."""
    for _, tag, tag_start, tag_end in _within(stream, start, end):
        if tag == _TAG_DATA:
            for _, type_, begin, stop in _records(stream, tag_start, tag_end):
                if type_ == _COMMENT:
                    strings = {
                        kind >> 4: tidy(stream[first:last].decode("utf-16-le", "replace"))
                        for kind, found, first, last in _records(stream, begin, stop)
                        if found == _STRING
                    }
                    if words := strings.get(_WORDS, ""):
                        yield f"{commented(strings.get(_AUTHOR, ''))}{words}"


def _add_text(built: TextBuilder, kind: int, text: str) -> None:
    lines = [line for line in map(tidy, re.split(r"[\r\n\x0b]", text)) if line.strip("*")]
    if kind in _TITLES:
        built.add(" ".join(lines), level=1)
        return
    for number, line in enumerate(lines):
        built.add(f"- {line}" if len(lines) > 1 else line, gap=LINE if number else "\n\n")
