"""Decisions are written down, digested and compared."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from rag.errors import EvaluationError
from rag.evaluation.decisions import (
    Decision,
    decision_of,
    differences,
    digested,
    read_accepted,
    read_decisions,
    write_decisions,
)
from rag.evaluation.run import ask
from rag.evaluation.systems import Trace
from rag.types import Answer, WithheldSentence
from tests.rag.evaluation.scripted import ScriptedSystem, corpus, question, right, suite, trace


def decision(id: str = "q1", **changed: Any) -> Decision:
    usual = {
        "id": id,
        "status": "answered",
        "text": "It is 100 metres tall.",
        "citations": [["d1", 0, 27]],
        "withheld": [{"text": "Nobody.", "reasons": ["nothing is cited"]}],
        "answerability": 0.8125,
    }
    return {**usual, **changed}


def sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def asked(reply: Any, number: int = 1) -> Decision:
    system = ScriptedSystem(reply)
    return decision_of(ask(system, question(number), corpus(suite())))


def test_a_shown_answer_is_written_with_its_spans_and_confidence() -> None:
    answer = "Tower 2 is 200 metres tall."
    found = asked(lambda question: trace(question, answer, 2, support=0.123456), 2)
    assert found == {
        "id": "q2",
        "status": "answered",
        "text": answer,
        "citations": [["d2", 0, 27]],
        "withheld": [],
        "answerability": 0.1235,
    }


def test_a_withheld_sentence_is_written_with_its_reasons() -> None:
    withheld = (WithheldSentence("It is red.", ("nothing says so", "only 3% likely")),)
    answer = Answer("q", "q", "unanswered", "Not answered.", withheld=withheld)
    found = asked(lambda _: Trace(answer, ()))
    assert found["status"] == "unanswered"
    assert found["withheld"] == [
        {"text": "It is red.", "reasons": ["nothing says so", "only 3% likely"]}
    ]


def test_a_question_that_failed_is_decided_as_an_error() -> None:
    def fails(_: str) -> Trace:
        raise EvaluationError("the server is gone")

    found = asked(fails)
    assert found["status"] == "error"
    assert "the server is gone" in found["text"]


def test_digests_stand_in_place_of_texts_and_reasons_only() -> None:
    found = digested(decision())
    assert found == decision(
        text=sha256("It is 100 metres tall."),
        withheld=[{"text": sha256("Nobody."), "reasons": [sha256("nothing is cited")]}],
    )
    assert digested(found) == found


def test_equal_decisions_do_not_differ_in_either_form(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "decisions.jsonl"
    write_decisions([digested(decision())], path)
    for before in ([decision()], read_decisions(path)):
        for after in (decision(), digested(decision())):
            assert differences(before, [after]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "conflicting"),
        ("text", "It is 101 metres tall."),
        ("citations", [["d1", 0, 26]]),
        ("withheld", [{"text": "Nobody.", "reasons": ["nothing is said"]}]),
        ("answerability", 0.8127),
    ],
)
def test_every_changed_field_differs_as_text_and_as_digest(field: str, value: Any) -> None:
    changed = decision(**{field: value})
    (plain,) = differences([decision()], [changed])
    assert (plain.id, plain.field, plain.before, plain.after) == (
        "q1",
        field,
        decision()[field],
        value,
    )
    (hashed,) = differences([digested(decision())], [changed])
    assert (hashed.field, hashed.after) == (field, digested(changed)[field])


def test_one_unit_of_the_last_digit_is_rounding() -> None:
    assert differences([decision()], [decision(answerability=0.8126)]) == []


def test_a_question_in_one_file_only_differs() -> None:
    found = differences([decision("a"), decision("b")], [decision("b"), decision("c")])
    assert [(each.id, each.field, each.before, each.after) for each in found] == [
        ("a", "asked", True, False),
        ("c", "asked", False, True),
    ]


def test_an_accepted_change_carries_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "accepted.jsonl"
    path.write_text(json.dumps({"id": "a", "reason": "300 m is a length"}) + "\n", encoding="utf-8")
    changed = [decision("a", text="other"), decision("b", text="other")]
    found = differences([decision("a"), decision("b")], changed, read_accepted(path))
    assert [each.accepted for each in found] == ["300 m is a length", None]


@pytest.mark.parametrize("line", [{"id": "a"}, {"id": "a", "reason": " "}, {"reason": "because"}])
def test_an_accepted_change_without_a_reason_is_refused(
    tmp_path: Path, line: dict[str, str]
) -> None:
    path = tmp_path / "accepted.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"accepted\.jsonl:1"):
        read_accepted(path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match="decisions -o"):
        read_decisions(path)


def test_the_scripted_suite_is_decided_alike_twice() -> None:
    system = ScriptedSystem(right)
    first, second = (
        [decision_of(ask(system, each, corpus(suite()))) for each in suite().questions]
        for _ in range(2)
    )
    assert len(first) == len(suite().questions)
    assert differences(first, second) == []
