"""Models behind an OpenAI-compatible server (vLLM, llama-server, LM Studio), through the official
client. Knows no documents or prompts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import openai

from rag.errors import LLMError, LLMTimeoutError, LLMUnavailableError
from rag.llm.manners import Asker, Manner, Manners, SchemaRefusedError, Thought
from rag.llm.types import DEFAULT_EMBEDDED_MODEL, Ended, Generation, Part, Schema
from rag.llm.wire import chat_request, enforced, in_manner, reply_tokens, require_whole
from rag.types import Message, Usage

CONNECT_SECONDS = 5.0  # a server that exists answers at once, also across a network
REPLY_SECONDS = 300.0  # a busy server queues before it writes
_ABOUT_FORM = re.compile(r"response_format|schema|grammar|guided", re.IGNORECASE)
# Where servers put thoughts: vLLM, llama-server and DeepSeek; Ollama and OpenRouter.
_THOUGHTS = ("reasoning_content", "reasoning")


class OpenAILLM:
    """A model of one server. Create it with :meth:`connect`."""

    def __init__(self, model: str, client: openai.OpenAI, manners: Manners | None = None) -> None:
        self.name = f"openai:{model}@{str(client.base_url).rstrip('/')}"
        self._model = model
        self._client = client
        self._asker = Asker(self.name, Manner(), manners or Manners())

    @classmethod
    def connect(cls, model: str, base_url: str, *, manners: Manners | None = None) -> OpenAILLM:
        """Check that a server answers; the key, where one is needed, is OPENAI_API_KEY."""
        client = openai.OpenAI(
            base_url=base_url,
            api_key=os.environ.get("OPENAI_API_KEY") or "none",
            timeout=openai.Timeout(REPLY_SECONDS, connect=CONNECT_SECONDS),
            max_retries=0,  # a question that fails is answered by quoting, at once
        )
        with _translated(base_url), suppress(openai.NotFoundError):  # not every server has a list
            client.models.list()
        return cls(model, client, manners)

    @property
    def manner(self) -> Manner:
        """How the model is asked, as far as that is known."""
        return self._asker.manner

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        def reply(manner: Manner) -> Iterator[Part | Thought]:
            said = in_manner(messages, schema, manner)
            held = enforced(schema, manner)
            request = chat_request(said, held, reply_tokens(max_tokens, manner))
            return self._reply({"model": self._model, **request}, said)

        return Generation(self._asker.parts(reply, schema))

    def _reply(
        self, request: dict[str, Any], messages: Sequence[Message]
    ) -> Iterator[Part | Thought]:
        finished = False
        with (
            _translated(str(self._client.base_url), has_schema="response_format" in request),
            self._client.chat.completions.create(**request) as events,
        ):
            for event in events:
                for choice in event.choices:
                    finished = finished or choice.finish_reason is not None
                    yield from _said(choice)
                if event.usage:
                    usage = Usage(event.usage.prompt_tokens, event.usage.completion_tokens)
                    require_whole(messages, usage)
                    yield usage
        if not finished:
            raise LLMError(f"{self._client.base_url} broke its reply off: ask again")


def _said(choice: Any) -> Iterator[Part | Thought]:
    """What one event adds to the reply; ``choice`` is one of a stream's ``choices``."""
    thought = next((each for name in _THOUGHTS if (each := getattr(choice.delta, name, None))), "")
    if thought:
        yield Thought(thought)
    if choice.delta.content:
        yield choice.delta.content
    if choice.finish_reason == Ended.BY_LENGTH.value:
        yield Ended.BY_LENGTH


@contextmanager
def _translated(base_url: str, *, has_schema: bool = False) -> Iterator[None]:
    try:
        yield
    except openai.APITimeoutError as error:
        raise LLMTimeoutError(
            f"{base_url} does not answer in time: ask again, or use a smaller model"
        ) from error
    except openai.APIConnectionError as error:
        raise LLMUnavailableError(
            f"{base_url} does not answer: start the server or use "
            f"--llm llamacpp:{DEFAULT_EMBEDDED_MODEL}"
        ) from error
    except openai.APIError as error:
        raise _refused(base_url, error, has_schema=has_schema) from error
    except ValueError as error:  # JSON that cannot be read
        raise LLMError(
            f"{base_url} is no OpenAI-compatible server ({error}): check the address"
        ) from error


def _refused(base_url: str, error: openai.APIError, *, has_schema: bool) -> LLMError:
    said = f"{base_url} refused: {error.message}"
    if has_schema and _ABOUT_FORM.search(error.message):
        return SchemaRefusedError(f"{said}. Use another server, or --llm auto")
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return LLMUnavailableError(f"{said}. Set OPENAI_API_KEY to a key of that server")
    if isinstance(error, openai.NotFoundError):
        return LLMUnavailableError(f"{said}. Name a model that {base_url}/models lists")
    if isinstance(error, openai.InternalServerError):
        return LLMUnavailableError(f"{said}. Ask again later")
    return LLMError(f"{said}. Ask again, or use --llm auto")
