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
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import access
from api.citations import CitationsPayload, citations_payload
from api.collections import changed_at
from api.errors import UnsupportedError, error_body
from api.few_values import FewValues
from api.footnotes import as_history, pieces, text_of
from api.streams import SERVER_SENT_EVENTS, selected, streamed
from api.types import Opened, Text
from index.errors import IndexingError
from rag.errors import QuestionError, RagError
from rag.settings import Settings
from rag.types import Answer, Event, Message

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"], route_class=FewValues)
PATH = "/v1/chat/completions"

_NO_TOOLS = "no tools are called here, only documents are read: leave '{name}' out"
# Parameters that ask for another kind of answer, with the values that ask for none. Refused, since
# whoever sends them relies on them.
_REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "n": ((1,), "there is one answer that the documents support: send n=1"),
    "tools": (([],), _NO_TOOLS),
    "tool_choice": (("none", "auto"), _NO_TOOLS),
    "functions": (([],), _NO_TOOLS),
    "function_call": (("none", "auto"), _NO_TOOLS),
    "response_format": (
        ({"type": "text"},),
        "answers are sentences with citations, not JSON of a given form: leave '{name}' out, and "
        "read 'citations' beside the text",
    ),
    "logprobs": ((False,), "what is shown is checked, not sampled: leave '{name}' out"),
    "top_logprobs": ((0,), "what is shown is checked, not sampled: leave '{name}' out"),
    "logit_bias": (({},), "words come from the documents and have no weights: leave '{name}' out"),
    "modalities": ((["text"],), "answers are text: leave '{name}' out"),
    "audio": ((), "answers are text: leave '{name}' out"),
    "web_search_options": ((), "only documents of the collection are searched: leave '{name}' out"),
    "store": ((False,), "answers are not stored here: leave '{name}' out"),
}


class ContentPart(BaseModel):
    """A part of a message's content. Only ``text`` can be answered; the others are refused."""

    type: Text
    text: Text = ""
    refusal: Text = Field(default="", description="what an abstention of the history said")


class ChatMessage(BaseModel):
    """One message. ``content`` may be null where an answer of the history had no text."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[ContentPart] | None = None
    status: Any = Field(
        default=None,
        description="not of OpenAI: an answer of the history whose status is 'tentative' is not "
        "taken for a fact",
    )

    def as_text(self) -> str:
        """Return the text of the message. Raises QuestionError for content that is not text."""
        if not isinstance(self.content, list):
            return self.content or ""
        for part in self.content:
            if part.type not in ("text", "refusal"):
                raise QuestionError(f"only text can be answered: leave the '{part.type}' part out")
        return "\n".join(part.text or part.refusal for part in self.content)


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """OpenAI's parameters. Those of sampling and length are checked and have no effect: answers are
    decoded at temperature 0, and a sentence is proved as a whole. Messages of the roles ``system``
    and ``developer`` have none either: what is said is what the documents say. Parameters that ask
    for another kind of answer are refused.
    """

    model_config = ConfigDict(extra="ignore")

    model: Text = Field(description="a collection")
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    footnotes: bool = Field(
        default=False,
        description="not of OpenAI: put the citations into the text as well, for clients that show "
        "nothing else",
    )

    temperature: float | None = Field(default=None, ge=0, le=2, description="has no effect")
    top_p: float | None = Field(default=None, ge=0, le=1, description="has no effect")
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, description="has no effect")
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2, description="has no effect")
    max_tokens: int | None = Field(
        default=None, ge=1, description="has no effect: answers are a few sentences"
    )
    max_completion_tokens: int | None = Field(default=None, ge=1, description="has no effect")
    stop: Text | list[Text] | None = Field(default=None, description="has no effect")
    seed: int | None = Field(default=None, description="has no effect: nothing is left to chance")
    user: Text | None = Field(default=None, description="has no effect")

    n: int | None = Field(default=None, description="1")
    tools: list[Any] | None = Field(default=None, description="refused")
    tool_choice: Any = Field(default=None, description="refused")
    functions: list[Any] | None = Field(default=None, description="refused")
    function_call: Any = Field(default=None, description="refused")
    response_format: dict[str, Any] | None = Field(
        default=None, description="refused, unless its type is text"
    )
    logprobs: bool | None = Field(default=None, description="refused")
    top_logprobs: int | None = Field(default=None, description="refused")
    logit_bias: dict[str, Any] | None = Field(default=None, description="refused")
    modalities: list[str] | None = Field(default=None, description="refused, unless text")
    audio: Any = Field(default=None, description="refused")
    web_search_options: Any = Field(default=None, description="refused")
    store: bool | None = Field(default=None, description="refused")

    def require_possible(self) -> None:
        """Raises UnsupportedError for the first parameter that cannot apply."""
        for name, (harmless, reason) in _REFUSED.items():
            value = getattr(self, name)
            if value is not None and value not in harmless:
                raise UnsupportedError(reason.format(name=name), name)
        if self.stream_options is not None and not self.stream:
            raise UnsupportedError("'stream_options' needs stream=true", "stream_options")

    def asked(self) -> tuple[str, list[Message]]:
        """Return the question and the history. Raises QuestionError."""
        *before, last = [
            (Message(each.role, each.as_text()), each.status) for each in self.messages
        ]
        question, _ = last
        if question.role != "user":
            raise QuestionError("the last message must be the user's question")
        said = [each for each in before if each[0].role in ("user", "assistant")]
        return question.content, as_history(said)


class CompletionMessage(CitationsPayload):
    role: Literal["assistant"]
    content: str


class Choice(BaseModel):
    index: int
    finish_reason: Literal["stop"]
    logprobs: None
    message: CompletionMessage


class CompletionUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage = Field(description="tokens as the language model counts them")


class Model(BaseModel):
    id: str
    object: Literal["model"]
    created: int = Field(description="when the collection last changed, in seconds since 1970")
    owned_by: str


class ModelList(BaseModel):
    object: Literal["list"]
    data: list[Model]


_EXAMPLE = {
    "model": "default",
    "messages": [{"role": "user", "content": "how many construction workers?"}],
}
_CHUNKS = (
    'data: {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "5,000 military '
    'construction workers."}, …}], …}\n\ndata: {…}\n\ndata: [DONE]\n\n'
)


@router.post(
    "/chat/completions",
    summary="Answer the last message",
    response_model=Completion,
    responses={200: {"content": {SERVER_SENT_EVENTS: {"example": _CHUNKS}}}},
)
@access("read", turn="question")
def chat_completions(
    body: Annotated[ChatRequest, Body(examples=[_EXAMPLE])], assistants: Opened
) -> Response:
    """The citations stand beside the text, in the last delta of a stream; a message of the history
    may be an answer of this endpoint as it was received."""
    body.require_possible()
    question, history = body.asked()
    assistant = assistants.get(body.model)
    if not body.stream:
        return JSONResponse(_completion(assistant.ask(question, history), body))
    events = assistant.stream(question, history)
    selected(events)
    return streamed(_server_sent(_chunks(events, body)), events, SERVER_SENT_EVENTS)


@router.get("/models", summary="The collections, as models", response_model=ModelList)
@access("read", turn=None)
def list_models(assistants: Opened) -> dict[str, Any]:
    names = assistants.collections()
    return {"object": "list", "data": [_model(name, assistants.settings) for name in names]}


@router.get("/models/{model}", summary="A collection, as a model", response_model=Model)
@access("read", turn=None)
def get_model(model: str, assistants: Opened) -> dict[str, Any]:
    assistants.require(model)
    return _model(model, assistants.settings)


def _model(name: str, settings: Settings) -> dict[str, Any]:
    created = int(changed_at(settings, name).timestamp())
    return {"id": name, "object": "model", "created": created, "owned_by": "footnote-rag"}


def _completion(answer: Answer, body: ChatRequest) -> dict[str, Any]:
    message = {
        "role": "assistant",
        "content": text_of(answer, footnotes=body.footnotes),
        **citations_payload(answer, footnotes=body.footnotes),
    }
    choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}
    return {
        **_head("chat.completion", body.model),
        "choices": [choice],
        "usage": _usage(answer),
    }


def _chunks(events: Iterator[Event], body: ChatRequest) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a stream; their contents, joined, are the text of the answer."""
    head = _head("chat.completion.chunk", body.model)
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    if with_usage:
        head["usage"] = None  # until the last chunk, as OpenAI does

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**head, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(events, footnotes=body.footnotes):
        if isinstance(piece, str):
            yield chunk({"content": piece})
        else:
            yield chunk(citations_payload(piece, footnotes=body.footnotes), "stop")
            if with_usage:
                yield {**head, "choices": [], "usage": _usage(piece)}


def _server_sent(chunks: Iterator[dict[str, Any]]) -> Iterator[str]:
    try:
        for chunk in chunks:
            yield f"data: {json.dumps(chunk)}\n\n"
    except (RagError, IndexingError) as error:  # too late for a status: clients read it here
        yield f"data: {json.dumps(error_body(error, PATH))}\n\n"
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
