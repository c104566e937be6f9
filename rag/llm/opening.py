"""From the name of a language model to the model.

``auto`` is the embedded default, whatever else runs on this machine: an answer must not depend on
which models somebody has pulled. Knows no documents, evidence or prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rag.errors import SettingsError
from rag.llm.types import DEFAULT_EMBEDDED_MODEL, LLM
from rag.types import Message

if TYPE_CHECKING:
    from rag.models import ModelStore

AUTO = f"llamacpp:{DEFAULT_EMBEDDED_MODEL}"


def open_llm(
    name: str,
    store: ModelStore,
    *,
    ollama_host: str | None = None,
    parallel: int = 1,
    begins: Sequence[Message] = (),
) -> LLM | None:
    """Return the language model called ``name``; None for ``none``.

    An embedded one writes ``parallel`` replies at a time; servers have a setting of their own for
    that. With ``begins``, how most of its prompts begin, it is kept on the disk what it has read
    of them. ``ollama_host`` may name several servers, separated by commas.

    Raises SettingsError for a malformed name, LLMUnavailableError when no server answers and
    ModelError when the files of an embedded model cannot be had.
    """
    if name == "none":
        return None
    backend, _, rest = (AUTO if name == "auto" else name).partition(":")
    if not rest:
        raise SettingsError(
            f"'{name}' is not a language model: write auto, none, llamacpp:NAME, ollama:MODEL or "
            "openai:MODEL@URL"
        )
    if backend == "llamacpp":
        from rag.llm.kept_prefix import KeptPrefix
        from rag.llm.llamacpp import LlamaCppLLM

        prefix = KeptPrefix(store.prefixes, tuple(begins)) if begins else None
        return LlamaCppLLM(store.path(rest), f"{backend}:{rest}", parallel=parallel, prefix=prefix)
    if backend == "ollama":
        return _ollama(rest, store, ollama_host)
    if backend == "openai":
        return _openai(rest, store)
    raise SettingsError(f"unknown back end '{backend}': use llamacpp, ollama or openai")


def _ollama(model: str, store: ModelStore, ollama_host: str | None) -> LLM:
    from rag.llm.addresses import ollama_addresses
    from rag.llm.failover import first_that_opens
    from rag.llm.manners import Manners
    from rag.llm.ollama import OllamaLLM

    manners = Manners(store.served_file)
    return first_that_opens(
        f"ollama:{model}",
        [
            partial(OllamaLLM.connect, model, host=host, manners=manners)
            for host in ollama_addresses(ollama_host)
        ],
    )


def _openai(address: str, store: ModelStore) -> LLM:
    from rag.llm.addresses import openai_addresses
    from rag.llm.failover import first_that_opens
    from rag.llm.manners import Manners
    from rag.llm.openai import OpenAILLM

    model, base_urls = openai_addresses(address)
    manners = Manners(store.served_file)
    return first_that_opens(
        f"openai:{address}",
        [partial(OpenAILLM.connect, model, url, manners=manners) for url in base_urls],
    )
