"""Measures the gate itself: what it lets through wrongly, and what it strips wrongly.

A gold support sentence is both the claim and its evidence. Changed by rule (a number, a date, a
unit, a name, a negation), the claim is false and must not pass; reworded faithfully, it must pass.
On claim sets, people have said whether the cited text supports the claim. The gate is the one that
the assistant asks, with the evidence cut and aligned as it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from index.sentences import sentence_spans
from index.types import Span
from rag.answering.sources import CONTEXT_CHARACTERS
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset
from rag.evaluation.intervals import Proportion
from rag.evaluation.perturb import faithful_variants, names_of, perturbations
from rag.evaluation.summary import proportion
from rag.gate.decide import Gate
from rag.gate.types import Candidate, Decision, Said, Shown
from rag.question import Question
from rag.reader.windows import window
from rag.types import Evidence, Sentence

UNCHANGED = "unchanged"  # the faithful variant that every gate must pass: the sentence itself

# What people called supported, and what they called not supported; every other label is left out.
# WiCE's partial support rests on labels of a claim's parts, one of which is not supported: such a
# claim ought not to pass. ExpertQA's is an impression of the whole, and is left out.
_SUPPORTED_LABELS = frozenset({"complete", "support", "supports", "supported"})
_UNSUPPORTED_LABELS = frozenset(
    {"incomplete", "contradict", "refutes", "nei", "not_supported", "partially_supported"}
)


# The median of the evidence that 140 right answers to dev questions of eight suites cite.
TYPICAL_LEAD = 0.36

Passes = Callable[["Trial"], bool]


def as_the_answer(gate: Gate) -> Passes:
    """Whether the claim of a trial is shown as the answer to its question."""
    return lambda trial: isinstance(_decision(gate, trial, Said()), Shown)


def as_a_later_sentence(gate: Gate) -> Passes:
    """Whether the claim of a trial is shown behind another sentence: its evidence carries it."""
    return lambda trial: isinstance(_decision(gate, trial, Said(shown=1)), Shown)


def _decision(gate: Gate, trial: Trial, said: Said) -> Decision:
    question = Question.of(trial.question)
    return gate.decide(question, Candidate(trial.claim), as_evidence(trial.evidence), said)


def as_evidence(texts: Sequence[str]) -> list[Evidence]:
    """The sentences of ``texts`` as the assistant finds them, each with what stands around it.

    Nothing was searched for: all have the same score, and the lead of what right answers cite.
    """
    return [
        Evidence(
            Sentence(number, span, span.of(text), score=1.0, lead=TYPICAL_LEAD),
            context=(text[max(0, span.start - CONTEXT_CHARACTERS) : span.start],),
            window=window("", text, span).text,
        )
        for number, text in enumerate(texts)
        for span in sentence_spans(text)
    ]


class Trial(NamedTuple):
    """One claim put to the gate. ``faithful`` says whether it ought to pass; ``question`` is the
    one that it answers, empty where a suite has claims alone."""

    kind: str
    faithful: bool
    claim: str
    evidence: tuple[str, ...]
    question: str = ""


@dataclass(frozen=True, slots=True)
class GateErrors:
    """Shares per kind of change, over all kinds, and examples of each error.

    ``false_pass`` are changed claims that passed, ``false_strip`` faithful ones that did not. The
    balanced accuracy is the mean of the share of true claims passed and of false ones stripped.
    """

    trials: int
    false_pass: Mapping[str, Proportion]
    false_strip: Mapping[str, Proportion]
    balanced_accuracy: float | None
    passed_wrongly: tuple[Trial, ...]
    stripped_wrongly: tuple[Trial, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "trials": self.trials,
            "false_pass": {kind: proportion(share) for kind, share in self.false_pass.items()},
            "false_strip": {kind: proportion(share) for kind, share in self.false_strip.items()},
            "balanced_accuracy": self.balanced_accuracy,
            "passed_wrongly": [trial._asdict() for trial in self.passed_wrongly],
            "stripped_wrongly": [trial._asdict() for trial in self.stripped_wrongly],
        }


ALL = "all kinds"
MAX_EXAMPLES = 20  # of each error: enough to see what is wrong without drowning the figures


def measure_gate(trials: Sequence[Trial], passes: Passes) -> GateErrors:
    """Put every trial to the gate. Raises `EvaluationError` when there is none."""
    if not trials:
        raise EvaluationError(
            "nothing to put to the gate: take a suite with support sentences, spans or labels"
        )
    passed = [(trial, passes(trial)) for trial in trials]
    false_pass = _shares((t.kind, is_passed) for t, is_passed in passed if not t.faithful)
    false_strip = _shares((t.kind, not is_passed) for t, is_passed in passed if t.faithful)
    return GateErrors(
        trials=len(trials),
        false_pass=false_pass,
        false_strip=false_strip,
        balanced_accuracy=_balanced_accuracy(false_pass.get(ALL), false_strip.get(ALL)),
        passed_wrongly=tuple(t for t, ok in passed if ok and not t.faithful)[:MAX_EXAMPLES],
        stripped_wrongly=tuple(t for t, ok in passed if not ok and t.faithful)[:MAX_EXAMPLES],
    )


def trials_of(dataset: Dataset, seed: int) -> list[Trial]:
    """Labelled claims where the suite has them, else changed and faithful support sentences."""
    if any("label" in question.extra for question in dataset.questions):
        return labelled_claims(dataset)
    return changed_sentences(dataset, seed)


def changed_sentences(dataset: Dataset, seed: int) -> list[Trial]:
    """Each support sentence once, unchanged, in every faithful wording and in every false one.

    Names put in place of a name are taken from the other documents of the suite.
    """
    asked = {sentence: question for question, sentence in _support_sentences(dataset)}
    known = sorted({name for sentence in asked for name in names_of(sentence)})
    trials: list[Trial] = []
    for sentence, question in asked.items():
        trial = Trial(UNCHANGED, True, sentence, (sentence,), question)
        trials.append(trial)
        trials.extend(
            trial._replace(kind=each.kind, claim=each.text)
            for each in faithful_variants(sentence, seed)
        )
        trials.extend(
            trial._replace(kind=each.kind, faithful=False, claim=each.text)
            for each in perturbations(sentence, seed, known)
        )
    return trials


def labelled_claims(dataset: Dataset) -> list[Trial]:
    """Claims with the texts that they cite, labelled by people.

    The evidence is the whole text of the cited documents, for true and false claims alike.
    Supported: Complete, SUPPORT, supported. Not supported: Incomplete, CONTRADICT, NEI,
    not_supported, partially_supported. ExpertQA's Partial is left out.
    """
    return [
        Trial(str(question.extra["label"]), faithful, question.question, evidence)
        for question in dataset.questions
        if (faithful := _is_supported(str(question.extra.get("label")))) is not None
        and (evidence := tuple(dataset.documents[id].text for id in question.relevant_ids))
    ]


def _is_supported(label: str) -> bool | None:
    if label.lower() in _SUPPORTED_LABELS:
        return True
    return False if label.lower() in _UNSUPPORTED_LABELS else None


def _support_sentences(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Questions, each with the sentence that the suite names, else that of the first gold span."""
    for question in dataset.questions:
        named = question.extra.get("support_sentence")
        if isinstance(named, dict):
            yield question.question, str(named["text"]).strip()
        elif question.relevant_spans:
            gold = question.relevant_spans[0]
            text = dataset.documents[gold.document_id].text
            sentence = _sentence_around(text, gold.span)
            if sentence is not None:
                yield question.question, sentence


def _sentence_around(text: str, span: Span) -> str | None:
    """The sentence that contains ``span``; None when the span goes over several."""
    return next((s.of(text) for s in sentence_spans(text) if s.contains(span)), None)


def _shares(judged: Iterator[tuple[str, bool]]) -> dict[str, Proportion]:
    """Wrongly judged out of all, per kind in order of name, and over all kinds first."""
    pairs = list(judged)
    if not pairs:
        return {}
    kinds = {kind: [wrong for k, wrong in pairs if k == kind] for kind in sorted(dict(pairs))}
    everything = {ALL: [wrong for _, wrong in pairs], **kinds}
    return {kind: Proportion(sum(wrong), len(wrong)) for kind, wrong in everything.items()}


def _balanced_accuracy(
    false_pass: Proportion | None, false_strip: Proportion | None
) -> float | None:
    if false_pass is None or false_strip is None:
        return None
    return 1 - ((false_pass.value or 0.0) + (false_strip.value or 0.0)) / 2
