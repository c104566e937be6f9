"""Listing, counting and looking up documents of an index without fetching all of them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import UnknownDocumentError
from index.index import Index
from tests.doubles import HashingEmbedder


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        for key in ("c", "a", "b"):
            index.add_text(key, f"Bericht ÜBER {key}", f"Text of {key}.")
        yield index


def test_a_page_of_documents_is_in_the_order_of_keys(index: Index) -> None:
    assert [each.key for each in index.documents()] == ["a", "b", "c"]
    assert [each.key for each in index.documents(limit=2)] == ["a", "b"]
    assert [each.key for each in index.documents(offset=1, limit=1)] == ["b"]
    assert index.documents(offset=3) == []


@pytest.mark.parametrize(
    ("contains", "keys"),
    [("", ["a", "b", "c"]), ("über", ["a", "b", "c"]), ("ÜBER B", ["b"]), ("%", []), ("_", [])],
)
def test_documents_are_filtered_by_title_or_source_in_any_case(
    index: Index, contains: str, keys: list[str]
) -> None:
    assert [each.key for each in index.documents(contains)] == keys
    assert index.count_documents(contains) == len(keys)
    assert [each.key for each in index.documents(contains, limit=1)] == keys[:1]


def test_a_document_is_found_by_its_key(index: Index) -> None:
    assert index.has_key("a")
    assert not index.has_key("A")
    ids = index.document_ids_by_key()
    assert list(ids) == ["a", "b", "c"]
    assert {key: index.document(id).key for key, id in ids.items()} == {key: key for key in ids}


def test_a_summary_is_found_by_its_id(index: Index) -> None:
    for summary in index.documents():
        assert index.summary(summary.id) == summary
    with pytest.raises(UnknownDocumentError, match="ask again to see what there is"):
        index.summary(99)


def test_documents_of_a_file_are_itself_or_those_inside_it(index: Index, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("x.txt", "The first text.")
        archive.writestr("y.txt", "The second text.")
    (tmp_path / "two.zip2.txt").write_text("Not in the archive.", "utf-8")
    index.ingest([tmp_path / "two.zip", tmp_path / "two.zip2.txt"])
    inside = index.documents_of_file(str(tmp_path / "two.zip"))
    assert [each.key.rpartition("/")[2] for each in inside] == ["x.txt", "y.txt"]
    assert [each.key for each in index.documents_of_file("a")] == ["a"]
    assert index.documents_of_file("nothing") == []
