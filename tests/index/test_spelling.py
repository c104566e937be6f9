"""Misspelt words of a question: found where the collection has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.catalogue import Catalogue
from index.index import Index
from index.spelling import as_spelt
from tests.doubles import HashingEmbedder

TEXTS = (
    "Measles: four days at home.",
    "The motorcycles stand by the shed.",
    "Hollins built it.",
    "Visibility was good.",
    "Visually it is fine.",
)


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as opened:
        for number, text in enumerate(TEXTS):
            opened.add_text(str(number), f"Note {number}", text)
        yield opened


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("a kid has measels, what now?", "a kid has measles what now?"),
        ("where are the motorcyles", "where are the motorcycles"),
        ("motorcyle or motorcyles?", "motorcycles or motorcycles"),  # one stands in the other
        ("visability then", "visibility then"),  # whose ending has the slip
        ("Was it Hollens?", "Was it hollins"),
        ("where are the motorcycle stands", "where are the motorcycle stands"),  # another form
        ("who has a bicycle?", "who has a bicycle?"),  # nothing is like it
        ("is it a shad?", "is it a shad?"),  # too short to tell
        ("", ""),
    ],
)
def test_a_word_that_no_chunk_has_is_the_nearest_that_one_has(
    index: Index, asked: str, searched: str
) -> None:
    catalogue = Catalogue.existing(index.folder)
    with catalogue.reading():
        assert as_spelt(catalogue, asked) == searched
    catalogue.close()


def test_a_misspelt_question_finds_what_the_right_one_finds(index: Index) -> None:
    best = [index.search(asked, limit=1) for asked in ("measles home", "measels home")]
    assert best[0][0].chunk == best[1][0].chunk
    words = [index.rankings(asked, 3)["words"] for asked in ("the measles", "the measels")]
    assert words[0] == words[1] != []
    assert index.search_documents("motorcyles")[0].document_id == 2
