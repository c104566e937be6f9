"""Measures false yes: lines that assert nothing, put to the gate as the proof of a yes.

Statements of everyday life stand in frames that ask, suppose, order, propose or deny them, in
frames that assert them, and in flat denials; lines of FAQs, mails, minutes, house rules, contracts
and leaflets were written by hand. Each line is the only evidence, between two neutral sentences. A
third of the statements, frames and handwritten lines is held out: nobody looked at how the gate
fails there while it was mended.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, get_args

from index.sentences import sentence_spans
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset
from rag.evaluation.gate_errors import as_evidence
from rag.evaluation.intervals import Proportion
from rag.evaluation.summary import proportion
from rag.facts import Facts, facts_of
from rag.gate.assertion import unasserted
from rag.gate.decide import Gate
from rag.gate.types import Candidate, Shown
from rag.question import Question

Group = Literal["nothing", "asserted", "denied"]
Part = Literal["dev", "held"]
GROUPS: tuple[Group, ...] = get_args(Group)
PARTS: tuple[Part, ...] = get_args(Part)
ALL = "all frames"
_DATA = "assertions.json"
_HELD_OUT = 3  # one of so many statements, frames and handwritten lines
_STATEMENTS_IN_A_FRAME = 5  # of twenty: every statement meets about a quarter of the frames


class Trial(NamedTuple):
    """One line as the only evidence for a yes or a no.

    ``group`` says what the line does: it asserts ``nothing``, it ``asserted`` the statement, or it
    ``denied`` it. ``frame`` names how the line is built or, of a handwritten one, its kind of
    document.
    """

    group: Group
    frame: str
    question: str
    line: str
    statement: str
    part: Part

    @property
    def candidates(self) -> tuple[str, ...]:
        """The replies that affirm the statement; the first is a bare yes."""
        return ("Yes", f"Yes, {self.statement}.", f"{_capitalised(self.statement)}.")


class Verdicts(NamedTuple):
    """What the gate showed on one line: an affirmation, a bare yes, a bare no."""

    affirmed: bool
    yes: bool
    no: bool


Judge = Callable[[Trial], Verdicts]


class Statement(NamedTuple):
    """A statement in the forms that the frames need, without a capital at its beginning."""

    subject: str
    verb: str
    base: str
    perfect: str
    denied: str
    question: str

    @property
    def text(self) -> str:
        return f"{self.subject} {self.verb}"

    def put_into(self, frame: str) -> str:
        """``frame`` with this statement in it."""
        forms = self._asdict() | {"statement": self.text}
        capitals = {name.capitalize(): _capitalised(form) for name, form in forms.items()}
        return frame.format_map(forms | capitals)


def trials() -> list[Trial]:
    """Every line of the set, in the order of the file."""
    return [*_framed(), *_by_hand()]


def by_the_gate(gate: Gate) -> Judge:
    """What ``gate`` shows of the candidates of a trial, each asked as the first sentence."""

    def judged(trial: Trial) -> Verdicts:
        question, evidence = Question.of(trial.question), as_evidence([_between(trial.line)])

        def is_shown(text: str) -> bool:
            return isinstance(gate.decide(question, Candidate(text), evidence), Shown)

        yes, *others = trial.candidates
        says_yes = is_shown(yes)
        return Verdicts(says_yes or any(map(is_shown, others)), says_yes, is_shown("No"))

    return judged


@dataclass(frozen=True, slots=True)
class FalseYes:
    """Of one part of the set: shares by frame, over all frames first, and the lines that failed.

    ``false_yes`` are lines that assert nothing or deny, on which an affirmation was shown.
    ``false_no`` are lines that assert nothing, on which a no was shown. ``true_yes`` and
    ``true_no`` are asserted and denied lines whose bare verdict was shown.
    """

    lines: int
    false_yes: Mapping[str, Proportion]
    false_yes_on_denials: Mapping[str, Proportion]
    false_no: Mapping[str, Proportion]
    true_yes: Mapping[str, Proportion]
    true_no: Mapping[str, Proportion]
    failed: tuple[Trial, ...]

    @property
    def shares(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The shares with their intervals, as JSON types, by measure and frame."""
        measures = ("false_yes", "false_yes_on_denials", "false_no", "true_yes", "true_no")
        return {
            measure: {frame: proportion(share) for frame, share in getattr(self, measure).items()}
            for measure in measures
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            **self.shares,
            "failed": [each._asdict() for each in self.failed],
        }


def measure_false_yes(asked: Sequence[Trial], judge: Judge) -> FalseYes:
    """Put every trial to ``judge``. Raises `EvaluationError` when there is none."""
    if not asked:
        raise EvaluationError("no line to put to the gate: choose another part")
    judged = [(trial, judge(trial)) for trial in asked]

    def share(group: Group, counted: Callable[[Verdicts], bool]) -> dict[str, Proportion]:
        return _shares([(t.frame, counted(shown)) for t, shown in judged if t.group == group])

    return FalseYes(
        lines=len(judged),
        false_yes=share("nothing", lambda shown: shown.affirmed),
        false_yes_on_denials=share("denied", lambda shown: shown.affirmed),
        false_no=share("nothing", lambda shown: shown.no),
        true_yes=share("asserted", lambda shown: shown.yes),
        true_no=share("denied", lambda shown: shown.no),
        failed=tuple(trial for trial, shown in judged if _has_failed(trial, shown)),
    )


def doubted_gold(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """How often a sentence that people marked as the answer is taken to assert nothing, in all and
    by the mark that is to blame, with intervals, as JSON types.

    Raises EvaluationError when no answer of the suite has a marked place.
    """
    marks = [
        unasserted(facts_of(sentence, asked.language), answer, asked.facts)
        for asked, answer, sentence in _gold_sentences(dataset)
    ]
    if not marks:
        raise EvaluationError(f"{dataset.name} marks no places of answers: name another suite")
    found = Counter(mark.lower() for mark in marks if mark)
    counts = {"all marks": found.total(), **dict(found.most_common())}
    return {mark: proportion(Proportion(count, len(marks))) for mark, count in counts.items()}


def _gold_sentences(dataset: Dataset) -> Iterator[tuple[Question, Facts, str]]:
    """Each question with its first answer and the sentence in which that is marked to begin."""
    for each in dataset.questions:
        if not (each.answerable and each.answers and each.relevant_spans):
            continue
        asked, gold = Question.of(each.question), each.relevant_spans[0]
        text = dataset.documents[gold.document_id].text
        for span in sentence_spans(text):
            if span.start <= gold.span.start < span.end:
                yield asked, facts_of(each.answers[0], asked.language), span.of(text)


def _has_failed(trial: Trial, shown: Verdicts) -> bool:
    if trial.group == "asserted":
        return not shown.yes
    return shown.affirmed or (trial.group == "denied" and not shown.no)


def _shares(counted: Sequence[tuple[str, bool]]) -> dict[str, Proportion]:
    if not counted:
        return {}
    frames = dict.fromkeys(frame for frame, _ in counted)
    by_frame = {name: [hit for frame, hit in counted if frame == name] for name in frames}
    everything = {ALL: [hit for _, hit in counted], **by_frame}
    return {frame: Proportion(sum(hits), len(hits)) for frame, hits in everything.items()}


def _framed() -> Iterator[Trial]:
    statements = [Statement(*forms) for forms in _data()["statements"]]
    frames = [(group, *frame) for group in GROUPS for frame in _data()["frames"][group].items()]
    for place, (group, name, frame) in enumerate(frames):
        # Other statements in every frame, taken in turn, so that no pair is chosen.
        for turn in range(_STATEMENTS_IN_A_FRAME):
            statement = statements[(place + 4 * turn) % len(statements)]
            line = statement.put_into(frame)
            yield Trial(
                group,
                name,
                statement.question,
                _capitalised(line),
                statement.text,
                _part(frame, statement.text),
            )


def _by_hand() -> Iterator[Trial]:
    for group in GROUPS:
        for document, question, line, statement in _data()["by_hand"][group]:
            yield Trial(group, f"by hand: {document}", question, line, statement, _part(line))


def _part(*keys: str) -> Part:
    """Held out where one of the keys is."""
    return "held" if any(_is_held_out(key) for key in keys) else "dev"


def _is_held_out(key: str) -> bool:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % _HELD_OUT == 0


def _between(line: str) -> str:
    before, after = _data()["neighbours"]
    return f"{before}\n\n{line}\n\n{after}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(files(__package__).joinpath(_DATA).read_text("utf-8"))
    return read
