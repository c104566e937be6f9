"""JSON, JSON Lines, XML, notebooks, light markup and source code."""

from __future__ import annotations

import json

import pytest

from index.errors import UnreadableError
from index.load import load_bytes


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
        ("a.jsonl", b'{"a": 1}\n{broken', "not valid JSON in line 2"),
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
