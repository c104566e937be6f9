"""How likely an answer is right, and from which probability on it is shown: calibrated abstention.

Retrieval scores cannot tell whether a close text answers. What can, a little each, is weighed by a
logistic model: what the reader makes of the text, and the doubts of ``relevance``. Weights
and threshold are fitted by ``rag eval calibrate`` and stored with what they rest on. Knows no
language model, index or suite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from rag.errors import SettingsError
from rag.facts import Facts, facts_of
from rag.gate.comparison import missing_words
from rag.gate.reading import carried_by
from rag.gate.types import Case
from rag.reader.reader import WEIGHTS, Reader
from rag.types import Evidence, Strictness

CALIBRATION_FILE = "calibration.json"
STRICTNESSES: tuple[Strictness, ...] = get_args(Strictness)
FORMAT = 4  # of the file; another one was written by another version


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer. ``answers``, ``margin`` and ``supports`` are the reader's logits.

    ``answers`` and ``margin``: the cited text answers the question; ``supports``: it carries the
    question with this answer; ``agreement`` in [0, 1]: the answer says what the reader would point
    at; ``best`` is the highest ``answers`` of all evidence; ``doubts`` is the number of rules that
    object. ``form`` is 1 where a form is cited, or a pair or a row, which the reader finds hard to
    read, and 0 for prose; ``named`` in [0, 1] is the share of the question's content words that the
    cited document has anywhere. ``lead`` in [-1, 1] is how much better that document fits the
    question than any other; ``asked`` in [0, 1] the share that the cited text has of what is asked
    of the document.
    """

    answers: float
    margin: float
    supports: float
    agreement: float
    best: float
    doubts: float
    form: float
    named: float
    lead: float
    asked: float


def signals(
    case: Case,
    cited: Sequence[Evidence],
    others: Sequence[Evidence],
    doubts: int,
    reader: Reader,
) -> Signals:
    """The signals of a claim as the answer, resting on ``cited`` (not empty) among ``others``."""
    question, claim = case.question, case.claim
    windows = [each.window for each in (*cited, *others)]
    readings = reader.read(question.standalone, windows)
    best = max(range(len(cited)), key=lambda place: readings[place].answers)
    reading = readings[best]
    pointed = reading.span.of(windows[best]) if reading.span else ""
    return Signals(
        answers=reading.answers,
        margin=reading.margin,
        supports=carried_by(reader, f"{question.standalone} {claim.text}", cited),
        agreement=_share(facts_of(pointed, question.language), claim),
        best=max(each.answers for each in readings),
        doubts=float(doubts),
        form=float(any(each.in_form for each in cited)),
        named=_named(case),
        lead=max(each.sentence.lead for each in cited),
        asked=_asked(case, cited),
    )


def _named(case: Case) -> float:
    """Share of the question's content words that the cited documents have, misspelt ones too."""
    asked = case.question.content
    if not asked or not case.documents:
        return 0.0
    told = facts_of("\n".join(case.documents), case.question.language)
    return 1 - len(missing_words(case.question.facts, told)) / len(asked)


def _asked(case: Case, cited: Sequence[Evidence]) -> float:
    """Of the question's content words that do not just say which document is meant, the share that
    the cited texts and their headings have; 1 where there are none."""
    question, language = case.question.facts, case.question.language
    titles = "\n".join(each.title for each in cited)
    wanted = missing_words(question, facts_of(titles, language))
    headings = (heading for each in cited for heading in each.sentence.headings)
    told = facts_of("\n".join((*case.texts, *headings)), language)
    missing = {*wanted} & {*missing_words(question, told)}
    return 1 - len(missing) / len(wanted) if wanted else 1.0


def _share(pointed: Facts, claim: Facts) -> float:
    """Share of what the reader points at that the claim says."""
    wanted = set(pointed.content) or set(pointed.words)  # May is a month, too
    return len(wanted & {*claim.content, *claim.words}) / len(wanted) if wanted else 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model over `Signals`, and the probability from which on an answer is shown.

    ``thresholds`` hold one for each strictness, ``tentative`` is the probability from which on an
    answer is worth showing as uncertain. ``bound`` is the share of wrong answers among those shown
    that was asked for at *balanced*; ``certified`` says whether the data support it at
    ``confidence``. ``evidence`` holds what it was fitted on.
    """

    weights: Mapping[str, float]
    intercept: float
    thresholds: Mapping[Strictness, float]
    tentative: float
    bound: float
    confidence: float
    certified: bool
    evidence: Mapping[str, Any]

    def threshold(self, strictness: Strictness) -> float:
        """The probability from which on an answer is shown."""
        return self.thresholds[strictness]

    def probability(self, found: Signals) -> float:
        """How likely the answer is right, in [0, 1]."""
        values = asdict(found)
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))

    def summary(self) -> str:
        """One line on the threshold and what it rests on."""
        seen = self.evidence
        promise = (
            f"at most {self.bound:.0%} wrong among the answers shown, certified at "
            f"{self.confidence:.0%}"
            if self.certified
            else f"the data do not certify at most {self.bound:.0%} wrong among the answers shown "
            f"(upper limit {seen['upper_limit']:.0%}): more questions or a higher bound are needed"
        )
        return (
            f"threshold {self.threshold('balanced'):.2f}, {seen['wrong_shown']} of {seen['shown']} "
            f"shown are wrong; {promise}"
        )


@dataclass(frozen=True, slots=True)
class Calibrations:
    """One for answers that a language model wrote, one for sentences quoted without a model."""

    written: Calibration
    quoted: Calibration

    def write(self, path: Path) -> None:
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Calibrations:
        """Raises SettingsError when the file is missing or not a calibration of this version."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values.pop("format") != FORMAT:
                raise ValueError("another version wrote it")
            found = cls(**{name: Calibration(**each) for name, each in values.items()})
            for each in (found.written, found.quoted):
                Signals(**each.weights)  # one weight for each signal, no more and no less
                if each.thresholds.keys() != set(STRICTNESSES):
                    raise ValueError("it has not one threshold for each strictness")
            return found
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingsError(
                f"{path} is no calibration ({error}): write one with 'rag eval calibrate'"
            ) from error


@lru_cache(maxsize=1)
def default_calibrations() -> Calibrations:
    """The calibrations that ship with the reader's weights."""
    return Calibrations.read(WEIGHTS / CALIBRATION_FILE)
