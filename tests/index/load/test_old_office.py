"""Files of Office before 2007 and of Outlook, written here by their specification."""

from __future__ import annotations

import struct

import pytest

from index.errors import UnreadableError
from index.load.base import LoadedDocument
from index.load.isolated import Runner
from index.load.loading import load_bytes, load_parts
from index.load.old_office import load_ppt
from index.types import Document
from tests.index.load.compound import compound


def _word(
    wide: str, narrow: str = "", notes: int = 0, flags: int = 0, magic: int = 0xA5EC
) -> bytes:
    """A Word document in two pieces; the last ``notes`` characters are those of notes."""
    fib = bytearray(0x600)
    struct.pack_into("<H8xH", fib, 0, magic, flags | 0x0200)
    struct.pack_into("<H", fib, 0x20, 14)
    longs = 0x22 + 28 + 2
    struct.pack_into("<H", fib, longs - 2, 22)
    characters = len(wide) + len(narrow)
    struct.pack_into("<II", fib, longs + 12, characters - notes, notes)
    pieces = struct.pack("<3I", 0, len(wide), characters)
    pieces += struct.pack("<HIH", 0, 0x600, 0)
    pieces += struct.pack("<HIH", 0, (0x600 + 2 * len(wide)) * 2 | 1 << 30, 0)
    clx = b"\x01\x02\x00ab\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", fib, longs + 22 * 4 + 2 + 33 * 8, 10, len(clx))
    text = wide.encode("utf-16-le") + narrow.encode("cp1252")
    return compound({"WordDocument": bytes(fib) + text, "1Table": bytes(10) + clx})


def test_a_word_document_is_put_together_from_its_pieces() -> None:
    loaded = load_bytes(_word("Grüße 中文\rSee ", "the café.\rA note.", notes=7), "a.doc")
    assert loaded.text == "Grüße 中文\n\nSee the café.\n\nA note."
    assert loaded.media_type == "application/msword"


def test_rows_have_names_and_fields_show_what_they_show() -> None:
    table = "Name\x07Price\x07\x07Pear\x073\x07\x07"
    text = f"Go to \x13 HYPERLINK x \x14our page\x15.\r{table}The end.\r"
    assert load_bytes(_word(text), "a.doc").text == (
        "Go to our page.\n\nName; Price\n\nName: Pear; Price: 3\n\nThe end."
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_word("x", flags=0x0100), "encrypted"),
        (_word("x", magic=0xA5DC), "before 1997"),
        (_word("x", magic=1), "damaged"),
        (compound({"WordDocument": b"\xec\xa5"}), "damaged|no text"),
        (compound({"Other": b"x", "WordDocument/x": b"y"}), "damaged"),
        (_word("x")[:700], "damaged|no text"),
    ],
)
def test_a_word_document_that_cannot_be_read_says_so(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=rf"a\.doc .*({message})"):
        load_bytes(data, "a.doc")


def _record(type_: int, content: bytes, *, instance: int = 0, holds_others: bool = False) -> bytes:
    version = instance << 4 | (0xF if holds_others else 0)
    return struct.pack("<HHI", version, type_, len(content)) + content


def _text(kind: int, text: str) -> bytes:
    return _record(0x0F9F, struct.pack("<I", kind)) + _record(0x0FA0, text.encode("utf-16-le"))


def _presentation(token: int = 0xE391C05F, properties: bytes = b"") -> bytes:
    outline = b"".join(
        _record(0x03F3, bytes(20)) + _text(0, title) + _text(1, body)
        for title, body in (("Bridges", "Old ones\rNew ones"), ("Rivers", "Wide"))
    )
    document = _record(0x03E8, _record(0x0FF0, outline, holds_others=True), holds_others=True)
    slides = b"".join(
        _record(0x03EE, _record(0xF00D, box, holds_others=True), holds_others=True)
        for box in (_text(4, "In a box"), _record(0x0FA8, b"Also in a box"))
    )
    return compound(
        {
            "Current User": bytes(12) + struct.pack("<I", token),
            "PowerPoint Document": document + slides,
            **({"\x05SummaryInformation": properties} if properties else {}),
        }
    )


def _properties(values: dict[int, bytes]) -> bytes:
    """A set of properties as [MS-OLEPS] has it, from the typed value of each id."""
    at, listed = 8 + 8 * len(values), b""
    for number, value in values.items():
        listed += struct.pack("<II", number, at)
        at += len(value)
    inner = struct.pack("<I", len(values)) + listed + b"".join(values.values())
    head = struct.pack("<HHI16xI16xI", 0xFFFE, 0, 0x20105, 1, 48)
    return head + struct.pack("<I", len(inner) + 4) + inner


def _typed(kind: int, data: bytes, unit: int = 1) -> bytes:
    return struct.pack("<II", kind, len(data) // unit) + data


@pytest.mark.parametrize(
    ("page", "value"),
    [
        (1252, _typed(0x1E, "Brücken\0".encode("cp1252"))),
        (1251, _typed(0x1E, "Мосты\0".encode("cp1251"))),
        (65001, _typed(0x1E, "Brücken\0".encode())),
        (1200, _typed(0x1E, "Brücken\0".encode("utf-16-le"))),
        (1252, _typed(0x1F, "Brücken\0".encode("utf-16-le"), 2)),
    ],
)
def test_the_title_among_the_properties_of_an_old_file_is_read(page: int, value: bytes) -> None:
    properties = _properties({1: struct.pack("<II", 2, page), 2: value})
    title = load_bytes(_presentation(properties=properties), "a.ppt").title
    assert title == ("Мосты" if page == 1251 else "Brücken")


@pytest.mark.parametrize("kind", [0x1000, 0x1014, 0x100C])
def test_a_damaged_count_among_the_properties_does_not_take_all_time(kind: int) -> None:
    endless = struct.pack("<II", kind, 0xFFFFFFF0)
    properties = _properties({2: _typed(0x1E, b"Bridges\0"), 13: endless})
    runner = Runner(timeout_s=30)  # a parser that counts to four billion takes hours
    loaded = runner.document(load_ppt, _presentation(properties=properties), "a.ppt")
    runner.close()
    assert loaded.title == "Bridges"


def test_slides_of_an_old_presentation_are_pages() -> None:
    loaded = load_bytes(_presentation(), "a.ppt")
    document = Document(1, "", "", "", "", loaded.text, loaded.page_starts, loaded.headings)
    assert loaded.text == (
        "Bridges\n\n- Old ones\n- New ones\n\nIn a box\n\nRivers\n\nWide\n\nAlso in a box"
    )
    assert [heading.span.of(loaded.text) for heading in loaded.headings] == ["Bridges", "Rivers"]
    assert document.page_number(loaded.text.index("In a box")) == 1
    assert document.page_number(loaded.text.index("Also")) == 2


def test_comments_of_an_old_presentation_stand_behind_their_slide_with_their_authors() -> None:
    strings = ("Ada Byron", "The year is wrong.", "AB")
    comment = b"".join(
        _record(0x0FBA, each.encode("utf-16-le"), instance=number)
        for number, each in enumerate(strings)
    )
    data = _record(0x2EE0, comment + _record(0x2EE1, bytes(28)), holds_others=True)
    for part in (0x138B, 0x138A, 0x1388, 0x03EE):  # the data of a tag are no records themselves
        data = _record(part, data, holds_others=part != 0x138B)
    slide = _record(0x03F3, bytes(20)) + _text(0, "Bridges")
    listed = _record(0x0FF0, slide, holds_others=True)
    presentation = compound(
        {
            "Current User": bytes(16),
            "PowerPoint Document": _record(0x03E8, listed, holds_others=True) + data,
        }
    )
    text = load_bytes(presentation, "a.ppt").text
    assert text == "Bridges\n\nComment (Ada Byron): The year is wrong."


def _with_looks(text: str, runs: list[tuple[int, int]]) -> bytes:
    """A text with the looks of its characters: how many there are, and how far they are raised."""
    paragraphs = struct.pack("<IHI", len(text) + 1, 0, 1 << 11 | 1 << 20 | 1)
    paragraphs += struct.pack("<HHHHh", 0, 1, 1, 5, 0)  # a bullet, to the right, one tab stop
    characters = b"".join(
        struct.pack("<IIHHh", count, 1 | 1 << 17 | 1 << 19, 1, 24, shift) for count, shift in runs
    )
    return _text(4, text) + _record(0x0FA1, paragraphs + characters)


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([(2, 0), (1, 30), (8, 0)], "10⁷ cycles"),
        ([(2, 0), (1, -25), (8, 0)], "10₇ cycles"),
        ([], "107 cycles"),
    ],
)
def test_raised_characters_of_an_old_presentation(runs: list[tuple[int, int]], text: str) -> None:
    slide = _record(0x03F3, bytes(20)) + _with_looks("107 cycles", runs)
    listed = _record(0x0FF0, slide, holds_others=True)
    data = compound(
        {
            "Current User": bytes(16),
            "PowerPoint Document": _record(0x03E8, listed, holds_others=True),
        }
    )
    assert load_bytes(data, "a.ppt").text == text


def test_an_encrypted_presentation_says_so() -> None:
    with pytest.raises(UnreadableError, match="encrypted"):
        load_bytes(_presentation(token=0xF3D1C4DF), "a.ppt")


def test_a_mail_of_outlook_is_read_with_its_attachments() -> None:
    folder = "__attach_version1.0_#00000000"
    data = compound(
        {
            "__substg1.0_0C1A001F": "Ada".encode("utf-16-le"),
            "__substg1.0_0037001F": "Brücke".encode("utf-16-le"),
            "__substg1.0_1000001F": "Sie ist alt.\r\nSehr.".encode("utf-16-le"),
            f"{folder}/__substg1.0_3707001F": "notes.txt".encode("utf-16-le"),
            f"{folder}/__substg1.0_37010102": b"Attached." + b" " * 4096,
        }
    )
    parts = {part.inner: part.outcome for part in load_parts(data, "a.msg")}
    main, attached = parts[""], parts["notes.txt"]
    assert isinstance(main, LoadedDocument)
    assert isinstance(attached, LoadedDocument)
    assert main.title == "Brücke"
    assert main.text == "From: Ada\nSubject: Brücke\n\nSie ist alt.\nSehr."
    assert attached.text.strip() == "Attached."


def test_a_mail_of_outlook_has_its_headers_its_table_and_the_mails_in_it() -> None:
    within = "__attach_version1.0_#00000000/__substg1.0_3701000D"
    page = "<p>Hello.</p><table><tr><th>Item<th>Price<tr><td>Kettle<td>39 €</table>"
    sent = 133_600_000_000_000_000  # tenths of microseconds since 1601: 1,715,526,400 s after 1970
    data = compound(
        {
            "__properties_version1.0": bytes(32)
            + struct.pack("<HHIQ", 0x0040, 0x0039, 6, sent)
            + struct.pack("<HHIQ", 0x0003, 0x3FFD, 6, 1251),
            "__substg1.0_0C1A001E": "Анна".encode("cp1251"),
            "__substg1.0_5D01001F": "anna@example.org".encode("utf-16-le"),
            "__substg1.0_0E03001F": "bob@example.org".encode("utf-16-le"),
            "__substg1.0_1000001F": "Hello.\r\nItem Price Kettle 39 €".encode("utf-16-le"),
            "__substg1.0_10130102": page.encode("utf-8-sig"),
            f"{within}/__substg1.0_0037001F": "Inner".encode("utf-16-le"),
            f"{within}/__substg1.0_1000001F": "The inner words.".encode("utf-16-le"),
        }
    )
    assert load_bytes(data, "a.msg").text == (
        "From: Анна <anna@example.org>\nCc: bob@example.org\nDate: 2024-05-12 15:06 UTC\n\n"
        "Hello.\n\nItem; Price\n\nItem: Kettle; Price: 39 €\n\n"
        "Subject: Inner\n\nThe inner words."
    )


def test_a_mail_of_outlook_that_is_only_rich_text_is_read() -> None:
    rich = rb"{\rtf1\ansi The pump costs \strike 90\strike0  80 euros.\par}"
    stored = struct.pack("<II4sI", len(rich) + 12, len(rich), b"MELA", 0) + rich  # not compressed
    data = compound(
        {"__substg1.0_0037001F": "S".encode("utf-16-le"), "__substg1.0_10090102": stored}
    )
    assert load_bytes(data, "a.msg").text == "Subject: S\n\nThe pump costs ~~90~~ 80 euros."


@pytest.mark.parametrize("name", ["a.doc", "a.ppt", "a.msg"])
def test_what_is_no_compound_file_says_so(name: str) -> None:
    with pytest.raises(UnreadableError, match="is damaged"):
        load_bytes(b"no such thing", name)
