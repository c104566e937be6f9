"""Kinds of questions that are proved in a way of their own, as a table: recognise, then prove.

To add a kind, write a module with the two functions and a row here. A candidate that no row
recognises is judged as a claim by `rag.gate.decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.gate import overview, yes_or_no
from rag.gate.types import Candidate, Decision
from rag.question import Question
from rag.reader.reader import Reader
from rag.types import Evidence


@dataclass(frozen=True, slots=True)
class Prover:
    """``recognise`` returns what a candidate tells of its question, or None; ``prove`` decides, or
    returns None where the candidate must be judged as any other."""

    recognise: Callable[[Question, Candidate], Any | None]
    prove: Callable[[Question, Candidate, Any, Sequence[Evidence], Reader], Decision | None]


PROVERS: tuple[Prover, ...] = (
    Prover(yes_or_no.recognise, yes_or_no.prove),
    Prover(overview.recognise, overview.prove),
)


def proved(
    question: Question, candidate: Candidate, evidence: Sequence[Evidence], reader: Reader
) -> Decision | None:
    """The decision of the first prover that can decide; None where none can."""
    for prover in PROVERS:
        told = prover.recognise(question, candidate)
        decision = prover.prove(question, candidate, told, evidence, reader) if told else None
        if decision is not None:
            return decision
    return None
