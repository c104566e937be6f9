"""PDF: a hyphen at the end of a line goes where the word has none, and stays where it has one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from index.load.pdf_hyphens import resolved, resolved_as
from index.load.pdf_text import PageText
from index.load.pdf_words import HYPHEN
from index.types import Span
from tests.index.load.pdf_files import lines, read


def _page(text: str) -> PageText:
    return PageText(text, list(range(len(text))), [(Span(0, len(text)), 10.0)] if text else [])


def _resolved(*texts: str) -> Sequence[str]:
    return [page.text for page in resolved([_page(text.replace("|", HYPHEN)) for text in texts])]


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("the infor|mation is here", "the information is here"),
        ("a compressor KX|200", "a compressor KX-200"),
        ("the years 2019|2021", "the years 2019-2021"),
        ("in Saint|Denis", "in Saint-Denis"),
        ("a NATO|Russia council", "a NATO-Russia council"),
        ("COVID|19 cases", "COVID-19 cases"),
        ("INFOR|MATION", "INFORMATION"),
        ("die Versiche|rung der Stadt", "die Versicherung der Stadt"),
        ("l'infor|mation du jour", "l'information du jour"),
        ("инфор|мация", "информация"),
        ("a well|known man is well-known", "a well-known man is well-known"),
        (
            "a state-of-the|art plant, state-of-the-art",
            "a state-of-the-art plant, state-of-the-art",
        ),
        ("a well|known engineer repaired it", "a well-known engineer repaired it"),
        ("the plant was shut be|cause of it", "the plant was shut because of it"),
        ("a long|term plan of the board", "a long-term plan of the board"),
        ("the head|quarters of the head", "the headquarters of the head"),
        (
            "die Stadt und das Land haben eine Regie|rung",
            "die Stadt und das Land haben eine Regierung",
        ),
        ("an open|minded mind was open and minded", "an open-minded mind was open and minded"),
        ("the re|port is a report and port", "the report is a report and port"),
    ],
)
def test_the_word_is_written_as_it_is(broken: str, whole: str) -> None:
    assert _resolved(broken) == [whole]


def test_another_page_tells_how_a_word_is_written() -> None:
    assert _resolved("a long|term plan", "long-term plans")[0] == "a long-term plan"
    assert _resolved("a long|term plan", "longterm plans")[0] == "a longterm plan"


@given(st.lists(st.text("ab -" + HYPHEN, max_size=12), max_size=4))
def test_every_character_keeps_its_origin_and_every_line_its_letters(texts: list[str]) -> None:
    pages = [_page(text) for text in texts]
    for before, after in zip(pages, resolved(pages), strict=True):
        assert HYPHEN not in after.text
        shown = [before.text[origin] for origin in after.origins]
        assert "".join(shown).replace(HYPHEN, "-") == after.text
        assert [span.of(after.text) for span, _ in after.lines] == [after.text][: len(after.lines)]
        assert resolved_as(before, after.text) == after


def test_lines_of_a_page_are_joined() -> None:
    text = read(
        lines("The committee found that the refriger-", "ation plant of type KX-", "200 was shut.")
    ).text
    assert text == "The committee found that the refrigeration plant of type KX-200 was shut."


def test_a_hyphen_in_a_cell_stays_in_its_line() -> None:
    def draw(canvas: Canvas) -> None:
        for number, (name, grade) in enumerate((("Ben", "A-"), ("Cleo", "B-"), ("Dora", "C"))):
            lines(name, top=700 - 14 * number)(canvas)
            lines(grade, x=200, top=700 - 14 * number)(canvas)

    assert read(draw).text == "Ben\tA-\nCleo\tB-\nDora\tC"


def test_a_soft_hyphen_is_no_part_of_its_word() -> None:
    registerFont(TTFont("Vera", "Vera.ttf"))  # a font that tells it from a hyphen
    assert read(lines("The re\u00adport", font="Vera")).text == "The report"
    assert read(lines("The re\u00ad", "port", font="Vera")).text == "The report"


def test_a_soft_hyphen_between_digits_is_a_hyphen() -> None:
    registerFont(TTFont("Vera", "Vera.ttf"))
    assert read(lines("New York 10003\u00ad1502", font="Vera")).text == "New York 10003-1502"
