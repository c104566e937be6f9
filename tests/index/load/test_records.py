"""JSON, JSON Lines, XML, notebooks, light markup and source code."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.errors import UnreadableError
from index.load.loading import load_bytes
from index.load.records import load_json_lines


def test_each_entry_of_a_list_is_a_record_with_names() -> None:
    data = json.dumps([{"name": "Pear", "price": 3, "from": {"land": "France"}}, {"name": "Fig"}])
    assert load_bytes(data.encode(), "a.json").text == (
        "Record 1: name: Pear; price: 3; from.land: France\n\nRecord 2: name: Fig"
    )


def test_an_object_is_its_values_with_their_paths() -> None:
    data = b'{"server": {"port": 80, "hosts": ["a", "b"]}, "users": [{"id": 1}], "none": null}'
    assert load_bytes(data, "a.json").text == (
        "server.port: 80\nserver.hosts: a, b\nusers[1].id: 1\nnone: null"
    )


def test_each_line_is_a_record_and_prose_stands_below_it() -> None:
    prose = "A long sentence that tells much. " * 10
    lines = [{"title": "One", "text": prose}, {"title": "Two"}]
    data = "\n\n".join(map(json.dumps, lines)).encode()
    expected = f"Line 1: title: One\n\nLine 1: text: {prose}\n\nLine 3: title: Two"
    assert load_bytes(data, "a.jsonl").text == expected
    assert load_bytes(data, "a.json").text == expected


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.json", b"{broken", "not valid JSON"),
        ("a.jsonl", b"\n{broken\n{too", "not valid JSON in line 2"),
        ("a.json", b"[" * 200_000, "nested too deeply|not valid JSON"),
        ("a.ipynb", b"[]", "no notebook"),
        ("a.xml", b"", "no text"),
    ],
)
def test_what_is_broken_says_so(name: str, data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        load_bytes(data, name)


def test_a_notebook_is_its_text_and_code() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# The bridges\n", "They are old."]},
        {"cell_type": "code", "source": ["print(1)"], "outputs": [{"text": ["1"]}]},
    ]
    loaded = load_bytes(json.dumps({"cells": cells}).encode(), "a.ipynb")
    assert loaded.text == "# The bridges\nThey are old.\n\n```\nprint(1)\n```"
    assert loaded.title == "The bridges"


def test_values_of_xml_have_names_and_text_keeps_its_marks() -> None:
    data = (
        b"<?xml version='1.0' encoding='iso-8859-1'?><list><fruit><name>Pear</name><price>3</price>"
        b"</fruit><para>Some <b>bold</b> text of Caf\xe9s.</para></list>"
    )
    assert load_bytes(data, "a.xml").text == ("name: Pear\nprice: 3\n\nSome bold text of Cafés.")


@pytest.mark.parametrize(
    ("name", "source", "headings"),
    [
        ("a.adoc", "= Main\n\nText.\n\n== Sub\n", [("Main", 1), ("Sub", 2)]),
        ("a.org", "* Main\nText.\n** Sub\n", [("Main", 1), ("Sub", 2)]),
        ("a.tex", "\\chapter{Main}\nText.\n\\section*{Sub}\n", [("Main", 1), ("Sub", 2)]),
        (
            "a.rst",
            "Main\n====\nText.\n\nSub\n---\n\nEnd\n====\n",
            [("Main", 1), ("Sub", 2), ("End", 1)],
        ),
    ],
)
def test_markup_is_kept_as_written_and_its_headings_found(
    name: str, source: str, headings: list[tuple[str, int]]
) -> None:
    loaded = load_bytes(source.encode(), name)
    assert loaded.text == source
    assert loaded.title == "Main"
    assert [(each.span.of(loaded.text), each.level) for each in loaded.headings] == headings


def test_code_is_text_titled_by_its_file() -> None:
    source = "#!/bin/sh\n\necho Grüße\n"
    loaded = load_bytes(source.encode("utf-16"), "run.sh")
    assert (loaded.title, loaded.text, loaded.headings) == ("run.sh", source, ())


@pytest.mark.parametrize("name", ["README", "LICENSE", "notes.unknown"])
def test_text_of_an_unknown_suffix_is_read_as_text(name: str) -> None:
    assert load_bytes("Plain wörds.".encode(), name).text == "Plain wörds."


def test_damaged_lines_are_named_and_the_others_read() -> None:
    data = b'\xef\xbb\xbf{"a": 1}\n{"a": 2\n\n{"a": 3}\n[1, 2\n"x"\n' + b'{"a": 12'
    loaded = load_bytes(data, "a.jsonl")
    assert loaded.text == "Line 1: a: 1\n\nLine 4: a: 3\n\nLine 6: x"
    assert loaded.left_out == ("lines 2, 5 and 7, which are not valid JSON",)
    assert load_bytes(data, "a.json").text == loaded.text


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 10**9)).map(
            lambda drawn: (drawn[0], f'{{"n": {drawn[1]}}}')
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_damaged_line_costs_another(lines: list[tuple[bool, str]]) -> None:
    assume(any(whole for whole, _ in lines))
    data = "\n".join(line if whole else line[:-1] for whole, line in lines).encode()
    told = load_json_lines(data, "a.jsonl").text.split("\n\n")
    expected = [
        f"Line {number}: n: {json.loads(line)['n']}"
        for number, (whole, line) in enumerate(lines, 1)
        if whole
    ]
    assert told == expected


def test_of_a_damaged_list_the_whole_records_are_read() -> None:
    data = b'[\n  {"a": 1, "in": [\n    {"b": 2}\n  ]},\n  {"a": 2,\n   "b" 3},\n  {"a": 4}\n]'
    loaded = load_bytes(data, "a.json")
    assert loaded.text == "Record 1: a: 1; in[1].b: 2\n\nRecord 3: a: 4"
    assert loaded.left_out == ("the records that begin in line 5: not valid JSON",)
    cut = load_bytes(b'[{"a": 1}, {"a": 2}, {"a', "a.json")
    assert cut.text == "Record 1: a: 1\n\nRecord 2: a: 2"
    assert cut.left_out == ("the records that begin in line 1: not valid JSON",)


def test_numbers_are_told_as_they_are_written_and_no_value_of_a_name_is_lost() -> None:
    data = b'{"a": 1.10, "b": 1e5, "c": 12345678901234567890123, "d": 1, "d": 2, "e": 007}'
    with pytest.raises(UnreadableError):
        load_bytes(data, "a.json")
    told = load_bytes(data.replace(b', "e": 007', b""), "a.json").text
    assert told == "a: 1.10\nb: 1e5\nc: 12345678901234567890123\nd: 1, 2"


@pytest.mark.parametrize("name", ["a.log", "a.txt", "a.csv", "a.jsonl"])
def test_padding_with_nul_bytes_is_not_binary(name: str) -> None:
    lines = [b'{"pump": "stopped with code 17"}', b'{"pump": "started"}']
    for data in (
        b"\0" * 4096 + b"\n".join(lines),
        lines[0] + b"\n" + b"\0" * 999 + lines[1] + b"\n",
        b"\n".join(lines) + b"\n" + b"\0" * 5000,
    ):
        text = load_bytes(data, name).text
        assert "code 17" in text
        assert "started" in text
        assert "\0" not in text
        assert '17"}{' not in text
    with pytest.raises(UnreadableError, match="binary"):
        load_bytes(bytes(range(32)) * 100 + b"\0" * 4096, name)


_BOOKS = """<?xml version="1.0"?>
<shop xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a b" city="Köln">
  <book id="7"><title>Sea</title><price unit="EUR">3</price></book>
  <book id="8"><title>Sky</title><price unit="USD">4</price><note>{}</note></book>
  <owner name="Ada"/><hours><mon>9-12</mon><tue>10-14</tue></hours>
  <entry>&lt;p&gt;Open on &lt;b&gt;Sunday&lt;/b&gt;&lt;/p&gt;</entry>
</shop>"""


def test_records_of_xml_are_lines_with_their_attributes() -> None:
    note = "A long note. " * 20
    text = load_bytes(_BOOKS.format(note).encode(), "a.xml").text
    assert text == (
        "city: Köln\n\nbook 1: id: 7; title: Sea; price: 3; price unit: EUR\n\n"
        "book 2: id: 8; title: Sky; price: 4; price unit: USD\n\n"
        f"book 2: note: {note.strip()}\n\nowner: name: Ada\nmon: 9-12\ntue: 10-14\n"
        "entry: Open on Sunday"
    )


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "utf-16"])
def test_xml_whose_encoding_is_not_what_it_says_is_read(charset: str) -> None:
    data = '<?xml version="1.0" encoding="UTF-8"?><a><b>Köln für alle</b></a>'.encode(charset)
    assert load_bytes(data, "a.xml").text == "b: Köln für alle"


def test_a_damaged_byte_of_xml_stays_one() -> None:
    data = "<a><b>Köln</b><c>Grüße</c></a>".encode().replace(b"\xc3\x9f", b"\xff")
    loaded = load_bytes(data, "a.xml")
    assert loaded.text == "b: Köln\nc: Grü\ufffde"
    assert loaded.left_out == ("1 damaged byte",)


@pytest.mark.parametrize(
    ("name", "data", "text", "left_out"),
    [
        ("a.jsonl", b'{"a": 1}{"a": 2}\n{"a": 3},\n', "Line 1: a: 1|Line 1: a: 2|Line 2: a: 3", ()),
        ("a.jsonl", b'{"a": "x\ty"}', "Line 1: a: x\ty", ()),
        ("a.jsonl", b'\x1e{"a": 1}\n\x1e{"a": 2}\n', "Line 1: a: 1|Line 2: a: 2", ()),
        ("a.jsonl", b'{\n "a": 1\n}\n{\n "a": 2\n}\n', "Record 1: a: 1|Record 2: a: 2", ()),
        (
            "a.json",
            b'{\n "a": 1\n}\n{\n "a" 2\n}\n{\n "a": 3\n}',
            "Record 1: a: 1|Record 3: a: 3",
            ("the records that begin in line 4: not valid JSON",),
        ),
    ],
)
def test_records_that_are_not_one_a_line_are_read(
    name: str, data: bytes, text: str, left_out: tuple[str, ...]
) -> None:
    loaded = load_bytes(data, name)
    assert loaded.text.split("\n\n") == text.split("|")
    assert loaded.left_out == left_out


def test_a_field_that_is_filled_up_with_nul_bytes_stays_in_its_row() -> None:
    data = b"id,name\n1,Al\0ice\n2,Bob" + b"\0" * 20 + b",x\n"
    assert load_bytes(data, "a.csv").text.split("\n\n")[1] == "Row 2: id: 1; name: Alice"
    assert load_bytes(data, "a.csv").text.endswith("Row 3: 2; Bob; x")
