"""Language models behind one small protocol, and the name that chooses one of them."""

from rag.llm.opening import open_llm
from rag.llm.types import DEFAULT_EMBEDDED_MODEL, LLM, Ended, Generation, Part, Schema, Token

__all__ = [
    "DEFAULT_EMBEDDED_MODEL",
    "LLM",
    "Ended",
    "Generation",
    "Part",
    "Schema",
    "Token",
    "open_llm",
]
