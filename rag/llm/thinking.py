"""Which families of models think whatever one says. Knows no server."""

from __future__ import annotations

_ALWAYS = ("gptoss", "gpt-oss")  # they take a level of effort; `think: false` is ignored


def thinks_always(family: str) -> bool:
    """Whether models of ``family``, as Ollama names it, cannot be told not to think."""
    return family in _ALWAYS
