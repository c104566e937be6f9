"""Boilerplate: what recurs on pages or in most documents; facts that recur stay."""

from __future__ import annotations

from index.lines import text_lines
from index.types import Document
from rag.answering.boilerplate import boilerplate

ABOUT = "The Board, established in 1967, looks after all harbours of the coast."


def document(number: int) -> Document:
    pages = [
        f"Page {page} of 3\n\nThe {number}th vessel sank near pier {page}.\nIt was grey {number}."
        for page in (1, 2, 3)
    ]
    text = "\n".join(pages) + f"\n\n{ABOUT}\n\nFire:\tNone\nCrew:\tSafe"
    starts = tuple(text.index(page) for page in pages)
    return Document(number, str(number), "", "", "application/pdf", text, starts)


def kept(documents: list[Document]) -> list[str]:
    recurring, first = boilerplate(documents), documents[0]
    lines = [line for line in text_lines(first.text) if not recurring.holds(first, line)]
    return [line.span.of(first.text) for line in lines]


def test_lines_of_most_documents_and_page_numbers_are_boilerplate() -> None:
    texts = kept([document(number) for number in range(5)])
    assert ABOUT not in texts
    assert not any("Page" in text for text in texts)


def test_facts_stay_however_many_documents_state_them() -> None:
    assert "Fire:\tNone" in kept([document(number) for number in range(5)])


def test_a_line_of_one_document_stays() -> None:
    assert "The 0th vessel sank near pier 2." in kept([document(number) for number in range(5)])


def test_copies_of_a_document_are_no_boilerplate() -> None:
    assert ABOUT in kept([document(1)] * 5)


def test_among_few_documents_nothing_is_common() -> None:
    assert ABOUT in kept([document(1), document(2)])


def test_a_running_title_with_its_page_number_in_a_cell_of_its_own_is_boilerplate() -> None:
    pages = [f"Rooms:\t{30 - page}\n\nYearly report\t{11 + page}\n" for page in range(4)]
    starts = tuple(sum(map(len, pages[:page])) for page in range(4))
    report = Document(1, "1", "", "", "application/pdf", "".join(pages), starts)
    texts = kept([report])
    assert not any("Yearly report" in text for text in texts)
    assert "Rooms:\t30" in texts


def _dotted(*numbers: int) -> str:
    names = ("Harbours", "Ships", "Crews", "Storms", "Losses")
    lines = (f"{name} ........ {number}" for name, number in zip(names, numbers, strict=True))
    return "\n".join(lines)


def test_a_table_of_contents_is_boilerplate_and_a_list_of_prices_is_not() -> None:
    contents = Document(1, "1", "", "", "text/plain", f"{_dotted(3, 3, 5, 9, 12)}\n\nShips sail.")
    assert kept([contents]) == ["Ships sail."]
    prices = Document(1, "1", "", "", "text/plain", _dotted(3, 2, 5, 4, 12))
    assert "Ships ........ 2" in "\n".join(kept([prices]))


def test_rows_of_a_table_at_the_foot_of_two_pages_are_no_running_title() -> None:
    rows = "Bolt: M8; Torque: 38.2\nBolt: M10; Torque: 72.2\nBolt: M12; Torque: 107.0"
    pages = [f"Page {number}\n\nTighten them evenly.\n\n{rows}\n" for number in (1, 2)]
    manual = Document(1, "1", "", "", "application/pdf", "".join(pages), (0, len(pages[0])))
    texts = "\n".join(kept([manual]))
    assert "Bolt: M10; Torque: 72.2" in texts
    assert "Page 1" not in texts


def test_entries_whose_dots_lead_to_nothing_are_contents() -> None:
    names = ("coolant capacity", "cutting", "spindle", "tool changer")
    text = "\n".join(f"{name} ..........." for name in names) + "\n\nIt holds 13 gallons."
    assert kept([Document(1, "1", "", "", "text/plain", text)]) == ["It holds 13 gallons."]
    for line in ("Sum: 500 .........", "He paid and went away....", "coolant capacity .........."):
        assert line in "\n".join(kept([Document(1, "1", "", "", "text/plain", line)]))


def test_a_title_with_a_number_at_head_and_foot_of_pages_is_boilerplate() -> None:
    pages = [f"Report {n}\n\nShip {n}{n} sank.\nIt was grey.\n\nReport {n}\n" for n in (1, 2)]
    report = Document(1, "1", "", "", "application/pdf", "".join(pages), (0, len(pages[0])))
    assert not any(text.startswith("Report") for text in kept([report]))
