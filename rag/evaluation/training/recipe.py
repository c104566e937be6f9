"""The recipe of the reader's weights, from the suites to the folder that ships.

Everything that was chosen stands here: the suites (all permit it), how many rough questions are
made from each, the epochs and the seed. What is measured comes from documents that were not trained
on. Knows no terminal.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from rag.evaluation.dataset import Dataset, load_dataset
from rag.evaluation.extra import require
from rag.evaluation.measures.answer import token_f1
from rag.evaluation.split import PARTS, Part
from rag.evaluation.training.examples import Example, examples, thinned, without_leaks
from rag.evaluation.training.manner import as_found
from rag.reader.reader import Reader, Reading

# Suites that are measured with: the reader learns from a part of their documents.
SUITES = (
    "squad2_sample",
    "xquad",
    "nq_oracle",
    "qed_nq",
    "covidqa",
    "tatqa",
    "clapnq",
    "expertqa_attribution",
    "scifact",
    "multihop_wiki",
)
# Suites that are only learnt from, so that no calibration needs a part of them. The card says where
# they are from.
LESSONS = (
    "squad2_train",
    "selqa",
    "fm2",
    "fever_symmetric",
    "check_covid",
    "factcheck_gpt",
    "squad2_sentences",
    "nq_unanswerable",
    "repliqa_made_up",
    "forms-infotabs",
    "forms-multirecord",
    "forms-sroie",
    "tables-wtq",
    "claims-infotabs",
    "claims-forms-swap",
    "claims-tabfact",
)
# Of a lesson, whose questions without an answer are by people, rules add fewer than elsewhere.
LESSON_ANSWERLESS = 1.4


class Round(NamedTuple):
    """Epochs under one schedule, their highest learning rate, and of each lesson and epoch at most
    so many examples of the head ``support``: rules make many of each question."""

    epochs: int
    learning_rate: float
    lesson_claims: int


# The second goes on, more slowly, where the first came to rest. Small encoders bear more than the
# 3e-5 of BERT.
ROUNDS = (Round(2, 8e-5, 3_000), Round(1, 4e-5, 8_000))
GOING_ON = (Round(1, 6e-5, 1_500),)  # from weights that have learnt already
SEED = 1
MEASURED = 900  # examples of the test part of a suite: an interval of about 3 points
METRICS_FILE = "metrics.json"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Material:
    """Examples by suite and part."""

    gold: Mapping[str, Mapping[str, Sequence[Example]]]

    def epochs(self, planned: Round, seed: int) -> list[list[Example]]:
        """What is shown in each epoch: all gold examples, with new negatives made by rule."""
        draw = random.Random(seed)
        held = [
            each
            for name, parts in self.gold.items()
            for part in PARTS
            if part not in _learnt_from(name)
            for each in parts[part]
        ]
        training = {
            name: without_leaks([each for part in _learnt_from(name) for each in parts[part]], held)
            for name, parts in self.gold.items()
        }
        shares = dict.fromkeys(LESSONS, (LESSON_ANSWERLESS, planned.lesson_claims))
        return [
            [
                as_found(e, draw)
                for name, suite in training.items()
                for e in thinned(suite, draw, *shares.get(name, ()))
            ]
            for _ in range(planned.epochs)
        ]


def _learnt_from(suite: str) -> tuple[Part, ...]:
    return ("train", "calibration") if suite in LESSONS else ("train",)


def make_reader(
    data: Path, embedder: Path, folder: Path, say: Say, start: Path | None = None
) -> None:
    """Train on the suites under ``data``, export into ``folder`` and measure what was exported.

    ``embedder`` is the sentence-transformers folder whose encoder is trained on; ``start`` a
    reader's folder, to go on from its weights. Raises EvaluationError when one of ``SUITES`` is
    missing, ModelError when ``start`` holds no such weights; a lesson that is missing is left out.
    """
    from rag.evaluation.training.export import export
    from rag.evaluation.training.restore import restore
    from rag.evaluation.training.train import load_network, train
    from rag.reader.pairs import PairEncoder

    material = gather(data, say)
    vocabulary = embedder / "tokenizer.json"
    network = load_network(embedder)
    if start is not None:
        restore(network, start)

    def on_step(step: int, steps: int, loss: float) -> None:
        if step % 100 == 0 or step == steps:
            say(f"step {step} of {steps}, loss {loss:.3f}")

    rounds = GOING_ON if start else ROUNDS
    for seed, planned in enumerate(rounds, SEED + len(ROUNDS) if start else SEED):
        train(
            network,
            PairEncoder(vocabulary),
            material.epochs(planned, seed),
            seed=seed,
            learning_rate=planned.learning_rate,
            on_step=on_step,
        )
        export(network, vocabulary, folder)
    measured = measure(Reader(folder), material)
    text = json.dumps(measured, indent=1)
    (folder / METRICS_FILE).write_text(text + "\n", encoding="utf-8")


def gather(data: Path, say: Say) -> Material:
    """The examples of all suites under ``data``."""
    gold: dict[str, dict[str, list[Example]]] = {}
    for name in (*SUITES, *LESSONS):
        if name in LESSONS and not (data / name).is_dir():
            say(f"{name}: not in {data}, left out (the weights that ship learnt from it)")
            continue
        dataset = _english(load_dataset(data / name))
        gold[name] = {part: examples(dataset, part, SEED) for part in PARTS}
        count = sum(len(gold[name][part]) for part in _learnt_from(name))
        say(f"{name}: {count:,} examples to learn from")
    return Material(gold)


def _english(dataset: Dataset) -> Dataset:
    """Of a suite in several languages the English part, its pages known by their text alone: other
    suites have the same pages without a title."""
    if not any("lang" in each.extra for each in dataset.questions):
        return dataset
    questions = tuple(each for each in dataset.questions if each.extra["lang"] == "en")
    wanted = {id for each in questions for id in each.relevant_ids}
    documents = {
        id: replace(each, loaded=replace(each.loaded, title=""))
        for id, each in dataset.documents.items()
        if id in wanted
    }
    return replace(dataset, questions=questions, documents=documents)


def measure(reader: Reader, material: Material) -> dict[str, Any]:
    """Per suite, on the examples of the test part: how well each head tells yes from no.

    ``misleading_auc`` leaves out the negatives made by rule: all questions are by people.
    """
    held = {name: parts["test"][:MEASURED] for name, parts in material.gold.items()}
    return {
        name: {
            "answers_auc": _auc(reader, [e for e in chosen if e.head == "answer"]),
            "misleading_auc": _auc(reader, _by_people(material.gold[name]["test"])),
            "supports_auc": _auc(reader, [e for e in chosen if e.head == "support"]),
            "span_f1": _span_f1(reader, [e for e in chosen if e.answer is not None]),
        }
        for name, chosen in held.items()
    }


def _by_people(held: Sequence[Example]) -> Sequence[Example]:
    """At most ``MEASURED`` questions beside a text that answers them or was meant to mislead."""
    found = [each for each in held if each.misleading or (each.head == "answer" and each.label)]
    return found[:: max(1, -(-len(found) // MEASURED))]


def _auc(reader: Reader, held: Sequence[Example]) -> dict[str, float | int] | None:
    require("sklearn")
    from sklearn.metrics import roc_auc_score

    if len({each.label for each in held}) < 2:
        return None
    logits = [
        reading.answers if each.head == "answer" else reading.supports
        for each, reading in zip(held, _readings(reader, held), strict=True)
    ]
    auc = float(roc_auc_score([each.label for each in held], logits))
    return {"mean": round(auc, 4), "n": len(held)}


def _span_f1(reader: Reader, held: Sequence[Example]) -> dict[str, float | int] | None:
    scores = [
        token_f1(reading.span.of(each.second), [each.answer.of(each.second)])
        for each, reading in zip(held, _readings(reader, held), strict=True)
        if reading.span is not None and each.answer is not None
    ]
    return {"mean": round(sum(scores) / len(scores), 4), "n": len(scores)} if scores else None


def _readings(reader: Reader, held: Sequence[Example]) -> list[Reading]:
    return [reader.read(each.first, [each.second])[0] for each in held]
