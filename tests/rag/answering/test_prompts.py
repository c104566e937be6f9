"""What a language model is shown of the evidence."""

from __future__ import annotations

import pytest

from index.lines import TextKind
from index.types import Span
from rag.answering.prompts import answer_messages
from rag.types import Sentence


def test_what_is_struck_out_is_not_shown() -> None:
    text = "The annual fee is ~~240~~ 180 euros."
    sentence = Sentence(1, Span(0, len(text)), text)
    [_, asked] = answer_messages("What is the fee?", [sentence], {1: "Prices"})
    assert "[S1] The annual fee is 180 euros." in asked.content
    assert "240" not in asked.content


def test_what_stands_above_lines_is_shown_above_them() -> None:
    def line(text: str, kind: TextKind, *headings: str) -> Sentence:
        return Sentence(1, Span(0, len(text)), text, headings, kind=kind)

    shown = [
        line("It is a report.", "prose", "Report"),
        line("Make: Tecnam", "pair", "Report", "Aircraft"),
        line("Engines: 1", "pair", "Report", "Aircraft"),
        line("It was windy.", "prose", "Report", "Weather"),
        line("Wind: 20 kt", "pair", "Report", "Weather"),
        line("3 | 4", "row", "Report", "Wind | Gusts"),
        line("5 | 6", "row", "Report", "Wind | Gusts"),
    ]
    [_, asked] = answer_messages("How windy was it?", shown, {1: "Report of 2008"})
    assert asked.content.split("\n")[2:-2] == [
        "[S1] It is a report.",
        "## Aircraft",
        "[S2] Make: Tecnam",
        "[S3] Engines: 1",
        "## Weather",
        "[S4] It was windy.",
        "[S5] Wind: 20 kt",
        "## Wind | Gusts",
        "[S6] 3 | 4",
        "[S7] 5 | 6",
    ]


@pytest.mark.parametrize("count", [1, 3, 20, 200])
def test_a_line_without_an_end_does_not_make_a_prompt_without_an_end(count: int) -> None:
    text = "x" * 1_500_000
    lines = [Sentence(each, Span(0, len(text)), text) for each in range(count)]
    titles = dict.fromkeys(range(count), "t" * 100000)
    [_, asked] = answer_messages("What is it?", lines, titles)
    assert f"[S{count}] xxx" in asked.content
    assert len(asked.content) < 24_000 + 1000 * (count + 1)
