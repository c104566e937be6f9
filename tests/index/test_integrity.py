"""Every kind of damage to a catalogue is reported with its remedy, and a sound one passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.catalogue import Catalogue
from index.index import Index
from index.integrity import problems
from tests.doubles import HashingEmbedder


@pytest.fixture
def catalogue(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Catalogue]:
    with Index.open(tmp_path / "zoo", embedder, create=True) as index:
        for animal in ("giraffe", "lion", "zebra"):
            index.add_text(animal, "", f"One {animal} – of 文 – lives here. " * 30)
        index.remove("zebra")
    catalogue = Catalogue(tmp_path / "zoo")
    yield catalogue
    catalogue.close()


def test_a_sound_catalogue_has_no_problems(catalogue: Catalogue) -> None:
    before = catalogue.commit()
    assert problems(catalogue) == []
    assert catalogue.commit() == before


REINDEX = "'rag reindex --collection zoo'"


@pytest.mark.parametrize(
    ("damage", "reported", "remedy"),
    [
        (
            "UPDATE documents SET text = replace(text, 'giraffe', 'giraffa')",
            "the stored text of giraffe is not",
            "rag documents --collection zoo --remove giraffe",
        ),
        (
            "UPDATE documents SET text = CAST(x'ff' || CAST(text AS BLOB) AS TEXT)",
            "the stored text of giraffe, lion is not",
            "index the file again",
        ),
        ("UPDATE chunks SET stop = stop + 9999 WHERE id = 1", "1 chunks lie outside", REINDEX),
        ("UPDATE chunks SET stop = start WHERE id = 1", "1 chunks lie outside", REINDEX),
        ("UPDATE documents SET chunks = 99 WHERE id = 1", "1 documents lack chunks", REINDEX),
        ("DELETE FROM vectors WHERE chunk_id = 1", "1 chunks lack their vector", REINDEX),
        ("UPDATE vectors SET vector = x'00' WHERE chunk_id = 1", "lack their vector", REINDEX),
        ("DELETE FROM words WHERE rowid = 1", "1 chunks are not found by their words", REINDEX),
        (
            "INSERT INTO words (rowid, text) VALUES (999, 'zebra')",
            "1 removed chunks are found",
            REINDEX,
        ),
        (
            "UPDATE words_content SET c0 = 'other words' WHERE id = 1",
            "the index of words does not match",
            REINDEX,
        ),
    ],
)
def test_each_kind_of_damage_is_reported_with_its_remedy(
    catalogue: Catalogue, damage: str, reported: str, remedy: str
) -> None:
    catalogue.execute(damage)
    (problem,) = problems(catalogue)
    assert reported in problem.what
    assert remedy in problem.remedy


def test_rows_without_their_parent_are_reported(catalogue: Catalogue) -> None:
    catalogue.execute("PRAGMA foreign_keys = OFF")
    catalogue.execute("DELETE FROM chunks WHERE id = 1")
    (problem,) = problems(catalogue)
    assert "rows belong to nothing" in problem.what


def test_damaged_pages_are_reported(catalogue: Catalogue) -> None:
    path = catalogue.path
    catalogue.close()
    data = bytearray(path.read_bytes())
    for page in range(4, len(data) // 4096):
        data[page * 4096 : page * 4096 + 12] = b"\xff" * 12
    path.write_bytes(data)
    damaged = Catalogue(path.parent)
    (problem,) = problems(damaged)
    damaged.close()
    assert "is damaged" in problem.what
    assert "'rag index PATH --collection zoo'" in problem.remedy
