"""Measuring at scale: texts, derived vectors and every figure, on a collection of a few chunks."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from index import vectors as vectors_module
from rag.cli.evaluation.group import evaluation
from rag.errors import EvaluationError
from rag.evaluation import scale as module
from rag.evaluation.derived import DerivedEmbedder
from rag.evaluation.scale_text import many_documents
from rag.wiring import Wiring
from tests.doubles import HashingEmbedder

_SENTENCES = [f"Sentence {n} tells of bridge {n * 7 % 31} in town {n % 11}." for n in range(10)]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Two files, one of two passages, and thirty passages without a file; one question."""
    folder = tmp_path / "suite"
    folder.mkdir()
    rows = [
        {"id": "a1", "title": "A", "path": "a", "text": " ".join(_SENTENCES[:5])},
        {"id": "a2", "title": "A", "path": "a", "text": " ".join(_SENTENCES[5:])},
        {"id": "b1", "title": "B", "path": "b", "text": "One sentence."},
        *({"id": f"c{n}", "text": f"Bridge {n} is in town {n % 4}."} for n in range(30)),
    ]
    with lzma.open(folder / "corpus.jsonl.xz", "wt") as file:
        file.write("\n".join(json.dumps(row) for row in rows))
    return folder


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(json.dumps({"id": "q", "text": "Bridge 99 is red."}))
    rows = [{"id": f"q{n}", "question": f"Where is bridge {n}?"} for n in range(12)]
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder


def test_passages_of_one_file_are_one_document_and_come_again_with_sentences_left_out(
    suite: Path,
) -> None:
    documents = list(many_documents([suite]))
    first = documents[0][1]
    assert (first.title, first.text) == ("A", f"{' '.join(_SENTENCES[:5])}\n\n"
                                               f"{' '.join(_SENTENCES[5:])}")  # fmt: skip
    assert len({key for key, _ in documents}) == len(documents)
    again = [loaded.text for key, loaded in documents if key.startswith("suite/a/")]
    assert len(again) == 8
    assert len(set(again)) == 8
    assert _SENTENCES[0] not in again[1]
    assert _SENTENCES[1] in again[1]
    assert [key for key, _ in documents if key.startswith("suite/b/")] == [
        f"suite/b/0/b1#{left_out}" for left_out in (None, 1, 2, 3, 4, 5, 6)
    ]


def test_a_suite_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="name the folder of a suite"):
        next(many_documents([tmp_path]))


def test_the_first_vectors_are_real_and_the_others_mixtures(tmp_path: Path) -> None:
    real = HashingEmbedder()
    embedder = DerivedEmbedder(real, 3, tmp_path / "cache" / "vectors.npz")
    texts = [f"bridge {n}" for n in range(50)]
    vectors = embedder.encode(texts)
    assert real.encoded == texts[:3]
    np.testing.assert_array_equal(vectors[:3], HashingEmbedder().encode(texts[:3]))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert len(np.unique(vectors, axis=0)) == 50
    nearest = (vectors[3:] @ vectors[:3].T).max(axis=1)
    assert 0.5 < nearest.mean() < 0.99
    embedder.save()
    again = DerivedEmbedder(HashingEmbedder(), 3, tmp_path / "cache" / "vectors.npz")
    np.testing.assert_array_equal(again.encode(texts), vectors)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in this process, with the embedder of the tests."""

    def alone(work: Callable[..., object], *arguments: object) -> object:
        return work(*arguments)

    monkeypatch.setattr(module, "_alone", alone)
    monkeypatch.setattr(Wiring, "open_embedder", lambda *_: HashingEmbedder())


@pytest.mark.usefixtures("here", "home")
@pytest.mark.parametrize("way", ["flat", "inverted"])
def test_every_figure_is_measured(
    questions: Path, suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "inverted":
        monkeypatch.setattr(vectors_module, "FLAT_LIMIT", 50)
    output = tmp_path / "scale.json"
    options = ["--folder", tmp_path / "made", "-o", output, "--real", 5, "--limit", 10]
    command = ["scale", questions, suite, "--chunks", 60, *options]
    done = CliRunner().invoke(evaluation, [str(each) for each in command])
    assert done.exit_code == 0, done.output
    figures = json.loads(output.read_text())["60"]
    assert figures["chunks"] >= 60
    assert figures["documents"] > 30
    assert figures["recall_at_10"] == 1.0 or way == "inverted"
    assert 0 < figures["recall_at_10"] <= 1
    assert (figures["lists"] is None) == (way != "inverted")
    assert figures["disk_bytes"]["catalogue"] > figures["disk_bytes"]["vectors"] > 0
    for clock in ("times_ms", "processor_ms"):
        for name, times in figures[clock].items():
            assert 0 < times["p50"] <= times["p95"], (clock, name)
    for ratios in ("ratio_to", "processor_ratio_to"):
        for ratio in figures[ratios].values():
            assert 0 < ratio["low"] <= ratio["p50"] <= ratio["high"]
    assert figures["before_ingest_mb"] > 0
    assert 0 < figures["taking_in_peak_mb"] <= figures["ingest_peak_mb"]
    assert figures["ingest_chunks_per_processor_second"] > 0
    lines = done.stdout.splitlines()
    assert lines[0] == f"|  | {figures['chunks']} chunks |"
    assert all(line.count("|") == 3 for line in lines)


@pytest.mark.usefixtures("here", "home")
def test_too_little_text_and_too_little_time_are_told_apart(
    questions: Path, suite: Path, tmp_path: Path
) -> None:
    asked = module.Asked((questions, suite), ("bridge?",), 5, tmp_path, "hashing", 60)
    with pytest.raises(EvaluationError, match="ask for fewer"):
        module.measure(asked, 10_000)


def test_the_ratio_of_medians_is_paired() -> None:
    times = np.array([1.0, 2, 3, 4, 5] * 20)
    ratio = module.ratio_of_medians(2 * times, times)
    assert ratio == {"p50": 2.0, "low": 2.0, "high": 2.0}
