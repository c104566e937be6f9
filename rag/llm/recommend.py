"""Which of the models that an Ollama server has would answer well, and why others would not.

Judges by what the server says of them: nothing is asked of a model. Knows no documents or prompts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.llm.ollama_server import Described, Pulled, Server
from rag.llm.thinking import thinks_always

# The embedded model, 1.5B as it is sold, is counted as 1.8B: what is no larger is no better.
EMBEDDED_BILLIONS = 1.8
# Beyond it a reply takes minutes on a processor, and a large graphics card elsewhere.
SLOW_BILLIONS = 15.0
_BASE = re.compile(r"(?:^|[-:_])(?:base|text|pt|pretrain(?:ed)?)(?:[-:_]|$)", re.IGNORECASE)
_EMBEDDING = re.compile(r"embed|minilm|\bbge-", re.IGNORECASE)  # where a server does not tell
_BILLIONS = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}


@dataclass(frozen=True, slots=True)
class Suitability:
    """One pulled model. ``why`` says what speaks against it, or that it may serve."""

    model: Pulled
    suitable: bool
    why: str


def recommended(server: Server) -> list[Suitability]:
    """Judge every model of ``server``, those that suit first and of them the likeliest first.

    Raises LLMUnavailableError when the server does not answer.
    """
    judged = [(each, server.described(each.name)) for each in server.pulled()]
    return [suitability(*each) for each in sorted(judged, key=_order)]


def best_of(suited: Sequence[Suitability]) -> Pulled | None:
    """The first that suits, None where none does."""
    return next((each.model for each in suited if each.suitable), None)


def suitability(model: Pulled, described: Described) -> Suitability:
    """Judge one model by what the server says of it."""
    objection = _objection(model, described)
    if objection:
        return Suitability(model, False, objection)
    if thinks_always(described.family):
        return Suitability(model, True, "larger than the embedded model; thinks before each answer")
    if _billions(model) > SLOW_BILLIONS:
        return Suitability(model, True, "larger than the embedded model; slow without a large GPU")
    return Suitability(model, True, "larger than the embedded model")


def _objection(model: Pulled, described: Described) -> str | None:
    completes = described.can("completion")
    if model.remote:
        return "it runs on other machines: the documents would leave this one"
    if completes is False or (completes is None and _EMBEDDING.search(model.name)):
        return "it makes vectors and writes nothing: name it with --embedder"
    if _BASE.search(model.name):
        return "a base model continues texts and does not answer"
    billions = _billions(model)
    if not billions:
        return "the server does not tell its size: try it"
    if billions <= EMBEDDED_BILLIONS:
        return "no larger than the embedded model"
    return None


def _order(judged: tuple[Pulled, Described]) -> tuple[bool, bool, bool, float]:
    model, described = judged
    billions = _billions(model)
    return (
        _objection(model, described) is not None,
        thinks_always(described.family),
        billions > SLOW_BILLIONS,
        -billions if billions <= SLOW_BILLIONS else billions,
    )


def _billions(model: Pulled) -> float:
    """The parameters of a model as Ollama writes them, such as 1.8B; 0 where it does not."""
    found = re.fullmatch(r"([\d.]+)\s*([KMBT])", model.parameters.strip(), re.IGNORECASE)
    return float(found[1]) * _BILLIONS[found[2].upper()] if found else 0.0
