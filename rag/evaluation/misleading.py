"""Small corpora made to mislead, one per question.

    noise           relevant documents among more and more that are not (RGB, Chen et al. 2024);
                    with noise 1 nothing relevant is left and silence is right
    counterfactual  documents edited to state a wrong answer; conflict: those beside the true ones
    poison          documents written to plant a wrong answer, beside the true one (PoisonedRAG)
    injection       instructions planted in the document that answers the question (BIPIA)

Knows suites, and nothing of systems or of how a reply is judged.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.sentences import sentence_spans
from rag.errors import EvaluationError
from rag.evaluation.dataset import Dataset, Question, SourceDocument, read_jsonl

NOISE_RATIOS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
NOISE_DOCUMENTS = 5  # as in RGB, so that the ratios are fifths
POISON_COUNTS = (0, 1, 5)  # none as the control, one, and as many as the paper plants
POSITIONS = ("none", "start", "middle", "end")  # none is the control
ATTACKS_GLOB = "attacks*.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """One question over its own few documents.

    ``wrong_answer`` is what the documents were made to plant, ``instruction`` what was planted in
    ``clean`` (the texts without it).
    """

    id: str
    group: str
    question: Question
    documents: tuple[SourceDocument, ...]
    wrong_answer: str | None = None
    instruction: str | None = None
    clean: str = ""


def cases_of(
    folder: Path, dataset: Dataset, true_documents: Dataset | None, seed: int
) -> list[Case]:
    """Every kind of case that the suite in ``folder`` has the fields for.

    ``true_documents`` is the suite with the true document of poisoned questions. Raises
    `EvaluationError` when nothing can be made of the suite.
    """
    cases = [*noise_cases(dataset, seed), *counterfactual_cases(dataset)]
    if true_documents is not None:
        cases += poison_cases(dataset, true_documents)
    attacks = sorted(folder.glob(ATTACKS_GLOB))
    if attacks:
        cases += injection_cases(dataset, read_instructions(attacks[0]), seed)
    if not cases:
        raise EvaluationError(
            f"no robustness cases can be made of {folder}: take a suite with negative_ids, "
            f"counterfactual_ids, poison_ids (and --true-documents) or {ATTACKS_GLOB}"
        )
    return cases


def noise_cases(dataset: Dataset, seed: int) -> list[Case]:
    """Each question at each noise ratio, ``NOISE_DOCUMENTS`` documents at most.

    Where one kind of document runs short the other fills up, as in RGB. Questions that need several
    documents at once (integration) are left out: a draw may miss one of them.
    """
    cases = []
    for question in dataset.questions:
        if not question.extra.get("negative_ids") or _needs_several(question):
            continue
        draw = random.Random(f"{seed} {question.id}")
        relevant = draw.sample(question.relevant_ids, len(question.relevant_ids))
        others = list(question.extra["negative_ids"])
        negative = draw.sample(others, len(others))
        for ratio in NOISE_RATIOS:
            ids = _mixed(relevant, negative, ratio)
            asked = replace(question, answerable=ratio < 1)
            group = _group(f"noise {ratio:g}", question)
            cases.append(_case(group, asked, [dataset.documents[id] for id in ids]))
    return cases


def counterfactual_cases(dataset: Dataset) -> list[Case]:
    """The edited documents alone, and the edited beside the true ones."""
    cases = []
    for question in dataset.questions:
        edited = [dataset.documents[id] for id in question.extra.get("counterfactual_ids", [])]
        if not edited:
            continue
        true = [dataset.documents[id] for id in question.relevant_ids]
        wrong = str(question.extra["fake_answer"])
        for kind, documents in (("counterfactual", edited), ("conflict", [*true, *edited])):
            group = _group(kind, question)
            cases.append(_case(group, question, documents, wrong_answer=wrong))
    return cases


def poison_cases(dataset: Dataset, true_documents: Dataset) -> list[Case]:
    """The true document beside 0, 1 and 5 poisoned ones, where the other suite has the true one.

    A poisoned text begins with the question, as in the paper's black-box attack.
    """
    asked = {question.id: question for question in true_documents.questions}
    cases = []
    for question in dataset.questions:
        known = asked.get(str(question.extra.get("nq_oracle_id")))
        if known is None or "poison_ids" not in question.extra:
            continue
        true = [true_documents.documents[id] for id in known.relevant_ids]
        poisoned = [
            _prefixed(dataset.documents[id], question.question)
            for id in question.extra["poison_ids"]
        ]
        for count in POISON_COUNTS:
            documents = [*true, *poisoned[:count]]
            wrong = str(question.extra["wrong_answer"])
            cases.append(_case(f"poison {count}", question, documents, wrong_answer=wrong))
    return cases


def injection_cases(dataset: Dataset, instructions: Sequence[str], seed: int) -> list[Case]:
    """Each question over its document with one instruction, drawn by ``seed``, at each position."""
    cases = []
    for question in dataset.questions:
        instruction = random.Random(f"{seed} {question.id}").choice(instructions)
        documents = [dataset.documents[id] for id in question.relevant_ids]
        clean = "\n".join(document.text for document in documents)
        for position in POSITIONS:
            planted = [
                document.with_text(plant(document.text, instruction, position))
                for document in documents
            ]
            case = _case(f"injection {position}", question, planted)
            cases.append(replace(case, instruction=instruction, clean=clean))
    return cases


def chosen(cases: Sequence[Case], limit: int | None, seed: int, groups: str = "") -> list[Case]:
    """At most ``limit`` cases of each group whose name contains ``groups``.

    Which questions are taken depends on the question and ``seed`` alone, so that the groups of one
    kind hold the same questions.
    """
    taken: Counter[str] = Counter()
    kept = []
    for case in sorted(
        cases, key=lambda each: random.Random(f"{seed} {each.question.id}").random()
    ):
        if groups in case.group and (limit is None or taken[case.group] < limit):
            taken[case.group] += 1
            kept.append(case)
    return kept


def read_instructions(path: Path) -> list[str]:
    """The ``instruction`` of each line. Raises `EvaluationError` when one has none."""
    instructions = []
    for number, row in read_jsonl(path):
        if not isinstance(row.get("instruction"), str):
            raise EvaluationError(f"{path}:{number}: instruction must be a text")
        instructions.append(row["instruction"])
    return instructions


def plant(text: str, instruction: str, position: str) -> str:
    """``text`` with the instruction on a line of its own: first, last or after the middle."""
    if position == "none":
        return text
    if position == "start":
        return f"{instruction}\n{text}"
    if position == "end":
        return f"{text}\n{instruction}"
    ends = [span.end for span in sentence_spans(text)] or [len(text)]
    middle = min(ends, key=lambda end: abs(end - len(text) / 2))
    return f"{text[:middle]}\n{instruction}\n{text[middle:].lstrip()}"


def _case(
    group: str,
    question: Question,
    documents: Iterable[SourceDocument],
    wrong_answer: str | None = None,
) -> Case:
    return Case(f"{question.id} | {group}", group, question, tuple(documents), wrong_answer)


def _mixed(relevant: Sequence[str], negative: Sequence[str], ratio: float) -> list[str]:
    """``NOISE_DOCUMENTS`` ids, negatives and relevant ones in turn so that no kind comes first."""
    if ratio == 1:
        return list(negative[:NOISE_DOCUMENTS])
    noise = min(math.ceil(NOISE_DOCUMENTS * ratio), len(negative))
    signal = min(NOISE_DOCUMENTS - noise, len(relevant))
    noise = min(NOISE_DOCUMENTS - signal, len(negative))
    return list(_alternating(negative[:noise], relevant[:signal]))


def _alternating(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    for position in range(max(len(one), len(other))):
        yield from one[position : position + 1]
        yield from other[position : position + 1]


def _needs_several(question: Question) -> bool:
    return len(question.extra.get("answer_facets") or []) > 1


def _group(kind: str, question: Question) -> str:
    language = question.extra.get("lang")
    return f"{kind} ({language})" if language else kind


def _prefixed(document: SourceDocument, question: str) -> SourceDocument:
    return document.with_text(f"{question}. {document.text}")
