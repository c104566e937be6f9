"""Answers questions from your own documents and proves every sentence it says.

    from rag import open_assistant

    with open_assistant() as assistant:
        answer = assistant.ask("how many construction workers?")
    print(answer.text)
    print([citation.cited_text for citation in answer.citations])

``__all__`` is the public API; what it does not name is private. Importing this package loads
nothing else: each name is imported when it is first used. Knows no HTTP.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.errors import (
        LLMError,
        LLMUnavailableError,
        ModelError,
        QuestionError,
        RagError,
        SettingsError,
    )
    from rag.settings import Settings
    from rag.types import (
        Answer,
        Citation,
        Claim,
        Conflict,
        Event,
        Finished,
        Message,
        Retrieved,
        Rewritten,
        Selected,
        Sentence,
        Verified,
        WithheldSentence,
    )
    from rag.wiring import open_assistant, open_index

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "Claim",
    "Conflict",
    "Event",
    "Finished",
    "LLMError",
    "LLMUnavailableError",
    "Message",
    "ModelError",
    "QuestionError",
    "RagError",
    "Retrieved",
    "Rewritten",
    "Selected",
    "Sentence",
    "Settings",
    "SettingsError",
    "Verified",
    "WithheldSentence",
    "open_assistant",
    "open_index",
]

_MODULES = {
    "Assistant": "rag.assistant",
    "LLMError": "rag.errors",
    "LLMUnavailableError": "rag.errors",
    "ModelError": "rag.errors",
    "QuestionError": "rag.errors",
    "RagError": "rag.errors",
    "Settings": "rag.settings",
    "SettingsError": "rag.errors",
    "open_assistant": "rag.wiring",
    "open_index": "rag.wiring",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES.get(name, "rag.types")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
