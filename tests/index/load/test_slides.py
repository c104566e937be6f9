"""Presentations written as raw XML: what their formatting says, and the parts beside the slides."""

from __future__ import annotations

import pytest

from index.load.base import LoadedDocument
from index.load.loading import load_bytes
from tests.index.load.packages import part, relationships, shape, slide_run, slides_file


def _load(data: bytes) -> LoadedDocument:
    return load_bytes(data, "a.pptx")


def _text(*slides: str) -> str:
    return _load(slides_file(*slides)).text


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ((("10", ""), ("15", 'baseline="30000"'), (" atoms", "")), "10¹⁵ atoms"),
        ((("CO", ""), ("2", 'baseline="-25000"')), "CO₂"),
        ((("m", ""), ("2", 'baseline="30%"')), "m²"),
        ((("899 ", 'strike="sngStrike"'), ("749", 'strike="noStrike"')), "~~899~~ 749"),
        ((("899", 'strike="dblStrike"'), (" 749", "")), "~~899~~ 749"),
    ],
)
def test_what_is_raised_lowered_or_struck_out_is_written_so(
    runs: tuple[tuple[str, str], ...], text: str
) -> None:
    assert _text(shape("".join(slide_run(*each) for each in runs))) == text


def _numbered(scheme: str, text: str, level: int = 0, more: str = "") -> str:
    return f'<a:pPr lvl="{level}"><a:buAutoNum type="{scheme}" {more}/></a:pPr>{slide_run(text)}'


def test_items_are_numbered_as_they_are_shown() -> None:
    frame = shape(
        _numbered("arabicPeriod", "one"),
        _numbered("alphaLcParenR", "below", 1),
        _numbered("alphaLcParenR", "below", 1),
        "",
        _numbered("arabicPeriod", "two"),
        _numbered("alphaLcParenR", "anew", 1),
        f"<a:pPr><a:buNone/></a:pPr>{slide_run('none')}",
        _numbered("romanUcParenBoth", "from four", more='startAt="4"'),
        _numbered("romanUcParenBoth", "five", more='startAt="4"'),
    )
    assert _text(frame).split("\n") == (
        "1. one|a) below|b) below|2. two|a) anew|- none|(IV) from four|(V) five".split("|")
    )


def test_numbers_and_looks_come_from_the_layout_and_the_master() -> None:
    style = '<a:lvl1pPr><a:buAutoNum type="arabicParenR"/></a:lvl1pPr>'
    struck = '<a:lvl1pPr><a:defRPr strike="sngStrike"/></a:lvl1pPr>'
    layout = part("p:sldLayout", shape("", place='type="body" idx="1"', style=style))
    master = part("p:sldMaster", f"<p:txStyles><p:bodyStyle>{struck}</p:bodyStyle></p:txStyles>")
    data = slides_file(
        shape(slide_run("a"), slide_run("b"), place='type="body" idx="1"') + shape(slide_run("c")),
        related={"l": ("slideLayout", "../slideLayouts/l.xml")},
        parts={
            "ppt/slideLayouts/l.xml": layout,
            "ppt/slideLayouts/_rels/l.xml.rels": relationships(
                {"m": ("slideMaster", "../slideMasters/m.xml")}
            ),
            "ppt/slideMasters/m.xml": master,
        },
    )
    assert _load(data).text == "1) ~~a~~\n2) ~~b~~\n\nc"


def _table(*rows: str) -> str:
    inner = "".join(f"<a:tr>{row}</a:tr>" for row in rows)
    return f"<p:graphicFrame><a:tbl><a:tblPr firstRow='1'/>{inner}</a:tbl></p:graphicFrame>"


def _cell(text: str, merged: str = "") -> str:
    return f"<a:tc {merged}><a:txBody><a:p>{slide_run(text)}</a:p></a:txBody></a:tc>"


def test_what_spans_rows_and_columns_stands_in_each_place() -> None:
    table = _table(
        _cell("Site") + _cell("Shift") + _cell("Workers"),
        _cell("Malmo", 'rowSpan="2"') + _cell("Day") + _cell("64"),
        _cell("", 'vMerge="1"') + _cell("Night") + _cell("31"),
        _cell("Turku") + _cell("closed", 'gridSpan="2"') + _cell("", 'hMerge="1"'),
    )
    assert _text(table) == (
        "Site; Shift; Workers\n\nSite: Malmo; Shift: Day; Workers: 64\n\n"
        "Site: Malmo; Shift: Night; Workers: 31\n\nSite: Turku; Shift: closed; Workers: closed"
    )


def test_bold_labels_make_a_form() -> None:
    bold = "<a:tc><a:txBody><a:p>{}</a:p></a:txBody></a:tc>"
    rows = (("Tenant", "Ada Byron"), ("Address", "High Street"), ("Job", "Baker"))
    table = _table(
        *(bold.format(slide_run(label, 'b="1"')) + _cell(value) for label, value in rows)
    )
    assert _text(table) == "Tenant: Ada Byron\n\nAddress: High Street\n\nJob: Baker"


def test_a_choice_is_read_once_and_its_equation_too() -> None:
    equation = "<a14:m><m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath></a14:m>"
    choice = (
        "<mc:AlternateContent><mc:Choice Requires='a14'>{}</mc:Choice>"
        "<mc:Fallback>{}</mc:Fallback></mc:AlternateContent>"
    )
    inner = choice.format(shape(slide_run("It is "), equation), shape(slide_run("A picture")))
    assert _text(inner) == "- It is\n- a+b"


def test_hidden_slides_are_marked_and_hidden_shapes_listed() -> None:
    hidden = shape(slide_run("Not shown"), hidden=True)
    picture = "<p:pic><p:nvPicPr><p:nvPr/></p:nvPicPr></p:pic>"
    film = "<p:pic><p:nvPicPr><p:nvPr><a:videoFile/></p:nvPr></p:nvPicPr></p:pic>"
    loaded = _load(
        slides_file(
            shape(slide_run("Shown")) + hidden + picture + film,
            "HIDDEN" + shape(slide_run("Kept back"), place='type="title"'),
        )
    )
    assert loaded.text == "Shown\n\n[Hidden slide 2]\n\nKept back"
    assert loaded.left_out == ("1 picture", "1 sound or film", "1 hidden shape")
    assert loaded.page_starts == (0, loaded.text.index("["))


def test_footers_and_texts_of_layouts_are_read_once() -> None:
    number = '<a:fld type="slidenum"><a:t>1</a:t></a:fld>'
    footer = (
        shape(slide_run("Acme, confidential"), place='type="ftr"')
        + shape(number, place='type="sldNum"')
        + shape('<a:fld type="datetime"><a:t>1 May</a:t></a:fld>', place='type="dt"')
    )
    layout = part(
        "p:sldLayout",
        shape(slide_run("On every slide")) + shape(slide_run("Click here"), place='type="title"'),
    )
    data = slides_file(
        shape(slide_run("One")) + footer,
        shape(slide_run("Two")) + footer,
        related={"l": ("slideLayout", "../slideLayouts/l.xml")},
        parts={"ppt/slideLayouts/l.xml": layout},
    )
    assert _load(data).text == "One\n\nAcme, confidential\n\nOn every slide\n\nTwo"


@pytest.mark.parametrize("newer", [False, True])
def test_comments_come_with_their_author(newer: bool) -> None:
    old = '<p:cm authorId="0"><p:text>Too high?</p:text></p:cm>'
    new = (
        '<p188:cm authorId="0"><p188:replyLst><p188:reply authorId="1"><p188:txBody><a:p><a:r>'
        "<a:t>No.</a:t></a:r></a:p></p188:txBody></p188:reply></p188:replyLst><p188:txBody><a:p>"
        "<a:r><a:t>Too high?</a:t></a:r></a:p></p188:txBody></p188:cm>"
    )
    people = {0: "Ada", 1: "Bo"}
    author = "p188:author" if newer else "p:cmAuthor"
    authors = "".join(f'<{author} id="{id_}" name="{name}"/>' for id_, name in people.items())
    data = slides_file(
        shape(slide_run("The fee is 3.")),
        related={"c": ("comments", "../comments/c.xml")},
        parts={
            "ppt/comments/c.xml": part("p188:cmLst" if newer else "p:cmLst", new if newer else old),
            f"ppt/{'authors' if newer else 'commentAuthors'}.xml": part("p:list", authors),
        },
    )
    expected = "The fee is 3.\n\nComment (Ada): Too high?"
    assert _load(data).text == expected + ("\n\nComment (Bo): No." if newer else "")


def test_charts_of_several_levels_units_and_newer_kinds() -> None:
    def pt(at: int, text: str) -> str:
        return f'<c:pt idx="{at}"><c:v>{text}</c:v></c:pt>'

    def title(text: str) -> str:
        inner = f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
        return f"<c:title><c:tx><c:rich>{inner}</c:rich></c:tx></c:title>"

    labels = (
        f"<c:multiLvlStrRef><c:multiLvlStrCache><c:lvl>{pt(0, 'Q1')}{pt(1, 'Q2')}{pt(2, 'Q1')}"
        f"</c:lvl><c:lvl>{pt(0, '2024')}{pt(2, '2025')}</c:lvl></c:multiLvlStrCache>"
        "</c:multiLvlStrRef>"
    )
    values = f"<c:numRef><c:numCache>{pt(0, '5')}{pt(1, '6')}{pt(2, '7')}</c:numCache></c:numRef>"
    chart = part(
        "c:chartSpace",
        f"<c:chart>{title('Sold')}<c:plotArea><c:barChart><c:ser><c:tx><c:v>Boats</c:v></c:tx>"
        f"<c:cat>{labels}</c:cat><c:val>{values}</c:val></c:ser><c:axId val='1'/><c:axId val='2'/>"
        f"</c:barChart><c:catAx><c:axId val='1'/>{title('Quarter')}</c:catAx>"
        f"<c:valAx><c:axId val='2'/>{title('thousands')}</c:valAx></c:plotArea></c:chart>",
    )
    newer = part(
        "cx:chartSpace",
        "<cx:chartData><cx:data id='0'><cx:strDim type='cat'><cx:lvl><cx:pt idx='0'>Rent</cx:pt>"
        "<cx:pt idx='1'>Heat</cx:pt></cx:lvl></cx:strDim><cx:numDim type='val'><cx:lvl>"
        "<cx:pt idx='0'>-30</cx:pt><cx:pt idx='1'>-4</cx:pt></cx:lvl></cx:numDim></cx:data>"
        "</cx:chartData><cx:chart><cx:series><cx:tx><cx:txData><cx:v>Costs</cx:v></cx:txData></cx:tx>"
        "<cx:dataId val='0'/></cx:series></cx:chart>",
    )
    fallback = shape(slide_run("This chart is not available in your version."))
    frame = "<p:graphicFrame>{}</p:graphicFrame>"
    data = slides_file(
        frame.format('<c:chart r:id="c"/>')
        + "<mc:AlternateContent><mc:Choice Requires='cx1'>"
        + frame.format('<cx:chart r:id="n"/>')
        + f"</mc:Choice><mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
        + frame.format('<p:oleObj progId="Excel.Sheet" r:id="e"/>'),
        related={
            "c": ("chart", "../charts/c.xml"),
            "n": ("chartEx", "../charts/n.xml"),
            "e": ("package", "../embeddings/Plan.xlsx"),
        },
        parts={"ppt/charts/c.xml": chart, "ppt/charts/n.xml": newer},
    )
    loaded = _load(data)
    assert loaded.text == (
        "Sold\n\nQuarter; Boats (thousands)\n\nQuarter: 2024, Q1; Boats (thousands): 5\n\n"
        "Quarter: 2024, Q2; Boats (thousands): 6\n\nQuarter: 2025, Q1; Boats (thousands): 7\n\n"
        "Costs\n\nRent; Costs: -30\n\nHeat; Costs: -4"
    )
    assert loaded.left_out == ("1 embedded file: Plan.xlsx",)


def test_a_chart_with_one_label_twice_loses_neither() -> None:
    def points(*texts: str) -> str:
        return "".join(
            f'<c:pt idx="{at}"><c:v>{text}</c:v></c:pt>' for at, text in enumerate(texts)
        )

    series = "".join(
        f"<c:ser><c:tx><c:v>{name}</c:v></c:tx><c:cat>{points('Mon', 'Mon')}</c:cat>"
        f"<c:val>{points(*values)}</c:val></c:ser>"
        for name, values in (("In", ("1", "2")), ("Out", ("3", "4")))
    )
    chart = part("c:chartSpace", f"<c:chart><c:barChart>{series}</c:barChart></c:chart>")
    data = slides_file(
        '<p:graphicFrame><c:chart r:id="c"/></p:graphicFrame>',
        related={"c": ("chart", "../charts/c.xml")},
        parts={"ppt/charts/c.xml": chart},
    )
    assert _load(data).text == "In; Out\n\nMon; In: 1; Out: 3\n\nMon; In: 2; Out: 4"
