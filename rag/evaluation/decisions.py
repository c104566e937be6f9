"""Writes down what was decided on each question, and compares it with what was decided before.

A decision is what a reader of the answer sees: its status, its text, where it is cited from, and
what was withheld for which reasons. Two versions of the program that are asked with the same kept
replies must decide alike, or say why not. Knows no systems, measures or terminals.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import EvaluationError
from rag.evaluation.dataset import read_jsonl
from rag.evaluation.score import Row

Decision = dict[str, Any]

FIELDS = ("status", "text", "citations", "withheld", "answerability")
FAILED = "error"  # the status of a question on which the system raised an error

_DIGITS = 4
_ROUNDING = 1.5e-4  # one unit of the last digit: sums in another order round another way
_DIGEST = "sha256:"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a question's decision that has changed; ``field`` is "asked" if one file lacks it.

    ``accepted`` is the reason that a person gave for the change, or None.
    """

    id: str
    field: str
    before: Any
    after: Any
    accepted: str | None = None


def decision_of(row: Row) -> Decision:
    """Return the decision in a row of a run: its id and `FIELDS`, as JSON values.

    A citation is ``[document, start, end]``, in the order of the citations' numbers.
    """
    failed = row["error"] is not None
    return {
        "id": row["id"],
        "status": FAILED if failed else row["status"],
        "text": row["error"] if failed else row["answer"],
        "citations": [[c["doc_id"], c["start"], c["end"]] for c in row["citations"]],
        "withheld": [{"text": w["text"], "reasons": list(w["reasons"])} for w in row["withheld"]],
        "answerability": round(row["confidence"], _DIGITS),
    }


def digested(decision: Mapping[str, Any]) -> Decision:
    """Return the decision with the SHA-256 of each text and reason in its place.

    Texts of a suite that may not be passed on can be compared in this form. A decision that is
    digested already is returned as it is.
    """
    return {
        **decision,
        "text": _digest(decision["text"]),
        "withheld": [
            {"text": _digest(w["text"]), "reasons": [_digest(reason) for reason in w["reasons"]]}
            for w in decision["withheld"]
        ],
    }


def write_decisions(decisions: Iterable[Decision], path: Path) -> None:
    """Write one line of JSON for each decision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in decisions)
    path.write_text("".join(lines), encoding="utf-8")


def read_decisions(path: Path) -> list[Decision]:
    """Return the decisions of a file. Raises EvaluationError where a line is none."""
    decisions = []
    for number, decision in read_jsonl(path):
        missing = [name for name in ("id", *FIELDS) if name not in decision]
        if missing:
            raise EvaluationError(
                f"{path}:{number} has no field {missing[0]!r}: name a file that "
                "`rag eval decisions -o` wrote"
            )
        decisions.append(decision)
    return decisions


def read_accepted(path: Path) -> dict[str, str]:
    """Return the reason of each accepted change by the question's id.

    Raises EvaluationError where a line lacks its id or its reason.
    """
    accepted = {}
    for number, row in read_jsonl(path):
        id, reason = row.get("id"), row.get("reason")
        if not (isinstance(id, str) and isinstance(reason, str) and reason.strip()):
            raise EvaluationError(
                f'{path}:{number} must be {{"id": …, "reason": …}}: say why the change is right'
            )
        accepted[id] = reason
    return accepted


def differences(
    before: Iterable[Decision], after: Iterable[Decision], accepted: Mapping[str, str] | None = None
) -> list[Difference]:
    """Return every changed field, in the order of ``before``, then what only ``after`` holds.

    Either side may be digested: then digests are compared.
    """
    reasons = accepted or {}
    old, new = ({each["id"]: each for each in side} for side in (before, after))
    return [
        Difference(id, field, was, now, reasons.get(id))
        for id in old | new
        for field, was, now in _changes(old.get(id), new.get(id))
    ]


def _changes(old: Decision | None, new: Decision | None) -> list[tuple[str, Any, Any]]:
    if old is None or new is None:
        return [("asked", old is not None, new is not None)]
    if _is_digested(old) != _is_digested(new):
        old, new = digested(old), digested(new)
    return [(name, old[name], new[name]) for name in FIELDS if not _same(old[name], new[name])]


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) <= _ROUNDING
    return bool(old == new)


def _digest(text: str) -> str:
    return text if text.startswith(_DIGEST) else _DIGEST + hashlib.sha256(text.encode()).hexdigest()


def _is_digested(decision: Decision) -> bool:
    return str(decision["text"]).startswith(_DIGEST)
