"""Which language models run on this machine, so that no text of a document leaves it.

Each back end says so itself, with ``is_local``; one that does not say it is taken to be elsewhere.
Knows no setting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rag.errors import SettingsError
from rag.llm import DEFAULT_EMBEDDED_MODEL
from rag.llm.llamacpp import LlamaCppLLM
from rag.llm.ollama import OllamaLLM
from rag.llm.openai import OpenAILLM

_BACKENDS: Mapping[str, object] = {
    "llamacpp": LlamaCppLLM,
    "ollama": OllamaLLM,
    "openai": OpenAILLM,
}


def require_local(name: str, *, ollama_host: str | None = None) -> None:
    """Raise SettingsError unless the language model called ``name`` runs on this machine.

    ``auto`` may choose Ollama's server, and ``none`` asks no model at all.
    """
    if name == "none":
        return
    backend, _, model = (f"ollama:{name}" if name == "auto" else name).partition(":")
    address = (ollama_host or "") if backend == "ollama" else model
    is_local: Callable[[str], bool] | None = getattr(_BACKENDS.get(backend), "is_local", None)
    if is_local is None or not is_local(address):
        raise SettingsError(
            f"offline, no question is sent to {address or backend}: use "
            f"--llm llamacpp:{DEFAULT_EMBEDDED_MODEL}"
        )
