"""Headings by their numbers: which lines are a series of parts, and which are not."""

from __future__ import annotations

import pytest

from index.load.base import LoadedDocument
from index.load.numerals import from_roman, numeral
from index.load.series import with_series
from index.types import Heading, Span

BODY = "The board shall meet in May.\nIt may also meet in June."
NAMES = ("Fees in the Harbour", "Walls and Fences", "Term of Office", "Officers", "Seal")


def parts(word: str, numbers: str, *, body: str = BODY, names: tuple[str, ...] = NAMES) -> str:
    opened = zip(numbers.split(), names, strict=False)
    return "\n\n".join(f"{word} {number}: {name}\n{body}" for number, name in opened)


def document(text: str, **fields: object) -> LoadedDocument:
    return LoadedDocument("", "application/pdf", text, **fields)  # type: ignore[arg-type]


def found(loaded: LoadedDocument) -> list[str]:
    return [each.span.of(loaded.text) for each in with_series(loaded).headings]


@pytest.mark.parametrize("numbers", ["1 2 3 4 5", "I II III IV V", "1 2 3 5 6"])
def test_parts_that_are_numbered_are_headed(numbers: str) -> None:
    text = f"BY-LAWS\n\n{parts('ARTICLE', numbers)}\nArticle 2 is meant."
    headings = found(document(text))
    assert headings == [
        f"ARTICLE {number}: {name}" for number, name in zip(numbers.split(), NAMES, strict=True)
    ]


def test_a_heading_alone_in_its_line_needs_no_name() -> None:
    text = "\n\n".join(f"Article {number}\n\n{BODY}" for number in range(1, 5))
    assert found(document(text)) == [f"Article {number}" for number in range(1, 5)]


def test_a_series_behind_a_title_is_below_it() -> None:
    text = f"BY-LAWS\n\n{parts('Article', '1 2 3 4')}"
    titled = document(text, headings=(Heading(Span(0, 7), 1),))
    assert [each.level for each in with_series(titled).headings] == [1, 2, 2, 2, 2]


@pytest.mark.parametrize(
    "text",
    [
        parts("Article", "1 2 3"),  # few
        parts("Table", "1 2 3 4 5"),  # what stands in a text heads nothing behind it
        parts("Article", "1 2 3 4 5", body="").replace("\n\n", "\n"),  # a table of contents
        parts("Step", "1 2 3 4", names=("close the lid and wait a little",) * 4),  # sentences
        "\n\n".join(f"Rule {n}: the fee is {n} pounds.\n\nIt is due." for n in range(1, 6)),
        "\n\n".join(f"Rule {n}: The Fee is Due.\n\nIt is due." for n in range(1, 6)),
        "\n".join(f"Row {number}: Name: Pear; Price: {number}" for number in range(1, 6)),
        parts("Article", "1 9 17 25 33"),
    ],
)
def test_other_lines_with_numbers_head_nothing(text: str) -> None:
    assert found(document(text)) == []


def test_a_line_that_only_mentions_a_part_is_not_its_heading() -> None:
    text = parts("Article", "1 2 3 4 5").replace(
        "in June.", "in June.\nArticle 4 of the law.\nEnd."
    )
    names = [f"Article {number}: {name}" for number, name in enumerate(NAMES, 1)]
    assert found(document(text)) == names


def test_parts_that_each_begin_a_page_are_headed() -> None:
    pages = [f"Article {n}: {name}\n{BODY}\n\n" for n, name in enumerate(NAMES, 1)]
    starts = tuple(sum(map(len, pages[:at])) for at in range(5))
    assert len(found(document("".join(pages), page_starts=starts))) == len(NAMES)


def test_so_many_headings_head_nothing() -> None:
    assert found(document("\n\n".join([parts("Part", "1 2 3 4")] * 600))) == []


def test_the_numbers_of_pages_head_nothing() -> None:
    pages = [f"Bulletin {number}\n\n{BODY}\n\n" for number in range(1, 6)]
    starts = tuple(sum(map(len, pages[:at])) for at in range(5))
    assert found(document("".join(pages), page_starts=starts)) == []


def test_as_many_headings_as_a_file_has_are_enough() -> None:
    text = parts("Article", "1 2 3 4 5")
    spans = [Span(at, at + 5) for at in range(0, 50, 10)]
    headings = tuple(Heading(span, 1) for span in spans)
    assert with_series(document(text, headings=headings)).headings == headings


def test_roman_numerals_are_read_as_they_are_written() -> None:
    assert all(from_roman(numeral(number, "upperRoman")) == number for number in range(1, 4000))
    assert [from_roman(each) for each in ("IIII", "IC", "", "MIX", "CIVIL")] == [
        None,
        None,
        None,
        1009,
        None,
    ]
