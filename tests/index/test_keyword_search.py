"""Words are ranked beside the encoding of a question, and both rankings are of one state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.errors import DamagedIndexError, IndexingError
from index.index import Index
from index.keyword_search import ConcurrentKeywordSearch
from index.search import ranked_by_words
from tests.doubles import HashingEmbedder


class _Interrupted(HashingEmbedder):
    """Calls ``meanwhile`` once, before it encodes what is asked next."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = lambda: None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return super().encode(texts)


@pytest.fixture
def embedder() -> _Interrupted:
    return _Interrupted()


@pytest.fixture
def index(tmp_path: Path, embedder: _Interrupted) -> Iterator[Index]:
    with Index.open(tmp_path / "index", embedder, create=True) as index:
        index.add_text("zoo", "zoo", "Two giraffes live in the zoo.")
        index.add_text("bridge", "bridge", "The bridge is red.")
        yield index


def _ranked(catalogue: Catalogue, question: str) -> list[tuple[int, float]]:
    with catalogue.reading():
        return list(ranked_by_words(catalogue, question, 9))


def test_keyword_search_is_repeated_after_a_commit(index: Index) -> None:
    with closing(ConcurrentKeywordSearch(index.folder, index._parameters)) as search:
        keyword_ranking = search.start("red giraffes", 9)  # closing waits for it
    index.remove("zoo")
    with index._read() as catalogue:
        found = keyword_ranking(catalogue)
    assert found == _ranked(index._catalogue, "red giraffes")
    assert [chunk_id for chunk_id, _ in found] == [2]


def test_without_a_commit_keywords_are_searched_once(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    ranked = Catalogue.ranked_by_words

    def watched(catalogue: Catalogue, expression: str, limit: int) -> list[tuple[int, float]]:
        threads.append(threading.current_thread())
        return ranked(catalogue, expression, limit)

    monkeypatch.setattr(Catalogue, "ranked_by_words", watched)
    assert index.search("red giraffes")
    assert [thread.name for thread in threads] == ["keyword-search_0"]


def test_a_document_removed_while_a_question_is_encoded_is_in_no_ranking(
    index: Index, embedder: _Interrupted
) -> None:
    embedder.meanwhile = lambda: index.remove("zoo")
    (hit,) = index.search("giraffes in the zoo")
    assert hit.chunk.text == "The bridge is red."


def test_a_document_added_while_a_question_is_encoded_is_in_both_rankings(
    index: Index, embedder: _Interrupted
) -> None:
    embedder.meanwhile = lambda: index.add_text("park", "park", "Deer live in the park.")
    hit = index.search("deer in the park")[0]
    assert hit.chunk.text == "Deer live in the park."
    assert hit.ranks == {"dense": 1, "words": 1}


def test_searching_a_closed_index_names_the_next_step(index: Index) -> None:
    index.search("zoo")
    index.close()
    with pytest.raises(IndexingError, match="is closed; open it again"):
        index.search("zoo")


def test_damage_to_the_catalogue_is_raised_in_the_search(index: Index) -> None:
    index.search("zoo")
    index._catalogue.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = index.folder / "catalogue.sqlite"
    path.write_bytes(b"no database" * 1000)
    with (
        closing(ConcurrentKeywordSearch(index.folder, index._parameters)) as search,
        pytest.raises(DamagedIndexError, match="index the documents again"),
    ):
        search.start("zoo", 9)(index._catalogue)
