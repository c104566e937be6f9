"""The citations that OpenAI's and Ollama's clients receive beside the text of an answer, with its
status and, for an abstention, what the documents lack. Field names follow OpenAI's annotations and
Anthropic's citations.

Knows no endpoint.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.footnotes import claim_spans
from rag.types import Answer, Citation, Status, Verdict


class CitedText(BaseModel):
    """Exact characters of a document."""

    id: int = Field(description="counts from 1 within one answer")
    cited_text: str
    document_title: str
    document_id: int
    source: str = Field(description="path or address of the document")
    start_char_index: int
    end_char_index: int
    page_number: int | None
    recognised: bool = Field(description="read by text recognition on a picture of the page")


class ProvingCitation(CitedText):
    """Exact characters of a document that carry sentences of the answer."""

    support: float = Field(ge=0, le=1, description="how far the cited text carries the sentence")
    verdict: Verdict


class UrlCitation(BaseModel):
    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """The characters of the answer that rest on a source."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class CitationsPayload(BaseModel):
    status: Status = Field(
        description="tentative: the text may not answer the question, and says so at its beginning"
    )
    uncertainty: str | None = Field(
        description="why a tentative answer is uncertain; null for every other status"
    )
    refusal: str | None = Field(description="what the documents lack; null when they answer")
    annotations: list[Annotation]
    citations: list[ProvingCitation]
    closest: list[CitedText] = Field(description="the closest text, when the documents are silent")
    extractive: bool = Field(description="quoted word for word; no language model wrote it")
    notice: str | None = Field(description="what went wrong on the way to this answer")
    unfamiliar: list[Literal["judging", "meaning"]] = Field(
        description="what the models do not know of the language: how sure an answer is, and what "
        "the words mean, so that words alone were searched; the notice says so"
    )


def citations_payload(answer: Answer, *, footnotes: bool) -> dict[str, Any]:
    """Return the fields as JSON types. The annotations are spans of :func:`api.footnotes.text_of`
    with the same ``footnotes``."""
    return CitationsPayload(
        status=answer.status,
        uncertainty=answer.uncertainty,
        refusal=answer.missing if answer.status == "unanswered" else None,
        annotations=_annotations(answer, footnotes=footnotes),
        citations=_citations(answer),
        closest=[CitedText(**_cited(each)) for each in answer.closest],
        extractive=answer.extractive,
        notice=answer.notice,
        unfamiliar=list(answer.unfamiliar),
    ).model_dump()


def _annotations(answer: Answer, *, footnotes: bool) -> list[Annotation]:
    by_id = {citation.id: citation for citation in answer.citations}
    return [
        Annotation(
            url_citation=UrlCitation(
                start_index=span.start,
                end_index=span.end,
                title=by_id[number].document_title,
                url=by_id[number].source,
            )
        )
        for claim, span in claim_spans(answer, footnotes=footnotes)
        for number in claim.citations
    ]


def _citations(answer: Answer) -> list[ProvingCitation]:
    return [
        ProvingCitation(
            **_cited(citation),
            support=max(claim.support for claim in claims),
            verdict=claims[0].verdict,
        )
        for citation in answer.citations
        if (claims := [each for each in answer.claims if citation.id in each.citations])
    ]


def _cited(citation: Citation) -> dict[str, Any]:
    return {name: getattr(citation, name) for name in CitedText.model_fields}
