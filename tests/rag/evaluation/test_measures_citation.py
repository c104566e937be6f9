"""Citation measures by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.evaluation.measures.citation import (
    Ablation,
    CitationScores,
    ablation,
    citation_scores,
    cited_share,
    offset_integrity,
)
from rag.evaluation.measures.spans import DocumentSpan


def span(start: int, end: int, document: str = "d") -> DocumentSpan:
    return DocumentSpan(document, start, end)


def test_citation_scores_of_a_hand_computed_answer() -> None:
    cited = [[span(0, 20), span(50, 60)], [span(0, 20)], []]
    gold = [span(15, 30), span(100, 110), span(200, 210, "other")]
    scores = citation_scores(cited, gold)
    assert scores is not None
    assert scores.precision == pytest.approx(2 / 3)  # [0, 20) twice right, [50, 60) wrong
    assert scores.recall == pytest.approx(1 / 3)
    assert scores.f1 == pytest.approx(2 * (2 / 3) * (1 / 3) / (2 / 3 + 1 / 3))


def test_a_span_cited_twice_in_one_sentence_counts_once() -> None:
    scores = citation_scores([[span(0, 5), span(0, 5), span(9, 12)]], [span(0, 5)])
    assert scores is not None
    assert scores.precision == 1 / 2


def test_overlapping_gold_spans_are_one() -> None:
    gold = [span(0, 10), span(5, 15), span(40, 50)]
    scores = citation_scores([[span(12, 14)]], gold)
    assert scores is not None
    assert scores.recall == 1 / 2


def test_touching_is_not_overlapping_and_documents_differ() -> None:
    gold = [span(10, 20)]
    assert citation_scores([[span(0, 10)]], gold) == CitationScores(0.0, 0.0, 0.0)
    assert citation_scores([[span(10, 20, "other")]], gold) == CitationScores(0.0, 0.0, 0.0)
    assert citation_scores([[span(0, 11)]], gold) == CitationScores(1.0, 1.0, 1.0)


def test_citing_nothing_has_no_precision_and_no_recall() -> None:
    assert citation_scores([[], []], [span(0, 5)]) == CitationScores(None, 0.0, 0.0)
    assert citation_scores([[span(0, 5)]], []) is None


def test_offset_integrity_finds_every_kind_of_broken_citation() -> None:
    texts = {"d": "The cat sat."}
    good = ("d", 4, 7, "cat")
    broken = [
        ("d", 4, 8, "cat"),
        ("d", -4, -1, "sat"),
        ("d", 4, 99, "cat sat."),
        ("d", 4, 4, ""),
        ("gone", 4, 7, "cat"),
    ]
    assert offset_integrity([good], texts) == 1.0
    assert offset_integrity([good, *broken], texts) == pytest.approx(1 / 6)
    assert offset_integrity([], texts) is None


def test_cited_share_counts_sentences() -> None:
    assert cited_share([[span(0, 1), span(2, 3)], [], [span(0, 1)], []]) == 1 / 2
    assert cited_share([]) is None


EVIDENCE = {
    span(0, 10): "It opened in 1905.",
    span(11, 20): "It is red.",
    span(0, 30, "other"): "Built in 1905, it burned in 1950.",
}


def has_year(texts: Sequence[str]) -> bool:
    return any("1905" in text for text in texts)


def test_a_citation_that_carries_the_answer_alone_is_necessary_and_sufficient() -> None:
    evidence = {place: text for place, text in EVIDENCE.items() if place.document == "d"}
    assert ablation(evidence, [span(3, 5)], has_year) == Ablation(True, True)
    assert ablation(evidence, [span(11, 20)], has_year) == Ablation(False, False)


def test_a_second_source_makes_a_citation_unnecessary() -> None:
    assert ablation(EVIDENCE, [span(0, 10)], has_year) == Ablation(False, True)


def test_ablation_asks_with_the_texts_in_the_order_shown() -> None:
    asked: list[list[str]] = []

    def reachable(texts: Sequence[str]) -> bool:
        asked.append(list(texts))
        return False

    ablation(EVIDENCE, [span(0, 1, "other"), span(0, 1)], reachable)
    shown = list(EVIDENCE.values())
    assert asked == [[shown[1]], [shown[0], shown[2]]]


def test_without_cited_evidence_there_is_nothing_to_ablate() -> None:
    assert ablation(EVIDENCE, [], has_year) is None
    assert ablation(EVIDENCE, [span(500, 510)], has_year) is None
