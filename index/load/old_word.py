"""Word files of before 2007 (.doc): their text with its looks, tables, notes, comments, headers.

Follows Microsoft's open specification [MS-DOC]. Notes come after their paragraph, headers first,
footers and text boxes last.
"""

from __future__ import annotations

import locale
import re
import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import TextBuilder, tidy
from index.load.edges import Row, grid
from index.load.old_office import opened, stated_title, stream
from index.load.old_word_formats import Formats, ParagraphFormat
from index.load.old_word_lists import Lists
from index.load.runs import PLAIN, Run, bracketed, commented, counted, unsaid, written
from index.load.table import table_lines
from index.load.titles import title_of

if TYPE_CHECKING:
    import olefile

_MAGIC, _OLD_MAGICS = 0xA5EC, (0xA5DC, 0xA699, 0xA697)  # of 97 to 2003; of before
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_COMPRESSED = 1 << 30  # a piece of one byte a character
# The texts one after the other; places in the table of their lengths, which begins with others.
_TEXTS = ("main", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "more boxes")
_FIRST_TEXT = 3
# Which of the pairs of places and lengths tells where a table is.
_TABLES = {
    "styles": (1, 1),
    "footnotes": (2, 3),  # where they are referred to, and where each begins
    "comments": (4, 5),
    "endnotes": (46, 47),
    "sections": (6, 6),
    "headers": (11, 11),
    "characters": (12, 12),
    "paragraphs": (13, 13),
    "pieces": (33, 33),
    "authors": (36, 36),
    "lists": (73, 73),
    "entries": (74, 74),  # of lists, which paragraphs refer to
}
_SECTION_BYTES = 12
_COMMENT_BYTES = 30  # of what is kept of a comment: initials, then the number of its author
_SECTION_HEADERS = 6  # even, odd, even footer, odd footer, first, first footer
_IS_FOOTER = (2, 3, 5)
_MARK = re.compile("[\x01\x02\x05\x07\x08\x0b-\x0e\r\x13-\x15\x1e\x1f]")
_SHOWN = {"\x0b": "\n", "\x1e": "-", "\x0e": "\n"}
_PAGE_BREAK = "\x0c"  # also the mark of a section's end
_PARAGRAPH_ENDS = ("\r", _PAGE_BREAK, "\x07")
_LEFT_OUT = {
    "deletion": ("tracked deletion", ""),
    "hidden": ("hidden passage", ""),
    "numbered": ("number of a list's item", "numbers of lists' items"),
}


def load_doc(data: bytes, name: str) -> LoadedDocument:
    """A Word document. Raises UnreadableError when it is encrypted, damaged or older than 1997."""
    ole = opened(data, name)
    main = stream(ole, "WordDocument", name)
    try:
        reader = _Reader(_File(ole, main, name))
        reader.document()
    except (struct.error, IndexError) as error:
        raise UnreadableError(f"{name} is damaged; save it again as .docx") from error
    built = reader.built
    title = title_of(stated_title(ole), reader.first_heading, built.text, name)
    return built.document(title, "application/msword")


class _File:
    """The characters of a file, where each of its texts is, and its tables."""

    def __init__(self, ole: olefile.OleFileIO, main: bytes, name: str) -> None:
        magic, flags = struct.unpack_from("<H8xH", main)
        if magic in _OLD_MAGICS:
            raise UnreadableError(f"{name} is of a Word before 1997; save it as .docx")
        if magic != _MAGIC:
            raise UnreadableError(f"{name} is damaged; save it again as .docx")
        if flags & _ENCRYPTED:
            raise UnreadableError(f"{name} is encrypted; save it without its password")
        self._main = main
        self._longs = 0x22 + 2 * struct.unpack_from("<H", main, 0x20)[0] + 2
        self._pairs = self._longs + 4 * struct.unpack_from("<H", main, self._longs - 2)[0] + 2
        self._table = stream(ole, "1Table" if flags & _TABLE_1 else "0Table", name)
        pieces = list(_pieces(self.table("pieces")))
        self._starts = [start for start, *_ in pieces]
        self._pieces = pieces
        self.text = "".join(_piece(main, count, place) for _, count, place in pieces)
        self.formats = Formats(main, self.table("characters"), self.table("paragraphs"))
        self.section_ends = set(_numbers(self.table("sections"), _SECTION_BYTES, last=True))

    def table(self, kind: str, which: int = 0) -> bytes:
        """The bytes of a table; none where the file has none."""
        pair = self._pairs + 8 * _TABLES[kind][which]
        start, length = struct.unpack_from("<II", self._main, pair)
        return self._table[start : start + length]

    def lists(self) -> Lists:
        """The lists of the document, none of which is counted yet."""
        start, length = struct.unpack_from("<II", self._main, self._pairs + 8 * _TABLES["lists"][0])
        (language,) = struct.unpack_from("<H", self._main, 6)
        return Lists(
            self._table[start:] if length else b"",  # the levels follow the table
            self.table("entries"),
            self.table("styles"),
            locale.windows_locale.get(language, ""),
        )

    def spans(self) -> dict[str, range]:
        """Where each of the texts is."""
        at, found = 0, {}
        for number, kind in enumerate(_TEXTS, _FIRST_TEXT):
            (length,) = struct.unpack_from("<I", self._main, self._longs + 4 * number)
            found[kind] = range(at, min(at + length, len(self.text)))
            at += length
        return found

    def places(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Where characters are in the file: of each piece its range, its place, and the bytes of
        a character."""
        at = max(0, bisect_right(self._starts, start) - 1)
        while start < end and at < len(self._pieces):
            first, count, place = self._pieces[at]
            stop = min(end, first + count)
            width = 1 if place & _COMPRESSED else 2
            begin = (place & ~_COMPRESSED) // 2 if width == 1 else place
            if stop > start:
                yield start, stop, begin + (start - first) * width, width
            start, at = max(start, stop), at + 1

    def paragraph(self, end: int) -> ParagraphFormat:
        """The format of the paragraph whose last character is at ``end``."""
        place = next((place for *_, place, _ in self.places(end, end + 1)), 0)
        return self.formats.paragraph(place)

    def is_seen(self, at: int) -> bool:
        """Whether a character is neither hidden nor deleted."""
        for *_, place, width in self.places(at, at + 1):
            return not any(
                shown.unseen for *_, shown in self.formats.characters(place, place + width)
            )
        return False


def _pieces(clx: bytes) -> Iterator[tuple[int, int, int]]:
    """The first character of each piece of text, their number, its place with the mark of its
    kind."""
    at = 0
    while clx[at : at + 1] == b"\x01":  # formats that pieces refer to
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    size = struct.unpack_from("<I", clx, at + 1)[0]
    count = (size - 4) // 12
    starts = struct.unpack_from(f"<{count + 1}I", clx, at + 5)
    for number in range(count):
        place = struct.unpack_from("<I", clx, at + 5 + 4 * (count + 1) + 8 * number + 2)[0]
        yield starts[number], max(0, starts[number + 1] - starts[number]), place


def _piece(main: bytes, characters: int, place: int) -> str:
    if place & _COMPRESSED:
        start = (place & ~_COMPRESSED) // 2
        text = main[start : start + characters].decode("cp1252", "replace")
    else:
        data = main[place : place + 2 * characters]
        # Each unit stays one character, because all places count units.
        text = "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data[: len(data) & ~1])))
    return text.ljust(characters, "\0")


@dataclass(slots=True)
class _Note:
    """A note or a comment: where its text is, and what stands in front of it."""

    text: range
    label: str


class _Reader:
    """Walks the texts of a file and builds one."""

    def __init__(self, file: _File) -> None:
        self.built = TextBuilder()
        self._file = file
        self._spans = file.spans()
        self._left_out: Counter[str] = Counter()
        self._marks: dict[int, str] = {}  # of notes, where they are referred to
        self._notes: dict[int, _Note] = {}
        for kind in ("footnotes", "endnotes"):
            self._find_notes(kind)
        self._find_comments()
        self._waiting: list[_Note] = []  # until their paragraph or table has ended
        self.first_heading = ""  # without its number
        self._lists = file.lists()
        self._number: str | None = ""  # of the paragraph that a page break has broken off
        self._is_broken = False
        self._label = ""
        self._rows: list[Row] = []
        self._cells: list[str] = []
        self._cell: list[str] = []

    def document(self) -> None:
        """Adds headers, the text with its notes, text boxes, footers."""
        headers = list(self._headers())
        self.first_heading = ""  # which is one of the text
        seen: set[str] = set()
        for wanted in (False, True):
            for is_footer, text in headers:
                if is_footer == wanted:
                    for block in unsaid(text, seen):
                        self.built.add(block)
            if not wanted:
                for kind in ("main", *self._without_table(), "boxes", "more boxes"):
                    self._story(self._spans[kind])
        for kind, names in _LEFT_OUT.items():
            if number := self._left_out[kind]:
                self.built.leave_out(counted(number, *names))

    def _without_table(self) -> list[str]:
        """The kinds of notes of which nothing tells where they are referred to."""
        kinds = ("footnotes", "comments", "endnotes")
        return [kind for kind in kinds if not self._file.table(kind, 1)]

    def _find_notes(self, kind: str) -> None:
        references, starts = _numbers(self._file.table(kind), 2), self._starts(kind)
        for number, (at, text) in enumerate(zip(references, starts, strict=False), 1):
            self._marks[at] = mark = bracketed(str(number))
            self._notes[at] = _Note(text, f"{mark} ")

    def _find_comments(self) -> None:
        table = self._file.table("comments")
        references = _numbers(table, _COMMENT_BYTES)
        authors = _strings(self._file.table("authors"))
        kept = 4 * (len(references) + 1)
        for number, (at, text) in enumerate(
            zip(references, self._starts("comments"), strict=False)
        ):
            place = kept + _COMMENT_BYTES * number + 20
            author = int.from_bytes(table[place : place + 2], "little")
            name = authors[author] if author < len(authors) else ""
            self._notes[at] = _Note(text, commented(name))

    def _starts(self, kind: str) -> list[range]:
        """Where each note of a kind is in the text."""
        first = self._spans[kind].start
        table = self._file.table(kind, 1)
        at = struct.unpack_from(f"<{len(table) // 4}I", table)
        return [range(first + start, first + max(start, stop)) for start, stop in pairwise(at)]

    def _headers(self) -> Iterator[tuple[bool, str]]:
        """Whether it is a footer, and its text, of each header of each section."""
        body = self.built
        for number, span in enumerate(self._starts("headers")):
            kind = (number - _SECTION_HEADERS) % _SECTION_HEADERS
            if number >= _SECTION_HEADERS and span.stop <= self._spans["headers"].stop:
                self.built = TextBuilder()
                self._story(span)
                yield kind in _IS_FOOTER, self.built.text
        self.built = body

    def _story(self, span: range) -> None:
        """Adds the paragraphs and tables of a text."""
        broken, self._is_broken = (self._is_broken, self._number), False
        runs: list[Run] = []
        fields: list[bool] = []  # of each field that has begun whether it shows its text
        at = span.start
        for mark in _MARK.finditer(self._file.text, span.start, span.stop):
            if all(fields):
                runs += self._runs(at, mark.start())
            at, sign = mark.end(), mark[0]
            if sign == "\x13":
                fields.append(False)
            elif sign == "\x14" and fields:
                fields[-1] = True
            elif sign == "\x15" and fields:
                fields.pop()
            elif sign in _SHOWN:
                runs.append((_SHOWN[sign], PLAIN))
            elif mark.start() in self._notes:
                runs.append((self._marks.get(mark.start(), ""), PLAIN))
                self._waiting.append(self._notes[mark.start()])
            elif sign in _PARAGRAPH_ENDS:
                self._paragraph(written(runs), mark.start(), sign)
                runs = []
        runs += self._runs(at, span.stop)
        self._paragraph(written(runs), span.stop, "")
        self._end_table()
        self._is_broken, self._number = broken

    def _runs(self, start: int, end: int) -> Iterator[Run]:
        for first, last, place, width in self._file.places(start, end):
            stop = place + (last - first) * width
            for begin, finish, shown in self._file.formats.characters(place, stop):
                of = slice(first + (begin - place) // width, first + (finish - place) // width)
                text = self._file.text[of]
                if shown.unseen:
                    self._left_out[shown.unseen] += bool(text.strip())
                else:
                    yield _joined(text), shown.look

    def _paragraph(self, text: str, end: int, sign: str) -> None:
        """Ends a paragraph or a cell; two marks of cells end a row."""
        form = self._file.paragraph(end) if self._file.formats.know_paragraphs else None
        if sign == "\x07" and self._ends_row(form, text, end):
            self._rows.append(Row(self._cells, list(form.cells or ()) if form else []))
            self._cells = []
            return
        mark = self._mark(form, text, end, sign) if form and sign else ""
        in_cell = f"{mark}{text}" if text or mark.strip("- ") else ""
        if sign == "\x07":
            self._cells.append(" ".join(filter(None, map(tidy, [*self._cell, in_cell]))))
            self._cell = []
        elif form.is_in_table if form else bool(self._cells):
            self._cell.append(in_cell)
        else:
            self._end_table()
            self._add(text, form.level if form else None, mark)
            self._end_waiting()

    def _mark(self, form: ParagraphFormat, text: str, end: int, sign: str) -> str:
        """The number in front of a paragraph, of its first part with a text if a page ends in it.

        One whose mark is not seen goes on in the next one, which has the number of both.
        """
        if not self._is_broken:
            self._number = self._lists.mark(form, is_ended=self._file.is_seen(end))
        number = self._number
        self._is_broken = sign == _PAGE_BREAK and end + 1 not in self._file.section_ends
        if text:
            self._number = ""
            self._left_out["numbered"] += number is None
        return number or ""

    def _ends_row(self, form: ParagraphFormat | None, text: str, end: int) -> bool:
        """Whether the mark of a cell is that of its row, as two marks are where nothing tells."""
        if form is not None:
            return form.cells is not None
        return not text and not self._cell and end > 0 and self._file.text[end - 1] == "\x07"

    def _add(self, text: str, level: int | None, mark: str = "") -> None:
        if text:
            label, self._label = self._label, ""
            self.built.add(f"{label}{mark}{text}", level=level)
            if level is not None:
                self.first_heading = self.first_heading or text

    def _end_table(self) -> None:
        if self._cells or self._cell:  # a row that nothing ended
            self._rows.append(Row([*self._cells, *self._cell], []))
        rows, self._rows, self._cells, self._cell = self._rows, [], [], []
        for line in table_lines(grid(rows)) if rows else ():
            self._add(line, None)

    def _end_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for note in waiting:
            self._label = note.label
            self._story(note.text)
            self._label = ""


def _numbers(table: bytes, kept: int, *, last: bool = False) -> tuple[int, ...]:
    """The places that a table refers to, which keeps ``kept`` bytes of each.

    With ``last`` the one where all end is among them.
    """
    count = max(0, (len(table) - 4) // (4 + kept))
    return struct.unpack_from(f"<{count + (last and count > 0)}I", table)


def _strings(table: bytes) -> list[str]:
    """Strings one after the other, each with its length."""
    found, at = [], 0
    while at + 2 <= len(table):
        length = int.from_bytes(table[at : at + 2], "little")
        found.append(table[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace"))
        at += 2 + 2 * length
    return found


def _joined(text: str) -> str:
    """Characters that UTF-16 writes as two units, as one."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
