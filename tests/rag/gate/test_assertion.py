"""What a sentence asserts, and what it only asks, supposes, orders or denies."""

from __future__ import annotations

import pytest

from rag.facts import facts_of
from rag.gate.assertion import unasserted
from rag.language import ENGLISH
from rag.question import Question


def mark(question: str, line: str, *, weakly: bool = True) -> str | None:
    asked = Question.of(question)
    return unasserted(facts_of(line, ENGLISH), asked.statement, asked.facts, weakly=weakly)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Are dogs allowed?", "?"),
        ("If dogs are allowed, bring a bowl.", "If"),
        ("Bring a bowl if dogs are allowed.", "if"),
        ("It is a myth that dogs are allowed.", "myth"),
        ("The keeper denied that dogs are allowed.", "denied"),
        ("Please check whether dogs are allowed.", "Please"),
        ("There is no evidence that dogs are allowed.", "no evidence"),
        ("Nobody may enter until dogs are allowed.", "until"),
        ("Stay outside until dogs are allowed.", "until"),
        ("Dogs should be allowed.", "should"),
        ("Dogs? Allowed? Ask the keeper.", "?"),
        ("The keeper disputed that dogs are allowed.", "disputed that"),
        ("Go in when dogs are allowed.", "when"),
        ("Cats are kept instead of dogs being allowed.", "instead of"),
    ],
)
def test_a_mark_takes_a_line_out_of_assertion(line: str, found: str) -> None:
    assert mark("Are dogs allowed?", line) == found


@pytest.mark.parametrize(
    "line",
    [
        "Dogs are allowed.",
        "Dogs are allowed but must be kept on a lead.",
        "Dogs are allowed; if they bark, take them outside.",
        "Dogs are allowed, so please keep the gate shut.",
        "Dogs are allowed, even if they are wet.",
        "Dogs are allowed because the rangers asked whether they could bring theirs.",
        "Please note that dogs are allowed.",
        "There is no doubt that dogs are allowed.",
        "Dogs are allowed since May 2021.",
        "If it rains the path floods, but dogs are allowed.",
        "Dogs are allowed instead of cats.",
        "Dogs are allowed after a long dispute.",
    ],
)
def test_what_stands_beside_a_mark_is_asserted(line: str) -> None:
    assert mark("Are dogs allowed?", line) is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Reports must be handed in before September 30.", None),
        ("Reports can be handed in until 5 pm.", None),
        ("Reports can be handed in before noon.", None),
        ("Reports can be handed in before May is over.", None),
        ("Nothing is paid before reports are handed in.", "before"),
        ("Nothing is paid until 5 reports are handed in.", "until"),
    ],
)
def test_before_a_date_or_an_hour_a_mark_says_when(line: str, found: str | None) -> None:
    claim = facts_of("Reports are handed in.", ENGLISH)
    assert unasserted(facts_of(line, ENGLISH), claim) == found


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("Is the fee refunded if the course ends?", "The fee is refunded if the course ends."),
        ("Can guests use the sauna?", "Guests may use the sauna."),
        ("Did the mayor deny the plan?", "The mayor denied the plan."),
        ("Will the north send sappers?", "The envoy said that the north would send sappers."),
    ],
)
def test_a_mark_that_is_asked_about_is_none(question: str, line: str) -> None:
    assert mark(question, line) is None


def test_what_is_still_to_come_is_no_proof_that_it_happened() -> None:
    line = "The fence will be repaired."
    assert mark("Was the fence repaired?", line) == "will"
    assert mark("Will the fence be repaired?", line) is None


def test_what_is_only_possible_counts_where_no_verdict_is_asked_for() -> None:
    assert mark("Who may repair the fence?", "Berg might repair the fence.", weakly=False) is None


def test_what_is_only_inquired_into_proves_no_verdict() -> None:
    line = "The aim was to determine the effect of rain on the path."
    assert mark("Does rain have an effect on the path?", line) == "aim"
    assert mark("What did rain affect?", line, weakly=False) is None


def test_when_supposes_nothing_of_what_is_narrated() -> None:
    line = "When the keeper checked the gate, he noticed that it had rusted."
    assert mark("What had rusted?", line, weakly=False) is None
    assert mark("What is rusty?", "Call the keeper when the gate is rusty.") == "when"


def test_no_longer_denies_what_follows_it() -> None:
    assert facts_of("Dogs are no longer allowed.", ENGLISH).denied == {"allow": 1}
