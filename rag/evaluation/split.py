"""Which part of a suite a document belongs to: what is trained on is not what is reported.

The parts are drawn from the document alone (its title, else how its text begins), so that the same
page is in the same part in every suite. Knows no models and no measures.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Literal, get_args

from rag.evaluation.dataset import Dataset, Question, SourceDocument

Part = Literal["train", "calibration", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
_TENTHS: tuple[Part, ...] = ("train",) * 6 + ("calibration",) * 2 + ("test",) * 2
_BEGINNING = 80  # characters that tell two texts without a title apart


def part_of(document: SourceDocument) -> Part:
    """The part of a document: train 60 %, calibration 20 %, test 20 % of all titles."""
    key = re.sub(r"[\W_]+", " ", document.title or document.text[:_BEGINNING]).strip().casefold()
    return _TENTHS[int(hashlib.sha256(key.encode()).hexdigest(), 16) % len(_TENTHS)]


def question_part(question: Question, dataset: Dataset) -> Part | None:
    """The part of the first document that answers, or was meant to mislead; None without one."""
    ids = [*question.relevant_ids, *question.extra.get("distractor_ids", ())]
    return part_of(dataset.documents[ids[0]]) if ids else None


def only(part: Part, dataset: Dataset) -> Dataset:
    """The suite with all of its documents, and the questions of one part."""
    kept = (each for each in dataset.questions if question_part(each, dataset) == part)
    return replace(dataset, questions=tuple(kept))
