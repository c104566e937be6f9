"""The sweep: every row beside the default, and the default as a real run has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from index.chunk import Chunking
from index.index import DEFAULT_CHUNKING
from index.search import DEFAULT_FUSION
from rag.cli.evaluation.group import evaluation
from rag.errors import EvaluationError
from rag.evaluation.dataset import load_dataset
from rag.evaluation.score import score
from rag.evaluation.sweep import ALONE, FUSIONS, sweep
from rag.evaluation.sweep_table import markdown
from rag.evaluation.systems import RetrievalSystem
from rag.evaluation.workbench import opened_corpus
from tests.doubles import HashingEmbedder, wired

ROUNDING = 1e-12  # Python 3.12 adds floats otherwise than numpy and Python 3.11
_WORDS = ["red", "old", "long", "iron", "stone"]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Twenty bridges in documents of several sentences, and a question on each third of them."""
    folder = tmp_path / "bridges"
    folder.mkdir()
    texts = {
        f"d{n}": f"Bridge {n} is {_WORDS[n % 5]}. It was built in {1900 + n}. Ships pass below it. "
        f"Its {_WORDS[(n + 2) % 5]} piers stand near town {n % 7}."
        for n in range(20)
    }
    _write(folder / "corpus.jsonl", [{"id": id, "text": text} for id, text in texts.items()])
    questions = []
    for n in range(0, 20, 3):
        sentence = f"It was built in {1900 + n}."
        start = texts[f"d{n}"].index(sentence)
        span = {"doc_id": f"d{n}", "start": start, "end": start + len(sentence), "text": sentence}
        questions.append(
            {
                "id": f"q{n}",
                "question": f"Which bridge was built in {1900 + n} near town {n % 7}?",
                "relevant_ids": [f"d{n}"],
                "relevant_spans": [span],
                "kind": "odd" if n % 2 else "even",
            }
        )
    _write(folder / "questions.jsonl", questions)
    return folder


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")


def test_every_way_is_compared_with_the_default(suite: Path, tmp_path: Path) -> None:
    chunkings = [Chunking(16), Chunking(16, 8)]
    figures = sweep(load_dataset(suite), HashingEmbedder(), tmp_path / "cache", chunkings)
    rows = figures["rows"]
    assert len(rows) == 1 + len(ALONE) + len(FUSIONS) + 2 * (1 + len(ALONE))
    assert [row["way"] for row in rows[:3]] == ["default", "dense alone", "words alone"]
    assert {row["chunking"] for row in rows[-3:]} == {"16 tokens, overlap 8"}
    assert rows[0]["chunks"] == 20 < rows[-4]["chunks"]
    for figure in rows[0]["measures"].values():
        assert (figure["difference"], figure["p"]) == (0.0, 1.0)
        low, high = figure["low"] - ROUNDING, figure["high"] + ROUNDING
        assert low <= figure["mean"] <= high
        assert figure["n"] == 7
    dense = rows[1]["measures"]["ndcg@10"]
    assert dense["mean"] - rows[0]["measures"]["ndcg@10"]["mean"] == pytest.approx(
        dense["difference"]
    )


def test_ways_that_are_named_are_tried_with_every_chunking(suite: Path, tmp_path: Path) -> None:
    dataset, embedder, names = load_dataset(suite), HashingEmbedder(), ["depth 20", "default"]
    cache, chunkings = tmp_path / "cache", [Chunking(16)]
    rows = sweep(dataset, embedder, cache, chunkings, ways=names)["rows"]
    tried = [(row["chunking"], row["way"]) for row in rows]
    default = f"{DEFAULT_CHUNKING.max_tokens} tokens"
    assert tried == [
        (chunks, way) for chunks in (default, "16 tokens") for way in ("default", "depth 20")
    ]
    everything = sweep(dataset, embedder, cache, chunkings)["rows"]
    assert all(row in everything for row in rows[:3])
    with pytest.raises(EvaluationError, match="unknown way 'deep': known are default; dense"):
        sweep(dataset, embedder, cache, chunkings, ways=["deep"])


def test_the_default_way_measures_what_the_product_finds(suite: Path, tmp_path: Path) -> None:
    dataset, embedder = load_dataset(suite), HashingEmbedder()
    figures = sweep(dataset, embedder, tmp_path / "cache", [])
    with opened_corpus(dataset, embedder, tmp_path / "cache") as (index, corpus):
        system = RetrievalSystem(index)
        rows = [score(each, system.run(each.question), corpus) for each in dataset.questions]
    for name, figure in figures["rows"][0]["measures"].items():
        values = [row["measures"][f"retrieval.{name}"] for row in rows]
        assert figure["mean"] == pytest.approx(sum(values) / len(values))


def test_each_group_of_questions_has_lines_of_its_own(suite: Path, tmp_path: Path) -> None:
    dataset, embedder, cache = load_dataset(suite), HashingEmbedder(), tmp_path / "cache"
    figures = sweep(dataset, embedder, cache, [], ways=["words alone"], by="kind")
    rows = figures["rows"]
    assert [(row["kind"], row["way"], row["measures"]["recall@10"]["n"]) for row in rows] == [
        ("even", "default", 4),
        ("even", "words alone", 4),
        ("odd", "default", 3),
        ("odd", "words alone", 3),
    ]
    head, _, first, *_ = markdown(figures).splitlines()
    assert head.startswith("| suite | kind | chunks of |")
    assert first.startswith("| bridges | even | ")
    with pytest.raises(EvaluationError, match="not every question has the field 'colour'"):
        sweep(dataset, embedder, cache, [], by="colour")


def test_the_default_is_fused_as_the_product_fuses_what_it_cannot_read(tmp_path: Path) -> None:
    class Spelling(HashingEmbedder):
        """Spells every text, and finds what is of the same length near."""

        def token_starts(self, text: str) -> list[int]:
            return [n for n, sign in enumerate(text) if not sign.isspace()]

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return super().encode(["x" if len(text) < 40 else "y" for text in texts])

    _write(
        tmp_path / "corpus.jsonl",
        [
            {"id": "right", "text": "Η βιβλιοθήκη ανοίγει κάθε Δευτέρα στις εννέα το πρωί."},
            {"id": "near", "text": "Πότε κλείνει το πάρκο;"},
        ],
    )
    question = {
        "id": "q",
        "question": "Πότε ανοίγει η βιβλιοθήκη;",
        "relevant_ids": ["right"],
    }
    _write(tmp_path / "questions.jsonl", [question])
    with opened_corpus(load_dataset(tmp_path), Spelling(), tmp_path / "cache") as (index, _):
        product = index.fusion(str(question["question"]))
    figures = sweep(
        load_dataset(tmp_path), Spelling(), tmp_path / "cache", [], ways=["words alone"]
    )
    assert product != DEFAULT_FUSION
    assert figures["rows"][0]["measures"]["ndcg@10"]["mean"] == 1.0


def _run(*arguments: object) -> Result:
    given = ["sweep-retrieval", *map(str, arguments)]
    return CliRunner().invoke(evaluation, given, obj=wired())


@pytest.mark.usefixtures("home")
def test_the_command_prints_a_table_and_writes_the_figures(suite: Path, tmp_path: Path) -> None:
    output = tmp_path / "sweep.json"
    arguments = ("--chunks", "12/6", "--way", "words alone", "--only", "kind=odd", "-o", output)
    done = _run(suite, *arguments)
    assert done.exit_code == 0, done.output
    header, _, first, *_ = done.stdout.splitlines()
    assert header.startswith("| suite | chunks of | chunks | way | ndcg@10 |")
    assert first.startswith(f"| bridges | {DEFAULT_CHUNKING.max_tokens} tokens | 20 | default | ")
    figures = json.loads(output.read_text())
    assert figures["questions"] == 3
    assert {row["way"] for row in figures["rows"]} == {"default", "words alone"}
    assert len(done.stdout.splitlines()) == 2 + len(figures["rows"])


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--chunks", "many"), "write 128"), (("--only", "kind=none"), "no question with kind=none")],
)
def test_what_cannot_be_tried_is_refused(
    suite: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = _run(suite, *arguments)
    assert done.exit_code == 2
    assert message in done.output
