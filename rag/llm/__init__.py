"""Language models behind one small protocol: something that yields strings.

A name chooses the back end: ``llamacpp:<declared name or .gguf path>`` (embedded, in process),
``ollama:<model>``, ``openai:<model>@<base url>`` (vLLM, llama-server, any compatible server),
``none`` (no language model: extractive answers) or ``auto`` (an Ollama that is reachable and has a
chat model, else the embedded default). Knows no documents, evidence or prompts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import SettingsError
from rag.types import Message, Usage

if TYPE_CHECKING:
    from rag.models import ModelStore

DEFAULT_EMBEDDED_MODEL = "qwen2.5-coder-1.5b"  # the best answers of the three that were measured

Schema = Mapping[str, Any]


class Generation(Iterator[str]):
    """The text of one model call as it is written; ``usage`` is complete once it is exhausted.

    ``parts`` yields pieces of text and, last, the :class:`Usage` of the call. Closing it stops the
    model.
    """

    def __init__(self, parts: Iterator[str | Usage]) -> None:
        self._parts = parts
        self.usage = Usage()

    def __next__(self) -> str:
        part = next(self._parts)
        while isinstance(part, Usage):
            self.usage = part
            part = next(self._parts)
        return part

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


class LLM(Protocol):
    """A language model. ``name`` is what the user would write to get it again."""

    name: str

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text``; an estimate from above where the back end has no tokenizer."""
        ...

    def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> Generation:
        """Write the reply at temperature 0, constrained to the JSON ``schema`` when one is given.

        Raises LLMUnavailableError when the back end cannot be reached and LLMError when it fails
        or the prompt does not fit.
        """
        ...


def open_llm(
    name: str, store: ModelStore, *, ollama_host: str | None = None, parallel: int = 1
) -> LLM | None:
    """The language model called ``name``; None for ``none``. An embedded one writes ``parallel``
    replies at a time; servers have a setting of their own for that.

    Raises SettingsError for a malformed name, LLMUnavailableError when the server is down and
    ModelError when the files of an embedded model cannot be had.
    """
    backend, _, rest = name.partition(":")
    if name == "none":
        return None
    if name == "auto":
        return _auto(store, ollama_host, parallel)
    if not rest:
        raise SettingsError(
            f"'{name}' is not a language model: write auto, none, llamacpp:NAME, ollama:MODEL or "
            "openai:MODEL@URL"
        )
    if backend == "llamacpp":
        from rag.llm.llamacpp import LlamaCppLLM

        return LlamaCppLLM(store.path(rest), name, parallel=parallel)
    if backend == "ollama":
        from rag.llm.ollama import OllamaLLM

        return OllamaLLM.connect(rest, host=ollama_host)
    if backend == "openai":
        from rag.llm.openai import OpenAILLM

        return OpenAILLM.connect(rest)
    raise SettingsError(f"unknown back end '{backend}': use llamacpp, ollama or openai")


def _auto(store: ModelStore, ollama_host: str | None, parallel: int) -> LLM | None:
    from rag.llm.ollama import first_chat_model

    model = first_chat_model(ollama_host)
    chosen = f"ollama:{model}" if model else f"llamacpp:{DEFAULT_EMBEDDED_MODEL}"
    return open_llm(chosen, store, ollama_host=ollama_host, parallel=parallel)
