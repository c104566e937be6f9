"""What a language model is shown of the evidence."""

from __future__ import annotations

from index.types import Span
from rag.answering.prompts import answer_messages
from rag.types import Sentence


def test_what_is_struck_out_is_not_shown() -> None:
    text = "The annual fee is ~~240~~ 180 euros."
    sentence = Sentence(1, Span(0, len(text)), text)
    [_, asked] = answer_messages("What is the fee?", [sentence], {1: "Prices"})
    assert "[S1] The annual fee is 180 euros." in asked.content
    assert "240" not in asked.content
