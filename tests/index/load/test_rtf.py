"""Rich texts written here word by word: what their formatting says, and the parts beside it."""

from __future__ import annotations

import pytest

from index.load.base import LoadedDocument
from index.load.loading import load_bytes


def _load(body: str, head: str = "") -> LoadedDocument:
    return load_bytes(f"{{\\rtf1\\ansi {head}{body}}}".encode("latin-1"), "a.rtf")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"10{\super 7} cycles", "10⁷ cycles"),
        (r"10\super 1\super0 0 more", "10¹0 more"),
        (r"CO{\sub 2} and\super n\nosupersub  end", "CO₂ andⁿ end"),
        (r"10{\up6 6} H{\dn4 2}O {\up1 plain}", "10⁶ H₂O plain"),
        (r"{\strike 240} 180", "~~240~~ 180"),
        (r"{\striked1 240\striked0  180}", "~~240~~ 180"),
        (r"\strike all \plain none", "~~all~~ none"),
        (r"seen{\v  and hidden}", "seen"),
        (r"kept{\deleted  gone}{\revised  new}", "kept new"),
        (r"\u937? \u-10179?\u-8704? \uc0\u8364 5", "Ω 😀 €5"),
        (r"\ldblquote so\rdblquote\emdash it\'92s\~5\_6\-7", "“so”—it’s 5-67"),
        (r"{\upr{old}{\*\ud{new}}} {\*\unknown lost}", "new"),
        (r"one\line two\par three", "one\ntwo\n\nthree"),
        ("a\\\nb", "a\n\nb"),
        (r"see {\field{\*\fldinst HYPERLINK x}{\fldrslt our page}}.", "see our page."),
        (r"x {\pict\bin4 }}}}} y", "x y"),
    ],
)
def test_text_is_read_as_it_is_shown(body: str, text: str) -> None:
    assert _load(body).text == text


_FONTS = (
    r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}{\f2\fcharset128 Gothic;}"
    r"{\f3\fcharset2 Symbol;}{\f4\fcharset2 Wingdings;}{\f5\cpg1253 Greek;}}\deff0 "
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"{\f1 \'c4\'e0}", "Да"),
        ("{\\f2 \\'83\\'5c\\'83\x5e}".replace("\x5e", "^"), "ソタ"),  # second bytes of ASCII
        (r"{\f3 m}".replace("m", r"\'6d") + "m", "μm"),
        (r"{\f4 \'fe} yes", "☑ yes"),
        (r"{\f5 \'e1}", "α"),
        (r"{\f3 \u-3999 ?}", "α"),
        ("Gr\xfc\xdfe", "Grüße"),
    ],
)
def test_letters_are_those_of_their_font(body: str, text: str) -> None:
    assert _load(body, _FONTS).text == text


def test_headings_and_the_title() -> None:
    head = r"{\stylesheet{\s0 Normal;}{\s1\b heading 1;}}{\info{\title Gr\'fc\u223?e}{\author X}}"
    loaded = _load(r"\pard\s1 Scope\par\pard\outlinelevel1 Rent\par\pard Text.", head)
    found = [(each.span.of(loaded.text), each.level) for each in loaded.headings]
    assert found == [("Scope", 1), ("Rent", 2)]
    assert loaded.text == "Scope\n\nRent\n\nText."
    assert loaded.title == "Grüße"


def test_items_have_the_numbers_that_they_show() -> None:
    body = (
        r"{\listtext\pard 2.1\tab}The rent\par {\pntext (a)\tab}The deposit\par "
        r"{\listtext\f3\'b7\tab}A point\par {\listtext \bullet\tab}Another"
    )
    assert _load(body, _FONTS).text == "2.1 The rent\n(a) The deposit\n- A point\n- Another"


def test_notes_comments_and_boxes_follow_their_paragraph() -> None:
    body = (
        r"It cost 3{\super\chftn}{\footnote{\super\chftn} In euros.\par Or so.} in all."
        r"{\*\atnid x}{\*\atnauthor Ada}\chatn{\*\annotation Too high?}"
        r"{\shp{\*\shpinst{\sp{\sn n}{\sv 1}}{\shptxt Boxed\par}}{\shprslt Boxed}}\par Next."
    )
    assert _load(body).text == (
        "It cost 3[1] in all.\n\n[1] In euros.\n\nOr so.\n\nComment (Ada): Too high?\n\n"
        "Boxed\n\nNext."
    )


def test_headers_and_footers_are_read_once_and_page_numbers_not() -> None:
    margins = (
        r"{\header Contract 4711\par}{\headerf Contract 4711\par}"
        r"{\footer Page \chpgn\par Confidential\par}"
    )
    assert _load(rf"{margins}The text.\par").text == "Contract 4711\n\nThe text.\n\nConfidential"


def _row(*cells: str, ends: tuple[int, ...] = (1000, 2000, 3000), more: str = "") -> str:
    """A row; what stands before a bar in a cell defines it."""
    parts = [cell.rpartition("|") for cell in cells]
    defined = "".join(f"{of}\\cellx{end}" for (of, _, _), end in zip(parts, ends, strict=False))
    inner = "".join(f"\\intbl {text}\\cell" for _, _, text in parts)
    return f"\\trowd{more}{defined}\\pard{inner}\\row"


def test_what_spans_rows_and_columns_stands_in_each_place() -> None:
    body = (
        _row("Task", "Owner", "Day", more=r"\trhdr")
        + _row("Boiler", r"\clvmgf|Ines", "Monday")
        + _row("Roof", r"\clvmrg|", "Tuesday")
        + _row("Lift", "Paul", ends=(1000, 3010))
        + _row("Shed", r"\clmgf|Eve", r"\clmrg|")
        + r"\pard After.\par"
    )
    assert _load(body).text == (
        "Task; Owner; Day\n\nTask: Boiler; Owner: Ines; Day: Monday\n\n"
        "Task: Roof; Owner: Ines; Day: Tuesday\n\nTask: Lift; Owner: Paul; Day: Paul\n\n"
        "Task: Shed; Owner: Eve; Day: Eve\n\nAfter."
    )


def test_paragraphs_and_tables_within_a_cell() -> None:
    inner = (
        r"{\pard\intbl\itap2 Power:\nestcell 5 kW\nestcell{\*\nesttableprops\trowd\cellx1\cellx2"
        r"\nestrow}{\nonesttables\par}}"
    )
    body = _row("Part", "Data", ends=(1000, 3000)) + _row(
        r"Pump\par new", rf"Small\par {inner}", ends=(1000, 3000)
    )
    assert _load(body).text == "Part; Data\n\nPart: Pump new; Data: Small (Power: 5 kW)"


def test_boxes_of_forms_and_what_is_left_out() -> None:
    box = r"{\field{\*\fldinst FORMCHECKBOX{\*\formfield{\fftype1\ffres25\ffdefres1}}}{\fldrslt}}"
    loaded = _load(
        rf"{box} Dog {{\v x}}{{\deleted y}}{{\*\shppict{{\pict 00}}}}{{\object{{\result z}}}}"
    )
    assert loaded.text == "☒ Dog z"
    assert loaded.left_out == (
        "1 tracked deletion",
        "1 hidden passage",
        "1 picture",
        "1 embedded object",
    )


@pytest.mark.parametrize(
    "body", [r"cut {\super 7", r"cut}} more", "cut \\", r"\u \'zz cut", "cut {"]
)
def test_a_rich_text_that_is_cut_or_broken_keeps_what_it_has(body: str) -> None:
    assert "cut" in load_bytes(rf"{{\rtf1 {body}".encode(), "a.rtf").text
