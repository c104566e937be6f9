"""Thoughts that a server left in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.llm.thoughts import without_thoughts

REPLY = "It is red [S1]."


@pytest.mark.parametrize(
    "written",
    [
        REPLY,
        f"<think>Is it?</think>{REPLY}",
        f"\n<think>\nIs it?\n</think>\n\n{REPLY}",
        f"<thinking>Is it?</thinking>{REPLY}",
        f"<thought>Is it?</thought> {REPLY}",
        f"[THINK]Is it?[/THINK]{REPLY}",
        f"Is it?</think>{REPLY}",
        f"<think></think><think>Is it?</think>{REPLY}",
        "<|channel|>analysis<|message|>Is it?<|end|><|start|>assistant<|channel|>final<|message|>"
        + REPLY,
    ],
)
def test_what_is_meant_to_be_read_is_left(written: str) -> None:
    assert without_thoughts(written) == REPLY


@pytest.mark.parametrize("written", ["<", "<thi", "<think>Is it?", "[THINK]Is it", " <think> </th"])
def test_while_a_model_thinks_nothing_is_left(written: str) -> None:
    assert without_thoughts(written) == ""


@pytest.mark.parametrize(
    "written", ['{"answer": "The mark </think> ends."}', "[S1] is red.", "<b>"]
)
def test_what_only_looks_like_thoughts_is_kept(written: str) -> None:
    assert without_thoughts(written) == written


@given(st.integers(1, 60))
def test_nothing_of_a_thought_shows_at_any_length(length: int) -> None:
    written = f"<think>The secret is 7.</think>{REPLY}"
    assert REPLY.startswith(without_thoughts(written[:length]))
