"""Word files of before 2007, written here by their specification, with formats, notes, headers."""

from __future__ import annotations

import struct

import pytest

from index.load import LoadedDocument, load_bytes
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
