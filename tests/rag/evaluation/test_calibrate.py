"""Calibrated abstention: a threshold keeps its promise, or says that the data do not allow one."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from rag.errors import EvaluationError, SettingsError
from rag.evaluation.calibrate import (
    SIGNALS,
    Judged,
    calibrate,
    calibrate_runs,
    judged_answers,
    threshold_for,
)
from rag.evaluation.run_folder import RunFolder
from rag.gate.calibration import (
    AVERAGES,
    FORMAT,
    OF_WRITER,
    STRICTNESSES,
    Calibration,
    Calibrations,
    Signals,
    default_calibrations,
)

OWN = dict.fromkeys(OF_WRITER, 0.5)


def _signals(**values: float) -> dict[str, float]:
    return dict.fromkeys((each for each in SIGNALS if each not in OF_WRITER), 0.0) | values


def _sample(count: int, seed: int = 1, noise: float = 1.0) -> list[Judged]:
    """Answers whose rightness shows in one signal, with noise."""
    draw = random.Random(seed)
    return [
        Judged("made", _signals(answers=right * 3.0 + draw.gauss(0, noise)), right)
        for right in (draw.random() < 0.6 for _ in range(count))
    ]


def test_where_the_reader_has_no_say_it_says_what_it_does_on_average() -> None:
    told = default_calibrations().quoted
    silent = Signals(**{k: v for k, v in _signals(share=1.0).items() if k not in AVERAGES})
    assert silent.answers is silent.alone is None
    average = Signals(**_signals(share=1.0, **AVERAGES))
    assert told.probability(silent) == told.probability(average)
    judgement = {"signals": silent.known(), "correct": True}
    assert judged_answers("s", [{"judgement": judgement, "answerable": True}]) == []


def test_the_signal_that_tells_right_from_wrong_gets_the_weight() -> None:
    fitted = calibrate(_sample(300), bound=0.15)
    assert fitted.weights["answers"] > 0.5
    assert all(weight == 0 for name, weight in fitted.weights.items() if name != "answers")
    low, high = (fitted.probability(Signals(**_signals(answers=v))) for v in (-1.0, 4.0))
    assert low < 0.3 < 0.9 < high


def test_a_signal_that_misleads_gets_no_weight() -> None:
    judged = [
        Judged(
            each.suite,
            _signals(lead=-float(each.right), doubts=float(each.right), asked=float(each.right)),
            each.right,
        )
        for each in _sample(200)
    ]
    fitted = calibrate(judged, bound=0.5)
    assert fitted.weights["lead"] == 0
    assert fitted.weights["doubts"] == 0
    assert fitted.weights["asked"] > 0


def test_what_is_certified_holds_on_new_answers() -> None:
    fitted = calibrate(_sample(400), bound=0.15)
    assert fitted.certified
    new = [
        each
        for each in _sample(4000, seed=2)
        if fitted.probability(Signals(**each.signals)) >= fitted.threshold("balanced")
    ]
    assert sum(not each.right for each in new) / len(new) <= 0.15
    assert len(new) > 1500  # and it does not keep its promise by silence


@pytest.mark.parametrize("bound", [0.02, 0.1, 0.2, 0.3])
def test_stricter_never_shows_more(bound: float) -> None:
    fitted = calibrate(_sample(120, noise=3.0), bound)
    assert fitted.threshold("strict") >= fitted.threshold("balanced") >= fitted.threshold("eager")


def test_it_says_how_well_it_tells_right_from_wrong_in_suites_not_seen() -> None:
    other = [replace(each, suite="other") for each in _sample(100, seed=3)]
    found = calibrate([*_sample(100), *other], bound=0.2).evidence
    assert found["area"] > 0.9
    assert found["area_unseen_suites"] > 0.9
    assert calibrate(_sample(100), bound=0.2).evidence["area_unseen_suites"] is None


def test_what_the_data_cannot_support_is_not_certified() -> None:
    few = calibrate(_sample(40), bound=0.02)
    assert not few.certified
    assert "do not certify" in few.summary()
    assert "certified at 90%" in calibrate(_sample(400), bound=0.15).summary()


def test_a_threshold_that_fails_ends_the_search() -> None:
    probabilities = [1 - n / 100 for n in range(100)]
    right = [n < 60 for n in range(100)]
    threshold, certified = threshold_for(probabilities, right, bound=0.1, confidence=0.9)
    assert certified
    shown = [ok for value, ok in zip(probabilities, right, strict=True) if value >= threshold]
    assert len(shown) == 62  # of 64, four would be wrong: more than can be certified


def test_equal_probabilities_are_shown_together() -> None:
    threshold, _ = threshold_for([0.9] * 40 + [0.5] * 40, [True] * 40 + [False] * 40, 0.1, 0.9)
    assert threshold == 0.9


def test_nothing_is_shown_when_everything_is_wrong() -> None:
    assert threshold_for([0.9] * 40, [False] * 40, 0.1, 0.9) == (1.0, False)


@pytest.mark.parametrize("judged", [_sample(10), [Judged("s", _signals(), True)] * 50])
def test_too_little_to_learn_from_is_said(judged: list[Judged]) -> None:
    with pytest.raises(EvaluationError, match="not enough to calibrate"):
        calibrate(judged, bound=0.15)


def test_the_rows_say_what_was_judged() -> None:
    judgement = {"signals": _signals(), "correct": True, "probability": 0.5, "text": "x"}
    rows: list[dict[str, Any]] = [
        {"answerable": True, "judgement": judgement},
        {"answerable": True, "judgement": judgement | {"correct": False}},
        {"answerable": False, "judgement": judgement | {"correct": None}},
        {"answerable": None, "judgement": judgement},
        {"answerable": True, "judgement": None},
    ]
    assert [each.right for each in judged_answers("s", rows)] == [True, False, False]


def test_runs_are_read_from_their_folders(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.start({"suite": "made"}, resume=False)
    for number, each in enumerate(_sample(60)):
        judgement = {"signals": each.signals, "correct": each.right}
        folder.append({"id": str(number), "answerable": True, "judgement": judgement})
    fitted = calibrate_runs([folder], bound=0.2)
    assert fitted.evidence["suites"] == {"made": 60}


def test_what_a_language_model_tells_is_weighed_for_this_model_alone(tmp_path: Path) -> None:
    folders = [RunFolder(tmp_path / name) for name in ("a", "b")]
    for folder in folders:
        folder.start({"suite": "made", "llm": folder.path.name}, resume=False)
        for number, each in enumerate(_sample(60)):
            own = {"logprob": -0.1 if each.right else -4.0 + number % 2, "confirmed": 0.5}
            told = own if number < 50 else {"logprob": -0.1}
            judgement = {"signals": _signals() | told, "correct": each.right}
            folder.append({"id": str(number), "answerable": True, "judgement": judgement})
    fitted = calibrate_runs(folders[:1], bound=0.2, scored=True)
    assert (fitted.writer, fitted.evidence["judged"]) == ("a", 50)
    assert fitted.weights["logprob"] > 0
    assert not OF_WRITER & calibrate_runs(folders, bound=0.2).weights.keys()
    with pytest.raises(EvaluationError, match="of several language models"):
        calibrate_runs(folders, bound=0.2, scored=True)


def test_a_sentence_is_judged_by_the_calibration_of_its_writer() -> None:
    scored, written, quoted = (calibrate(_sample(100, seed), bound=0.2) for seed in (1, 2, 3))
    ours = Calibrations(replace(scored, writer="a model"), written, quoted)
    hesitant = Signals(**_signals(logprob=-3.0, confirmed=1.0))
    assert ours.of(hesitant, "a model", quoted=False).writer == "a model"
    assert ours.of(hesitant, "another", quoted=False) is written
    assert ours.of(replace(hesitant, logprob=None), "a model", quoted=False) is written
    assert ours.of(replace(hesitant, confirmed=None), "a model", quoted=False) is written
    assert ours.of(hesitant, "a model", quoted=True) is quoted


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    fitted = calibrate(_sample(100), bound=0.2)
    scored = replace(fitted, weights={**fitted.weights} | OWN, writer="a model")
    Calibrations(scored, fitted, fitted).write(tmp_path / "c.json")
    assert Calibrations.read(tmp_path / "c.json") == Calibrations(scored, fitted, fitted)


@pytest.mark.parametrize(
    "content",
    [None, "no json", "[]", "{}", '{"format": 0}', '{"format": 1, "written": {"threshold": 1}}'],
)
def test_what_is_no_calibration_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "c.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="rag eval calibrate"):
        Calibrations.read(path)


def _changed(part: str, **changes: Any) -> str:
    """The calibration that ships with other values in ``part``; of weights and thresholds, some."""
    calibrations = default_calibrations()
    values: dict[str, Any] = {"format": FORMAT, **asdict(calibrations)}
    for name, value in changes.items():
        both = isinstance(value, dict) and name != "evidence"
        values[part][name] = {**values[part][name], **value} if both else value
    return json.dumps(values)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_changed("written", weights={"luck": 1.0}), "luck"),
        (_changed("written", weights={"logprob": 0.5}), "'written' weighs too much.*logprob"),
        (_changed("quoted", weights={"confirmed": 0.5}), "'quoted' weighs too much.*confirmed"),
        (_changed("scored", writer=""), "'scored' weighs too much.*logprob"),
        (_changed("written", writer="a model"), "'written' is for no one"),
        (_changed("scored", writer=7), "'scored' is for no one"),
        (_changed("quoted", weights={"lead": "1"}), "'1' for a weight"),
        (_changed("quoted", weights={"lead": True}), "True for a weight"),
        (_changed("quoted", weights={"lead": float("nan")}), "nan for a weight"),
        (_changed("quoted", intercept=float("inf")), "inf for a weight"),
        (_changed("quoted", intercept=10**400), "too large"),
        (_changed("quoted", intercept=None), "None for a weight"),
        (_changed("written", weights=[]), "no calibration"),
        (_changed("written", thresholds={"strict": 0.1}), "less strict"),
        (_changed("written", thresholds={"lax": 0.1}), "one threshold per strictness"),
        (_changed("written", tentative=0.9), "less strict"),
        (_changed("written", thresholds={"strict": 1.5}), "1.5 where a share"),
        (_changed("written", bound="0.2"), "'0.2' where a share"),
        (_changed("written", certified="yes"), "certified"),
        (_changed("written", evidence=None), "rests on"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_what_could_not_judge_an_answer_is_refused_before_the_first(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "c.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=f"{told}.*rag eval calibrate"):
        Calibrations.read(path)


def test_the_calibration_that_ships_is_one() -> None:
    for each in (default_calibrations().written, default_calibrations().quoted):
        assert isinstance(each, Calibration)
        strict, balanced, eager = map(each.threshold, STRICTNESSES)
        assert 1 >= strict >= balanced >= eager >= each.tentative > 0
        assert each.evidence["judged"] >= 70
