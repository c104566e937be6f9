"""Measures of citing: do the citations point at the right text, and does the answer rest on them?

``cited`` is always the answer sentence by sentence: for each sentence the spans it cites, empty for
a sentence without a citation. Knows nothing of models; ``ablation`` is handed the one question it
has to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from rag.evaluation.measures.spans import DocumentSpan, union


class CitationScores(NamedTuple):
    """``precision`` is None when the answer cites nothing; ``recall`` and ``f1`` are then 0."""

    precision: float | None
    recall: float
    f1: float


def citation_scores(
    cited: Sequence[Sequence[DocumentSpan]], gold: Sequence[DocumentSpan]
) -> CitationScores | None:
    """Sentence-level citation precision, recall and F1 of one answer against gold spans.

    A citation is a pair of an answer sentence and a span it cites; citing the same span twice in
    one sentence counts once, citing it for two sentences counts twice. A citation is right when it
    shares at least one character with a gold span: gold spans are often a few words, citations are
    whole sentences, so that containment either way would punish exactness.

        precision = right citations / citations
        recall    = gold spans hit by a citation / gold spans, overlapping ones merged to one
        f1        = their harmonic mean, 0 when either is 0 or not defined

    None without gold spans.
    """
    wanted = union(gold)
    if not wanted:
        return None
    citations = [span for sentence in cited for span in set(sentence)]
    right = sum(any(span.overlaps(goal) for goal in wanted) for span in citations)
    found = sum(any(span.overlaps(goal) for span in citations) for goal in wanted)
    precision = right / len(citations) if citations else None
    recall = found / len(wanted)
    return CitationScores(precision, recall, _harmonic_mean(precision or 0.0, recall))


def _harmonic_mean(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def offset_integrity(
    citations: Sequence[tuple[str, int, int, str]], texts: Mapping[str, str]
) -> float | None:
    """The share of citations with ``text[start:end] == cited_text``; the law says 1.0.

    ``citations`` are (document, start, end, cited text). An empty cited text, an offset outside the
    document or a document that ``texts`` lacks is a broken citation. None without citations.
    """
    if not citations:
        return None
    return sum(_intact(citation, texts) for citation in citations) / len(citations)


def _intact(citation: tuple[str, int, int, str], texts: Mapping[str, str]) -> bool:
    document, start, end, cited_text = citation
    text = texts.get(document, "")
    return 0 <= start < end <= len(text) and text[start:end] == cited_text


def cited_share(cited: Sequence[Sequence[DocumentSpan]]) -> float | None:
    """The share of the answer's sentences with at least one citation. None without a sentence."""
    return sum(map(bool, cited)) / len(cited) if cited else None


class Ablation(NamedTuple):
    """``necessary``: without the cited text the answer is gone. ``sufficient``: it is enough."""

    necessary: bool
    sufficient: bool


def ablation(
    evidence: Mapping[DocumentSpan, str],
    cited: Collection[DocumentSpan],
    reachable: Callable[[Sequence[str]], bool],
) -> Ablation | None:
    """Whether the answer rests on the sentences it cites.

    ``evidence`` holds the sentences shown to the model, span and text, in the order shown. Those
    that overlap a span of ``cited`` are the cited ones. ``reachable`` says whether the same answer
    comes about from some of these texts, however it finds out; it is asked twice.

        necessary  = not reachable from the evidence without the cited sentences
        sufficient = reachable from the cited sentences alone

    Cf. comprehensiveness and sufficiency of rationales (DeYoung et al. 2020, ERASER). None when no
    sentence of the evidence is cited.
    """
    kept: list[str] = []
    rest: list[str] = []
    for span, text in evidence.items():
        (kept if any(span.overlaps(citation) for citation in cited) else rest).append(text)
    if not kept:
        return None
    return Ablation(necessary=not reachable(rest), sufficient=reachable(kept))
