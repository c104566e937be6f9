"""Web pages: what a reader sees is in the text, once, with what its form says."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.load.base import LoadedDocument
from index.load.loading import load_bytes

_PROSE = (
    "<p>The hall was renovated last year and has three pools, a sauna and a small restaurant. "
    "Visitors reach it by bus from the main station, and there are racks at the entrance.</p>"
    "<p>Children under six years pay nothing when an adult comes along. Lockers take a coin that "
    "is returned at the end, and towels can be rented at the desk near the stairs.</p>"
)
_PAGE = (
    '<html><body><nav><a href="/">Home</a> <a href="/shop">Shop</a></nav><main><article>'
    "<h1>Hall</h1>{}</article></main><footer>Imprint of the company</footer></body></html>"
)
WAYS = pytest.mark.parametrize("around", ["{}", f"{_PROSE}{{}}", _PAGE.format(f"{_PROSE}{{}}")])


def _read(source: str) -> LoadedDocument:
    return load_bytes(source.encode(), "a.html")


def _lines(around: str, source: str) -> list[str]:
    return [line for line in _read(around.replace("{}", source)).text.split("\n") if line]


@WAYS
@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("<p>It has 10<sup>11</sup> stars and CO<sub>2</sub>.</p>", "It has 10¹¹ stars and CO₂."),
        ("<p>35 m<sup>2</sup>, x<sup>n+m</sup></p>", "35 m², x^(n+m)"),
        (
            '<p>3 million<sup id=r2><a href="#n2">2</a></sup> in all.</p>',
            "3 million[2] in all.",
        ),
        ('<p>3 million <sup><a href="p.html#n2">[2]</a></sup>.</p>', "3 million[2]."),
        ('<p>Euros<a role=doc-noteref href="#n7"><sup>7</sup></a>.</p>', "Euros[7]."),
        ("<p>The town<sup>[4]</sup> is old.</p>", "The town[4] is old."),
        ("<p>Now <del>899</del> <ins>749</ins> euros.</p>", "Now ~~899~~ 749 euros."),
        ("<p>Now <s>120 euros</s> 95 euros.</p>", "Now ~~120 euros~~ 95 euros."),
        (
            '<p>Fee <span style="text-decoration: line-through">240</span> 180.</p>',
            "Fee ~~240~~ 180.",
        ),
        (
            "<style>.old, b{text-decoration:line-through}</style><p>Fee <i class=old>9</i> 8.</p>",
            "Fee ~~9~~ 8.",
        ),
        (
            "<style>@media print{p{text-decoration:line-through}}</style><p>9 8</p>",
            "9 8",
        ),
        ('<p>2<span style="vertical-align:super">5</span> times</p>', "2⁵ times"),
        ("<p><ruby>漢<rp>(</rp><rt>kan</rt></ruby></p>", "漢(kan)"),
        ("<p>She said <q>no</q>.</p>", "She said “no”."),
        ("<p>x<math><msup><mi>y</mi><mn>2</mn></msup></math> m</p>", "xy² m"),
        ("<p>Price: <img src=e.png alt=€>5</p>", "Price: €5"),
        ("<p>Seen<br>twice</p>", "twice"),
        ("<h2>Part<br>one</h2><p>Body text.</p>", "Part one"),
        ("<address>Hill 1<br>1234 Town</address>", "1234 Town"),
        ("<blockquote><p>Never again.</p></blockquote>", "Never again."),
        (
            "<figure><img src=a.png><figcaption>It is 120 m long.</figcaption></figure>",
            "It is 120 m long.",
        ),
        ("<details><summary>Dogs?</summary><p>On a lead.</p></details>", "On a lead."),
    ],
)
def test_what_form_says_is_kept(around: str, source: str, line: str) -> None:
    assert line in _lines(around, source)


@WAYS
def test_lists_keep_their_numbers_terms_and_lines(around: str) -> None:
    source = (
        "<dl><dt>Entry fee<dd>7 euros<dt>Phone<dt>Fax<dd>555<dd>556<div><dt>Dogs allowed?"
        "<dd>On a lead</div></dl><ol start=4><li>Book<li><p>Pay</p><p>at once</p></ol>"
        "<ol reversed><li>b<li value=1>a</ol><ol type=A><li>x<ol type=i><li>y<li>z</ol></ol>"
        "<ul><li>Glass<li>Tin</ul><pre>\ncurl -X POST \\\n  -d seats=2\n</pre>"
    )
    text = _read(around.replace("{}", source)).text
    assert text.endswith(
        "Entry fee: 7 euros\nPhone / Fax: 555\nPhone / Fax: 556\n\nDogs allowed? On a lead\n\n"
        "4. Book\n5. Pay\n\nat once\n\n2. b\n1. a\n\nA. x\ni. y\nii. z\n\n- Glass\n- Tin\n\n"
        "curl -X POST \\\n  -d seats=2"
    )


def test_what_opens_is_a_heading_with_what_it_holds() -> None:
    loaded = _read(
        _PAGE.format(_PROSE + "<h2>Questions</h2><details><summary>Kayaks?</summary>Yes.")
    )
    assert [(h.level, h.span.of(loaded.text)) for h in loaded.headings] == [
        (1, "Hall"),
        (2, "Questions"),
        (3, "Kayaks?"),
    ]


_TABLES = {
    "rows and columns": (
        "<tr><th>Teacher<th>Course<th>Room<tr><td rowspan=2>Ms Oduya<td>Crawl<td>A3"
        "<tr><td>Diving<td rowspan=2>B1<tr><td>Mr Falk<td>Rescue<tr><td colspan=2>Nobody<td>C7",
        [
            "Teacher: Ms Oduya; Course: Crawl; Room: A3",
            "Teacher: Ms Oduya; Course: Diving; Room: B1",
            "Teacher: Mr Falk; Course: Rescue; Room: B1",
        ],
    ),
    "a header of two rows": (
        "<thead><tr><th rowspan=2>Item<th colspan=2>Price<tr><th>2023<th>2024"
        "<tbody><tr><td>Pear<td>10<td>11<tr><td>Fig<td>20<td>21",
        ["Item: Fig; Price 2023: 20; Price 2024: 21"],
    ),
    "a foot that stands first": (
        "<thead><tr><th>Item<th>Price</thead><tfoot><tr><td>Total<td>30</tfoot>"
        "<tbody><tr><td>Pear<td>10<tr><td>Fig<td>20</tbody>",
        ["Item: Pear; Price: 10", "Item: Fig; Price: 20", "Item: Total; Price: 30"],
    ),
    "a span to the end of its part": (
        "<tr><th>Day<th>Who<th>Where<tbody><tr><td rowspan=0>Mon<td>Ada<td>X1<tr><td>Bob<td>X2"
        "<tbody><tr><td>Tue<td>Cid<td>X3",
        ["Day: Mon; Who: Bob; Where: X2", "Day: Tue; Who: Cid; Where: X3"],
    ),
    "names at the left": (
        "<tr><th>Name<td>Ada<td>Bob<tr><th>Age<td>30<td>31",
        ["Name: Ada; Age: 30", "Name: Bob; Age: 31"],
    ),
    "a caption and a hidden row": (
        "<caption>Rates of May</caption><tr><th>Item<th>Price<tr hidden><td>Old<td>1"
        "<tr><td>New<td>2",
        ["Rates of May", "Item: New; Price: 2"],
    ),
    "a table in a cell": (
        "<tr><th>Hall<th>Hours<tr><td>North<td><table><tr><td>Mon<td>9-12</table>",
        ["Hall: North; Hours: Mon: 9-12"],
    ),
    "signs in cells": (
        "<tr><th>Model<th>Wifi<tr><td>K1<td><img src=y.png alt=yes><tr><td>K2<td><del>no</del>",
        ["Model: K1; Wifi: yes", "Model: K2; Wifi: ~~no~~"],
    ),
}


@WAYS
@pytest.mark.parametrize("name", _TABLES)
def test_cells_have_the_names_and_the_merged_cells_of_their_table(around: str, name: str) -> None:
    source, expected = _TABLES[name]
    lines = _lines(around, f"<table>{source}</table>")
    assert [line for line in lines if line in expected] == expected
    assert "Old" not in " ".join(lines)


def test_a_table_within_one_that_arranges_a_page_is_read() -> None:
    source = (
        "<table><tr><td><table><tr><th>Item<th>Price<tr><td>Kettle<td>39 euros</table><td>Thanks!"
        "<tr><td>Carrier<td>Nordpost</table>"
    )
    assert _lines("{}", source) == [
        "Item; Price",
        "Item: Kettle; Price: 39 euros",
        "Thanks!",
        "Carrier: Nordpost",
    ]


@WAYS
def test_fields_of_a_form_stand_with_their_labels(around: str) -> None:
    source = (
        '<form><label for=n>Name</label><input id=n value="Ada Byron"><p>City: <input value=Rome>'
        "</p><label><input type=checkbox checked> Paid</label><label><input type=checkbox> Sent"
        "</label><p><label>Size <select><option>S<option selected>M</select></label></p>"
        "<p><label for=t>Note</label><textarea id=t>two\nlines</textarea></p>"
        "<p>Weight: <input value=80> kg</p><input type=hidden value=x9><input type=submit value=Go>"
        "<input type=password value=pw7></form>"
    )
    lines = _lines(around, source)
    assert lines[-7:] == [
        "Name: Ada Byron",
        "City: Rome",
        "☒ Paid",
        "☐ Sent",
        "Size: M",
        "Note: two lines",
        "Weight: 80 kg",
    ]


@WAYS
def test_what_nobody_sees_is_left_out_and_counted(around: str) -> None:
    source = (
        "<p>Seen by all who come.</p><div hidden>Secret one</div>"
        "<p style='display: none'>Secret two</p>"
        "<span aria-hidden=true>Secret three</span><template>Secret four</template>"
        "<script>secret()</script><dialog>Secret five</dialog>"
    )
    loaded = _read(around.replace("{}", source))
    assert "Seen by all" in loaded.text
    assert "ecret" not in loaded.text
    assert "4 hidden parts" in loaded.left_out


def test_a_page_behind_an_open_dialog_is_read() -> None:
    source = f"<div aria-hidden=true>{_PROSE}</div><div role=dialog>Cookies?</div>"
    assert "three pools" in _read(source).text


def test_around_a_clear_article_menus_are_dropped_and_counted() -> None:
    loaded = _read(_PAGE.format(_PROSE))
    assert "Shop" not in loaded.text
    assert "Imprint" not in loaded.text
    assert loaded.left_out == ("6 words around the article",)


def test_a_single_paragraph_does_not_hide_what_stands_beside_it() -> None:
    one = _PROSE.partition("</p>")[0]
    form = "<form><label for=q>Quantity</label><input id=q value=12></form>"
    assert _read(_PAGE.format(f"{one}</p>{form}")).text.endswith("\n\nQuantity: 12")


def test_a_remark_within_an_article_belongs_to_it() -> None:
    text = _read(_PAGE.format(f"{_PROSE}<aside><p>The sauna closes at 20:00.</p></aside>")).text
    assert text.endswith("The sauna closes at 20:00.")


def test_a_page_of_many_parts_is_read_whole() -> None:
    parts = "".join(
        f"<section><h2>Question {n}</h2><div class=c{n}>The answer to it is number {n * 7}.</div>"
        "</section>"
        for n in range(1, 9)
    )
    text = _read(f"<html><body><header><nav><a href=/>Home</a></nav></header>{parts}</body>").text
    for n in range(1, 9):
        assert f"Question {n}" in text
        assert f"number {n * 7}." in text


def test_text_that_only_the_metadata_of_a_page_holds_is_read() -> None:
    words = "The old bridge over the river was opened in the year 1904 by the mayor. " * 9
    source = (
        '<html><head><script type="application/ld+json">{"@type": "Article", "articleBody": "'
        f'{words}"}}</script></head><body><div id=app></div></body></html>'
    )
    assert "opened in the year 1904" in _read(source).text


def test_the_encoding_of_an_xml_declaration_is_known() -> None:
    source = (
        '<?xml version="1.0" encoding="iso-8859-2"?><html><body><p>Zażółć gęślą jaźń</p></body>'
    )
    assert load_bytes(source.encode("iso8859-2"), "a.xhtml").text == "Zażółć gęślą jaźń"


@given(
    st.lists(
        st.sampled_from(
            "a 1 <b> </b> <sup> </sup> <s> </s> <li> <ol> </ol> <dl> <dt> <dd> "
            "<table> <tr> <td> <th> </table> <pre> </pre> <br> <p> <input> <label> <math> <msup> "
            "<details> <summary> <h2> <q>".split()
        ),
        max_size=40,
    )
)
def test_no_letter_is_lost_whatever_the_tags(parts: list[str]) -> None:
    source = "<p>begin</p>" + "".join(parts) + "<p>end</p>"
    loaded = _read(source)
    shown = [part for part in parts if part == "a"]
    assert loaded.text.count("a") >= len(shown)
    for heading in loaded.headings:
        assert heading.span.of(loaded.text).strip()


@pytest.mark.parametrize(
    "source",
    [
        "<h1>" + " " * 60_000 + "x</h1><p>y</p>",
        "<p>" + " \n" * 60_000 + "x</p>",
        "<style>" + "/*" * 60_000 + "</style><p>x</p>",
        "<p style='" + "text-decoration:" * 5_000 + "'>x</p>",
        "<table>" + "<tr><td rowspan=99 colspan=99>x" * 300 + "</table>",
        "<p>x" + "<ol><li>" * 200 + "y",
        "<p>x" + "<table><tr><th>" * 60 + "y",
    ],
)
def test_hostile_pages_cost_no_more_than_they_are_long(source: str) -> None:
    _read("<p>warm</p>")
    started = time.perf_counter()
    assert "x" in _read(source).text
    assert time.perf_counter() - started < 20
