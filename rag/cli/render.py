"""Answers, hits and documents as text for a terminal. Knows only the types, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from index.types import DocumentSummary, Hit
from rag.answering.quoting import quoted
from rag.types import Answer, Citation, Verified


def answer_text(answer: Answer) -> str:
    """The answer with numbered citations, or the abstention with the closest text. A tentative
    answer begins with why it is uncertain."""
    blocks = [_uncertain(answer)] if answer.status == "tentative" else []
    return "\n\n".join([*blocks, _marked(answer), *_blocks_below(answer)])


def sentence_text(sentence: Verified) -> str:
    """A sentence with ``[n]`` behind it; with a blank before all but the first, those of an answer
    are its text in :func:`answer_text`."""
    return _with_marks(sentence.text, sentence.claim.citations)


def rest_text(answer: Answer) -> str:
    """What :func:`answer_text` has below the text of ``answer``, which has some."""
    return "\n\n".join(_blocks_below(answer))


def _blocks_below(answer: Answer) -> Iterator[str]:
    if answer.status == "unanswered":
        if answer.missing:
            yield answer.missing
        if answer.closest:
            yield "Closest text:\n" + _citations(answer.closest)
    else:
        yield _citations(answer.citations, answer.text)
    if answer.standalone_question != answer.question:
        yield f"(understood as: {answer.standalone_question})"
    if answer.extractive and answer.claims:
        yield "(quoted from the documents; no language model wrote this)"
    if answer.notice:
        yield f"Note: {answer.notice}"


def _uncertain(answer: Answer) -> str:
    why = f": {answer.uncertainty}" if answer.uncertainty else ""
    return f"Uncertain{why}. Please check the source."


def _marked(answer: Answer) -> str:
    """The text with ``[n]`` behind each sentence that has citations."""
    if not answer.claims:
        return answer.text
    return " ".join(
        _with_marks(claim.span.of(answer.text), claim.citations) for claim in answer.claims
    )


def _with_marks(text: str, citations: Iterable[int]) -> str:
    return f"{text} {''.join(f'[{number}]' for number in citations)}".strip()


def _citations(citations: Iterable[Citation], told: str = "") -> str:
    """Each with its place, and its text where ``told`` does not quote it already."""
    return "\n".join(
        f"[{each.id}] {_place(each)}"
        + ("" if quoted(each.cited_text) in told else f"\n    {quoted(each.cited_text)}")
        for each in citations
    )


def _place(citation: Citation) -> str:
    page = f", page {citation.page_number}" if citation.page_number else ""
    page += ", recognised" * citation.recognised
    span = f"characters {citation.start_char_index}–{citation.end_char_index}"
    return f"{citation.document_title} ({citation.source}{page}, {span})"


def hits_text(hits: Sequence[Hit], titles: dict[int, str]) -> str:
    """Each hit with its document, place, score and text."""
    return "\n\n".join(
        f"{number}. {titles[hit.chunk.document_id]} "
        f"(characters {hit.chunk.span.start}–{hit.chunk.span.end}, score {hit.score:.3f})\n"
        f"{hit.chunk.text.strip()}"
        for number, hit in enumerate(hits, 1)
    )


def documents_text(documents: Sequence[DocumentSummary]) -> str:
    """One line per document: id, size, title and source."""
    return "\n".join(
        f"{each.id:>5}  {each.characters:>9,} characters  {each.chunks:>5} chunks  "
        f"{each.title}  ({each.source})"
        for each in documents
    )
