"""The text around a span: what the reader sees in training and in use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.load.script import standing
from index.types import Span
from rag.reader.windows import window

TEXT = "The north sends 1,000 sappers. It also sends 5,000 workers. Nobody knows when they come."


def test_a_window_is_cut_between_words_under_its_title() -> None:
    start = TEXT.index("It also")
    shown = window("The north", TEXT, Span(start, start + 28), before=12, after=9)
    assert shown.text == "The north\nsappers. It also sends 5,000 workers. Nobody"
    assert shown.span.of(TEXT) == shown.text[shown.offset :]


def test_what_is_struck_out_is_not_read_and_moves_nothing() -> None:
    text = "The fee is ~~240~~ 180 euros."
    shown = window("", text, Span(0, len(text)))
    assert shown.text == "The fee is         180 euros."
    assert Span(19, 22).of(shown.text) == Span(19, 22).of(text) == "180"


def test_without_a_title_the_window_is_the_text_alone() -> None:
    assert window("", TEXT, Span(0, 3)).text == TEXT


@given(st.text(), st.data(), st.integers(0, 50), st.integers(0, 50), st.text(max_size=5))
def test_a_window_holds_its_span_and_is_a_part_of_the_text(
    text: str, data: st.DataObject, before: int, after: int, title: str
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = window(title, text, Span(start, end), before=before, after=after)
    assert shown.span.contains(Span(start, end))
    assert shown.text[shown.offset :] == standing(shown.span.of(text))
    assert start - shown.span.start <= before
    assert shown.span.end - end <= after
