"""Search: words made safe for FTS5, ranks fused by hand-computed sums, hits in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.index import Index
from index.search import Fusion, ScoreSum, match_expression
from tests.doubles import HashingEmbedder

_TEXTS = {
    "bridge": "The old bridge was opened in 1904. It is painted red.",
    "library": "The library opens at nine. Its reading room is quiet.",
    "zoo": "Two giraffes live in the zoo. The bridge is closed to them.",
}


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path, embedder, create=True) as index:
        for key, text in _TEXTS.items():
            index.add_text(key, key, text)
        yield index


def _keys(index: Index, question: str) -> list[str]:
    return [index.document(hit.chunk.document_id).key for hit in index.search(question)]


def test_fused_scores_are_weighted_sums_of_reciprocal_ranks() -> None:
    fused = Fusion(k=10, weights={"words": 0.5}).fuse(
        {"dense": [(7, 0.9), (8, 0.8)], "words": [(8, 6.0), (9, 5.0)]}
    )
    assert fused == [
        (8, 1 / 12 + 0.5 / 11, {"dense": 2, "words": 1}),
        (7, 1 / 11, {"dense": 1}),
        (9, 0.5 / 12, {"words": 2}),
    ]


def test_score_fusion_sums_shares_of_the_best_score() -> None:
    fused = ScoreSum(words=0.5).fuse({"dense": [(7, 0.8), (8, 0.4)], "words": [(8, 6.0), (9, 3.0)]})
    assert fused == [
        (7, 1.0, {"dense": 1}),
        (8, 0.5 + 0.5, {"dense": 2, "words": 1}),
        (9, 0.25, {"words": 2}),
    ]
    assert ScoreSum().fuse({"dense": [(7, -0.1)], "words": []}) == [(7, 0.0, {"dense": 1})]


def test_keyword_hits_get_a_dense_score_too(index: Index) -> None:
    rankings = index.rankings("bridge", depth=1)
    (by_words,) = rankings["words"]
    (best, *more) = rankings["dense"]
    everything = dict(index.rankings("bridge", depth=9)["dense"])
    assert dict([best, *more]) == {
        chunk_id: everything[chunk_id] for chunk_id in {best[0], by_words[0]}
    }


def test_equal_scores_are_ordered_by_id() -> None:
    fused = Fusion().fuse({"dense": [(5, 0.9)], "words": [(3, 7.0)]})
    assert [entry[0] for entry in fused] == [3, 5]


def test_the_best_hit_is_first_with_its_ranks_and_exact_text(index: Index) -> None:
    hits = index.search("When was the bridge opened?")
    assert index.document(hits[0].chunk.document_id).key == "bridge"
    assert hits[0].ranks == {"dense": 1, "words": 1}
    assert hits[0].score == 1.75
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.chunk.span.of(index.document(hit.chunk.document_id).text) == hit.chunk.text


def test_other_forms_of_a_word_are_found(index: Index) -> None:
    assert _keys(index, "giraffe's opening")[0] == "zoo"
    assert "words" in index.search("libraries")[0].ranks


def test_the_title_is_searched_but_not_cited(index: Index) -> None:
    hit = index.search("zoo")[0]
    assert index.document(hit.chunk.document_id).key == "zoo"
    assert hit.chunk.text == _TEXTS["zoo"]


def _expression(question: str, counts: Mapping[str, int] | None = None) -> str:
    """For an index in which each expression finds as many chunks as ``counts`` says, else one."""

    def chunks_with(expression: str) -> int:
        word = expression.replace('"', "")
        return (counts or {}).get(word, 1 if word in question.lower() else 0)

    return match_expression(question, chunks_with)


def test_stop_words_are_dropped_unless_there_is_nothing_else() -> None:
    assert _expression("What is the colour of the bridge?") == '"colour" OR "bridg"'
    assert _expression("what is it?") == '"what" OR "i" OR "it"'
    assert _expression("?! *") == ""


def test_the_number_of_a_clause_is_sought_as_one() -> None:
    assert _expression("section 2.2") == '"2 2" OR "section" OR "2"'


def test_a_pasted_page_is_cut_to_its_first_words() -> None:
    assert _expression(" ".join(f"w{i}" for i in range(500))).count(" OR ") < 100


def test_the_rarest_of_frequent_words_find_and_the_others_rank() -> None:
    counts = {"giraff": 40, "colour": 8_000, "bridg": 20_000, "name": 30_000}
    assert _expression("name, bridge, giraffe, colour", counts) == (
        '("giraff" OR "colour") AND ("bridg" OR "giraff" OR "colour")'
    )


def test_frequent_words_alone_must_be_in_one_chunk_where_possible() -> None:
    counts = {"bridg": 20_000, "name": 30_000, "bridg AND name": 7}
    assert _expression("bridge name", counts) == '"bridg" AND "name"'
    counts["bridg AND name"] = 0
    assert _expression("bridge name", counts) == '("bridg") AND ("bridg")'


def test_words_are_counted_in_all_forms_for_the_current_commit(index: Index) -> None:
    with index._read() as catalogue:
        assert catalogue.word_counter(9)('"bridg"') == 2
        assert catalogue.word_counter(1)('"bridg"') == 1
    index.remove("zoo")
    with index._read() as catalogue:
        assert catalogue.word_counter(9)('"bridg"') == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.one_of(
        st.text(), st.text("\"*():^-+{}[]~'’_ \ud800\0ANDORNEARtext:²½", max_size=30)
    )
)
def test_any_string_is_a_safe_question(index: Index, question: str) -> None:
    for hit in index.search(question, limit=2):
        assert hit.chunk.text


def test_hits_are_limited_in_all_and_per_document(tmp_path: Path) -> None:
    with Index.open(tmp_path / "small", HashingEmbedder(max_tokens=8), create=True) as index:
        index.add_text("long", "", " ".join(f"The red bridge number {n} is old." for n in range(9)))
        index.add_text("short", "", "A red bridge.")
        assert len(index.search("red bridge", limit=4)) == 4
        hits = index.search("red bridge", limit=4, per_document=2)
        documents = [index.document(hit.chunk.document_id).key for hit in hits]
        assert sorted(documents) == ["long", "long", "short"]


@pytest.mark.parametrize("question", ["", "  \n", "\0"])
def test_a_blank_question_finds_nothing(index: Index, question: str) -> None:
    assert index.search(question) == []


def test_an_empty_index_finds_nothing(tmp_path: Path, embedder: HashingEmbedder) -> None:
    with Index.open(tmp_path / "empty", embedder, create=True) as index:
        assert index.search("bridge") == []


def test_words_are_also_sought_as_one_where_some_chunk_has_it() -> None:
    counts = {"deep": 3, "sleep": 2, "deepsleep": 1, "mode": 5, "sleepmod": 0}
    found = match_expression("the deep sleep mode", lambda each: counts.get(each.strip('"'), 0))
    assert '"deepsleep"' in found
    assert "sleepmod" not in found
