"""How likely an answer is right, and from which probability on it is shown: calibrated abstention.

Retrieval scores cannot tell whether a close text answers. What can, a little each, is weighed by a
logistic model: what the reader makes of the text, the doubts of ``relevance`` and, of a language
model that it was fitted for, how likely that found what it wrote. Weights and threshold are fitted
by ``rag eval calibrate`` and stored with what they rest on. Knows no index or suite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from rag.errors import SettingsError
from rag.facts import Facts, facts_of
from rag.gate.comparison import missing_words
from rag.gate.types import Case
from rag.reader.reader import WEIGHTS, Reader, Reading
from rag.types import Evidence, Strictness

CALIBRATION_FILE = "calibration.json"
STRICTNESSES: tuple[Strictness, ...] = get_args(Strictness)
LEAST_LOGPROB = -4.0  # what is less likely is so whether it is right or wrong
MOST_CONFIRMED = 3.0  # log-odds: as sure of a yes as of 95 in a hundred, or of a no
# What language models tell of their answers, each in its own way: weighed for one of them alone.
OF_WRITER = frozenset({"logprob", "confirmed"})
MOST_LEAD = 0.5  # the only document of a collection has a lead of 1, which says nothing
AVERAGE_FOCUS = 0.75  # the mean over 406 judged answers
# Where the reader has no say: the mean over 101 quoted lines that were judged, and what the other
# was below it over 204 of a later version.
AVERAGES = {"answers": -0.4, "alone": -1.4}
FORMAT = 8  # of the file; another one was written by another version

# What reading and looking at a file raise that may hold anything.
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer; each raises its probability or leaves it, ``doubts`` lower it.

    ``answers`` is the reader's logit that the cited text answers the question; None in a language
    that the reader does not know. ``seconded`` in [0, 1] says how far the sentence that the reader
    would choose of all evidence has the answer too: whoever wrote it and the reader seldom agree on
    a wrong one. ``doubts`` is the number of rules that object. ``lead`` in [-1, 0.5] is how much
    better the cited document fits the question than any other; ``asked`` in [0, 1] the share that
    the cited text has of what is asked of the document; ``share`` in [0, 1] its score as evidence,
    as a share of the best one's; ``focus`` in [0, 1] the share of the evidence that is of the cited
    document: who asks for what a document tells finds little of others. ``alone`` is the reader's
    logit that the cited text answers without its surroundings; None as ``answers``. ``logprob`` in
    [-4, 0] is the log-probability that the language
    model gave to what it wrote, divided by the root of the number of its tokens: who hesitates is
    more often wrong; None where nobody tells. ``confirmed`` in [-3, 3] is how sure the language
    model was, asked of the cited text alone, that this answers the question, in log-odds (P(True)
    of Kadavath et al. 2022, arXiv:2207.05221, of the text in place of the answer); None as
    ``logprob``.
    """

    seconded: float
    doubts: float
    lead: float
    asked: float
    share: float
    focus: float
    answers: float | None = None
    alone: float | None = None
    logprob: float | None = None
    confirmed: float | None = None

    def known(self) -> dict[str, float]:
        """Those that are known, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


_SIGNALS = frozenset(each.name for each in fields(Signals))


def signals(
    case: Case,
    cited: Sequence[Evidence],
    others: Sequence[Evidence],
    doubts: int,
    reader: Reader,
    logprob: float | None = None,
    confirmed: float | None = None,
) -> Signals:
    """The signals of a claim as the answer, resting on ``cited`` (not empty) among ``others``."""
    evidence = (*cited, *others)
    asked = case.question
    readings: Sequence[Reading] = ()
    if not asked.is_unread or reader.reads(asked.standalone):
        readings = reader.read(asked.standalone, [each.window for each in evidence])
    chosen = _chosen(evidence, readings)
    score = max(each.sentence.score for each in cited)
    highest = max(each.sentence.score for each in evidence)
    answers = alone = None
    if not asked.is_unread:
        answers = max(each.answers for each in readings[: len(cited)])
        by_themselves = reader.read(asked.standalone, [each.text for each in cited])
        alone = max(each.answers for each in by_themselves)
    return Signals(
        answers=answers,
        alone=alone,
        seconded=_seconded(case.claim, facts_of(chosen, asked.language)),
        doubts=float(doubts),
        lead=min(MOST_LEAD, max(each.sentence.lead for each in cited)),
        asked=_asked(case, cited),
        share=score / highest if highest > 0 else 0.0,
        focus=_focus(cited, evidence),
        # The digits behind hang on what else the model's batch held.
        logprob=None if logprob is None else round(max(LEAST_LOGPROB, logprob), 1),
        confirmed=None
        if confirmed is None
        else round(max(-MOST_CONFIRMED, min(MOST_CONFIRMED, confirmed)), 1),
    )


def _focus(cited: Sequence[Evidence], evidence: Sequence[Evidence]) -> float:
    """The share of the evidence that is of the cited documents; of the only document of a
    collection all is, which says nothing."""
    if max(each.sentence.lead for each in cited) >= 1:
        return AVERAGE_FOCUS
    documents = {each.sentence.document_id for each in cited}
    return sum(each.sentence.document_id in documents for each in evidence) / len(evidence)


def _chosen(evidence: Sequence[Evidence], readings: Sequence[Reading]) -> str:
    """The sentence in which the reader finds the answer: its window shows its neighbours too.

    Without ``readings``, the sentence that is the best evidence.
    """
    if not readings:
        return max(evidence, key=lambda each: each.sentence.score).text
    best = max(range(len(evidence)), key=lambda place: readings[place].answers)
    span = readings[best].span
    pointed = span.of(evidence[best].window) if span else ""
    document_id = evidence[best].sentence.document_id
    texts = (each.text for each in evidence if each.sentence.document_id == document_id)
    return next((text for text in texts if pointed and pointed in text), evidence[best].text)


def _seconded(claim: Facts, chosen: Facts) -> float:
    """1 where ``chosen`` has the claim word for word, else up to a half for its words."""
    if chosen.states_quotation(claim.text.rstrip(" .")):
        return 1.0
    said = set(claim.content) or set(claim.words)
    return len(said & {*chosen.content, *chosen.words}) / len(said) / 2 if said else 0.0


def _asked(case: Case, cited: Sequence[Evidence]) -> float:
    """Of the question's content words that do not just say which document is meant, the share that
    the cited texts and their headings have; 1 where there are none."""
    question, language = case.question.facts, case.question.language
    titles = "\n".join(" ".join((each.title, *each.sentence.telling)) for each in cited)
    wanted = missing_words(question, facts_of(titles, language))
    headings = (heading for each in cited for heading in each.sentence.headings)
    told = facts_of("\n".join((*case.texts, *headings)), language)
    missing = {*wanted} & {*missing_words(question, told)}
    return 1 - len(missing) / len(wanted) if wanted else 1.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model over `Signals`, and the probability from which on an answer is shown.

    ``thresholds`` hold one for each strictness, ``tentative`` is the probability from which on an
    answer is worth showing as uncertain. ``bound`` is the share of wrong answers among those shown
    that was asked for at *balanced*; ``certified`` says whether the data support it at
    ``confidence``. ``evidence`` holds what it was fitted on. ``writer`` is the language model whose
    own signals it weighs: those of another one mean something else. Empty: it weighs none.
    """

    weights: Mapping[str, float]
    intercept: float
    thresholds: Mapping[Strictness, float]
    tentative: float
    bound: float
    confidence: float
    certified: bool
    evidence: Mapping[str, Any]
    writer: str = ""

    def threshold(self, strictness: Strictness) -> float:
        """The probability from which on an answer is shown."""
        return self.thresholds[strictness]

    def probability(self, found: Signals) -> float:
        """How likely the answer is right, in [0, 1]. Where the reader has no say, what it says on
        average."""
        values = AVERAGES | found.known()
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
            f"shown are wrong; {promise}; right and wrong are told apart with an area of "
            f"{seen['area']}, in suites that were not seen of {seen['area_unseen_suites']}"
        )


@dataclass(frozen=True, slots=True)
class Calibrations:
    """``scored`` is for answers of a language model whose own signals it weighs, ``written`` for
    those of any other one, ``quoted`` for sentences that no model wrote."""

    scored: Calibration
    written: Calibration
    quoted: Calibration

    def of(self, found: Signals, writer: str, *, quoted: bool) -> Calibration:
        """The one that judges a sentence with the signals ``found``, of the model ``writer``."""
        if quoted:
            return self.quoted
        scores = writer == self.scored.writer and found.known().keys() >= OF_WRITER
        return self.scored if scores else self.written

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
            for name in ("scored", "written", "quoted"):
                _require_usable(name, getattr(found, name))
            return found
        except _UNREADABLE as error:
            raise SettingsError(
                f"{path} is no calibration ({error}): write one with 'rag eval calibrate', or "
                "leave RAG_CALIBRATION unset for the one that ships"
            ) from error


def _require_usable(name: str, part: Calibration) -> None:
    """Raises ValueError or TypeError where an answer could not be judged by ``part``."""

    def require(holds: bool, what: str) -> None:
        if not holds:
            raise ValueError(f"{name!r} {what}")

    writer = part.writer if name == "scored" else ""
    require(isinstance(part.writer, str) and part.writer == writer, "is for no one language model")
    expected = _SIGNALS if writer else _SIGNALS - OF_WRITER
    told = ", ".join(sorted(expected ^ part.weights.keys()))
    require(not told, f"weighs too much or too little: {told}")
    require(part.thresholds.keys() == set(STRICTNESSES), "has not one threshold per strictness")
    for value in (part.intercept, *part.weights.values()):
        require(_is_number(value) and math.isfinite(value), f"has {value!r} for a weight")
    shares = (*map(part.threshold, STRICTNESSES), part.tentative, part.bound, part.confidence)
    for value in shares:
        require(_is_number(value) and 0 <= value <= 1, f"has {value!r} where a share belongs")
    falling = [*map(part.threshold, STRICTNESSES), part.tentative]
    require(falling == sorted(falling, reverse=True), "is less strict where it should be more so")
    require(isinstance(part.certified, bool), "does not say whether it is certified")
    require(isinstance(part.evidence, Mapping), "does not say what it rests on")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@lru_cache(maxsize=1)
def default_calibrations() -> Calibrations:
    """The calibrations that ship with the reader's weights."""
    return Calibrations.read(WEIGHTS / CALIBRATION_FILE)
