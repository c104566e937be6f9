"""A suite from a file in the format of SQuAD 2.0, and lessons that may be left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rag.cli.reader import reader
from rag.errors import EvaluationError
from rag.evaluation.dataset import load_dataset
from rag.evaluation.training import recipe
from rag.evaluation.training.examples import Example
from rag.evaluation.training.squad import write_suite
from rag.reader.reader import Reader, Reading

TEXT = "The Amber rises near Quill. It was mapped by Anna Berg in 1804."


def _squad(folder: Path, **changes: Any) -> Path:
    answer = {"text": "Anna Berg", "answer_start": TEXT.index("Anna")} | changes
    asked = [
        {"id": "1", "question": "Who mapped it?", "is_impossible": False, "answers": [answer]},
        {"id": "2", "question": " Who drained it? ", "is_impossible": True, "answers": []},
    ]
    paragraph = {"context": TEXT, "qas": asked}
    path = folder / "train-v2.0.json"
    path.write_text(json.dumps({"data": [{"title": "Amber_River", "paragraphs": [paragraph]}]}))
    return path


def test_questions_keep_their_span_or_the_paragraph_that_misleads(tmp_path: Path) -> None:
    made = CliRunner().invoke(reader, ["lesson", str(_squad(tmp_path)), "-o", str(tmp_path / "s")])
    assert made.exit_code == 0
    assert made.output.startswith("2 questions")
    suite = load_dataset(tmp_path / "s")
    (document,) = suite.documents.values()
    assert (document.title, document.text) == ("Amber River", TEXT)
    answered, unanswered = suite.questions
    assert answered.relevant_spans[0].span.of(TEXT) == "Anna Berg"
    assert unanswered.question == "Who drained it?"
    assert unanswered.answerable is False
    assert unanswered.extra["distractor_ids"] == [document.id]


def test_an_answer_that_does_not_stand_there_is_left_out(tmp_path: Path) -> None:
    assert write_suite(_squad(tmp_path, answer_start=3), tmp_path / "s") == 1


@pytest.mark.parametrize("text", ["", "[]", '{"data": [{}]}', '{"data": [{"paragraphs": 3}]}'])
def test_another_format_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(EvaluationError, match=r"other\.json is not in the format of SQuAD 2\.0"):
        write_suite(path, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_lesson_that_is_not_there_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "SUITES", ("here",))
    monkeypatch.setattr(recipe, "LESSONS", ("taught", "missing"))
    for name in ("here", "taught"):
        write_suite(_squad(tmp_path), tmp_path / name)
    said: list[str] = []
    material = recipe.gather(tmp_path, said.append)
    assert set(material.gold) == {"here", "taught"}
    assert said[-1].startswith(f"missing: not in {tmp_path}, left out")


class _Shallow(Reader):
    """Takes every question that has a *who* for answered."""

    def read(self, first: str, texts: Sequence[str]) -> list[Reading]:
        return [Reading(float("who" in first), 0.0, 0.0, None) for _ in texts]


def test_questions_of_people_are_measured_without_those_made_by_rule() -> None:
    held = [
        Example("answer", "who mapped it?", TEXT, True),
        Example("answer", "who drained it?", TEXT, False, misleading=True),
        *(Example("answer", f"what of {n}?", TEXT, False) for n in range(8)),
    ]
    empty: dict[str, list[Example]] = {"train": [], "calibration": []}
    measured = recipe.measure(_Shallow(), recipe.Material({"rivers": {**empty, "test": held}}))
    assert measured["rivers"]["answers_auc"] == {"mean": 0.9444, "n": 10}
    assert measured["rivers"]["misleading_auc"] == {"mean": 0.5, "n": 2}
    assert measured["rivers"]["supports_auc"] is None
