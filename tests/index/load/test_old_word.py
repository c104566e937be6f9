"""Word files of before 2007, written here by their specification, with formats, notes, headers."""

from __future__ import annotations

import struct

import pytest

from index.load.base import LoadedDocument
from index.load.loading import load_bytes
from tests.index.load.compound import compound

_TEXT_AT = 0x600  # of the main stream; formats follow on pages of 512 bytes
_LENGTHS = ("main", "footnotes", "headers", "macros", "comments", "endnotes", "boxes")
Table = tuple[int, bytes]  # which pair tells its place, and what is in it


def _file(
    main: str,
    *,
    others: dict[str, str] | None = None,
    tables: list[Table] | None = None,
    characters: list[tuple[int, bytes]] | None = None,
    paragraphs: list[tuple[int, bytes]] | None = None,
) -> LoadedDocument:
    """A document; formats are given with the first character for which they hold."""
    parts = {"main": main, **(others or {})}
    text = "".join(parts.get(kind, "") for kind in _LENGTHS)
    fib = bytearray(_TEXT_AT)
    struct.pack_into("<H8xH", fib, 0, 0xA5EC, 0x0200)
    struct.pack_into("<H", fib, 0x20, 14)
    longs = 0x22 + 28 + 2
    struct.pack_into("<H", fib, longs - 2, 22)
    for at, kind in enumerate(_LENGTHS, 3):
        struct.pack_into("<I", fib, longs + 4 * at, len(parts.get(kind, "")))
    body = bytes(fib) + text.encode("utf-16-le")
    body += bytes(-len(body) % 512)
    given = list(tables or [])
    for pair, entry, formats in ((12, 1, characters), (13, 13, paragraphs)):
        if formats is not None:
            given.append((pair, struct.pack("<III", 0, 1 << 20, len(body) // 512)))
            body += _page(formats, entry, len(text))
    pieces = struct.pack("<2I", 0, len(text)) + struct.pack("<HIH", 0, _TEXT_AT, 0)
    given.append((33, b"\x02" + struct.pack("<I", len(pieces)) + pieces))
    stream = bytearray(body)
    table = bytes(10)
    for pair, content in given:
        place = longs + 22 * 4 + 2 + 8 * pair
        struct.pack_into("<II", stream, place, len(table), len(content))
        table += content
    return load_bytes(compound({"WordDocument": bytes(stream), "1Table": table}), "a.doc")


def _page(formats: list[tuple[int, bytes]], entry: int, end: int) -> bytes:
    """A page of formats: where each begins, then where in the page it is, from its end on."""
    page = bytearray(512)
    page[511] = len(formats)
    starts = [_TEXT_AT + 2 * at for at, _ in formats] + [_TEXT_AT + 2 * end]
    struct.pack_into(f"<{len(starts)}I", page, 0, *starts)
    free = 510
    for number, (_, content) in enumerate(formats):
        stored = bytes((len(content),)) + content
        if entry > 1:  # of paragraphs the size is counted in words
            odd = content + bytes(1 - len(content) % 2)
            stored = bytes(((len(odd) + 1) // 2,)) + odd
        free = (free - len(stored)) & ~1
        page[free : free + len(stored)] = stored
        page[4 * len(starts) + entry * number] = free // 2
    return bytes(page)


def _change(code: int, *operand: int) -> bytes:
    return struct.pack("<H", code) + bytes(operand)


_RAISED, _LOWERED = _change(0x2A48, 1), _change(0x2A48, 2)
_STRUCK, _HIDDEN, _DELETED = _change(0x0837, 1), _change(0x083C, 1), _change(0x0800, 1)


@pytest.mark.parametrize(
    ("change", "text", "left_out"),
    [
        (_RAISED, "10⁷ m", ()),
        (_LOWERED, "10₇ m", ()),
        (_change(0x4845, 6, 0), "10⁷ m", ()),
        (_change(0x4845, 0xFA, 0xFF), "10₇ m", ()),
        (_STRUCK, "10~~7~~ m", ()),
        (_change(0x2A53, 1), "10~~7~~ m", ()),
        (_STRUCK + _RAISED, "10~~⁷~~ m", ()),
        (_HIDDEN, "10 m", ("1 hidden passage",)),
        (_DELETED, "10 m", ("1 tracked deletion",)),
        (_change(0x6A03, 1, 2, 3, 4) + _change(0xC60D, 2, 9, 9) + _RAISED, "10⁷ m", ()),
    ],
)
def test_looks_of_characters(change: bytes, text: str, left_out: tuple[str, ...]) -> None:
    loaded = _file("107 m\r", characters=[(0, b""), (2, change), (3, b"")])
    assert loaded.text == text
    assert loaded.left_out == left_out


def _style(number: int) -> bytes:
    return struct.pack("<H", number)


def _row_end(*edges: int, flags: tuple[int, ...]) -> bytes:
    cells = b"".join(struct.pack("<H18x", each) for each in flags)
    content = bytes((len(flags),)) + struct.pack(f"<{len(edges)}h", *edges) + cells
    return (
        _style(0)
        + _change(0x2416, 1)
        + _change(0x2417, 1)
        + struct.pack("<HH", 0xD608, len(content) + 1)
        + content
    )


_INSIDE = _style(0) + _change(0x2416, 1)


def _formatted(*texts: tuple[str, bytes]) -> LoadedDocument:
    """A document of paragraphs and cells, each with its format."""
    at, formats = 0, list[tuple[int, bytes]]()
    for text, form in texts:
        if not formats or formats[-1][1] != form:
            formats.append((at, form))
        at += len(text)
    return _file("".join(text for text, _ in texts), paragraphs=formats)


def test_headings_and_items() -> None:
    loaded = _formatted(
        ("Duties\r", _style(2)),
        ("One\r", _style(0) + _change(0x460B, 1, 0)),
        ("Rights\r", _style(0) + _change(0x2640, 0)),
        ("None\r", _style(1) + _change(0x2640, 9)),
    )
    assert loaded.text == "Duties\n\nOne\n\nRights\n\nNone"
    assert [each.level for each in loaded.headings] == [2, 1]
    assert loaded.left_out == ("1 number of a list's item",)


def test_what_spans_rows_stands_in_each_and_an_empty_cell_ends_no_row() -> None:
    loaded = _formatted(
        ("Task\x07Owner\x07Day\x07", _INSIDE),
        ("\x07", _row_end(0, 1000, 2000, 3000, flags=(0, 0, 0))),
        ("Boiler\rnew\x07Ines\x07\x07", _INSIDE),
        ("\x07", _row_end(0, 1000, 2000, 3000, flags=(0, 0x60, 0))),
        ("Roof\x07\x07Friday\x07", _INSIDE),
        ("\x07", _row_end(0, 1000, 2000, 3000, flags=(0, 0x20, 0))),
    )
    assert loaded.text == (
        "Task; Owner; Day\n\nTask: Boiler new; Owner: Ines\n\nTask: Roof; Owner: Ines; Day: Friday"
    )


def test_what_spans_columns_stands_in_each() -> None:
    loaded = _formatted(
        ("Task\x07Owner\x07Day\x07", _INSIDE),
        ("\x07", _row_end(0, 1000, 2000, 3000, flags=(0, 0, 0))),
        ("Lift\x07Paul\x07", _INSIDE),
        ("\x07", _row_end(0, 1000, 3000, flags=(0, 0))),
        ("Shed\x07Eve\x07\x07", _INSIDE),
        ("\x07", _row_end(0, 1000, 2000, 3000, flags=(0, 1, 2))),
        ("End.\r", _style(0)),
    )
    assert loaded.text == (
        "Task; Owner; Day\n\nTask: Lift; Owner: Paul; Day: Paul\n\n"
        "Task: Shed; Owner: Eve; Day: Eve\n\nEnd."
    )


def test_notes_comments_headers_and_boxes() -> None:
    main = "It cost 3\x02 in all\x05.\rNext.\r"
    notes, comments = "\x02 In euros.\r\r", "\x05Too high?\r\r"
    headers = "\r\rContract\rContract\rFooter\r\r"
    comment = struct.pack("<H18x", 1) + struct.pack("<H8x", 1)
    owners = b"".join(
        struct.pack("<H", len(name)) + name.encode("utf-16-le") for name in ("Bo", "Ada")
    )
    ends = (0, 0, 0, 0, 0, 0, 2, 11, 11, 20, 27)  # six lines above notes, then of a section
    loaded = _file(
        main,
        others={"footnotes": notes, "headers": headers, "comments": comments, "boxes": "Boxed\r"},
        tables=[
            (2, struct.pack("<IIH", main.index("\x02"), len(main), 1)),
            (3, struct.pack("<III", 0, len(notes) - 1, len(notes))),
            (4, struct.pack("<II", main.index("\x05"), len(main)) + comment),
            (5, struct.pack("<III", 0, len(comments) - 1, len(comments))),
            (11, struct.pack(f"<{len(ends)}I", *ends)),
            (36, owners),
        ],
    )
    assert loaded.text == (
        "Contract\n\nIt cost 3[1] in all.\n\n[1] In euros.\n\nComment (Ada): Too high?\n\nNext."
        "\n\nBoxed\n\nFooter"
    )


_LISTED = 73, 74  # which pairs tell where lists and their entries are
_NO_PLACE = b"\xff" * 4  # before the changes of an entry


def _level(
    text: str, way: int = 0, start: int = 1, flags: int = 0, limit: int = 0, size: int = 0
) -> bytes:
    """A level of a list, with bytes of formats before its text; ``text`` has ``%1`` for numbers."""
    units, places = "", list[int]()
    for number, part in enumerate(text.split("%")):
        units += part if number == 0 else chr(int(part[0]) - 1) + part[1:]
        if number:
            places.append(len(units) - len(part) + 1)
    head = struct.pack("<iBB9s9x", start, way, flags, bytes(places))
    head += struct.pack("<BBBx", size, size, limit) + bytes(2 * size)
    return head + struct.pack("<H", len(units)) + units.encode("utf-16-le")


def _definitions(*lists: list[bytes], styles: tuple[int, ...] = ()) -> bytes:
    """Lists of nine levels or of one, with the numbers 100, 101; styles of the first one."""
    heads = levels = b""
    for number, each in enumerate(lists):
        of_styles = [*styles, *[0xFFF] * 9][:9] if number == 0 else [0xFFF] * 9
        heads += struct.pack("<ii9HBx", 100 + number, 0, *of_styles, int(len(each) == 1))
        filled = each if len(each) == 1 else [*each, *[_level("")] * (9 - len(each))]
        levels += b"".join(filled)
    return struct.pack("<H", len(lists)) + heads + levels


def _entries(*entries: tuple[int, list[bytes]]) -> bytes:
    """What paragraphs refer to: the number of a list and changes to its levels."""
    heads = b"".join(struct.pack("<i8xB3x", list_, len(changes)) for list_, changes in entries)
    data = b"".join(_NO_PLACE + b"".join(changes) for _, changes in entries)
    return struct.pack("<I", len(entries)) + heads + data


def _item(entry: int, level: int, style: int = 0) -> bytes:
    return _style(style) + _change(0x460B, *struct.pack("<H", entry)) + _change(0x260A, level)


def _styles(*styles: tuple[int, bytes]) -> bytes:
    """A sheet of styles of paragraphs: what each is based on and what it changes."""
    sheet = struct.pack("<HHH", 4, len(styles), 10)
    for number, (based_on, changes) in enumerate(styles):
        name = f"S{number}".encode("utf-16-le")
        told = struct.pack("<H", number) + changes
        content = struct.pack("<HHHHH", 0, based_on << 4 | 1, 2, 0, 0)
        content += struct.pack("<H", len(name) // 2) + name + bytes(2)
        content += struct.pack("<H", len(told)) + told
        sheet += struct.pack("<H", len(content)) + content + bytes(len(content) % 2)
    return sheet


def _listed(
    items: list[tuple[str, bytes]],
    definitions: bytes,
    entries: bytes,
    styles: bytes = b"",
    more: tuple[Table, ...] = (),
    characters: list[tuple[int, bytes]] | None = None,
) -> LoadedDocument:
    at, formats = 0, list[tuple[int, bytes]]()
    for text, form in items:
        formats.append((at, form))
        at += len(text)
    tables = [(1, styles), *more, (_LISTED[1], entries), (_LISTED[0], definitions)]
    text = "".join(text for text, _ in items)
    return _file(text, paragraphs=formats, tables=tables, characters=characters)


def _lines(loaded: LoadedDocument) -> list[str]:
    return [each for each in loaded.text.split("\n") if each]


_CLAUSES = [_level("%1."), _level("%1.%2", size=3), _level("(%3)", way=4)]


def _numbered(levels: str, definitions: bytes, entries: bytes, first: int = 1) -> str:
    """The numbers of items whose levels are digits, ``|`` between them."""
    items = [("x\r", _item(first, int(each))) for each in levels]
    loaded = _listed(items, definitions, entries)
    assert loaded.left_out == ()
    return "|".join(line.removesuffix("x").strip() for line in _lines(loaded))


def test_levels_of_lists_are_counted_within_each_other() -> None:
    written = _numbered("0112201212", _definitions(_CLAUSES), _entries((100, [])))
    assert written == "1.|1.1|1.2|(a)|(b)|2.|2.1|(a)|2.2|(a)"


def test_a_level_that_is_passed_over_has_begun() -> None:
    written = _numbered("0210", _definitions(_CLAUSES), _entries((100, [])))
    assert written == "1.|(a)|1.2|2."


@pytest.mark.parametrize(
    ("level", "numbers"),
    [
        (_level("%1)", start=3), "3)|4)"),
        (_level("Article %1", way=1, start=4), "Article IV|Article V"),
        (_level("%1.", way=2, start=9), "ix.|x."),
        (_level("%1", way=3, start=26), "Z|AA"),
        (_level("%1", way=22, start=9), "09|10"),
        (_level("%1", way=58), "а|б"),
        (_level("\uf0b7", way=23), "-|-"),
        (_level("Note:", way=0xFF), "Note:|Note:"),
        (_level("", way=0xFF), "|"),
    ],
)
def test_numbers_are_written_as_the_list_says(level: bytes, numbers: str) -> None:
    assert _numbered("00", _definitions([level]), _entries((100, []))) == numbers


def test_legal_numbers_and_levels_that_do_not_restart() -> None:
    legal = [_level("%1.", way=1), _level("%1.%2", way=4, flags=4)]
    assert _numbered("011", _definitions(legal), _entries((100, []))) == "I.|1.1|1.2"
    on = [_level("%1."), _level("%1.%2"), _level("(%3)", flags=8, limit=1)]
    written = _numbered("012120120", _definitions(on), _entries((100, [])))
    assert written == "1.|1.1|(1)|1.2|(2)|2.|2.1|(1)|3."
    never = [_level("%1."), _level("(%2)", flags=8)]
    assert _numbered("0101", _definitions(never), _entries((100, []))) == "1.|(1)|2.|(2)"


def test_entries_go_on_with_a_list_or_begin_it_anew_or_write_it_otherwise() -> None:
    anew = struct.pack("<iI", 5, 0x10)
    written = struct.pack("<iI", 0, 0x21) + _level("%1-%2")
    entries = _entries((100, []), (100, []), (100, [anew, written]))
    items = [_item(1, 0), _item(2, 0), _item(3, 0), _item(3, 1), _item(3, 0), _item(1, 0)]
    loaded = _listed([("x\r", each) for each in items], _definitions(_CLAUSES), entries)
    assert _lines(loaded) == ["1. x", "2. x", "5. x", "5-1 x", "6. x", "7. x"]


def test_styles_number_their_paragraphs() -> None:
    sheet = _styles(
        (0xFFF, b""),
        (0, _change(0x460B, 1, 0)),
        (1, _change(0x260A, 1)),  # based on it, one level deeper
        (0, _change(0x460B, 1, 0)),  # whose level the list tells
        (1, _change(0x460B, 0, 0)),
    )
    items = [
        ("Scope\r", _style(1)),
        ("Rent\r", _style(2)),
        ("Sum\r", _style(3)),
        ("Bare\r", _style(4)),
        ("Out\r", _style(2) + _change(0x460B, 0, 0)),
        ("Day\r", _style(2)),
    ]
    definitions = _definitions(_CLAUSES, styles=(0xFFF, 0xFFF, 3))
    loaded = _listed(items, definitions, _entries((100, [])), sheet)
    assert _lines(loaded) == ["1. Scope", "1.1 Rent", "(a) Sum", "Bare", "Out", "1.2 Day"]
    assert loaded.title == "Scope"


def test_empty_items_count_and_page_breaks_and_deleted_marks_do_not() -> None:
    items = [
        ("one\r", _item(1, 0)),
        ("\r", _item(1, 0)),
        ("three\x0cgoes on\r", _item(1, 0)),
        ("four\x0c", _item(1, 0)),
        ("gone\r", _item(1, 0)),
        ("five\r", _item(1, 0)),
    ]
    end = sum(len(text) for text, _ in items)
    section = end - len("gone\rfive\r")
    loaded = _listed(
        items,
        _definitions(_CLAUSES),
        _entries((100, [])),
        more=((6, struct.pack("<III24x", 0, section, end)),),
        characters=[(0, b""), (section + 4, _DELETED), (section + 5, b"")],
    )
    assert _lines(loaded) == ["1. one", "3. three", "goes on", "4. four", "gone", "5. five"]
    assert loaded.left_out == ("1 number of a list's item",)


def test_items_in_cells_are_numbered() -> None:
    inside = _item(1, 0) + _change(0x2416, 1)
    row_end = _row_end(0, 1000, 2000, flags=(0, 0))
    items = [("Rent\x07", inside), ("\x07", inside), ("\x07", row_end)]
    loaded = _listed(items, _definitions(_CLAUSES), _entries((100, [])))
    assert loaded.text == "1. Rent; 2."


@pytest.mark.parametrize(
    ("definitions", "entries"),
    [
        (b"", _entries((100, []))),
        (_definitions(_CLAUSES), b""),
        (_definitions(_CLAUSES), _entries((7, []))),
        (_definitions(_CLAUSES)[:60], _entries((100, []))),
        (b"\xff\xff" + _definitions(_CLAUSES)[2:], _entries((100, []))),
        (_definitions(_CLAUSES), b"\xff" * 4 + _entries((100, []))[4:]),
        (_definitions(_CLAUSES), _entries((100, [b""]))),  # a change that is cut off
        (_definitions([_level("%2.")]), _entries((100, []))),  # the number of a deeper level
        (_definitions([_level("%1.", way=200)]), _entries((100, []))),
        (_definitions([_level("%1.", start=-1)]), _entries((100, []))),
        (_definitions([_level("%1." + "x" * 300)]), _entries((100, []))),
        (_definitions([_level("%1\x07")]), _entries((100, []))),
    ],
)
def test_what_is_damaged_has_no_numbers_and_is_told(definitions: bytes, entries: bytes) -> None:
    loaded = _listed([("Rent\r", _item(1, 0))], definitions, entries)
    assert loaded.text == "Rent"
    assert loaded.left_out == ("1 number of a list's item",)


def test_damage_anywhere_in_the_tables_of_lists_harms_no_text() -> None:
    sheet = _styles((0xFFF, b""), (0, _change(0x460B, 1, 0)))
    written = struct.pack("<iI", 0, 0x31) + _level("%1-%2")
    tables = (_definitions(_CLAUSES), _entries((100, [written])), sheet)
    items = [("One\r", _item(1, 0)), ("Two\r", _item(1, 1)), ("Six\r", _style(1))]
    for which, table in enumerate(tables):
        for at in range(len(table)):
            for rest in (bytes((table[at] ^ 0xFF,)) + table[at + 1 :], b""):
                damaged = [*tables]
                damaged[which] = table[:at] + rest
                lines = _lines(_listed(items, damaged[0], damaged[1], damaged[2]))
                assert [line.rpartition(" ")[2] for line in lines] == ["One", "Two", "Six"]
