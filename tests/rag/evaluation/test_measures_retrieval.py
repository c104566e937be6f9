"""Retrieval measures: hand-computed cases, and agreement with ir_measures (trec_eval)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import log2

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG

from rag.evaluation.measures.retrieval import (
    TokenOverlap,
    evidence_recall,
    first_occurrences,
    ndcg,
    recall,
    reciprocal_rank,
    token_overlap,
)
from rag.evaluation.measures.spans import DocumentSpan, length, union

RANKED = ["d3", "d1", "d1", "d7", "d2"]  # as documents: d3 d1 d7 d2


def span(start: int, end: int, document: str = "d") -> DocumentSpan:
    return DocumentSpan(document, start, end)


def test_chunks_of_one_document_collapse_to_its_best_rank() -> None:
    assert first_occurrences(RANKED) == ["d3", "d1", "d7", "d2"]


def test_recall_counts_documents_not_chunks() -> None:
    assert recall(RANKED, {"d1", "d2", "d9"}, k=2) == pytest.approx(1 / 3)
    assert recall(RANKED, {"d1", "d2", "d9"}, k=4) == pytest.approx(2 / 3)


def test_ndcg_of_a_hand_computed_ranking() -> None:
    gained = 1 / log2(3) + 1 / log2(5)  # d1 at rank 2, d2 at rank 4
    ideal = 1 + 1 / log2(3)
    assert ndcg(RANKED, {"d1", "d2"}) == pytest.approx(gained / ideal)


def test_the_ideal_ranking_of_ndcg_is_cut_at_k() -> None:
    assert ndcg(["a", "b"], {"a", "b", "c", "d"}, k=2) == 1.0


def test_reciprocal_rank_stops_at_k() -> None:
    assert reciprocal_rank(RANKED, {"d7", "d2"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKED, {"d2"}, k=3) == 0.0


@pytest.mark.parametrize("measure", [recall, ndcg, reciprocal_rank])
def test_without_relevant_documents_nothing_is_defined(
    measure: Callable[[list[str], set[str], int], float | None],
) -> None:
    assert measure(RANKED, set(), 5) is None


_DOCUMENTS = [f"d{number:02}" for number in range(20)]


@given(
    ranked=st.lists(st.sampled_from(_DOCUMENTS), min_size=1, max_size=20, unique=True),
    relevant=st.sets(st.sampled_from(_DOCUMENTS), min_size=1),
    k=st.sampled_from([1, 5, 10]),
)
def test_agrees_with_ir_measures(ranked: list[str], relevant: set[str], k: int) -> None:
    qrels = {"q": dict.fromkeys(relevant, 1)}
    run = {"q": {document: -float(rank) for rank, document in enumerate(ranked)}}
    reference = ir_measures.calc_aggregate([R @ k, nDCG @ k, RR @ k], qrels, run)
    assert recall(ranked, relevant, k) == pytest.approx(reference[R @ k])
    assert ndcg(ranked, relevant, k) == pytest.approx(reference[nDCG @ k])
    assert reciprocal_rank(ranked, relevant, k) == pytest.approx(reference[RR @ k])


def test_evidence_may_be_covered_by_neighbouring_sentences_together() -> None:
    assert evidence_recall([span(10, 90)], [span(0, 50), span(51, 100)]) == 1.0


def test_evidence_with_a_word_missing_is_not_shown() -> None:
    assert evidence_recall([span(10, 90)], [span(0, 50), span(53, 100)]) == 0.0


def test_one_of_several_alternative_spans_is_enough() -> None:
    gold = [span(0, 5), span(100, 120, "other")]
    assert evidence_recall(gold, [span(90, 130, "other")]) == 1.0
    assert evidence_recall(gold, [span(90, 130)]) == 0.0
    assert evidence_recall([], [span(0, 5)]) is None


TEXT = "one two three four five six"
#       0   4   8     14   19   24


def test_token_overlap_of_a_hand_computed_case() -> None:
    # gold: two three (2 tokens); retrieved: three four five (3); in both: three.
    assert token_overlap([span(4, 13)], [span(8, 23)], {"d": TEXT}) == TokenOverlap(
        precision=1 / 3, recall=1 / 2, iou=1 / 4
    )


def test_a_token_retrieved_twice_counts_twice_against_precision_and_iou() -> None:
    overlap = token_overlap([span(4, 13)], [span(4, 13), span(8, 18)], {"d": TEXT})
    # retrieved: two three, three four (4); in both: two three (2); iou: 2 / (2 + 4 - 2).
    assert overlap == TokenOverlap(precision=2 / 4, recall=1.0, iou=2 / 4)


def test_adjacent_chunks_that_cut_a_word_do_not_share_it() -> None:
    overlap = token_overlap([span(0, len(TEXT))], [span(0, 10), span(10, 27)], {"d": TEXT})
    assert overlap == TokenOverlap(1.0, 1.0, 1.0)


def test_the_same_words_elsewhere_are_other_tokens() -> None:
    texts = {"d": TEXT, "copy": TEXT}
    assert token_overlap([span(4, 13)], [span(4, 13, "copy")], texts) == TokenOverlap(0, 0, 0)


def test_token_overlap_without_gold_or_without_chunks() -> None:
    assert token_overlap([], [span(0, 3)], {"d": TEXT}) is None
    assert token_overlap([span(3, 4)], [span(0, 3)], {"d": TEXT}) is None  # a space holds no token
    assert token_overlap([span(0, 3)], [], {"d": TEXT}) == TokenOverlap(0.0, 0.0, 0.0)


_SPANS = st.lists(
    st.builds(
        lambda document, start, size: DocumentSpan(document, start, start + size),
        st.sampled_from("ab"),
        st.integers(0, 30),
        st.integers(0, 10),
    ),
    max_size=6,
)


def _characters(spans: list[DocumentSpan]) -> set[tuple[str, int]]:
    return {(s.document, position) for s in spans for position in range(s.start, s.end)}


@given(one=_SPANS, other=_SPANS)
def test_spans_behave_as_sets_of_characters(
    one: list[DocumentSpan], other: list[DocumentSpan]
) -> None:
    merged = union(one)
    assert _characters(merged) == _characters(one)
    assert all(
        left.document < right.document or left.end < right.start for left, right in pairwise(merged)
    )
    assert length(one) == len(_characters(one))
    for first in one:
        for second in other:
            shared = _characters([first]) & _characters([second])
            assert first.overlaps(second) == bool(shared)
