"""Documents as wholes: which one is asked about, what tells it apart, and its best chunks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.document_search import terms
from index.identity import says_nothing
from index.index import Index
from index.load.base import LoadedDocument
from tests.doubles import HashingEmbedder

PLACES = ("Hull", "York", "Ripon", "Selby", "Leeds")


def form(place: str, number: int) -> str:
    filler = "The vessel was seen by the harbour master and nothing was found. " * 30
    return (
        f"Harbour Board Report\n\nPlace:\t{place}\tCase:\tHB-10{number}\n"
        f"Damage:\tNone\tYear:\t19{number}0\n\n{filler}\n\nEngine:\tDiesel\tPower:\t{number}00 kW\n"
    )


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        for number, place in enumerate(PLACES, 1):
            key = f"00{number}.pdf"
            opened.add_text(key, key, form(place, number))
        yield opened


def ids(index: Index) -> dict[str, int]:
    return {each.key: each.id for each in index.documents()}


@pytest.mark.parametrize("question", ["power of the engine at Ripon", "engine power, case HB103"])
def test_words_in_different_chunks_find_their_document(index: Index, question: str) -> None:
    best, second, *_ = index.search_documents(question)
    assert best.document_id == ids(index)["003.pdf"]
    assert best.coverage > second.coverage


def test_a_match_tells_which_words_of_the_question_its_document_holds(index: Index) -> None:
    best, second, *_ = index.search_documents("power of the engine at Ripon")
    assert {*best.words} - {*second.words} == {"ripon"}
    assert {"power", "engine"} <= {*second.words}


def test_hits_within_a_document_are_all_of_it(index: Index) -> None:
    document_id = ids(index)["002.pdf"]
    (hits,) = index.search_within([document_id], "engine power", limit=2)
    assert {hit.chunk.document_id for hit in hits} == {document_id}
    assert "200 kW" in hits[0].chunk.text


def test_a_blank_question_finds_no_document(index: Index) -> None:
    assert index.search_documents(" ") == []
    assert index.search_within([1], " ") == [[]]


def test_facts_are_the_values_that_few_documents_have(index: Index) -> None:
    identity = index.identity(ids(index)["003.pdf"])
    assert str(identity) == "Harbour Board Report — Ripon, HB-103, 1930"
    assert identity.telling == "Ripon, HB-103, 1930"  # a title that all have tells none of them


def test_a_value_that_could_not_be_read_is_no_fact(index: Index) -> None:
    index.add_text("x2.pdf", "x2.pdf", form("Goole", 6).replace("HB-106", "\ufffd\ufffd--5"))
    assert str(index.identity(ids(index)["x2.pdf"])) == "Harbour Board Report — Goole, 1960"


def test_a_title_is_taken_from_the_content_of_a_nameless_file(index: Index) -> None:
    index.add_text(
        "x1.pdf", "x1.pdf", "Page 1\n\nA Plan for the Quay\n\nIt is old and will be mended."
    )
    assert index.identity(ids(index)["x1.pdf"]).title == "A Plan for the Quay"


@pytest.mark.parametrize(
    "line",
    [
        "The vessel had been seen by the harbour master at noon.",  # a sentence
        "Seen under: Part 12: Fishing",  # a pair, of which the board's forms have few
    ],
)
def test_a_form_is_named_by_a_line_that_all_have_before_one_that_names_nothing(
    index: Index, line: str
) -> None:
    before, after = form("Goole", 6).split("\n\n", 1)
    index.add_text("x3.pdf", "x3.pdf", f"{before}\n\n{line}\n\n{after}")
    assert index.identity(ids(index)["x3.pdf"]).title == "Harbour Board Report"


def test_a_name_may_end_with_an_abbreviation(index: Index) -> None:
    text = "Bylaws of Quay Holdings, Inc.\n\nThe board meets in May."
    index.add_text("x4.pdf", "x4.pdf", text)
    identity = index.identity(ids(index)["x4.pdf"])
    assert identity.title == identity.telling == "Bylaws of Quay Holdings, Inc."


def test_a_running_line_with_the_number_of_its_page_is_no_title(
    tmp_path: Path, embedder: HashingEmbedder
) -> None:
    pages = [f"Case 12 of the harbour, page {number} of 4" for number in range(1, 5)]
    said = "An Order about the Quay\n\nThe quay is old and it will be mended in spring."
    text = "\n\n".join(f"{page}\n\n{said if not at else 'More.'}" for at, page in enumerate(pages))
    starts = tuple(text.index(page) for page in pages)
    with Index.open(tmp_path / "paged", embedder, create=True) as index:
        index.add([("x1.pdf", LoadedDocument("x1.pdf", "application/pdf", text, starts))])
        assert index.identity(ids(index)["x1.pdf"]).title == "An Order about the Quay"


def test_what_shares_its_title_is_told_by_the_name_of_its_file(index: Index) -> None:
    text = "Harbour Board\n\nThe board heard the parties and it denied the claim."
    for name in ("Diaz_v._Quay_LLC_Opinion.pdf", "Moore-order-v1.1.pdf", "20080102X00002.pdf"):
        index.add_text(name, "Harbour Board", text)
    names = ids(index)
    shown = [str(index.identity(id)) for name, id in names.items() if not name.startswith("00")]
    assert sorted(shown) == [
        "Harbour Board",
        "Harbour Board — Diaz Quay LLC Opinion",
        "Harbour Board — Moore order",
    ]
    index.add_text("wharf-order.pdf", "A Wharf", "The wharf is closed and it will be mended.")
    assert str(index.identity(ids(index)["wharf-order.pdf"])) == "A Wharf"


def test_a_document_is_found_by_the_words_of_the_name_of_its_file(index: Index) -> None:
    text = "These terms hold. A contract ends with a notice of {} days to the other party."
    for name, days in (("phone_maintenance.docx", 30), ("CCTVMaintenance-v1.1.docx", 42)):
        index.add_text(f"/x/{name}", "General", text.format(days))
    hit = index.search("days of notice to end the cctv contract", limit=1)[0]
    assert "42 days" in hit.chunk.text
    assert hit.ranks["words"] == 1
    (best, *_) = index.search_documents("days of notice to end the cctv contract")
    assert best.document_id == hit.chunk.document_id


def test_an_identity_is_told_anew_after_a_commit(index: Index) -> None:
    before = index.identity(ids(index)["003.pdf"])
    for copy in "ab":
        index.add_text(f"{copy}.pdf", f"{copy}.pdf", form("Ripon", 3))
    assert index.identity(ids(index)["003.pdf"]) != before


@pytest.mark.parametrize(
    ("title", "source", "silent"),
    [("a1.pdf", "/x/a1.pdf", True), ("DHS2020", "/x/d.pdf", True), ("Rome", "/x/r.txt", False)],
)
def test_a_file_name_or_a_code_is_no_title(title: str, source: str, silent: bool) -> None:
    assert says_nothing(title, source) is silent


def test_a_part_number_is_found_however_it_is_written() -> None:
    assert terms("the PA-28 engine") == {"pa-28": '"pa 28" OR "pa28"', "engine": '"engin"'}
