"""``POST /v1/chat/completions`` and ``GET /v1/models`` as OpenAI's clients expect them.

``model`` is a collection. Citations come as ``annotations`` (``url_citation`` spans in the answer's
text, for stock clients) and as a ``citations`` array with Anthropic's field names. Streamed, each
sentence is sent when it has passed the gate, and the citations in the last delta.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from api.errors import error_body
from api.types import Text
from index.errors import IndexingError
from rag.errors import QuestionError, RagError
from rag.types import Answer, Citation, Event, Finished, Message, Selected, Verified

router = APIRouter(prefix="/v1")


class ContentPart(BaseModel):
    """A part of a message's content. Only ``text`` can be answered; the others are refused."""

    type: Text
    text: Text = ""


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[ContentPart]

    def as_text(self) -> str:
        """Raises QuestionError for content that is not text."""
        if isinstance(self.content, str):
            return self.content
        for part in self.content:
            if part.type != "text":
                raise QuestionError(f"only text can be answered: leave the '{part.type}' part out")
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """Of OpenAI's parameters, those that can apply. Sampling parameters are accepted and have no
    effect: answers are decoded at temperature 0, because they are checked, not imagined."""

    model_config = ConfigDict(extra="ignore")

    model: Text = Field(examples=["default"], description="a collection")
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = 1


@router.post(
    "/chat/completions",
    summary="Answer the last message (OpenAI-compatible)",
    response_class=JSONResponse,
)
def chat_completions(body: ChatRequest, request: Request) -> Response:
    if body.n not in (None, 1):
        raise QuestionError("there is one answer that the documents support: send n=1")
    *before, last = body.messages
    if last.role != "user":
        raise QuestionError("the last message must be the user's question")
    assistant = request.app.state.assistants.get(body.model)
    history = [
        Message(each.role, each.as_text()) for each in before if each.role in ("user", "assistant")
    ]
    question = last.as_text()
    if not body.stream:
        return JSONResponse(_completion(assistant.ask(question, history), body.model))
    events = assistant.stream(question, history)
    while not isinstance(next(events), Selected):
        pass  # what can be refused is refused by now, so errors still have their status
    usage = body.stream_options is not None and body.stream_options.include_usage
    return StreamingResponse(
        _server_sent(_chunks(events, body.model, include_usage=usage)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache"},
        background=BackgroundTask(events.close),  # when the client has gone, the model stops
    )


@router.get("/models", summary="The collections, as models")
def list_models(request: Request) -> dict[str, Any]:
    collections = request.app.state.assistants.collections()
    models = [
        {"id": name, "object": "model", "created": 0, "owned_by": "you"} for name in collections
    ]
    return {"object": "list", "data": models}


def _completion(answer: Answer, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, **_proof(answer)}
    return {
        **_head("chat.completion", model),
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": _usage(answer),
    }


def _chunks(
    events: Iterator[Event], model: str, *, include_usage: bool
) -> Iterator[dict[str, Any]]:
    """The answer as the chunks of a stream; joined, their content is the answer's text."""
    head = _head("chat.completion.chunk", model)
    sent = ""

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**head, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    for event in events:
        if isinstance(event, Verified):
            content = f" {event.text}" if sent else event.text
            sent += content
            yield chunk({"content": content})
        elif isinstance(event, Finished):
            if rest := event.answer.text.removeprefix(sent):
                yield chunk({"content": rest})
            yield chunk(_proof(event.answer), "stop")
            if include_usage:
                yield {**head, "choices": [], "usage": _usage(event.answer)}


def _server_sent(chunks: Iterator[dict[str, Any]]) -> Iterator[str]:
    try:
        for chunk in chunks:
            yield f"data: {json.dumps(chunk)}\n\n"
    except (RagError, IndexingError) as error:  # too late for a status: clients read it here
        yield f"data: {json.dumps(error_body(error))}\n\n"
    yield "data: [DONE]\n\n"


def _head(kind: str, model: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _usage(answer: Answer) -> dict[str, int]:
    return {
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
        "total_tokens": answer.usage.prompt_tokens + answer.usage.completion_tokens,
    }


def _proof(answer: Answer) -> dict[str, Any]:
    """What stands beside the text: why to believe it, or what the documents lack."""
    return {
        "refusal": answer.missing if answer.status == "unanswered" else None,
        "annotations": _annotations(answer),
        "citations": _citations(answer),
        "closest": [_cited(each) for each in answer.closest],
        "extractive": answer.extractive,
        "notice": answer.notice,
    }


def _annotations(answer: Answer) -> list[dict[str, Any]]:
    by_id = {citation.id: citation for citation in answer.citations}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": claim.span.start,
                "end_index": claim.span.end,
                "title": by_id[number].document_title,
                "url": by_id[number].source,
            },
        }
        for claim in answer.claims
        for number in claim.citations
    ]


def _citations(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            **_cited(citation),
            "support": max(claim.support for claim in claims),
            "verdict": claims[0].verdict,
        }
        for citation in answer.citations
        if (claims := [each for each in answer.claims if citation.id in each.citations])
    ]


def _cited(citation: Citation) -> dict[str, Any]:
    return {
        "id": citation.id,
        "cited_text": citation.cited_text,
        "document_title": citation.document_title,
        "document_id": citation.document_id,
        "source": citation.source,
        "start_char_index": citation.start_char_index,
        "end_char_index": citation.end_char_index,
        "page_number": citation.page_number,
    }
