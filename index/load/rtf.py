"""Rich Text Format (.rtf): its text as it is shown, read word by word by Microsoft's specification.

What hangs on a paragraph, notes, comments and boxes, comes after it; headers first, footers last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.build import TextBuilder, tidy
from index.load.edges import Cell
from index.load.rtf_fonts import Font, codec_of_charset, codec_of_page, decoded, is_cut
from index.load.rtf_story import Story, item_mark
from index.load.rtf_words import (
    CHARACTERS,
    HEADING,
    INNER_PROPERTIES,
    LEAST_SHIFT,
    LEFT_OUT,
    MARGINS,
    READ_IN_SPITE_OF_A_STAR,
    ROLES,
    SIGNS,
    SKIPPED,
)
from index.load.runs import PLAIN, Look, bracketed, commented, counted, unsaid
from index.load.symbols import symbol, ticked, unpicked
from index.load.titles import title_of

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+"
    r"|([^\\{}\r\n]+)"
)
_IN_SKIPPED = re.compile(r"\\bin(\d{1,10}) ?|\\.|[{}]", re.DOTALL)
_MOST_NAMED = 10_000  # characters of a name or mark, which is put together piece by piece


def load_rtf(data: bytes, name: str) -> LoadedDocument:
    """A rich text. Raises UnreadableError when it is none."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableError(f"{name} is no rich text or a damaged one; save it again")
    reader = _Reader()
    # The marks are ASCII, and what is not names its own encoding: bytes must only come through.
    reader.read(data.decode("latin-1"))
    built = reader.built()
    title = title_of(reader.title, built.first_heading, built.text, name)
    return built.document(title, "text/rtf")


@dataclass(slots=True)
class _Group:
    """What holds up to the end of a group."""

    role: str = "text"  # what its text is for
    look: Look = PLAIN
    is_hidden: bool = False
    is_deleted: bool = False
    font: str = ""
    skipped_behind_unicode: int = 1
    story: Story | None = None  # that begins with this group


def _end_of_skipped(text: str, at: int) -> int:
    """Where the group that lies around a place ends: at its closing brace, or at the end."""
    depth = 0
    while (found := _IN_SKIPPED.search(text, at)) is not None:
        at = found.end() + int(found[1] or 0)
        if found[0] == "}" and depth == 0:
            return found.start()
        depth += (found[0] == "{") - (found[0] == "}")
    return len(text)


class _Reader:
    """Reads the words of a rich text and puts its stories together."""

    def __init__(self) -> None:
        self.title = ""
        self._main = Story()
        self._stories = [self._main]  # the innermost one is being read
        self._margins: dict[str, list[Story]] = {"header": [], "footer": []}
        self._left_out: Counter[str] = Counter()
        self._group = _Group()
        self._groups: list[_Group] = []
        self._is_starred = False
        self._fonts: dict[str, Font] = {}
        self._default_font = ""
        self._codec = "cp1252"
        self._bytes = bytearray()
        self._first_unit = 0  # of a character that UTF-16 writes as two
        self._to_skip = 0  # characters that stand for one of Unicode in older programs
        self._named = ""  # of what is being defined: the text of the group so far
        self._defined = ""  # the number of the font or style that is being defined
        self._levels: dict[str, int] = {}  # of headings, by their style
        self._level: int | None = None
        self._in_table = False
        self._cells: list[Cell] = []
        self._next_cell = Cell(0)
        self._row_start = 0
        self._is_header_row = False
        self._note_number = 0
        self._note_mark = ""
        self._author = ""
        self._mark_is_symbol = False
        self._form: dict[str, str] = {}
        self._words: dict[str, Callable[[], None]] = {
            **dict.fromkeys(("par", "sect", "page", "column"), self._end_paragraph),
            "row": self._end_row,
            "trowd": self._begin_row,
            "plain": self._plain,
            "pard": self._plain_paragraph,
            "chftn": self._note_reference,
        }
        self._numbered: dict[str, Callable[[str], None]] = {
            "cellx": self._define_cell,
            "u": self._unicode,
            "f": self._font,
            "s": self._style,
            "outlinelevel": self._outline_level,
        }

    @property
    def _story(self) -> Story:
        return self._stories[-1]

    def built(self) -> TextBuilder:
        """The text: what headers say, the text itself, what footers say."""
        self._main.end()
        built, seen = TextBuilder(), set[str]()
        for kind in ("header", "main", "footer"):
            if kind == "main":
                built.include(self._main.built.document("", ""))
                continue
            for story in self._margins[kind]:
                story.end()
                for block in unsaid(story.built.text, seen):
                    built.add(block)
        for kind, names in LEFT_OUT.items():
            if number := self._left_out[kind]:
                built.leave_out(counted(number, *names))
        return built

    def read(self, text: str) -> None:
        """Reads to the end, or to that of the outermost group."""
        at = text.find("{")
        while (token := _TOKEN.match(text, at)) is not None:
            at = token.end()
            word, number, byte, sign, brace, plain = token.groups()
            if byte:
                self._add_bytes(bytes((int(byte, 16),)))
            elif plain:
                self._plain_text(plain)
            else:
                self._end_bytes()
                if word == "bin":
                    at += max(0, int(number or 0))
                elif word:
                    self._word(word, number)
                    if self._group.role == "skipped":
                        at = _end_of_skipped(text, at)
                elif sign:
                    self._sign(sign)
                elif brace == "{":
                    self._open()
                elif brace and not self._close():
                    return
        self._end_bytes()

    # Groups

    def _open(self) -> None:
        self._groups.append(self._group)
        self._group = replace(self._group, story=None)
        self._is_starred = False
        self._to_skip = 0

    def _close(self) -> bool:
        """Ends a group. False at the end of the outermost one, behind which nothing counts."""
        ended, self._group = self._group, self._groups.pop() if self._groups else _Group()
        self._to_skip = 0
        if ended.role != self._group.role or ended.role in ("font", "style"):
            self._end_role(ended.role)
        if ended.story is not None and len(self._stories) > 1:
            self._stories.pop()
        return bool(self._groups)

    def _end_role(self, role: str) -> None:
        name, self._named = tidy(self._named).rstrip(";"), ""
        if role == "font" and self._defined:
            self._fonts[self._defined] = replace(
                self._fonts.get(self._defined, Font()), name=name.strip()
            )
        elif role == "style" and (found := HEADING.match(name)):
            self._levels[self._defined] = int(found[1])
        elif role == "title":
            self.title = name
        elif role == "atnauthor":
            self._author = name
        elif role == "mark":
            self._story.mark = item_mark(name, is_symbol=self._mark_is_symbol)
        elif role == "formfield":
            self._filled_in()

    def _begin_role(self, word: str) -> bool:
        """Whether ``word`` tells what the group that it opens is for."""
        group, is_starred = self._group, self._is_starred
        self._is_starred = False
        if group.role == "skipped":
            return True
        if word == "pict":
            self._left_out["picture"] += 1
        if word in ("footnote", "annotation", "shptxt", "dptxbxtext") or word in MARGINS:
            self._begin_story(word)
        elif word in ("listtext", "pntext"):
            group.role, self._named, self._mark_is_symbol = "mark", "", False
        elif word in ("fonttbl", "stylesheet"):
            group.role = "font" if word == "fonttbl" else "style"
            self._named = self._defined = ""
        elif word in ("atnauthor", "formfield") or (
            word == "title" and group.role == "skipped-info"
        ):
            group.role, self._named = word, ""
            self._form = {}
        elif word in ROLES:
            group.role = ROLES[word]
        elif word == "ud" and group.role == "skipped-upr":
            group.role = "text"
        elif word == INNER_PROPERTIES:
            group.role = word
        elif word == "object":
            self._left_out["object"] += 1
        elif word in SKIPPED or (is_starred and word not in READ_IN_SPITE_OF_A_STAR):
            group.role = "skipped"
        else:
            return False
        return True

    def _begin_story(self, word: str) -> None:
        """Begins a note, a comment, a box, a header or a footer."""
        if self._group.role != "text":
            self._group.role = "skipped"
            return
        if word in MARGINS:
            story = Story(is_margin=True)
            self._margins[MARGINS[word]].append(story)
        else:
            label = f"{self._note_mark} " if word == "footnote" and self._note_mark else ""
            story = Story(commented(self._author) if word == "annotation" else label)
            self._story.attach(story)
            self._note_mark = ""
        self._group.story = story
        self._group.look, self._group.is_hidden = PLAIN, False
        self._stories.append(story)
        self._in_table = False

    # Words and signs

    def _word(self, word: str, number: str | None) -> None:
        if self._begin_role(word):
            return
        role = self._group.role
        if role == "font" and word in ("f", "fcharset", "cpg"):
            self._define_font(word, number or "")
        elif role == "style" and word == "s":
            self._defined, self._named = number or "", ""
        elif role == "formfield" and word.startswith("ff"):
            self._form[word] = number or "0"
        elif word == "ansicpg":
            self._codec = codec_of_page(number or "") or self._codec
        elif word in ("mac", "pc", "pca"):
            self._codec = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "deff":
            self._default_font = self._group.font = number or ""
        elif word == "uc":
            self._group.skipped_behind_unicode = max(0, int(number or 1))
        elif word in CHARACTERS:
            self._add(CHARACTERS[word])
        elif word == "chpgn":
            self._story.paged.add(len(self._story.runs))
            self._add("#")
        elif word in self._numbered and (role != INNER_PROPERTIES or word != "cellx"):
            self._numbered[word](number or "")
        elif word in ("cell", "nestcell", "nestrow"):
            if role in ("text", INNER_PROPERTIES):
                self._story.end_part(word)
        elif word in self._words:
            if role == "text" or word == "plain":
                self._words[word]()
        else:
            self._looks(word, number)

    def _looks(self, word: str, number: str | None) -> None:
        group, is_on = self._group, number != "0"
        if word in ("super", "sub"):
            group.look = group.look._replace(shift=(1 if word == "super" else -1) * is_on)
        elif word == "nosupersub":
            group.look = group.look._replace(shift=0)
        elif word in ("up", "dn"):
            is_shifted = int(number or 6) >= LEAST_SHIFT
            group.look = group.look._replace(shift=(1 if word == "up" else -1) * is_shifted)
        elif word in ("strike", "striked"):
            group.look = group.look._replace(is_struck=is_on)
        elif word == "v":
            group.is_hidden = is_on
        elif word == "deleted":
            group.is_deleted = is_on
        elif word == "intbl":
            self._in_table = is_on
        elif word == "trhdr":
            self._is_header_row = True
        elif word == "trleft":
            self._row_start = int(number or 0)
        elif word == "clvmrg":
            self._next_cell.goes_on_above = True
        elif word == "clmrg":
            self._next_cell.goes_on_before = True

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._is_starred = True
        elif sign in "\r\n":
            self._word("par", None)
        elif self._to_skip:
            self._to_skip -= 1
        elif sign in SIGNS:
            self._add(SIGNS[sign])

    def _plain(self) -> None:
        group = self._group
        group.look, group.is_hidden, group.font = PLAIN, False, self._default_font

    def _plain_paragraph(self) -> None:
        self._level, self._in_table = None, False

    def _style(self, number: str) -> None:
        self._level = self._levels.get(number, self._level)

    def _outline_level(self, number: str) -> None:
        self._level = int(number) + 1 if number.isdecimal() and number != "9" else None

    def _end_paragraph(self) -> None:
        self._story.paragraph(level=self._level, in_table=self._in_table)

    def _begin_row(self) -> None:
        self._cells, self._next_cell = [], Cell(0)
        self._row_start, self._is_header_row = 0, False

    def _define_cell(self, number: str) -> None:
        self._cells.append(replace(self._next_cell, end=int(number or 0)))
        self._next_cell = Cell(0)

    def _end_row(self) -> None:
        self._story.row(self._cells, self._row_start, self._is_header_row)

    def _note_reference(self) -> None:
        if self._story.label or len(self._stories) > 1:  # the mark within the note itself
            return
        self._note_number += 1
        self._note_mark = bracketed(str(self._note_number))
        self._story.runs.append((self._note_mark, PLAIN))

    def _filled_in(self) -> None:
        """A box of a form, ticked or not; other fields keep as text what was filled in."""
        if self._form.get("fftype") == "1":
            state = self._form.get("ffres", "25")  # 25: as it was made
            state = self._form.get("ffdefres", "0") if state == "25" else state
            self._story.runs.append((ticked(state == "1"), PLAIN))

    # Characters

    def _define_font(self, word: str, number: str) -> None:
        if word == "f":
            self._defined, self._named = number, ""
            return
        codec = codec_of_charset(number) if word == "fcharset" else codec_of_page(number)
        self._fonts[self._defined] = Font(codec, is_symbol=word == "fcharset" and number == "2")

    def _font(self, number: str) -> None:
        self._group.font = number

    def _unicode(self, number: str) -> None:
        """A character of UTF-16, of which two may make one."""
        self._to_skip = self._group.skipped_behind_unicode
        unit = int(number or 0) % 0x10000
        first, self._first_unit = self._first_unit, 0
        if 0xD800 <= unit < 0xDC00:
            self._first_unit = unit
        elif 0xDC00 <= unit < 0xE000:
            if first:
                self._add(chr(0x10000 + ((first - 0xD800) << 10) + unit - 0xDC00))
        elif unit:
            self._add(chr(unit))

    def _plain_text(self, text: str) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        if text and self._bytes and is_cut(bytes(self._bytes), self._encoding()):
            self._bytes += text[:1].encode("latin-1")
            text = text[1:]
        self._end_bytes()
        if text.isascii():
            self._add(text)
        else:
            self._bytes += text.encode("latin-1")
            self._end_bytes()

    def _add_bytes(self, data: bytes) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._bytes += data

    def _end_bytes(self) -> None:
        if self._bytes:
            data, self._bytes = bytes(self._bytes), bytearray()
            font = self._fonts.get(self._group.font)
            if font is not None and font.is_symbol:
                self._add("".join(symbol(place, font.name or "Symbol") for place in data))
            else:
                self._add(decoded(data, self._encoding()))

    def _encoding(self) -> str:
        font = self._fonts.get(self._group.font)
        return (font.codec if font is not None else "") or self._codec

    def _add(self, text: str) -> None:
        group = self._group
        if group.role == "text":
            if group.is_hidden or group.is_deleted:
                kind = "deletion" if group.is_deleted else "hidden"
                self._left_out[kind] += bool(text.strip())
                return
            font = self._fonts.get(group.font)
            if font is not None and not text.isascii():
                text = unpicked(text, font.name)
            self._story.runs.append((text, group.look))
        elif not group.role.startswith("skipped"):
            font = self._fonts.get(group.font)
            self._mark_is_symbol = self._mark_is_symbol or (font is not None and font.is_symbol)
            self._named += text[: _MOST_NAMED - len(self._named)]
