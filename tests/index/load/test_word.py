"""Word documents written as raw XML: what their formatting says, and the parts beside the text."""

from __future__ import annotations

import pytest

from index.load.base import LoadedDocument
from index.load.loading import load_bytes
from tests.index.load.packages import (
    item,
    numbering,
    paragraph,
    part,
    relationships,
    run,
    word_file,
    zipped,
)

_OFF = '<w:rStyle w:val="Off"/>'
_SUPER, _SUB = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'


def _load(data: bytes) -> LoadedDocument:
    return load_bytes(data, "a.docx")


def _text(body: str, **parts: str) -> str:
    return _load(word_file(body, **parts)).text  # type: ignore[arg-type]


def _runs(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([run("At least 10"), run("7", _SUPER), run(" cycles")], "At least 10⁷ cycles"),
        ([run("10"), run("1", _SUPER), run("1", _SUPER), run(" stars")], "10¹¹ stars"),
        ([run("CO"), run("2", _SUB)], "CO₂"),
        ([run("the 1"), run("st", _SUPER)], "the 1^(st)"),
        ([run("2"), run("n", _SUPER), run("+m", _SUPER)], "2^(n+m)"),
        ([run("10"), run("6", '<w:position w:val="8"/>')], "10⁶"),
        ([run("H"), run("2", '<w:position w:val="-6"/>'), run("O")], "H₂O"),
        ([run("raised for its looks", '<w:position w:val="6"/>')], "raised for its looks"),
        ([run("A"), run("pple", '<w:position w:val="1"/>')], "Apple"),
        ([run("x"), run("2", '<w:rStyle w:val="Power"/>')], "x²"),
        ([run("x"), run("2", f'<w:rStyle w:val="Power"/>{_SUPER.replace("super", "sub")}')], "x₂"),
        ([run("240 ", "<w:strike/>"), run("180 euros")], "~~240~~ 180 euros"),
        ([run("24", "<w:dstrike/>"), run("0", "<w:strike/>"), run(" 180")], "~~240~~ 180"),
        ([run("899", '<w:rStyle w:val="Gone"/>'), run(" 749")], "~~899~~ 749"),
        ([run("kept", '<w:strike w:val="false"/>')], "kept"),
        ([run("10", "<w:strike/>"), run("7", f"<w:strike/>{_SUPER}"), run(" 8")], "~~10⁷~~ 8"),
        ([run("5 "), '<w:r><w:sym w:font="Symbol" w:char="F06D"/></w:r>', run("m")], "5 µm"),
        ([run("\uf061", '<w:rFonts w:ascii="Symbol"/>'), run(" rays")], "α rays"),
    ],
)
def test_what_is_raised_lowered_or_struck_out_is_written_so(runs: list[str], text: str) -> None:
    styles = (
        f'<w:style w:type="character" w:styleId="Power"><w:rPr>{_SUPER}</w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Off"><w:rPr><w:strike/></w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Gone"><w:basedOn w:val="Off"/></w:style>'
    )
    assert _text(_runs(*runs), styles=styles) == text.replace("µ", "μ")


def test_a_style_strikes_out_whole_paragraphs_and_a_second_one_takes_it_back() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Old"><w:rPr><w:strike/></w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Off"><w:rPr><w:strike/></w:rPr></w:style>'
    )
    body = f'<w:p><w:pPr><w:pStyle w:val="Old"/></w:pPr>{run("No ")}{run("yes", _OFF)}</w:p>'
    assert _text(body, styles=styles) == "~~No~~ yes"


def test_hidden_text_is_left_out_and_said_to_be() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = _runs(run("Seen"), run(" and not", "<w:vanish/>"))
    body += paragraph("Nor this", '<w:pStyle w:val="Secret"/>')
    loaded = _load(word_file(body, styles=styles))
    assert loaded.text == "Seen"
    assert loaded.left_out == ("2 hidden passages",)


def test_tracked_changes_count_as_accepted_and_deletions_are_listed() -> None:
    gone = "<w:del><w:r><w:delText>old </w:delText></w:r></w:del>"
    body = _runs(run("A "), gone, f"<w:ins>{run('new ')}</w:ins>", run("rule")) + (
        f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('joined ')}</w:p>{paragraph('here')}"
        "<w:moveFrom><w:p/></w:moveFrom>"
    )
    loaded = _load(word_file(body))
    assert loaded.text == "A new rule\n\njoined here"
    assert loaded.left_out == ("1 tracked deletion",)


def test_notes_are_numbered_and_follow_their_paragraph_also_in_tables() -> None:
    mark = '<w:r><w:{0}noteReference w:id="{1}"/></w:r>'
    cell = "<w:tc>{}</w:tc>"
    table = "".join(
        f"<w:tr>{''.join(cell.format(each) for each in row)}</w:tr>"
        for row in (
            (paragraph("Item"), paragraph("Price")),
            (paragraph("Dome"), _runs(run("3 million"), mark.format("foot", 8))),
        )
    )
    body = (
        _runs(run("It cost 3"), mark.format("foot", 7), run(" in all."), mark.format("end", 2))
        + f"<w:tbl>{table}</w:tbl>"
        + _runs(
            run("Own"),
            '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="9"/><w:t>*</w:t></w:r>',
        )
    )
    notes = "".join(
        f'<w:footnote w:id="{id_}"><w:p><w:r><w:footnoteRef/></w:r>{run(text)}</w:p></w:footnote>'
        for id_, text in ((7, " In euros."), (8, " Without tax."), (9, " Starred."))
    )
    drawn = '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
    endnotes = f'<w:endnote w:id="2">{paragraph("First.")}{paragraph("Second.")}</w:endnote>'
    assert _text(body, footnotes=drawn + notes, endnotes=endnotes) == (
        "It cost 3[1] in all.[i]\n\n[1] In euros.\n\n[i] First.\n\nSecond.\n\n"
        "Item; Price\n\nItem: Dome; Price: 3 million[2]\n\n[2] Without tax.\n\n"
        "Own[*]\n\n[*] Starred."
    )


def test_comments_come_with_their_author() -> None:
    reference = '<w:r><w:commentReference w:id="4"/></w:r>'
    comments = f'<w:comment w:id="4" w:author="Ada Byron">{paragraph("Too high?")}</w:comment>'
    assert _text(_runs(run("The fee is 3."), reference), comments=comments) == (
        "The fee is 3.\n\nComment (Ada Byron): Too high?"
    )


def _margins() -> bytes:
    page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    of = _runs(run("Page "), page, run(" of "), page.replace("PAGE", "NUMPAGES"))
    section = "".join(
        f'<w:sectPr><w:headerReference w:type="{kind}" r:id="{id_}"/>'
        f'<w:footerReference w:type="default" r:id="f"/>{more}</w:sectPr>'
        for kind, id_, more in (
            ("default", "h", ""),
            ("first", "h1", "<w:titlePg/>"),
            ("even", "h2", ""),
        )
    )
    related = {
        id_: (kind, f"{id_}.xml")
        for id_, kind in (("h", "header"), ("h1", "header"), ("h2", "header"), ("f", "footer"))
    }
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": part(
                "w:document", f"<w:body>{paragraph('The text.')}{section}</w:body>"
            ),
            "word/_rels/document.xml.rels": relationships(related),
            "word/h.xml": part("w:hdr", paragraph("Contract 4711") + paragraph("Acme")),
            "word/h1.xml": part("w:hdr", paragraph("Acme") + paragraph("First page")),
            "word/h2.xml": part("w:hdr", paragraph("Of even pages, which are not apart")),
            "word/f.xml": part("w:ftr", of + paragraph("Confidential")),
        }
    )


def test_headers_and_footers_are_read_once_and_page_numbers_not() -> None:
    assert _load(_margins()).text == (
        "Contract 4711\n\nAcme\n\nFirst page\n\nThe text.\n\nConfidential"
    )


def test_text_boxes_are_read_once_also_in_tables() -> None:
    box = f"<w:txbxContent>{paragraph('Boxed')}</w:txbxContent>"
    drawn = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx>"
        f"</w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r>"
    )
    old = f"<w:r><w:pict><v:shape><v:textbox>{box.replace('Boxed', 'Old box')}</v:textbox>"
    old += "</v:shape></w:pict></w:r>"
    sign = '<w:r><w:pict><v:shape><v:textpath string="DRAFT"/></v:shape></w:pict></w:r>'
    assert _text(_runs(run("Text"), drawn, old, sign)) == "Text\n\nBoxed\n\nOld box\n\nDRAFT"
    cells = f"<w:tc>{_runs(run('A'), drawn)}</w:tc><w:tc>{paragraph('1')}</w:tc>"
    assert _text(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>") == "A: 1\n\nBoxed"


def _control(properties: str, text: str) -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>"


def test_fields_of_forms_show_what_was_filled_in() -> None:
    box = '<w14:checkbox><w14:checked w14:val="{}"/></w14:checkbox>'
    body = _runs(
        _control(box.format(1), "?"),
        run(" Dog "),
        _control(box.format(0), "?"),
        run(" Cat "),
        _control('<w:dropDownList w:lastValue="2"/>', "Berlin"),
        _control("<w:showingPlcHdr/>", "Choose an item."),
    )
    loaded = _load(word_file(body))
    assert loaded.text == "☒ Dog ☐ Cat Berlin"
    assert loaded.left_out == ("1 field that is not filled in",)


def _field(code: str, shown: str = "", form: str = "") -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}">{}</w:fldChar></w:r>'
    result = f"{mark.format('separate', '')}{run(shown)}" if shown else ""
    return (
        f"{mark.format('begin', form)}<w:r><w:instrText>{code}</w:instrText></w:r>{result}"
        f"{mark.format('end', '')}"
    )


def test_fields_show_their_result_and_never_their_code() -> None:
    ticked = "<w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>"
    choice = '<w:ffData><w:ddList><w:result w:val="1"/>{}</w:ddList></w:ffData>'.format(
        "".join(f'<w:listEntry w:val="{each}"/>' for each in ("red", "blue"))
    )
    inner = _field("MERGEFIELD x", "inside")
    nested = _field("IF", "").replace(
        "<w:instrText>IF", f"<w:instrText>IF</w:instrText></w:r>{inner}<w:r><w:instrText>"
    )
    body = _runs(
        _field("DATE", "5 May"),
        run(" "),
        _field("FORMCHECKBOX", form=ticked),
        run(" "),
        _field("FORMDROPDOWN", form=choice),
        run(" see"),
        _field("NOTEREF n", "3"),
        nested,
    )
    broken = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    assert _text(body + _runs(run("A"), broken) + paragraph("B")) == "5 May ☒ blue see[3]\n\nA\n\nB"


def test_a_table_of_contents_is_left_out_and_said_to_be() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="toc 1"/></w:style>'
    body = paragraph("2.2 Deposit 5", '<w:pStyle w:val="T"/>') + paragraph("Text.")
    loaded = _load(word_file(body, styles=styles))
    assert loaded.text == "Text."
    assert loaded.left_out == ("the table of contents",)


def test_charts_diagrams_and_embedded_files() -> None:
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{text}</c:v></c:pt>' for at, text in enumerate(("Q1", "Q2"))
    )
    series = (
        f"<c:ser><c:tx><c:v>Sales</c:v></c:tx><c:cat><c:strRef><c:strCache>{points}</c:strCache>"
        f"</c:strRef></c:cat><c:val><c:numLit>{points.replace('Q', '')}</c:numLit></c:val></c:ser>"
    )
    connected = '<dgm:cxn srcId="{}" destId="{}" srcOrd="{}"/>'
    diagram = (
        '<dgm:ptLst><dgm:pt modelId="0" type="doc"/>'
        + "".join(
            f'<dgm:pt modelId="{id_}"><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t>'
            "</dgm:pt>"
            for id_, text in ((3, "Sales"), (1, "Head"), (2, "Works"))
        )
        + "</dgm:ptLst><dgm:cxnLst>"
        + "".join(connected.format(*each) for each in ((0, 1, 0), (1, 3, 1), (1, 2, 0)))
        + "</dgm:cxnLst>"
    )
    drawing = "<w:r><w:drawing>{}</w:drawing></w:r>"
    body = _runs(
        run("See:"),
        drawing.format('<c:chart r:id="c"/>'),
        drawing.format('<dgm:relIds r:dm="d"/>'),
        '<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12" r:id="e"/></w:object></w:r>',
        drawing.format('<a:blip r:embed="p"/>'),
    )
    loaded = _load(
        zipped(
            {
                "[Content_Types].xml": "<Types/>",
                "word/document.xml": part("w:document", f"<w:body>{body}</w:body>"),
                "word/_rels/document.xml.rels": relationships(
                    {
                        "c": ("chart", "charts/chart1.xml"),
                        "d": ("diagramData", "diagrams/data1.xml"),
                        "e": ("package", "embeddings/Budget.xlsx"),
                    }
                ),
                "word/charts/chart1.xml": part(
                    "c:chartSpace",
                    "<c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Sold</a:t></a:r></a:p></c:rich>"
                    f"</c:tx></c:title><c:plotArea><c:barChart>{series}</c:barChart></c:plotArea>"
                    "</c:chart>",
                ),
                "word/diagrams/data1.xml": part("dgm:dataModel", diagram),
                "word/embeddings/Budget.xlsx": b"PK",
            }
        )
    )
    assert loaded.text == (
        "See:\n\nSold\n\nSales\n\nQ1; Sales: 1\n\nQ2; Sales: 2\n\n- Head\n  - Works\n  - Sales"
    )
    assert loaded.left_out == ("1 picture", "1 embedded file: Budget.xlsx")


def test_a_large_first_letter_belongs_to_its_word() -> None:
    body = paragraph("O", '<w:framePr w:dropCap="drop"/>') + paragraph("nce there was")
    assert _text(body) == "Once there was"


def test_the_strict_form_of_office_is_read() -> None:
    strict = part("w:document", f"<w:body>{paragraph('Strict.')}</w:body>").replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    data = zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": strict})
    assert _load(data).text == "Strict."


def test_a_document_of_another_format_within_is_read() -> None:
    body = f'{paragraph("Before")}<w:altChunk r:id="x"/><w:altChunk r:id="y"/>'
    loaded = _load(
        zipped(
            {
                "[Content_Types].xml": "<Types/>",
                "word/document.xml": part("w:document", f"<w:body>{body}</w:body>"),
                "word/_rels/document.xml.rels": relationships(
                    {"x": ("aFChunk", "part.rtf"), "y": ("aFChunk", "part.mht")}
                ),
                "word/part.rtf": rb"{\rtf1 Within}",
            }
        )
    )
    assert loaded.text == "Before\n\nWithin"
    assert loaded.left_out == ("1 embedded file: part.mht",)


def test_a_list_of_a_cell_is_numbered() -> None:
    cells = f"<w:tc>{item('One')}{item('Two')}</w:tc><w:tc>{paragraph('x')}</w:tc>"
    text = _text(
        f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>", numbering=numbering([("decimal", "%1.", "")])
    )
    assert text == "1. One 2. Two: x"


def _table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def _row(*cells: str, properties: str = "") -> str:
    """A row of cells; one that begins with ``<`` is given as its properties and inner XML."""
    inner = "".join(
        f"<w:tc>{cell if cell.startswith('<') else paragraph(cell)}</w:tc>" for cell in cells
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inner}</w:tr>"


def _merged(text: str, *, columns: int = 1, rows: str = "") -> str:
    down = f'<w:vMerge w:val="{rows}"/>' if rows else ""
    return f'<w:tcPr><w:gridSpan w:val="{columns}"/>{down}</w:tcPr>{paragraph(text)}'


def test_what_spans_rows_and_columns_stands_in_each_place() -> None:
    table = _table(
        _row("Task", "Owner", "Day"),
        _row("Boiler", _merged("Ines", rows="restart"), "Monday"),
        _row("Roof", _merged("", rows="continue"), "Tuesday"),
        _row("Lift", _merged("Paul", columns=2)),
        _row("Yard", properties='<w:gridAfter w:val="2"/>'),
        _row("Late", properties='<w:gridBefore w:val="2"/>'),
        _row("Gone", "x", "y", properties="<w:del/>"),
    )
    assert _text(table) == (
        "Task; Owner; Day\n\nTask: Boiler; Owner: Ines; Day: Monday\n\n"
        "Task: Roof; Owner: Ines; Day: Tuesday\n\nTask: Lift; Owner: Paul; Day: Paul\n\n"
        "Yard\n\nDay: Late"
    )


def test_a_header_of_two_rows_that_the_document_marks() -> None:
    head = "<w:tblHeader/>"
    table = _table(
        _row("Town", _merged("Staff", columns=2), properties=head),
        _row("", "Day", "Night", properties=head),
        _row("Malmo", "40", "31"),
    )
    assert _text(table).endswith("Town: Malmo; Staff Day: 40; Staff Night: 31")


def test_a_table_within_a_cell_stays_in_its_row() -> None:
    inner = _table(_row("Power:", "5 kW"), _row("Weight:", "3 kg"))
    table = _table(_row("Part", "Data"), _row("Pump", inner + "<w:p/>"), _row("Fan", "none"))
    assert _text(table) == (
        "Part; Data\n\nPart: Pump; Data: (Power: 5 kW; Weight: 3 kg)\n\nPart: Fan; Data: none"
    )


def test_a_form_of_labels_and_values() -> None:
    table = _table(_row("Name:", "Ada"), _row("Born:", "1815"), _row("Town:", "London"))
    assert _text(table) == "Name: Ada\n\nBorn: 1815\n\nTown: London"


def test_bold_labels_make_a_form_and_a_bold_row_a_header() -> None:
    def bold(text: str) -> str:
        return f"<w:tcPr/><w:p>{run(text, '<w:b/>')}</w:p>"

    form = _table(
        _row(bold("Tenant"), "Ada Byron"),
        _row(bold("Address"), "High Street"),
        _row(bold("Job"), "Baker"),
    )
    assert _text(form) == "Tenant: Ada Byron\n\nAddress: High Street\n\nJob: Baker"
    table = _table(
        _row(bold("2024"), bold("2023"), bold("2022")), _row("a", "b", "c"), _row("d", "e", "f")
    )
    assert _text(table).endswith("2024: d; 2023: e; 2022: f")


def test_equations_are_read_as_one_line() -> None:
    def e(name: str, text: str) -> str:
        return f"<m:{name}><m:r><m:t>{text}</m:t></m:r></m:{name}>"

    fraction = f"<m:f>{e('num', '1')}{e('den', '2g')}</m:f><m:r><m:t>h</m:t></m:r>"
    power = f"<m:sSup>{e('e', 'v')}{e('sup', '2')}</m:sSup>"
    total = (
        f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>{e("sub", "i=1")}{e("sup", "n")}'
        f"{e('e', 'a')}</m:nary>"
    )
    root = f"<m:rad><m:deg/>{e('e', 'a+b')}</m:rad>"
    body = "".join(
        f"<w:p><m:oMath>{inner}</m:oMath></w:p>" for inner in (fraction, power, total, root)
    )
    assert _text(body) == "1/(2g) h\n\nv²\n\n∑ᵢ₌₁ⁿ a\n\n√(a+b)"


def test_code_in_paragraphs_keeps_its_lines_and_their_indentation() -> None:
    code = ["def fib(n):", "    a, b = 0, 1", "    for _ in range(n):", "        a = (a + b)"]
    texts = ["The program is short.", *code, "    return a;", "It ends here.", "And so do we."]
    body = "".join(_runs(run(text)) for text in texts)
    assert _text(body) == "\n\n".join(
        ["The program is short.", "\n".join(texts[1:6]), "It ends here.", "And so do we."]
    )


def test_prose_that_begins_with_blanks_is_no_code() -> None:
    texts = ["Dear Ann,", "   we came home on Monday.", "   The cat was well.", "Yours, Bob"]
    body = "".join(_runs(run(text)) for text in texts)
    assert _text(body) == "\n\n".join(text.strip() for text in texts)
