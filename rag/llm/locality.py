"""Which language models run on this machine, so that no text of a document leaves it offline.

Knows no setting and no back end beyond the form of its name.
"""

from __future__ import annotations

from rag.errors import SettingsError
from rag.llm.addresses import remote_host
from rag.llm.types import DEFAULT_EMBEDDED_MODEL

_EMBEDDED = ("auto", "none", "llamacpp")
_SERVED = ("ollama", "openai")


def require_local(name: str, *, ollama_host: str | None = None) -> None:
    """Raise SettingsError unless the language model called ``name`` runs on this machine.

    Every server that is named must be here. A back end that is not known is taken to be elsewhere.
    """
    backend, _, model = name.partition(":")
    if backend in _EMBEDDED:
        return
    host = remote_host(name, ollama_host) if backend in _SERVED else model or backend
    if host:
        raise SettingsError(
            f"offline, no question is sent to {host}: use --llm llamacpp:{DEFAULT_EMBEDDED_MODEL}"
        )
