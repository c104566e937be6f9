"""Titles of office documents: what the file states, its headings, and what its name says too."""

from __future__ import annotations

import pytest

from index.file_names import name_words, told_besides
from index.load.loading import load_bytes
from index.load.titles import title_of
from tests.index.load.packages import paragraph, word_file

_NAME = "Hull-Terms-Conditions-for-CCTV-Maintenance-v1.1.docx"
_TEXT = "Conditions for CCTV Maintenance.\n\nThese are all.\n\n1. General\n\nNo others are agreed."
_RULES = "The Rules of The Rowing Club"


@pytest.mark.parametrize(
    ("stated", "heading", "text", "name", "title"),
    [
        ("", "General", _TEXT, _NAME, "Conditions for CCTV Maintenance."),
        (" ", "", _TEXT, _NAME, "Conditions for CCTV Maintenance."),
        ("2 page terms template", "", _TEXT, _NAME, "Conditions for CCTV Maintenance."),
        # What says as much of the name is not given up.
        ("Maintenance terms for CCTV", "", _TEXT, _NAME, "Maintenance terms for CCTV"),
        ("", "General", _TEXT, "v1.1.docx", "General"),
        ("", "General", _TEXT, "scan.docx", "General"),
        ("", "", _TEXT, "scan.docx", "scan.docx"),
        # A title that ends in a function word goes on in the next line.
        ("", "The Rules of", "The Rules of\n\nThe Rowing Club\n\nAll row.", "a.docx", _RULES),
        ("Contact Us", "", "Contact Us\n\nWrite.", "a.docx", "Contact Us"),
        ("Vitamin A", "", "Vitamin A\n\nCauses.", "a.docx", "Vitamin A"),
        ("The Rules of", "", "All row.\n\nNobody stays.", "a.docx", "The Rules of"),
        # A sentence that has the words of the name among others is none of its.
        (
            "Quays",
            "",
            "Of all quays and piers the harbour plan of the town board shows only three new ones.",
            "quays-piers-harbour-plan.docx",
            "Quays",
        ),
    ],
)
def test_a_line_that_says_what_the_name_says_is_the_title(
    stated: str, heading: str, text: str, name: str, title: str
) -> None:
    assert title_of(stated, heading, text, name) == title


def test_the_first_heading_of_a_word_file_is_no_title_where_its_name_names_another_line() -> None:
    heading = '<w:outlineLvl w:val="0"/>'
    body = (
        paragraph("Conditions for CCTV Maintenance.")
        + paragraph("General", heading)
        + paragraph("No others are agreed.")
    )
    assert load_bytes(word_file(body), _NAME).title == "Conditions for CCTV Maintenance."
    assert load_bytes(word_file(body), "a.docx").title == "General"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/x/" + _NAME, "Hull Terms Conditions for CCTV Maintenance"),
        ("One2Call_sale of goods (2).doc", "One2Call sale of goods"),
        ("SimplicityGamingCompany.pdf", "Simplicity Gaming Company"),
        ("CCTVMaintenance_PDFs.doc", "CCTV Maintenance PDFs"),
        ("a.zip!/b/DHS2020.pdf", "DHS"),
        ("山田報告書.pdf", "山田報告書"),
        ("20080102X00002.pdf", ""),
        ("000_196512e60cdd686e.txt", ""),
        ("a1.pdf", ""),
        ("squad-12", ""),
        ("", ""),
    ],
)
def test_the_words_of_a_name_are_without_versions_and_numbers(source: str, words: str) -> None:
    assert name_words(source) == words


def test_what_a_title_says_the_name_does_not_say_besides() -> None:
    assert told_besides("cctv-maintenance.pdf", "Maintenance") == "cctv"
    assert told_besides("cctv-maintenance.pdf", "On CCTV maintenance") == ""
