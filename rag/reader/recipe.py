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
from typing import Any

from rag.evaluation.dataset import Dataset, load_dataset
from rag.evaluation.measures.answer import token_f1
from rag.evaluation.split import PARTS
from rag.reader.cloze import cloze_examples
from rag.reader.examples import Example, examples, thinned, without_leaks
from rag.reader.reader import Reader, Reading

# Suite -> how many cloze examples are made from its documents, besides all of its questions.
SUITES: Mapping[str, int] = {
    "squad2_sample": 1_000,
    "xquad": 500,
    "nq_oracle": 5_000,
    "qed_nq": 0,  # the same pages as nq_oracle
    "covidqa": 6_000,
    "tatqa": 0,
    "clapnq": 0,
    "expertqa_attribution": 0,
    "scifact": 0,
    "multihop_wiki": 20_000,
}
CLOZE_EXAMPLES = 8_000  # of all those made: they teach to point, and little of how people ask
EPOCHS = 3  # over the gold examples, after one over the cloze ones
SEED = 1
MEASURED = 900  # examples of the test part of a suite: an interval of about 3 points
METRICS_FILE = "metrics.json"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Material:
    """Examples by suite and part; ``cloze`` ones are of the training part alone."""

    gold: Mapping[str, Mapping[str, Sequence[Example]]]
    cloze: Sequence[Example]

    def epochs(self, seed: int) -> list[list[Example]]:
        """What is shown: the cloze examples, then gold ones with new negatives each time."""
        draw = random.Random(seed)
        held = [each for parts in self.gold.values() for part in PARTS[1:] for each in parts[part]]
        training = [without_leaks(parts["train"], held) for parts in self.gold.values()]
        chosen = list(self.cloze)
        draw.shuffle(chosen)
        gold = [[e for suite in training for e in thinned(suite, draw)] for _ in range(EPOCHS)]
        return [chosen[:CLOZE_EXAMPLES], *gold]


def make_reader(data: Path, embedder: Path, folder: Path, say: Say) -> None:
    """Train on the suites under ``data``, export into ``folder`` and measure what was exported.

    ``embedder`` is the sentence-transformers folder whose encoder is trained on. Raises
    EvaluationError when a suite is missing.
    """
    from rag.reader.export import export
    from rag.reader.pairs import PairEncoder
    from rag.reader.train import load_network, train

    material = gather(data, say)
    vocabulary = embedder / "tokenizer.json"
    network = load_network(embedder)

    def on_step(step: int, steps: int, loss: float) -> None:
        if step % 100 == 0 or step == steps:
            say(f"step {step} of {steps}, loss {loss:.3f}")

    train(network, PairEncoder(vocabulary), material.epochs(SEED), seed=SEED, on_step=on_step)
    export(network, vocabulary, folder)
    measured = measure(Reader(folder), material)
    text = json.dumps(measured, indent=1)
    (folder / METRICS_FILE).write_text(text + "\n", encoding="utf-8")


def gather(data: Path, say: Say) -> Material:
    """The examples of all suites under ``data``."""
    gold: dict[str, dict[str, list[Example]]] = {}
    cloze: list[Example] = []
    for name, count in SUITES.items():
        dataset = _english(load_dataset(data / name))
        gold[name] = {part: examples(dataset, part, SEED) for part in PARTS}
        cloze += cloze_examples(dataset, "train", count, SEED)
        say(f"{name}: {len(gold[name]['train']):,} examples to train on")
    return Material(gold, cloze)


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
    """Per suite, on the examples of the test part: how well each head tells yes from no."""
    held = {name: parts["test"][:MEASURED] for name, parts in material.gold.items()}
    return {
        name: {
            "answers_auc": _auc(reader, [e for e in chosen if e.head == "answer"]),
            "supports_auc": _auc(reader, [e for e in chosen if e.head == "support"]),
            "span_f1": _span_f1(reader, [e for e in chosen if e.answer is not None]),
        }
        for name, chosen in held.items()
    }


def _auc(reader: Reader, held: Sequence[Example]) -> dict[str, float | int] | None:
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
