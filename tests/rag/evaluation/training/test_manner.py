"""Questions typed in haste and texts in lines of a page: the answer stays where it was."""

from __future__ import annotations

import random

from index.types import Span
from rag.evaluation.training.examples import Example
from rag.evaluation.training.manner import as_found, wrapped

TEXT = "Amber River\nMapped by: Anna Berg\nThe Amber River rises in the hills of Old Marland."
ASKED = Example("answer", "Who mapped the Amber?", TEXT, True, Span(23, 32))


def test_a_line_is_broken_at_a_blank_and_nothing_moves() -> None:
    assert wrapped("The north sends workers.", 10) == "The north\nsends\nworkers."
    assert wrapped("Incomprehensibilities", 10) == "Incomprehensibilities"
    broken = wrapped(TEXT, 20)
    assert broken.split() == TEXT.split()
    assert max(len(line) for line in broken.split("\n")) <= 20


def test_the_answer_keeps_its_place_in_every_manner() -> None:
    draw = random.Random(1)
    made = [as_found(ASKED, draw) for _ in range(200)]
    assert {each.answer.of(each.second).split()[0] for each in made if each.answer} == {"Anna"}
    assert {each.first for each in made} == {ASKED.first, "who mapped the amber"}
    assert any("Mapped by:\tAnna" in each.second for each in made)
    assert sum(each == ASKED for each in made) > 20


def test_what_is_claimed_keeps_its_capitals() -> None:
    claim = Example("support", "Anna Berg mapped it", TEXT, True)
    made = (as_found(claim, random.Random(seed)) for seed in range(50))
    assert {each.first for each in made} == {claim.first}
