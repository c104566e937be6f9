"""Models of an Ollama server, through the official client. Knows no documents or prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rag.errors import LLMError, LLMTimeoutError, LLMUnavailableError, SettingsError
from rag.llm import DEFAULT_EMBEDDED_MODEL, Generation, Schema
from rag.llm.wire import all_loopback, estimated_tokens, roles_and_contents
from rag.types import Message, Usage

if TYPE_CHECKING:
    import ollama

CONNECT_SECONDS = 2.0  # a server on this machine or network answers at once; `auto` must not wait
REPLY_SECONDS = 300.0  # a cold model may first have to be read from disk
CONTEXT_STEP_TOKENS = 4096  # a new context length reloads the model, so it grows in coarse steps
KEEP_ALIVE = "30m"  # loading takes longer than answering
_LOCAL = f"--llm llamacpp:{DEFAULT_EMBEDDED_MODEL}"  # the way out that needs no server


class OllamaLLM:
    """A chat model that the server has pulled. Create it with :meth:`connect`."""

    def __init__(self, model: str, client: ollama.Client) -> None:
        self.name = f"ollama:{model}"
        self._model = model
        self._client = client

    @classmethod
    def connect(cls, model: str, *, host: str | None = None) -> OllamaLLM:
        """Check that the server answers and has ``model``; LLMUnavailableError says what to do."""
        client = _client(host)
        pulled = _pulled(client)
        if model not in pulled and f"{model}:latest" not in pulled:
            raise LLMUnavailableError(
                f"Ollama has no model '{model}' (it has: {', '.join(pulled) or 'none'}): "
                f"pull it with 'ollama pull {model}'"
            )
        return cls(model, client)

    @staticmethod
    def is_local(host: str) -> bool:
        """Whether the server at ``host`` is on this machine; an empty one is Ollama's default."""
        return all_loopback(host)

    def count_tokens(self, text: str) -> int:
        return estimated_tokens(text)

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        return Generation(self._parts(messages, schema, max_tokens))

    def _parts(
        self, messages: Sequence[Message], schema: Schema | None, max_tokens: int
    ) -> Iterator[str | Usage]:
        import httpx
        import ollama

        needed = sum(self.count_tokens(each.content) for each in messages) + max_tokens
        context = -(-needed // CONTEXT_STEP_TOKENS) * CONTEXT_STEP_TOKENS
        try:
            reply = self._client.chat(
                model=self._model,
                messages=roles_and_contents(messages),
                stream=True,
                format=dict(schema) if schema is not None else None,
                options={
                    "temperature": 0,
                    "seed": 0,
                    "num_predict": max_tokens,
                    "num_ctx": context,
                },
                think=False,  # thoughts would use up the reply's tokens; the schema asks for none
                keep_alive=KEEP_ALIVE,
            )
            done = False
            for part in reply:
                if part.message.content:
                    yield part.message.content
                if part.done:
                    done = True
                    yield _usage(part, context)
        except ollama.ResponseError as error:
            raise LLMError(f"Ollama refused: {error.error}") from error
        except httpx.ReadTimeout as error:
            raise LLMTimeoutError(
                f"Ollama wrote nothing for {REPLY_SECONDS:.0f} s: ask again, or use a smaller model"
            ) from error
        except (ConnectionError, httpx.HTTPError) as error:
            raise LLMUnavailableError(
                f"Ollama stopped answering ({error}): start it with 'ollama serve', or use {_LOCAL}"
            ) from error
        except ValueError as error:  # JSON that cannot be read, or is not of the protocol
            raise LLMError(f"what answers is not Ollama ({error}): check OLLAMA_HOST") from error
        if not done:
            raise LLMError("Ollama broke its reply off: ask again")


def _usage(part: Any, context: int) -> Usage:
    prompt, completion = part.prompt_eval_count or 0, part.eval_count or 0
    if prompt >= context:  # Ollama cuts a prompt that does not fit, without a word
        raise LLMError(
            f"the prompt filled the context of {context} tokens and was cut by the server: "
            "ask with a model of a larger context"
        )
    return Usage(prompt, completion)


def pulled_models(host: str | None) -> list[str]:
    """The models that the server has. Raises LLMUnavailableError when none answers."""
    return _pulled(_client(host))


def first_chat_model(host: str | None) -> str | None:
    """The first model that a reachable server has pulled and that can chat; None otherwise.

    Models that Ollama only passes on to its cloud are left out: documents leave the machine when
    the user names such a model, never by a default.
    """
    client = _client(host)
    try:
        pulled = [model for model in _pulled(client) if not model.endswith("cloud")]
        return next((model for model in pulled if _chats(client, model)), None)
    except LLMUnavailableError:
        return None


def _chats(client: ollama.Client, model: str) -> bool:
    if "embed" in model:
        return False
    with _as_unavailable():
        capabilities = client.show(model).capabilities
    return capabilities is None or "completion" in capabilities  # older servers do not tell


def _client(host: str | None) -> ollama.Client:
    import httpx
    import ollama

    timeout = httpx.Timeout(REPLY_SECONDS, connect=CONNECT_SECONDS)
    try:
        return ollama.Client(host=host, timeout=timeout)
    except (ValueError, httpx.InvalidURL) as error:
        raise SettingsError(
            f"OLLAMA_HOST '{host}' is not an address ({error}): write HOST, HOST:PORT or a URL"
        ) from error


def _pulled(client: ollama.Client) -> list[str]:
    with _as_unavailable():
        return [model.model for model in client.list().models if model.model]


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """Whatever answers at the address, or nothing, is no Ollama server that can be used."""
    import httpx
    import ollama

    try:
        yield
    except (ConnectionError, httpx.HTTPError, ollama.ResponseError, ValueError) as error:
        raise LLMUnavailableError(
            f"no Ollama server answers ({error}): start it with 'ollama serve', set OLLAMA_HOST, "
            f"or use {_LOCAL}"
        ) from error
