"""Models behind an OpenAI-compatible server (vLLM, llama-server, LM Studio), through the official
client. Knows no documents or prompts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import LLMError, LLMTimeoutError, LLMUnavailableError, SettingsError
from rag.llm import DEFAULT_EMBEDDED_MODEL, Generation, Schema
from rag.llm.wire import all_loopback, chat_request, estimated_tokens
from rag.types import Message, Usage

if TYPE_CHECKING:
    import openai

CONNECT_SECONDS = 5.0  # a server that exists answers at once, also across a network
REPLY_SECONDS = 300.0  # a busy server queues before it writes


class OpenAILLM:
    """A model of one server. Create it with :meth:`connect`."""

    def __init__(self, model: str, client: openai.OpenAI) -> None:
        self.name = f"openai:{model}@{str(client.base_url).rstrip('/')}"
        self._model = model
        self._client = client

    @classmethod
    def connect(cls, address: str) -> OpenAILLM:
        """``address`` is ``MODEL@BASE_URL``; the key, where one is needed, is OPENAI_API_KEY."""
        import openai

        model, separator, base_url = address.rpartition("@")
        if not (separator and model and _is_url(base_url)):
            raise SettingsError(
                f"'openai:{address}' needs a model and an address, such as "
                "openai:qwen3-4b@http://localhost:8000/v1"
            )
        client = openai.OpenAI(
            base_url=base_url,
            api_key=os.environ.get("OPENAI_API_KEY") or "none",
            timeout=openai.Timeout(REPLY_SECONDS, connect=CONNECT_SECONDS),
            max_retries=0,  # a question that fails is answered by quoting, at once
        )
        with _translated(base_url), suppress(openai.NotFoundError):  # not every server has a list
            client.models.list()
        return cls(model, client)

    @staticmethod
    def is_local(address: str) -> bool:
        """Whether the server of ``address``, as for :meth:`connect`, is on this machine."""
        _, at_url, rest = address.partition("@http")  # a URL may have an @ of its own
        return all_loopback(f"http{rest}" if at_url else address.rpartition("@")[2])

    def count_tokens(self, text: str) -> int:
        return estimated_tokens(text)

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        request = {"model": self._model, **chat_request(messages, schema, max_tokens)}
        return Generation(self._parts(request))

    def _parts(self, request: dict[str, Any]) -> Iterator[str | Usage]:
        finished = False
        with _translated(str(self._client.base_url)):
            for event in self._client.chat.completions.create(**request):
                for choice in event.choices:
                    finished = finished or choice.finish_reason is not None
                    if choice.delta.content:
                        yield choice.delta.content
                if event.usage:
                    yield Usage(event.usage.prompt_tokens, event.usage.completion_tokens)
        if not finished:
            raise LLMError(f"{self._client.base_url} broke its reply off: ask again")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read for its error: a port that is no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


@contextmanager
def _translated(base_url: str) -> Iterator[None]:
    import openai

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
        raise LLMError(f"{base_url} refused: {error.message}") from error
    except ValueError as error:  # JSON that cannot be read
        raise LLMError(
            f"{base_url} is no OpenAI-compatible server ({error}): check the address"
        ) from error
