"""The numbers that Word puts in front of paragraphs, of lists written as raw XML."""

from __future__ import annotations

import pytest

from index.load.loading import load_bytes
from index.load.numerals import numeral
from tests.index.load.packages import in_list, item, numbering, paragraph, word_file

_CLAUSES = [("decimal", "%1.", ""), ("decimal", "%1.%2", ""), ("lowerLetter", "(%3)", "")]


def _lines(body: str, **parts: str) -> list[str]:
    text = load_bytes(word_file(body, **parts), "a.docx").text  # type: ignore[arg-type]
    return [line for line in text.split("\n") if line]


def test_levels_are_counted_within_each_other() -> None:
    body = "".join(item("x", level) for level in (0, 1, 1, 2, 2, 0, 1, 2, 1, 2))
    assert _lines(body, numbering=numbering(_CLAUSES)) == (
        "1. x|1.1 x|1.2 x|(a) x|(b) x|2. x|2.1 x|(a) x|2.2 x|(a) x".split("|")
    )


def test_text_between_items_does_not_break_a_list_and_empty_items_count() -> None:
    empty = f"<w:p><w:pPr>{in_list()}</w:pPr></w:p>"
    body = item("one") + paragraph("Between.") + empty + item("three")
    assert _lines(body, numbering=numbering(_CLAUSES)) == ["1. one", "Between.", "3. three"]


def test_a_level_that_is_passed_over_has_begun() -> None:
    body = "".join(item("x", level) for level in (0, 2, 1, 0))
    assert _lines(body, numbering=numbering(_CLAUSES)) == ["1. x", "(a) x", "1.2 x", "2. x"]


def test_clauses_are_paragraphs_and_points_are_lines() -> None:
    body = item("Rent", 1) + item("Sum", 2) + item("Day", 2) + item("Deposit", 1)
    text = load_bytes(word_file(body, numbering=numbering(_CLAUSES)), "a.docx").text
    assert text == "1.1 Rent\n(a) Sum\n(b) Day\n\n1.2 Deposit"


def test_headings_are_numbered_by_their_style() -> None:
    levels = [
        ("upperRoman", "Article %1", '<w:pStyle w:val="H1"/>'),
        ("decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="H2"/>'),
    ]
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="H{at}"><w:name w:val="heading {at}"/>'
        f'<w:pPr><w:numPr>{more}<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for at, more in ((1, ""), (2, '<w:ilvl w:val="1"/>'))
    )
    styles += (
        '<w:style w:type="paragraph" w:styleId="Mine"><w:basedOn w:val="H2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Bare"><w:basedOn w:val="H2"/>'
        '<w:pPr><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr></w:style>'
    )
    body = "".join(
        paragraph(text, f'<w:pStyle w:val="{style}"/>')
        for text, style in (
            ("Scope", "H1"),
            ("Rent", "H1"),
            ("Sum", "H2"),
            ("Deposit", "Mine"),
            ("Unnumbered", "Bare"),
        )
    )
    body += paragraph("Off", f'<w:pStyle w:val="H2"/>{in_list(0, "0")}')
    data = word_file(body, styles=styles, numbering=numbering(levels))
    loaded = load_bytes(data, "a.docx")
    assert loaded.title == "Scope"
    assert [heading.span.of(loaded.text) for heading in loaded.headings] == [
        "Article I Scope",
        "Article II Rent",
        "2.1 Sum",
        "2.2 Deposit",
        "Unnumbered",
        "Off",
    ]


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        ("decimal", "1 2 3"),
        ("decimalZero", "01 02 03"),
        ("upperLetter", "A B C"),
        ("lowerRoman", "i ii iii"),
        ("ordinal", "1st 2nd 3rd"),
        ("ordinalText", "First Second Third"),
        ("cardinalText", "One Two Three"),
        ("decimalEnclosedCircle", "① ② ③"),
        ("russianLower", "а б в"),
        ("japaneseCounting", "一 二 三"),
        ("bullet", "- - -"),
        ("none", ""),
    ],
)
def test_every_way_of_counting(shape: str, numbers: str) -> None:
    styles = '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault>'
    styles += "</w:docDefaults>"
    lines = _lines(item("x") * 3, numbering=numbering([(shape, "%1", "")]), styles=styles)
    assert lines == [f"{number} x" for number in numbers.split()] or lines == ["x"] * 3
    assert " ".join(line.removesuffix("x").strip() for line in lines).strip() == numbers


def test_large_numbers() -> None:
    assert [numeral(each, "lowerLetter") for each in (26, 27, 28, 53)] == ["z", "aa", "bb", "aaa"]
    assert [numeral(each, "upperRoman") for each in (4, 1994, 4000)] == ["IV", "MCMXCIV", "4000"]
    assert [numeral(each, "ordinal", "en") for each in (11, 22, 113)] == ["11th", "22nd", "113th"]
    assert numeral(3, "ordinal", "de-DE") == "3."
    assert [numeral(each, "chineseCounting") for each in (10, 11, 20, 305)] == (
        ["十", "十一", "二十", "三百五"]
    )


def test_lists_that_begin_anew_and_that_go_on() -> None:
    again = '<w:num w:numId="{}"><w:abstractNumId w:val="1"/>{}</w:num>'
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{}"/></w:lvlOverride>'
    lists = numbering(_CLAUSES) + again.format(2, anew.format(5)) + again.format(3, "")
    body = item("a") + item("b") + item("c", 0, "2") + item("d", 0, "2") + item("e", 0, "3")
    assert _lines(body, numbering=lists) == ["1. a", "2. b", "5. c", "6. d", "7. e"]


def test_a_level_that_does_not_begin_anew_below_another() -> None:
    levels = [("decimal", "%1.", ""), ("decimal", "Clause %2:", '<w:lvlRestart w:val="0"/>')]
    body = "".join(item("x", level) for level in (0, 1, 1, 0, 1))
    assert _lines(body, numbering=numbering(levels)) == (
        ["1. x", "Clause 1: x", "Clause 2: x", "2. x", "Clause 3: x"]
    )


def test_a_level_whose_upper_one_was_passed_over() -> None:
    assert _lines(item("x", 1), numbering=numbering(_CLAUSES)) == ["1.1 x"]


def test_a_list_that_is_kept_in_a_style() -> None:
    lists = numbering(_CLAUSES) + (
        '<w:abstractNum w:abstractNumId="2"><w:numStyleLink w:val="L"/></w:abstractNum>'
        '<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>'
    )
    styles = (
        '<w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        "</w:pPr></w:style>"
    )
    assert _lines(item("x", 1, "2"), numbering=lists, styles=styles) == ["1.1 x"]


@pytest.mark.parametrize(
    "properties", [in_list(0, "77"), in_list(8, "1"), '<w:numPr><w:ilvl w:val="x"/></w:numPr>']
)
def test_a_list_that_is_not_there_numbers_nothing(properties: str) -> None:
    assert _lines(paragraph("x", properties), numbering=numbering(_CLAUSES[:1])) == ["x"]


def test_numbers_written_by_example() -> None:
    choice = (
        '<mc:AlternateContent><mc:Choice Requires="w14"><w:numFmt w:val="custom" '
        'w:format="001, 002, 003, ..."/></mc:Choice><mc:Fallback><w:numFmt w:val="decimal"/>'
        "</mc:Fallback></mc:AlternateContent>"
    )
    lists = numbering([("decimal", "%1", "")]).replace('<w:numFmt w:val="decimal"/>', choice)
    assert _lines(item("x") * 2, numbering=lists) == ["001 x", "002 x"]
