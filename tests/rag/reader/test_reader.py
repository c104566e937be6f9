"""The reader that ships: what it makes of plain cases, and what happens when it is not there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.reader.reader import NETWORK_FILE, WEIGHTS, Reader, Reading, default_reader

TEXT = "Shoigu said that 1,000 sappers and 5,000 construction workers would go to Kursk in June."
OTHER = "The orchestra played the symphony twice because the audience would not leave the hall."


def test_it_tells_a_text_that_answers_from_one_that_does_not() -> None:
    answered, unanswered = default_reader().read("how many construction workers?", [TEXT, OTHER])
    assert answered.answers > 0 > unanswered.answers
    assert answered.margin > unanswered.margin
    assert answered.span is not None
    assert "5,000" in answered.span.of(TEXT)


def test_it_tells_a_right_answer_from_another_number_of_the_text() -> None:
    question = "how many construction workers?"
    right = default_reader().read(f"{question} 5,000", [TEXT])[0]
    wrong = default_reader().read(f"{question} 1,000", [TEXT])[0]
    assert right.supports > wrong.supports


def test_readings_do_not_depend_on_what_they_are_read_with() -> None:
    alone = default_reader().read("who?", [TEXT])[0]
    together = default_reader().read("who?", [TEXT, OTHER * 3, ""])[0]
    assert together.answers == pytest.approx(alone.answers, abs=1e-5)


def test_an_empty_text_has_no_span() -> None:
    assert default_reader().read("who?", [""])[0].span is None
    assert default_reader().read("who?", []) == []


@pytest.mark.parametrize("content", [None, b"no network"])
def test_missing_or_damaged_weights_say_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / NETWORK_FILE).write_bytes(content)
    with pytest.raises(ModelError, match="install the project again"):
        Reader(tmp_path).read("who?", [TEXT])


def test_the_card_speaks_of_these_weights() -> None:
    card = (WEIGHTS / "CARD.md").read_text(encoding="utf-8")
    assert hashlib.sha256((WEIGHTS / NETWORK_FILE).read_bytes()).hexdigest() in card
    metrics = json.loads((WEIGHTS / "metrics.json").read_text(encoding="utf-8"))
    table = card[card.index("| suite |") :].splitlines()
    for suite, heads in metrics.items():
        row = next(line for line in table if line.startswith(f"| {suite} "))
        for measured in filter(None, heads.values()):
            assert f"{measured['mean']:.2f} ({measured['n']})" in row


def test_what_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[object, ...]] = []

    def counted(*given: object) -> Reading:
        read.append(given[2:])
        return Reading(1.0, 0.0, 0.0, None)

    monkeypatch.setattr("rag.reader.reader._read", counted)
    reader = Reader()
    assert reader.read("who?", [TEXT, OTHER, TEXT]) == reader.read("who?", [TEXT, OTHER, TEXT])
    reader.read("when?", [TEXT])
    assert read == [("who?", TEXT), ("who?", OTHER), ("when?", TEXT)]
