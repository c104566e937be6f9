"""OpenDocument files written as raw XML: what their formatting says, and the parts beside it."""

from __future__ import annotations

import pytest

from index.load.base import LoadedDocument
from index.load.loading import load_bytes
from tests.index.load.packages import open_document


def _load(body: str, **more: str) -> LoadedDocument:
    return load_bytes(open_document(body, **more), "a.odt")


def _looks(**styles: str) -> str:
    """Styles of text by their names, with the attributes of their properties."""
    return "".join(
        f'<style:style style:name="{name}" style:family="text">'
        f"<style:text-properties {looks}/></style:style>"
        for name, looks in styles.items()
    )


def _span(style: str, text: str) -> str:
    return f'<text:span text:style-name="{style}">{text}</text:span>'


_STYLES = _looks(
    up='style:text-position="super 58%"',
    high='style:text-position="33% 100%"',
    low='style:text-position="-8% 58%"',
    bit='style:text-position="2% 100%"',
    off='style:text-line-through-style="solid"',
    double='style:text-line-through-type="double"',
    on='style:text-line-through-style="none"',
    gone='text:display="none"',
) + (
    '<style:style style:name="child" style:family="text" style:parent-style-name="off"/>'
    '<style:style style:name="Old" style:family="paragraph"><style:text-properties '
    'style:text-line-through-style="solid"/></style:style>'
)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (f"10{_span('up', '5')} bottles", "10⁵ bottles"),
        (f"10{_span('high', '-9')}", "10⁻⁹"),
        (f"CO{_span('low', '2')}", "CO₂"),
        (f"A{_span('bit', 'pple')}", "Apple"),
        (f"{_span('off', '240')} 180", "~~240~~ 180"),
        (f"{_span('double', '240')} 180", "~~240~~ 180"),
        (f"{_span('child', '240')} 180", "~~240~~ 180"),
        (_span("off", f"10{_span('up', '7')}") + " 8", "~~10⁷~~ 8"),
        (_span("off", f"no {_span('on', 'yes')}"), "~~no~~ yes"),
        ("one\n  two", "one two"),
        (
            "<text:ruby><text:ruby-base>東京</text:ruby-base><text:ruby-text>とう</text:ruby-text>"
            "</text:ruby>",
            "東京(とう)",
        ),
    ],
)
def test_what_is_raised_lowered_or_struck_out_is_written_so(inner: str, text: str) -> None:
    assert _load(f"<text:p>{inner}</text:p>", styles=_STYLES).text == text


def test_a_paragraph_is_struck_out_by_its_style() -> None:
    body = f'<text:p text:style-name="Old">No {_span("on", "yes")}</text:p>'
    assert _load(body, styles=_STYLES).text == "~~No~~ yes"


def test_hidden_text_and_deletions_are_left_out_and_said_to_be() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>old</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:p>Contents</text:p></text:table-of-content>"
        f"<text:p>Seen{_span('gone', ' and not')}</text:p>"
        '<text:section text:display="none"><text:p>Nor this</text:p></text:section>'
        '<text:p>Nor<text:hidden-paragraph text:is-hidden="true"/> that</text:p>'
    )
    loaded = _load(body, styles=_STYLES)
    assert loaded.text == "Seen"
    assert loaded.left_out == ("1 tracked deletion", "3 hidden passages", "the table of contents")


def _note(mark: str, text: str) -> str:
    return (
        f"<text:note><text:note-citation>{mark}</text:note-citation><text:note-body>"
        f"<text:p>{text}</text:p></text:note-body></text:note>"
    )


def _row(*cells: str) -> str:
    """A row of cells; what begins with ``<`` is given as it is."""
    made = (
        cell
        if cell.startswith("<")
        else f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>"
        for cell in cells
    )
    return f"<table:table-row>{''.join(made)}</table:table-row>"


def _cell(text: str, attributes: str) -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


_COVERED = "<table:covered-table-cell/>"


def test_notes_and_comments_follow_their_paragraph_also_in_tables() -> None:
    comment = (
        "<office:annotation><dc:creator>Ada</dc:creator><dc:date>2024</dc:date>"
        "<text:p>Too high?</text:p></office:annotation>"
    )
    table = f"<table:table>{_row('Item', 'Price')}{_row('Dome', 'x')}</table:table>"
    table = table.replace("x</text:p>", f"3{_note('2', 'Without tax.')}</text:p>")
    body = f"<text:p>It cost 3{_note('1', 'In euros.')} in all.{comment}</text:p>{table}"
    assert _load(body).text == (
        "It cost 3[1] in all.\n\n[1] In euros.\n\nComment (Ada): Too high?\n\n"
        "Item; Price\n\nItem: Dome; Price: 3[2]\n\n[2] Without tax."
    )


def test_what_spans_rows_and_columns_stands_in_each_place() -> None:
    table = (
        _row("Task", "Owner", "Day")
        + _row("Boiler", _cell("Ines", 'table:number-rows-spanned="2"'), "Monday")
        + _row("Roof", _COVERED, "Tuesday")
        + _row("Lift", _cell("Paul", 'table:number-columns-spanned="2"'), _COVERED)
        + _row('<table:table-cell table:number-columns-repeated="2"/>', "Friday")
    )
    assert _load(f"<table:table>{table}</table:table>").text == (
        "Task; Owner; Day\n\nTask: Boiler; Owner: Ines; Day: Monday\n\n"
        "Task: Roof; Owner: Ines; Day: Tuesday\n\nTask: Lift; Owner: Paul; Day: Paul\n\n"
        "Day: Friday"
    )


def test_a_header_that_is_marked_and_a_table_within_a_cell() -> None:
    inner = f"<table:table>{_row('Power:', '5 kW')}{_row('Weight:', '3 kg')}</table:table>"
    table = (
        f"<table:table-header-rows>{_row('Part', 'Data')}</table:table-header-rows>"
        f"{_row('Pump', f'<table:table-cell>{inner}</table:table-cell>')}{_row('Fan', 'none')}"
    )
    assert _load(f"<table:table>{table}</table:table>").text == (
        "Part; Data\n\nPart: Pump; Data: (Power: 5 kW; Weight: 3 kg)\n\nPart: Fan; Data: none"
    )


def test_bold_labels_make_a_form() -> None:
    bold = (
        '<style:style style:name="b" style:family="{}"><style:text-properties '
        'fo:font-weight="bold"/></style:style>'
    )
    rows = "".join(
        _row(f"<table:table-cell>{label}</table:table-cell>", value)
        for label, value in (
            ('<text:p text:style-name="b">Tenant</text:p>', "Ada Byron"),
            ('<text:p><text:span text:style-name="b">Address</text:span></text:p>', "High Street"),
            ('<text:p text:style-name="b">Job</text:p>', "Baker"),
        )
    )
    styles = bold.format("paragraph") + bold.format("text")
    text = _load(f"<table:table>{rows}</table:table>", styles=styles).text
    assert text == "Tenant: Ada Byron\n\nAddress: High Street\n\nJob: Baker"


def _levels(kind: str, *levels: str) -> str:
    return "".join(
        f'<text:{kind} text:level="{level}" {attributes}/>'
        for level, attributes in enumerate(levels, 1)
    )


_LIST = '<text:list-style style:name="L">{}</text:list-style>'.format(
    _levels(
        "list-level-style-number",
        'style:num-format="1" style:num-suffix="."',
        'style:num-format="1" text:display-levels="2"',
        'style:num-format="a" style:num-prefix="(" style:num-suffix=")"',
    )
)


def _item(*inner: str, attributes: str = "") -> str:
    made = (each if each.startswith("<") else f"<text:p>{each}</text:p>" for each in inner)
    return f"<text:list-item {attributes}>{''.join(made)}</text:list-item>"


def _list(*items: str, attributes: str = 'text:style-name="L"') -> str:
    return f"<text:list {attributes}>{''.join(items)}</text:list>"


def test_lists_are_counted_as_they_are_shown() -> None:
    def within(*items: str) -> str:
        return _list(*items, attributes="")

    body = (
        _list(
            _item("one", "Goes on."),
            _item("two", within(_item("x", within(_item("a"), _item("b"))), _item("y"))),
            "<text:list-header><text:p>none</text:p></text:list-header>",
            _item("five", attributes='text:start-value="5"'),
        )
        + "<text:p>Between.</text:p>"
        + _list(_item("six"), attributes='text:style-name="L" text:continue-numbering="true"')
        + _list(_item("anew"))
    )
    assert _load(body, styles=_LIST).text.replace("\n\n", "\n").split("\n") == (
        "1. one|Goes on.|2. two|2.1 x|(a) a|(b) b|2.2 y|none|5. five|Between.|6. six|1. anew"
    ).split("|")


@pytest.mark.parametrize(
    ("attributes", "mark"),
    [
        ('style:num-format="I"', "II"),
        ('style:num-format="01, 02, 03, ..."', "02"),
        ('style:num-format="①, ②, ③, ..."', "②"),
        ('style:num-format=""', ""),
        ('style:num-format="1" xmlns:x="urn:x" x:num-list-format="Clause %1%:"', "Clause 2:"),
    ],
)
def test_every_way_of_counting(attributes: str, mark: str) -> None:
    style = f'<text:list-style style:name="L">{_levels("list-level-style-number", attributes)}'
    loaded = _load(_list(_item("a"), _item("b")), styles=f"{style}</text:list-style>")
    assert loaded.text.split("\n")[-1] == f"{mark} b".strip()


def test_headings_are_numbered_by_the_outline() -> None:
    outline = _levels(
        "outline-level-style",
        'style:num-format="1"',
        'style:num-format="1" text:display-levels="2"',
    )
    master = f"<office:styles><text:outline-style>{outline}</text:outline-style></office:styles>"
    bare = '<style:style style:name="Bare" style:family="paragraph" style:list-style-name=""/>'
    body = "".join(
        f'<text:h text:outline-level="{level}" {more}>{text}</text:h>'
        for level, text, more in (
            (1, "Scope", ""),
            (2, "Rent", ""),
            (2, "Deposit", ""),
            (1, "Preface", 'text:is-list-header="true"'),
            (1, "Thanks", 'text:style-name="Bare"'),
            (1, "Notice", ""),
            (2, "Period", 'text:restart-numbering="true" text:start-value="4"'),
        )
    )
    loaded = _load(body, master=master, styles=bare)
    assert [heading.span.of(loaded.text) for heading in loaded.headings] == (
        "1 Scope|1.1 Rent|1.2 Deposit|Preface|Thanks|2 Notice|2.4 Period".split("|")
    )


def test_headers_and_footers_are_read_once_and_page_numbers_not() -> None:
    number = "<text:page-number>1</text:page-number>"
    master = (
        '<office:master-styles><style:master-page style:name="Standard">'
        "<style:header><text:p>Contract 4711</text:p></style:header>"
        "<style:header-first><text:p>Contract 4711</text:p></style:header-first>"
        f"<style:footer><text:p>Page {number}</text:p><text:p>Confidential</text:p></style:footer>"
        '<style:footer-left style:display="false"><text:p>Old</text:p></style:footer-left>'
        "</style:master-page>"
        '<style:master-page style:name="Unused"><style:header><text:p>Unused</text:p>'
        "</style:header></style:master-page></office:master-styles>"
    )
    text = _load("<text:p>The text.</text:p>", master=master).text
    assert text == "Contract 4711\n\nThe text.\n\nConfidential"


def test_boxes_shapes_charts_equations_and_embedded_files() -> None:
    chart = (
        "<office:chart><chart:chart><chart:title><text:p>Sold</text:p></chart:title><table:table>"
        f"<table:table-header-rows>{_row('', 'Boats')}</table:table-header-rows>"
        f"{_row('Q1', '5')}{_row('Q2', 'NaN')}</table:table></chart:chart></office:chart>"
    )
    math = (
        "<math:math><math:semantics><math:mfrac><math:mn>1</math:mn><math:mn>2</math:mn></math:mfrac>"
        "<math:annotation>1 over 2</math:annotation></math:semantics></math:math>"
    )
    frame = "<draw:frame>{}</draw:frame>"
    body = (
        "<text:p>Text"
        + frame.format("<draw:text-box><text:p>Boxed</text:p></draw:text-box>")
        + "<draw:custom-shape><text:p>Shaped</text:p></draw:custom-shape>"
        + frame.format('<draw:object xlink:href="./Chart"/><draw:image/>')
        + " is "
        + frame.format(f"<draw:object>{math}</draw:object>")
        + frame.format('<draw:object-ole xlink:href="./Object 9"/>')
        + frame.format("<draw:image/>")
        + "</text:p>"
    )
    loaded = _load(body, Chart=chart)
    assert loaded.text == "Text is 1/2\n\nBoxed\n\nShaped\n\nSold\n\nBoats\n\nQ1; Boats: 5"
    assert loaded.left_out == ("1 picture", "1 embedded file: Object 9")


def test_fields_of_forms_show_what_was_filled_in() -> None:
    controls = (
        '<form:checkbox form:id="c" form:label="Dog" form:current-state="checked"/>'
        '<form:checkbox form:id="d" form:label="Cat"/>'
        '<form:text form:id="t" form:current-value="Ada"/>'
        '<form:listbox form:id="l"><form:option form:label="red"/>'
        '<form:option form:label="blue" form:current-selected="true"/></form:listbox>'
    )
    shown = "".join(f'<draw:control draw:control="{id_}"/>' for id_ in "cdtl")
    body = f"<office:forms><form:form>{controls}</form:form></office:forms><text:p>{shown}</text:p>"
    assert _load(body).text == "☒ Dog ☐ Cat Ada blue"


def test_hidden_slides_footers_and_notes_of_a_presentation() -> None:
    styles = (
        '<style:style style:name="h" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    box = "<draw:text-box><text:p>{}</text:p></draw:text-box>"
    page = (
        '<draw:page {} presentation:use-footer-name="f" draw:master-page-name="M"><draw:frame>{}'
        "</draw:frame><presentation:notes><draw:page-thumbnail/><draw:frame "
        'presentation:class="notes">{}</draw:frame></presentation:notes></draw:page>'
    )
    body = '<presentation:footer-decl presentation:name="f">Acme</presentation:footer-decl>' + (
        page.format("", box.format("One"), box.format("Speak slowly."))
        + page.format('draw:style-name="h"', box.format("Two"), "")
    )
    master = (
        '<office:master-styles><style:master-page style:name="M"><draw:custom-shape>'
        "<text:p>On every slide</text:p></draw:custom-shape></style:master-page>"
        "</office:master-styles>"
    )
    data = open_document(body, "presentation", styles=styles, master=master)
    loaded = load_bytes(data, "a.odp")
    assert loaded.text == (
        "One\n\nSpeak slowly.\n\nAcme\n\nOn every slide\n\n[Hidden slide 2]\n\nTwo"
    )
    assert loaded.page_starts == (0, loaded.text.index("["))


def test_templates_are_read_too() -> None:
    data = open_document("<text:p>Dear</text:p>", "text")
    assert load_bytes(data, "a.ott").text == "Dear"
