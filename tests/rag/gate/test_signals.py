"""The signals of a claim: what the reader makes of its line alone, and whose the others are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.types import Span
from rag.facts import facts_of
from rag.gate.calibration import AVERAGE_FOCUS, Signals, signals
from rag.gate.types import Case
from rag.question import Question
from rag.reader.reader import Reader, Reading
from rag.types import Evidence, Sentence

QUESTION = Question.of("When was the bridge opened?")
LINE = "It was opened in 1964."
AROUND = f"The bridge is old. {LINE}"
OTHER = "The bridge has a roof."


class Logits(Reader):
    """A reader with one logit for each text; what it does not know is no answer."""

    def __init__(self, logits: dict[str, float]) -> None:
        self._logits = logits

    def reads(self, text: str) -> bool:
        return True

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        found = [self._logits.get(text, -9.0) for text in texts]
        return [Reading(logit, 0.0, 0.0, Span(0, 1)) for logit in found]


def _evidence(text: str, document_id: int, window: str = "", lead: float = 0.1) -> Evidence:
    sentence = Sentence(document_id, Span(0, len(text)), text, score=1.0, lead=lead)
    return Evidence(sentence, window=window or text)


def _signals(cited: Evidence, *others: Evidence, **logits: float) -> Signals:
    case = Case.citing(QUESTION, facts_of(LINE, QUESTION.language), [cited])
    reader = Logits({LINE: 1.0, AROUND: 2.0, OTHER: -1.0} | logits)
    return signals(case, [cited], others, 0, reader)


def test_the_line_is_read_with_and_without_its_surroundings() -> None:
    found = _signals(_evidence(LINE, 1, AROUND), _evidence(OTHER, 1))
    assert (found.answers, found.alone) == (2.0, 1.0)


@pytest.mark.parametrize(("documents", "focus"), [((1, 1), 1.0), ((1, 2), 2 / 3), ((2, 3), 1 / 3)])
def test_focus_is_the_share_of_the_evidence_that_is_of_the_cited_document(
    documents: tuple[int, ...], focus: float
) -> None:
    others = [_evidence(f"{OTHER} {id}", id) for id in documents]
    assert _signals(_evidence(LINE, 1), *others).focus == pytest.approx(focus)


def test_of_the_only_document_of_a_collection_focus_says_nothing() -> None:
    cited, other = (_evidence(text, 1, lead=1.0) for text in (LINE, OTHER))
    assert _signals(cited, other).focus == AVERAGE_FOCUS


@pytest.mark.parametrize(
    ("asked", "telling", "share"),
    [
        ("When was the bridge at Hull opened?", (), 1 / 3),
        ("When was the bridge at Hull opened?", ("hull", "bridge"), 1.0),  # which form is meant
        ("When was the bridge openned?", (), 1 / 2),  # a slip of the pen
    ],
)
def test_what_is_asked_of_a_document_is_without_the_words_that_tell_it(
    asked: str, telling: tuple[str, ...], share: float
) -> None:
    question = Question.of(asked)
    sentence = Sentence(1, Span(0, len(LINE)), LINE, score=1.0, telling=telling)
    cited = Evidence(sentence, window=LINE)
    case = Case.citing(question, facts_of(LINE, question.language), [cited])
    assert signals(case, [cited], (), 0, Logits({})).asked == pytest.approx(share)
