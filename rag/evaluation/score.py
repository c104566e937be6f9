"""Turns what a system did for one question into a row: every measure that applies, else null.

Rows are plain JSON values; averages come later. Knows no files and no other question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.types import Hit
from rag.answering.quoting import unquoted
from rag.evaluation.dataset import Dataset, Question
from rag.evaluation.judge import is_correct, is_short
from rag.evaluation.measures import answer as answers
from rag.evaluation.measures import citation as citations
from rag.evaluation.measures import retrieval
from rag.evaluation.measures.outcome import cites_a_page_of, is_shown, outcome_measures
from rag.evaluation.measures.spans import DocumentSpan, union
from rag.evaluation.systems import Trace
from rag.types import Answer, Citation

Row = dict[str, Any]

CHUNKS_COMPARED = 5  # the cut-off at which chunks are compared with gold spans
CONTEXT_CHARACTERS = 160  # around each highlighted span of a row: about two lines of text
MAX_CONTEXTS = 4  # windows kept of one row, so that rows stay readable


@dataclass(frozen=True, slots=True)
class Corpus:
    """The suite's documents as the index knows them: catalogue id -> suite id, and the texts.

    ``page_starts`` holds, for each document with pages, the characters where they begin.
    """

    ids: Mapping[int, str]
    texts: Mapping[str, str]
    page_starts: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset, ids: Mapping[int, str]) -> Corpus:
        starts = {id: each.loaded.page_starts for id, each in dataset.documents.items()}
        return cls(ids, dataset.texts(), starts)


def score(question: Question, trace: Trace, corpus: Corpus) -> Row:
    """The row of one question. Measures that are not defined for it are None."""
    answer = trace.answer
    gold = [DocumentSpan(g.document_id, g.span.start, g.span.end) for g in question.relevant_spans]
    row = _identity(question) | {
        "hits": [corpus.ids[hit.chunk.document_id] for hit in trace.hits],
        "evidence": [
            DocumentSpan(corpus.ids[s.document_id], s.span.start, s.span.end)
            for s in trace.evidence
        ],
        "timings": _timings(trace),
        "error": None,
    }
    measures = _retrieval_measures(question, trace.hits, gold, corpus)
    if answer is not None:
        measures |= _outcome_measures(question, answer, gold, corpus)
        measures |= _evidence_measures(trace, gold, corpus)
        measures |= answer_measures(question, _said(answer))
        measures |= _citation_measures(question, trace, answer, gold, corpus)
        row |= _answer_fields(question, answer, corpus)
    row["measures"] = measures
    row["contexts"] = _contexts(gold, row.get("citations", []), corpus.texts)
    return row


def error_row(question: Question, error: Exception, corpus: Corpus) -> Row:
    """The row of a question that the system failed on: unanswered, with the error said."""
    row = score(question, Trace(Answer(question.question, "", "unanswered", ""), ()), corpus)
    return row | {"error": f"{type(error).__name__}: {error}", "timings": {}}


def answer_measures(question: Question, text: str) -> dict[str, float | None]:
    """Measures of the answer's words. Only answerable questions have them; silence scores 0.

    ``correct_unquoted`` judges what stands outside of quotation marks alone: a system that quotes a
    sentence beside its answer is else right where only the sentence is.
    """
    names = (
        "exact_match",
        "token_f1",
        "containment",
        "numeric_match",
        "rouge_l",
        "correct",
        "correct_unquoted",
    )
    correct = is_correct(question, text)
    if correct is None:
        return {f"answer.{name}": None for name in names}
    golds = question.answers
    scale = str(question.extra.get("scale", ""))
    values = (
        answers.exact_match(text, golds),
        answers.token_f1(text, golds),
        answers.containment(text, golds),
        answers.numeric_match(text, golds, scale),
        answers.rouge_l(text, golds),
        float(correct),
        float(bool(is_correct(question, unquoted(text)))),
    )
    return {f"answer.{name}": value for name, value in zip(names, values, strict=True)}


def confidence(answer: Answer) -> float:
    """Return how far the answer may be trusted, in [0, 1]; 0 when silent.

    The calibrated probability that it is right, where the system judges it; else the support of
    the weakest sentence shown. A system that judges nothing is equally sure of everything.
    """
    if answer.status == "unanswered" or not answer.claims:
        return 0.0
    return answer.answerability or min(claim.support for claim in answer.claims)


def _identity(question: Question) -> Row:
    return {
        "id": question.id,
        "question": question.question,
        "kind": question.extra.get("kind"),
        "turns": len(question.history),
        "answerable": question.answerable,
        "gold_answers": list(question.answers),
        "gold_spans": [
            {"doc_id": g.document_id, "start": g.span.start, "end": g.span.end, "text": g.text}
            for g in question.relevant_spans
        ],
    }


def _answer_fields(question: Question, answer: Answer, corpus: Corpus) -> Row:
    return {
        "standalone_question": answer.standalone_question,
        "status": answer.status,
        "answer": answer.text,
        "confidence": confidence(answer),
        "correct": is_correct(question, _said(answer)),
        "judgement": _judgement_fields(question, answer),
        "extractive": answer.extractive,
        "notice": answer.notice,
        "claims": [
            {"text": claim.span.of(answer.text), "support": claim.support, "cites": claim.citations}
            for claim in answer.claims
        ],
        "citations": [_citation_fields(citation, corpus) for citation in answer.citations],
        "withheld": [{"text": w.text, "reasons": w.reasons} for w in answer.withheld],
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
    }


def _judgement_fields(question: Question, answer: Answer) -> Row | None:
    """What was judged, shown or withheld, and whether it is right: calibration learns from both."""
    judgement = answer.judgement
    if judgement is None:
        return None
    return {
        "text": judgement.text,
        "probability": judgement.probability,
        "signals": dict(judgement.signals),
        "correct": is_correct(question, judgement.text),
    }


def _citation_fields(citation: Citation, corpus: Corpus) -> Row:
    return {
        "id": citation.id,
        "doc_id": corpus.ids[citation.document_id],
        "start": citation.start_char_index,
        "end": citation.end_char_index,
        "text": citation.cited_text,
    }


def _retrieval_measures(
    question: Question, hits: Sequence[Hit], gold: Sequence[DocumentSpan], corpus: Corpus
) -> dict[str, float | None]:
    ranked = [corpus.ids[hit.chunk.document_id] for hit in hits]
    relevant = question.relevant_ids
    found = [_chunk_span(hit, corpus) for hit in hits[:CHUNKS_COMPARED]]
    overlap = retrieval.token_overlap(gold, found, corpus.texts)
    return {
        "retrieval.recall@1": retrieval.recall(ranked, relevant, 1),
        "retrieval.recall@5": retrieval.recall(ranked, relevant, 5),
        "retrieval.recall@10": retrieval.recall(ranked, relevant, 10),
        "retrieval.recall@100": retrieval.recall(ranked, relevant, 100),
        "retrieval.ndcg@10": retrieval.ndcg(ranked, relevant, 10),
        "retrieval.mrr@10": retrieval.reciprocal_rank(ranked, relevant, 10),
        "retrieval.span_recall@5": retrieval.evidence_recall(gold, found),
        "retrieval.token_precision@5": overlap.precision if overlap else None,
        "retrieval.token_recall@5": overlap.recall if overlap else None,
        "retrieval.token_iou@5": overlap.iou if overlap else None,
    }


def _outcome_measures(
    question: Question, answer: Answer, gold: Sequence[DocumentSpan], corpus: Corpus
) -> dict[str, float | None]:
    cited = [_citation_span(each, corpus) for each in answer.citations]
    return outcome_measures(
        answer.status,
        question.answerable,
        is_correct(question, answer.text),
        cites_a_page_of(gold, cited, corpus.page_starts),
    )


def _evidence_measures(
    trace: Trace, gold: Sequence[DocumentSpan], corpus: Corpus
) -> dict[str, float | None]:
    shown = [
        DocumentSpan(corpus.ids[s.document_id], s.span.start, s.span.end) for s in trace.evidence
    ]
    return {"retrieval.evidence_recall": retrieval.evidence_recall(gold, shown)}


def _citation_measures(
    question: Question,
    trace: Trace,
    answer: Answer,
    gold: Sequence[DocumentSpan],
    corpus: Corpus,
) -> dict[str, float | None]:
    """Of answers only: an abstention is judged elsewhere and must not count here again."""
    answered = is_shown(answer.status)
    spans = {c.id: _citation_span(c, corpus) for c in answer.citations}
    cited = [[spans[id] for id in claim.citations] for claim in answer.claims]
    scores = citations.citation_scores(cited, gold) if answered else None
    removed = _ablation(question, trace, list(spans.values()), corpus) if answered else None
    return {
        "citation.precision": scores.precision if scores else None,
        "citation.recall": scores.recall if scores else None,
        "citation.f1": scores.f1 if scores else None,
        "citation.cited_share": citations.cited_share(cited) if answered else None,
        "citation.offset_integrity": _offset_integrity(answer, corpus),
        "citation.necessary": float(removed.necessary) if removed else None,
        "citation.sufficient": float(removed.sufficient) if removed else None,
    }


def _offset_integrity(answer: Answer, corpus: Corpus) -> float | None:
    """Over the citations and the closest text of an abstention: the law holds for both."""
    return citations.offset_integrity(
        [
            (*_citation_span(citation, corpus), citation.cited_text)
            for citation in (*answer.citations, *answer.closest)
        ],
        corpus.texts,
    )


def _ablation(
    question: Question, trace: Trace, cited: Sequence[DocumentSpan], corpus: Corpus
) -> citations.Ablation | None:
    """Reachable means that a short gold answer stands in the text: a rule that asks no model."""
    if not is_short(question.answers) or question.answerable is not True:
        return None
    evidence = {
        DocumentSpan(corpus.ids[s.document_id], s.span.start, s.span.end): s.text
        for s in trace.evidence
    }

    def reachable(texts: Sequence[str]) -> bool:
        return any(answers.containment(text, question.answers) for text in texts)

    return citations.ablation(evidence, cited, reachable)


def _said(answer: Answer) -> str:
    """What was stated as an answer: nothing when the system abstained or was not sure."""
    return answer.text if is_shown(answer.status) else ""


def _timings(trace: Trace) -> dict[str, float]:
    named = {
        "first_token": trace.first_token_ms,
        "first_sentence": trace.first_sentence_ms,
        "total": trace.total_ms,
    }
    stages = dict(trace.answer.timings) if trace.answer is not None else {}
    own = {name: value for name, value in named.items() if value is not None}
    return {f"stage.{name}": value for name, value in stages.items()} | own


def _contexts(
    gold: Sequence[DocumentSpan], cited: Sequence[Row], texts: Mapping[str, str]
) -> list[Row]:
    """Windows of the documents around gold and cited spans, so that a report needs no corpus."""
    spans = [*gold, *(DocumentSpan(c["doc_id"], c["start"], c["end"]) for c in cited)]
    windows = union(
        DocumentSpan(s.document, max(0, s.start - CONTEXT_CHARACTERS), s.end + CONTEXT_CHARACTERS)
        for s in spans
    )
    return [
        {"doc_id": w.document, "start": w.start, "text": texts[w.document][w.start : w.end]}
        for w in windows[:MAX_CONTEXTS]
    ]


def _chunk_span(hit: Hit, corpus: Corpus) -> DocumentSpan:
    chunk = hit.chunk
    return DocumentSpan(corpus.ids[chunk.document_id], chunk.span.start, chunk.span.end)


def _citation_span(citation: Citation, corpus: Corpus) -> DocumentSpan:
    return DocumentSpan(
        corpus.ids[citation.document_id], citation.start_char_index, citation.end_char_index
    )
